// From a login to a guest's input, and from its result back.

package plugin

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/sdk/abi"
)

// prepare makes the call of one login: only granted sources, each exactly as
// received.
func (p *Plugin) prepare(in login.PluginCall) (*call, error) {
	secrets := in.Document.Sources.Secrets()
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
	for _, source := range p.config.Sources {
		if raw, ok := in.Document.Sources.Raw(source); ok {
			input.Sources = append(input.Sources, abi.Member{Name: source, Value: abi.Raw(raw)})
		}
	}
	c := p.newCall(abi.AppendInput(nil, input), in.Document.ID, in.Document.ReceivedAt)
	if used, max := int64(len(c.input)), p.config.Limits.Input; used > max {
		return nil, c.limit(limitInput, used, max)
	}
	c.lines.mask = secrets.MaskString
	return c, nil
}

func (p *Plugin) newCall(input []byte, loginID string, received time.Time) *call {
	c := newCall(&p.config, p.image)
	c.input, c.received = input, received
	c.seed = seed(p.runtime.config.ReplayKey, "call", loginID)
	c.granted = make(map[string]bool, len(p.config.Sources))
	for _, source := range p.config.Sources {
		c.granted[source] = true
	}
	return c
}

// user is the user so far as JSON. Tokens that a mapper copied into it are
// shown only to plugins that may see the token endpoint's response anyway.
func (p *Plugin) user(user login.User, secrets attrs.Secrets) (abi.Raw, error) {
	granted := false
	for _, source := range p.config.Sources {
		granted = granted || source == attrs.TokenEndpointResponse
	}
	if !granted {
		user = user.Masked(secrets)
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(user); err != nil {
		return nil, err
	}
	return abi.Raw(bytes.TrimSuffix(text.Bytes(), []byte("\n"))), nil
}

// decodeResult reads a result strictly and puts it in the walk's words.
func decodeResult(output []byte) (login.PluginResult, error) {
	r, err := abi.DecodeResult(output)
	if err != nil {
		return login.PluginResult{}, err
	}
	result := login.PluginResult{Unset: r.Unset}
	if r.Deny != nil {
		result.Deny = &login.Deny{Reason: r.Deny.Reason}
	}
	result.Set, err = setOf(r.Set)
	return result, err
}

// setOf returns nil when nothing is set.
func setOf(s abi.Set) (map[string]any, error) {
	set := map[string]any{}
	for name, value := range map[string]*string{
		"id": s.ID, "userName": s.UserName, "firstName": s.FirstName, "lastName": s.LastName, "email": s.Email,
	} {
		if value != nil {
			set[name] = *value
		}
	}
	if s.Roles != nil {
		set["roles"] = s.Roles
	}
	if len(s.Attributes) > 0 {
		attributes := make(map[string]any, len(s.Attributes))
		for name, raw := range s.Attributes {
			decoder := json.NewDecoder(bytes.NewReader(raw))
			decoder.UseNumber()
			var value any
			if err := decoder.Decode(&value); err != nil {
				return nil, err
			}
			attributes[name] = value
		}
		set["attributes"] = attributes
	}
	if len(set) == 0 {
		return nil, nil
	}
	return set, nil
}
