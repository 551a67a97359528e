package host

import (
	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/login"
)

// idTokenProvider makes the provider called name.
func (o *Options) idTokenProvider(name string) (login.Provider, error) {
	return nil, config.Faults{o.Config.FaultAt("providers."+name+".type", 0, "providers of type id-token are not available in this version")}
}
