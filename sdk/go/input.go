// What a mapper reads.

package doorward

import "github.com/doorward/doorward/sdk/abi"

// Value is the JSON text of one value, read on demand; see abi.Raw for its
// methods. A nil Value is an absent one, and every method of it reports so. It
// must not be changed: texts that were read from it share its memory.
type Value = abi.Raw

// Level is the gravity of a log line.
type Level = abi.Level

// The levels of log lines.
const (
	Debug = abi.Debug
	Info  = abi.Info
	Warn  = abi.Warn
	Error = abi.Error
)

// Input is one login, as much of it as the plugin was granted. It is good for
// the call it was made for.
type Input struct{ host host }

// host is where an Input comes from: the imports in a guest, a text in a test.
type host interface {
	get(pointer string) (Value, bool)
	log(level Level, message string)
}

// Get is the value at an RFC 6901 pointer of the input, and whether there is
// one: "/sources/userInfo/groups/0", "/config/prefix". Only that value crosses
// the boundary. A pointer into a source that the plugin is not granted ends
// the call and fails the login; a malformed pointer finds nothing.
func (in *Input) Get(pointer string) (Value, bool) { return in.host.get(pointer) }

// Source is the value at a pointer inside one source.
func (in *Input) Source(name, pointer string) (Value, bool) {
	return in.Get("/sources/" + abi.EncodeToken(name) + pointer)
}

// Config is the value at a pointer inside the plugin's config.
func (in *Input) Config(pointer string) (Value, bool) { return in.Get("/config" + pointer) }

// User is the user that the mappers before this one have made.
func (in *Input) User() User {
	var u User
	value, _ := in.Get("/user")
	value.Members(func(name string, v Value) bool {
		switch name {
		case "id":
			u.ID, _ = v.Text()
		case "userName":
			u.UserName, _ = v.Text()
		case "firstName":
			u.FirstName, _ = v.Text()
		case "lastName":
			u.LastName, _ = v.Text()
		case "email":
			u.Email, _ = v.Text()
		case "roles":
			u.Roles, _ = v.Texts()
		case "attributes":
			u.Attributes = map[string]Value{}
			v.Members(func(name string, v Value) bool { u.Attributes[name] = v; return true })
		}
		return true
	})
	return u
}

// Login is the facts of the sign-in.
type Login struct {
	IdP       string // the provider's name in the host's configuration
	Protocol  string // oidc, saml, id-token, builtin
	Time      int64  // when the host received the provider's answer, in Unix seconds
	ForceAuth bool   // the person was asked to prove their credentials anew
}

// Login is the facts of this sign-in.
func (in *Input) Login() Login {
	var l Login
	value, _ := in.Get("/login")
	value.Members(func(name string, v Value) bool {
		switch name {
		case "idp":
			l.IdP, _ = v.Text()
		case "protocol":
			l.Protocol, _ = v.Text()
		case "time":
			l.Time, _ = v.Int()
		case "forceAuth":
			l.ForceAuth, _ = v.Bool()
		}
		return true
	})
	return l
}

// Log adds a line to the login's trace. The host keeps at most 64 lines of
// 1 KiB. Do not log what a reader of the trace must not see.
func (in *Input) Log(level Level, message string) { in.host.log(level, message) }
