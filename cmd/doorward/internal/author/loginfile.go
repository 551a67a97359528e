// The login file: one login as a test login exports it, and as policies and
// plugins are tried with.

package author

import (
	"strings"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/sdk/abi"
)

const loginAdvice = "a login file is exported from a test login in the console: docs/console.md"

// fromLogin makes the input that a plugin would get at the first mapper of a
// login: the granted sources as received, a user of whom nothing is known yet,
// and the facts of the login.
func fromLogin(path, configPath string, m *abi.Metadata, sources []string) (given, error) {
	file, err := readLogin(path)
	if err != nil {
		return given{}, err
	}
	call := given{grant: Grant{Sources: sources}}
	if sources == nil {
		call.grant.Sources = sourcesFor(m, nil)
	}
	if configPath != "" {
		if call.grant.Config, err = readJSON(configPath, "write the JSON that stands under config: in the declaration"); err != nil {
			return given{}, err
		}
	}
	call.input = abi.AppendInput(nil, loginInput(file, call.grant))
	return call, nil
}

func readLogin(path string) (login.File, error) {
	text, err := readJSON(path, loginAdvice)
	if err != nil {
		return login.File{}, err
	}
	if recognised(text) == anInput {
		return login.File{}, wrong("give it to --input, or in a case call it "+inputFile, "%s is no login file: it is a plugin's input", path)
	}
	file, err := login.ReadFile(text)
	if err != nil {
		return login.File{}, wrong(loginAdvice, "%s: %v", path, err)
	}
	return file, nil
}

// loginInput is the input of a login file. Sources stand in the order of the
// grant, as in a host.
func loginInput(file login.File, g Grant) abi.Input {
	in := abi.Input{Config: g.Config, Login: abi.Login{
		IdP: file.Login.IdP, Protocol: file.Login.Protocol, Time: file.Login.ReceivedAt, ForceAuth: file.Login.ForceAuth,
	}}
	for _, name := range g.Sources {
		if value, ok := file.Sources.Raw(name); ok {
			in.Sources = append(in.Sources, abi.Member{Name: name, Value: abi.Raw(value)})
		}
	}
	return in
}

func joined(names []string) string { return strings.Join(names, ", ") }
