// From a login to a guest's input, and from its result back.

package plugin

import (
	"slices"
	"sync"
	"time"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/sdk/abi"
)

// prepare makes the call of one login: only granted sources, each exactly as
// received.
func (p *Plugin) prepare(in login.PluginCall) (*call, error) {
	secrets := sync.OnceValue(in.Document.Sources.Secrets) // few calls have something to hide
	user, err := p.user(in.User, secrets)
	if err != nil {
		return nil, err
	}
	input := abi.Input{User: user, Config: abi.Raw(p.config.Config), Login: abi.Login{
		IdP:       in.Document.Login.IdP,
		Protocol:  in.Document.Login.Protocol,
		Time:      in.Document.ReceivedAt.Unix(),
		ForceAuth: in.Document.Login.ForceAuth,
	}}
	size := len(user) + len(p.config.Config) + 512
	for _, source := range p.config.Sources {
		if raw, ok := in.Document.Sources.Raw(source); ok {
			input.Sources = append(input.Sources, abi.Member{Name: source, Value: abi.Raw(raw)})
			size += len(source) + len(raw) + 8
		}
	}
	c := p.newCall(abi.AppendInput(make([]byte, 0, size), input), in.Document.ID, in.Document.ReceivedAt)
	c.lines.mask = func(text string) string { return secrets().MaskString(text) }
	return c, nil
}

func (p *Plugin) newCall(input []byte, loginID string, received time.Time) *call {
	return &call{
		config: &p.config, kind: p.engine.kind, input: input, received: received,
		seed: func() [32]byte { return seed(p.runtime.config.ReplayKey, "call", p.config.Name+"\x00"+loginID) },
	}
}

// user is the user so far as JSON. Tokens that a mapper copied into it are
// shown only to plugins that may see the token endpoint's response anyway.
func (p *Plugin) user(user login.User, secrets func() attrs.Secrets) (abi.Raw, error) {
	if isNobody(user) {
		return nil, nil
	}
	if !slices.Contains(p.config.Sources, attrs.TokenEndpointResponse) {
		user = user.Masked(secrets())
	}
	return appendUser(make([]byte, 0, 256), user)
}

func isNobody(u login.User) bool {
	return u.ID == "" && u.UserName == "" && u.FirstName == "" && u.LastName == "" && u.Email == "" && len(u.Roles) == 0 && len(u.Attributes) == 0
}

// decodeResult reads a result strictly and puts it in the walk's words.
func decodeResult(output []byte) (login.PluginResult, error) {
	r, err := abi.DecodeResult(output)
	if err != nil {
		return login.PluginResult{}, err
	}
	result := login.PluginResult{Set: setOf(r.Set), Unset: r.Unset}
	if r.Deny != nil {
		result.Deny = &login.Deny{Reason: r.Deny.Reason}
	}
	return result, nil
}

// setOf returns nil when nothing is set.
func setOf(s abi.Set) map[string]any {
	set := map[string]any{}
	text := func(name string, value *string) {
		if value != nil {
			set[name] = *value
		}
	}
	text("id", s.ID)
	text("userName", s.UserName)
	text("firstName", s.FirstName)
	text("lastName", s.LastName)
	text("email", s.Email)
	if s.Roles != nil {
		set["roles"] = s.Roles
	}
	if len(s.Attributes) > 0 {
		attributes := make(map[string]any, len(s.Attributes))
		for name, raw := range s.Attributes {
			attributes[name] = valueOf(raw)
		}
		set["attributes"] = attributes
	}
	if len(set) == 0 {
		return nil
	}
	return set
}
