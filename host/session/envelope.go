// The record as it is stored, inside its encryption: a JSON object that says
// its format. Whoever changes it adds a format and keeps reading the old ones.

package session

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/login"
)

const (
	recordFormat = 3
	maxRecord    = 4 << 20 // bytes of the JSON
)

var errTooLarge = errors.New("the session record is larger than 4 MiB")

type envelope struct {
	Format    int          `json:"format"`
	ID        string       `json:"id"`
	Version   uint64       `json:"version"`   // 1 in format 1, which has no such member
	CreatedAt int64        `json:"createdAt"` // milliseconds
	Document  envelopeDoc  `json:"document"`
	User      envelopeUser `json:"user"`
	Tokens    login.Tokens `json:"tokens,omitzero"` // since format 3; before, the document has them
}

// envelopeUser is a login.User that keeps an empty list apart from none.
type envelopeUser struct {
	ID         string     `json:"id,omitempty"`
	UserName   string     `json:"userName,omitempty"`
	FirstName  string     `json:"firstName,omitempty"`
	LastName   string     `json:"lastName,omitempty"`
	Email      string     `json:"email,omitempty"`
	Roles      []string   `json:"roles,omitzero"`
	Attributes attributes `json:"attributes,omitzero"`
}

// attributes keep the digits of their numbers.
type attributes map[string]any

func (a *attributes) UnmarshalJSON(text []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	return decoder.Decode((*map[string]any)(a))
}

// envelopeDoc keeps each source as a string, so that its bytes stay as they
// were received.
type envelopeDoc struct {
	Sources        map[string]string `json:"sources"`
	Person         login.Person      `json:"person"`
	Login          login.Login       `json:"login"`
	LoginID        string            `json:"loginId"`
	ReceivedAt     time.Time         `json:"receivedAt"`
	ProviderSID    string            `json:"providerSid,omitempty"`
	VerifiedEmails []string          `json:"verifiedEmails,omitempty"`
	TrustEmail     bool              `json:"trustEmail,omitempty"`
	Missing        []string          `json:"missing,omitempty"`        // since format 3
	UserInfoFailed bool              `json:"userInfoFailed,omitempty"` // before format 3
	Warnings       []login.Warning   `json:"warnings,omitempty"`
}

func encodeRecord(r *Record) ([]byte, error) {
	d, u := r.Document, r.User
	e := envelope{
		Format: recordFormat, ID: r.ID, Version: r.Version, CreatedAt: r.CreatedAt.UnixMilli(),
		User: envelopeUser{u.ID, u.UserName, u.FirstName, u.LastName, u.Email, u.Roles, u.Attributes},
		Document: envelopeDoc{
			Sources: map[string]string{}, Person: d.Person, Login: d.Login, LoginID: d.ID, ReceivedAt: d.ReceivedAt.UTC(),
			ProviderSID: d.ProviderSID, VerifiedEmails: d.VerifiedEmails, TrustEmail: d.TrustEmail, Missing: d.Missing, Warnings: d.Warnings,
		},
		Tokens: r.Tokens,
	}
	for _, name := range d.Sources.Names() {
		raw, _ := d.Sources.Raw(name)
		e.Document.Sources[name] = string(raw)
	}
	text, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("encode the session record: %w", err)
	}
	if len(text) > maxRecord {
		return nil, errTooLarge
	}
	return text, nil
}

// decodeRecord reads every format up to recordFormat. Newer ones are a
// *newerError.
func decodeRecord(text []byte) (*Record, error) {
	var e envelope
	if err := json.Unmarshal(text, &e); err != nil || e.Format < 1 || e.Format > recordFormat {
		return nil, unreadable(text)
	}
	if e.Format == 1 {
		e.Version = 1
	}
	if e.Document.UserInfoFailed {
		e.Document.Missing = []string{attrs.UserInfo}
	}
	r, err := e.record()
	if err == nil && e.Format < 3 {
		r.Tokens = login.TokensOf(r.Document)
	}
	return r, err
}

// unreadable says why a record could not be decoded.
func unreadable(text []byte) error {
	var head struct {
		Format int `json:"format"`
	}
	if err := json.Unmarshal(text, &head); err == nil && head.Format > recordFormat {
		return &newerError{"record", head.Format}
	}
	return errors.New("the session record does not have the shape of its format")
}

func (e *envelope) record() (*Record, error) {
	d, u := e.Document, e.User
	r := &Record{
		ID: e.ID, Version: e.Version, CreatedAt: time.UnixMilli(e.CreatedAt).UTC(), Tokens: e.Tokens,
		User: login.User{
			ID: u.ID, UserName: u.UserName, FirstName: u.FirstName, LastName: u.LastName, Email: u.Email, Roles: u.Roles, Attributes: u.Attributes,
		},
		Document: login.Document{
			Person: d.Person, Login: d.Login, ID: d.LoginID, ReceivedAt: d.ReceivedAt,
			ProviderSID: d.ProviderSID, VerifiedEmails: d.VerifiedEmails, TrustEmail: d.TrustEmail, Missing: d.Missing, Warnings: d.Warnings,
		},
	}
	var sources attrs.Document
	for name, raw := range d.Sources {
		var err error
		if sources, err = sources.With(name, []byte(raw)); err != nil {
			return nil, errors.New("the session record holds a source that cannot be read")
		}
	}
	r.Document.Sources = sources
	return r, nil
}
