// The login file: what plugins and policies can be tried with again.

package console

import (
	"bytes"
	"encoding/json"

	"github.com/doorward/doorward/host/login"
)

// loginFormat names the format, and its version.
const loginFormat = "doorward.login/v1"

// file is the login file; its members are as in the policy input.
type file struct {
	Format  string          `json:"format"`
	Sources json.RawMessage `json:"sources"` // tokens as digests
	Login   login.Login     `json:"login"`
	Session struct {
		CreatedAt int64 `json:"createdAt"`
	} `json:"session"`
	Request login.Request `json:"request"`
	Now     int64         `json:"now"`
}

// loginFile is the file of what a walk yielded, or nil when it has no
// document. Tokens are digests in it, whatever policies are granted. The time
// is that of the decision, or of the answer when nothing was decided.
func loginFile(y login.Yield, request login.Request) []byte {
	if y.Document == nil {
		return nil
	}
	f := file{Format: loginFormat, Login: y.Document.Login, Request: request}
	if f.Request.Zones == nil {
		f.Request.Zones = []string{}
	}
	f.Now = y.Document.ReceivedAt.Unix()
	if !y.At.IsZero() {
		f.Now = y.At.Unix()
	}
	f.Session.CreatedAt = f.Now
	sources, err := y.Document.Sources.Redacted().MarshalJSON()
	if err != nil {
		return nil
	}
	f.Sources = sources
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if len(sources) <= indentable {
		encoder.SetIndent("", "  ")
	}
	if encoder.Encode(f) != nil {
		return nil
	}
	return out.Bytes()
}
