// The input of a decision, member by member as policies see it.

package policy

import (
	"encoding/json"
	"errors"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/login"
)

var (
	errInputTooLarge = errors.New("the sources are larger than a policy may be given")
	errInputOdd      = errors.New("the user has an attribute that is no JSON value")
)

// clockStep is how far, in seconds, the host's clock may have stepped back
// behind the moment of a sign-in before its evidence proves nothing.
const clockStep = 60

// Input is the JSON document that the policies see for facts: what "policy
// eval" and a login's trace show. Token strings in it are digests unless the
// policies are granted them.
func (e *Engine) Input(facts login.Facts) ([]byte, error) {
	input, err := e.input(facts, needs{sources: []string{attrs.TokenEndpointResponse}})
	if err != nil {
		return nil, err
	}
	return json.Marshal(input)
}

// inputTerm is the same document as OPA reads it: a member becomes a term of
// Rego when a rule asks for it, since most rules read few of many. The digests
// of tokens, which take the longest to make, are left out when no rule can read
// them.
//
// OPA writes what "with" puts in place into the lazy document itself, where every
// other rule would find it; an ordinary one it copies.
func (e *Engine) inputTerm(facts login.Facts) (*ast.Term, error) {
	input, err := e.input(facts, e.needs)
	if err != nil {
		return nil, err
	}
	if !e.replaced.any {
		return ast.NewTerm(ast.LazyObject(input)), nil
	}
	value, err := ast.InterfaceToValue(input)
	if err != nil {
		return nil, errInputOdd
	}
	return ast.NewTerm(value), nil
}

// object is a JSON object: its values are those of encoding/json, numbers as
// json.Number or int64.
type object = map[string]any

// input is the document, made anew for each decision; the sources in it are
// shared and must not be changed. read says what will be read of it.
func (e *Engine) input(facts login.Facts, read needs) (object, error) {
	input := object{
		"sources": object{}, "user": object{}, "login": object{}, "session": object{},
		"request": requestFacts(facts.Request), "now": facts.Now.Unix(),
	}
	doc := facts.Document
	if doc == nil {
		return input, nil
	}
	if doc.Sources.Size() > e.cfg.MaxInput {
		return nil, errInputTooLarge
	}
	var secrets attrs.Secrets
	if !e.cfg.TokensInInput {
		secrets = doc.Sources.Secrets()
	}
	input["sources"] = e.sources(doc.Sources, secrets, read.reads(attrs.TokenEndpointResponse))
	input["login"] = loginFacts(doc.Login, facts.Now.Unix())
	if facts.User != nil {
		input["user"] = user(*facts.User, secrets)
	}
	if facts.CreatedAt != 0 {
		input["session"] = object{"createdAt": facts.CreatedAt}
	}
	return input, nil
}

func (e *Engine) sources(document attrs.Document, secrets attrs.Secrets, withTokens bool) object {
	shown := make(object)
	if !e.cfg.TokensInInput {
		var without []string
		if !withTokens {
			without = []string{attrs.TokenEndpointResponse}
		}
		for name, content := range document.RedactedObjects(secrets, without...) {
			shown[name] = content
		}
		return shown
	}
	for _, name := range document.Names() {
		shown[name], _ = document.Object(name)
	}
	return shown
}

// user is the mapped user without what a mapper copied out of the token
// strings; absent attributes are absent members.
func user(u login.User, secrets attrs.Secrets) object {
	shown := make(object, 7)
	setText(shown, "id", secrets.MaskString(u.ID))
	setText(shown, "userName", secrets.MaskString(u.UserName))
	setText(shown, "firstName", secrets.MaskString(u.FirstName))
	setText(shown, "lastName", secrets.MaskString(u.LastName))
	setText(shown, "email", secrets.MaskString(u.Email))
	if u.Roles != nil {
		shown["roles"] = secrets.Mask(u.Roles)
	}
	if u.Attributes != nil {
		shown["attributes"] = secrets.Mask(u.Attributes)
	}
	return shown
}

// setText leaves out what is absent.
func setText(in object, name, text string) {
	if text != "" {
		in[name] = text
	}
}

func setTime(in object, name string, t *int64) {
	if t != nil {
		in[name] = *t
	}
}

func loginFacts(l login.Login, now int64) object {
	facts := object{
		"idp": l.IdP, "protocol": l.Protocol, "requestedAt": l.RequestedAt, "receivedAt": l.ReceivedAt,
		"forceAuth": l.ForceAuth, "evidence": evidence(l, now),
		"challengedTrusted": l.ChallengedTrusted, "reauthSkew": l.ReauthSkew,
	}
	setTime(facts, "maxAge", l.MaxAge)
	setTime(facts, "previousAuthTime", l.PreviousAuthTime)
	return facts
}

// evidence is empty while the clock stands before the sign-in: it has stepped
// back, and nobody can say how long ago the credentials were proved.
func evidence(l login.Login, now int64) object {
	shown := object{}
	if now < l.ReceivedAt-clockStep {
		return shown
	}
	setTime(shown, "authTime", l.Evidence.AuthTime)
	if l.Evidence.Challenged != nil {
		shown["challenged"] = *l.Evidence.Challenged
	}
	if l.Evidence.AMR != nil {
		shown["amr"] = l.Evidence.AMR
	}
	setText(shown, "acr", l.Evidence.ACR)
	return shown
}

func requestFacts(r login.Request) object {
	zones := r.Zones
	if zones == nil {
		zones = []string{}
	}
	facts := object{"zones": zones, "userAgent": r.UserAgent, "app": r.App}
	setText(facts, "ip", r.IP)
	return facts
}
