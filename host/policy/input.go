// The input of a decision, member by member as policies see it.

package policy

import (
	"encoding/json"
	"errors"
	"strconv"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/doorward/doorward/host/login"
)

var errInputTooLarge = errors.New("the sources are larger than a policy may be given")

// clockStep is how far, in seconds, the host's clock may have stepped back
// behind the moment of a sign-in before its evidence proves nothing.
const clockStep = 60

// Input is the JSON document that the policies see for facts: what "policy
// eval" and a login's trace show. Token strings in it are digests unless the
// policies are granted them.
func (e *Engine) Input(facts login.Facts) ([]byte, error) {
	sources, err := e.sources(facts.Document)
	if err != nil {
		return nil, err
	}
	input, err := e.input(facts, sources)
	if err != nil {
		return nil, err
	}
	plain, err := ast.JSON(input)
	if err != nil {
		return nil, err
	}
	return json.Marshal(plain)
}

// sources converts the document's sources. The value is immutable, and the
// same for every decision about that document.
func (e *Engine) sources(doc *login.Document) (ast.Value, error) {
	object := ast.NewObject()
	if doc == nil {
		return object, nil
	}
	size, shown := 0, doc.Sources
	for _, name := range shown.Names() {
		raw, _ := shown.Raw(name)
		size += len(raw)
	}
	if size > e.cfg.MaxInput {
		return nil, errInputTooLarge
	}
	if !e.cfg.TokensInInput {
		shown = shown.Redacted()
	}
	for _, name := range shown.Names() {
		content, _ := shown.Object(name)
		value, err := ast.InterfaceToValue(content)
		if err != nil {
			return nil, errors.New("source " + name + " holds a value that policies cannot read")
		}
		object.Insert(ast.StringTerm(name), ast.NewTerm(value))
	}
	return object, nil
}

func (e *Engine) input(facts login.Facts, sources ast.Value) (ast.Value, error) {
	user, err := e.user(facts)
	if err != nil {
		return nil, err
	}
	session := ast.NewObject()
	if facts.Document != nil && facts.CreatedAt != 0 {
		set(session, "createdAt", seconds(facts.CreatedAt))
	}
	input := ast.NewObject()
	set(input, "sources", sources)
	set(input, "user", user)
	set(input, "login", loginFacts(facts))
	set(input, "session", session)
	set(input, "request", requestFacts(facts.Request))
	set(input, "now", seconds(facts.Now.Unix()))
	return input, nil
}

func set(object ast.Object, name string, value ast.Value) {
	object.Insert(ast.StringTerm(name), ast.NewTerm(value))
}

func seconds(t int64) ast.Value { return ast.Number(strconv.FormatInt(t, 10)) }

func setText(object ast.Object, name, text string) {
	if text != "" {
		set(object, name, ast.String(text))
	}
}

func texts(items []string) ast.Value {
	terms := make([]*ast.Term, len(items))
	for i, item := range items {
		terms[i] = ast.StringTerm(item)
	}
	return ast.NewArray(terms...)
}

// user converts the mapped user; absent attributes are absent members.
func (e *Engine) user(facts login.Facts) (ast.Value, error) {
	object, u := ast.NewObject(), facts.User
	if facts.Document == nil || u == nil {
		return object, nil
	}
	shown := e.masked(facts.Document, *u)
	setText(object, "id", shown.ID)
	setText(object, "userName", shown.UserName)
	setText(object, "firstName", shown.FirstName)
	setText(object, "lastName", shown.LastName)
	setText(object, "email", shown.Email)
	if shown.Roles != nil {
		set(object, "roles", texts(shown.Roles))
	}
	if shown.Attributes != nil {
		value, err := ast.InterfaceToValue(shown.Attributes)
		if err != nil {
			return nil, errors.New("a user attribute holds a value that policies cannot read")
		}
		set(object, "attributes", value)
	}
	return object, nil
}

// masked replaces what a mapper copied out of the token strings.
func (e *Engine) masked(doc *login.Document, u login.User) login.User {
	if e.cfg.TokensInInput {
		return u
	}
	secrets := doc.Sources.Secrets()
	for _, text := range []*string{&u.ID, &u.UserName, &u.FirstName, &u.LastName, &u.Email} {
		*text = secrets.MaskString(*text)
	}
	if u.Roles != nil {
		u.Roles, _ = secrets.Mask(u.Roles).([]string)
	}
	if u.Attributes != nil {
		u.Attributes, _ = secrets.Mask(u.Attributes).(map[string]any)
	}
	return u
}

func loginFacts(facts login.Facts) ast.Value {
	object := ast.NewObject()
	if facts.Document == nil {
		return object
	}
	l := facts.Document.Login
	set(object, "idp", ast.String(l.IdP))
	set(object, "protocol", ast.String(l.Protocol))
	set(object, "requestedAt", seconds(l.RequestedAt))
	set(object, "receivedAt", seconds(l.ReceivedAt))
	set(object, "forceAuth", ast.Boolean(l.ForceAuth))
	setTime(object, "maxAge", l.MaxAge)
	set(object, "evidence", evidence(l, facts.Now.Unix()))
	setTime(object, "previousAuthTime", l.PreviousAuthTime)
	set(object, "challengedTrusted", ast.Boolean(l.ChallengedTrusted))
	set(object, "reauthSkew", seconds(l.ReauthSkew))
	return object
}

// evidence is empty while the clock stands before the sign-in: it has stepped
// back, and nobody can say how long ago the credentials were proved.
func evidence(l login.Login, now int64) ast.Value {
	object := ast.NewObject()
	if now < l.ReceivedAt-clockStep {
		return object
	}
	setTime(object, "authTime", l.Evidence.AuthTime)
	if l.Evidence.Challenged != nil {
		set(object, "challenged", ast.Boolean(*l.Evidence.Challenged))
	}
	if l.Evidence.AMR != nil {
		set(object, "amr", texts(l.Evidence.AMR))
	}
	setText(object, "acr", l.Evidence.ACR)
	return object
}

func setTime(object ast.Object, name string, t *int64) {
	if t != nil {
		set(object, name, seconds(*t))
	}
}

func requestFacts(r login.Request) ast.Value {
	object := ast.NewObject()
	setText(object, "ip", r.IP)
	set(object, "zones", texts(r.Zones))
	set(object, "userAgent", ast.String(r.UserAgent))
	set(object, "app", ast.String(r.App))
	return object
}
