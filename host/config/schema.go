// What the host publishes about its file.

package config

import "github.com/doorward/doorward/host/config/internal/keys"

// Schema is the JSON Schema (draft 2020-12) of the configuration file, for
// editors. It refuses unknown keys; cross checks and the existence of files are
// left to Load.
func Schema() []byte {
	return keys.Config.Schema("https://raw.githubusercontent.com/doorward/doorward/main/docs/doorward.schema.json", "Doorward configuration")
}
