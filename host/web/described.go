package web

import (
	"cmp"
	"encoding/json"
	"strings"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/session"
)

// described is what a session says of its person: everything of the session
// document but the levels, which are decided at every use.
type described struct {
	IdP     string
	User    user
	Sources json.RawMessage // the attribute-source document, tokens as digests
	head    []byte          // of the JSON of GET /session, up to the levels
	tail    []byte          // and after them

	identities *identities // what applications are told of it
}

// user has every member, empty when the attribute is absent. Timestamp is in
// milliseconds: when the host received the answer that this user comes from.
type user struct {
	ID         string         `json:"id"`
	UserName   string         `json:"userName"`
	FirstName  string         `json:"firstName"`
	LastName   string         `json:"lastName"`
	Email      string         `json:"email"`
	Roles      []string       `json:"roles"`
	Timestamp  int64          `json:"timestamp"`
	Attributes map[string]any `json:"attributes"`
}

// name is what a page calls the person.
func (d described) name() string {
	return cmp.Or(strings.TrimSpace(d.User.FirstName+" "+d.User.LastName), d.User.UserName, d.User.ID)
}

// nobody is what an anonymous request is told.
var nobody = func() described {
	d, err := described{User: user{Roles: []string{}, Attributes: map[string]any{}}, Sources: json.RawMessage("{}")}.encoded(false)
	if err != nil {
		panic(err) // it has no value that cannot be encoded
	}
	return d
}()

// describe is computed once for each session that is kept in memory.
func (s *Server) describe(h *held) (described, error) {
	if h.record == nil {
		return nobody, nil
	}
	type result struct {
		described
		err error
	}
	r := h.record.Memo(func() any {
		d, err := describe(h.record)
		d.identities = &identities{}
		return result{d, err}
	}).(result)
	return r.described, r.err
}

// describe shows token strings as digests, but for those of the members of
// tokenEndpointResponse that tokens names.
func describe(record *session.Record, tokens ...string) (described, error) {
	doc, mapped := record.Document, record.User.Masked(record.Document.Sources.Secrets())
	raw, err := doc.Sources.Redacted(tokens...).MarshalJSON()
	if err != nil {
		return described{}, login.NewFault(login.CodeInternal, "encode the document: %w", err)
	}
	d := described{IdP: doc.Person.IdP, Sources: raw, User: user{
		ID: mapped.ID, UserName: mapped.UserName, FirstName: mapped.FirstName, LastName: mapped.LastName, Email: mapped.Email,
		Roles: mapped.Roles, Timestamp: doc.ReceivedAt.UnixMilli(), Attributes: mapped.Attributes,
	}}
	if d.User.Roles == nil {
		d.User.Roles = []string{}
	}
	if d.User.Attributes == nil {
		d.User.Attributes = map[string]any{}
	}
	return d.encoded(true)
}

// encoded returns d with its JSON.
func (d described) encoded(authenticated bool) (described, error) {
	idp, err := json.Marshal(d.IdP)
	if err != nil {
		return d, login.NewFault(login.CodeInternal, "encode the provider: %w", err)
	}
	user, err := json.Marshal(d.User)
	if err != nil {
		return d, login.NewFault(login.CodeInternal, "encode the user: %w", err)
	}
	signedIn := "false"
	if authenticated {
		signedIn = "true"
	}
	d.head = []byte(`{"authenticated":` + signedIn + `,"idp":` + string(idp) + `,"user":` + string(user) + `,"securityLevels":`)
	d.tail = []byte(`,"idpAttributes":` + string(d.Sources) + `}`)
	return d, nil
}
