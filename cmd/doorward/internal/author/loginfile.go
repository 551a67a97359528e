// The login file: one login as a test login exports it, and as policies and
// plugins are tried with.

package author

import (
	"slices"
	"strings"

	"github.com/doorward/doorward/sdk/abi"
)

// loginFormat names the format, and its version.
const loginFormat = "doorward.login/v1"

const loginAdvice = "a login file is exported from a test login in the console: docs/console.md"

// loginMembers are those of a login file.
var loginMembers = []string{"format", "sources", "login", "session", "request", "now"}

// fromLogin makes the input that a plugin would get at the first mapper of a
// login: the granted sources as received, a user of whom nothing is known yet,
// and the facts of the login.
func fromLogin(path, configPath string, m *abi.Metadata, sources []string) (given, error) {
	file, err := readJSON(path, loginAdvice)
	if err != nil {
		return given{}, err
	}
	if err := checkLogin(path, file); err != nil {
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

func checkLogin(path string, file abi.Raw) error {
	value, _ := file.Get("/format")
	if format, ok := value.Text(); !ok || format != loginFormat {
		if recognised(file) == anInput {
			return wrong("give it to --input, or in a case call it "+inputFile, "%s is no login file: it is a plugin's input", path)
		}
		return wrong(loginAdvice, "%s is no login file: its format is not %q", path, loginFormat)
	}
	var unknown string
	file.Members(func(name string, _ abi.Raw) bool {
		if !slices.Contains(loginMembers, name) {
			unknown = name
		}
		return unknown == ""
	})
	if unknown != "" {
		return wrong("write "+joined(loginMembers), "%s has the member %s, which login files do not have", path, abi.Quote(unknown))
	}
	for _, name := range []string{"sources", "login"} {
		if value, _ := file.Get("/" + name); value.Kind() != '{' {
			return wrong(loginAdvice, "%s: %s is missing or not an object", path, name)
		}
	}
	return nil
}

// loginInput is the input of a login file. Sources stand in the order of the
// grant, as in a host.
func loginInput(file abi.Raw, g Grant) abi.Input {
	in := abi.Input{Config: g.Config}
	for _, name := range g.Sources {
		if value, ok := file.Get("/sources/" + name); ok {
			in.Sources = append(in.Sources, abi.Member{Name: name, Value: value})
		}
	}
	login, _ := file.Get("/login")
	login.Members(func(name string, v abi.Raw) bool {
		switch name {
		case "idp":
			in.Login.IdP, _ = v.Text()
		case "protocol":
			in.Login.Protocol, _ = v.Text()
		case "receivedAt":
			in.Login.Time, _ = v.Int()
		case "forceAuth":
			in.Login.ForceAuth, _ = v.Bool()
		}
		return true
	})
	return in
}

func joined(names []string) string { return strings.Join(names, ", ") }
