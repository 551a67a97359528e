// The login file: one login, as plugins and policies can be tried with again.

package login

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/doorward/doorward/host/attrs"
)

// FileFormat names the format of a login file, and its version.
const FileFormat = "doorward.login/v1"

// MaxFile is how many bytes a login file has at most.
const MaxFile = 4 << 20

// indentable is how many bytes are indented: a text of brackets, 64 levels
// deep, grows by more than a hundred times.
const indentable = 128 << 10

// File is a login file: what a login's user and levels are made from, with its
// tokens as digests. Its members are those of the policy input:
//
//	{"format":"doorward.login/v1","sources":{…},"login":{…},"session":{"createdAt":0},"request":{…},"now":0}
type File struct {
	Sources   attrs.Document // token strings as digests
	Login     Login
	CreatedAt int64 // of the session, in Unix seconds; zero when there was none
	Request   Request
	Now       int64 // of the decision, in Unix seconds

	// Missing is Document.Missing: login.userInfoFailed and
	// login.claimSourcesFailed.
	Missing []string
}

// fileLogin is the member login of a file: that of the policy input, and what
// withholds levels besides.
type fileLogin struct {
	Login
	UserInfoFailed     bool `json:"userInfoFailed,omitempty"`
	ClaimSourcesFailed bool `json:"claimSourcesFailed,omitempty"`
}

// missing names the sources that the file says have failed.
func (l fileLogin) missing() (names []string) {
	if l.UserInfoFailed {
		names = append(names, attrs.UserInfo)
	}
	if l.ClaimSourcesFailed {
		names = append(names, attrs.ClaimSources)
	}
	return names
}

// FileOf is the file of what a walk yielded; false when it yielded no
// document. Tokens are digests in it, whatever policies are granted. Its time
// is that of the decision, or of the answer when nothing was decided.
func FileOf(y Yield, request Request) (File, bool) {
	if y.Document == nil {
		return File{}, false
	}
	f := File{Sources: y.Document.Sources.Redacted(), Login: y.Document.Login, CreatedAt: y.CreatedAt, Request: request, Missing: y.Document.Missing}
	f.Now = y.Document.ReceivedAt.Unix()
	if !y.At.IsZero() {
		f.Now = y.At.Unix()
	}
	if f.CreatedAt == 0 {
		f.CreatedAt = f.Now
	}
	return f, true
}

// Encode writes the file, indented unless its sources are large. It fails when
// the result is larger than MaxFile, because ReadFile would refuse it.
func (f File) Encode() ([]byte, error) {
	compact, err := f.MarshalJSON()
	if err != nil {
		return nil, err
	}
	if len(compact) >= MaxFile {
		return nil, fmt.Errorf("the login file would have %d bytes, more than %d", len(compact)+1, MaxFile)
	}
	var out bytes.Buffer
	if len(compact) > indentable || json.Indent(&out, compact, "", "  ") != nil || out.Len() >= MaxFile {
		return append(compact, '\n'), nil
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}

// MarshalJSON writes the file, of any size, with each source as it was
// received: what a plugin is given must not change by a space.
func (f File) MarshalJSON() ([]byte, error) {
	if f.Request.Zones == nil {
		f.Request.Zones = []string{}
	}
	out := bytes.NewBuffer(make([]byte, 0, f.Sources.Size()+1024))
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	var failed error
	put := func(name string, v any) {
		out.WriteString(name)
		failed = errors.Join(failed, encoder.Encode(v))
		out.Truncate(out.Len() - 1) // the line's end
	}
	put(`{"format":`, FileFormat)
	sources, err := f.Sources.MarshalJSON()
	out.WriteString(`,"sources":`)
	out.Write(sources)
	put(`,"login":`, fileLogin{f.Login, slices.Contains(f.Missing, attrs.UserInfo), slices.Contains(f.Missing, attrs.ClaimSources)})
	out.WriteString(`,"session":{`)
	if f.CreatedAt != 0 {
		put(`"createdAt":`, f.CreatedAt)
	}
	put(`},"request":`, f.Request)
	put(`,"now":`, f.Now)
	out.WriteByte('}')
	return out.Bytes(), errors.Join(err, failed)
}

// UnmarshalJSON reads what MarshalJSON wrote and the host has kept since. It
// looks for no mistakes but in format and sources, and takes a third of the time
// of ReadFile, which is for files from outside. It leaves f as it was when it
// fails.
func (f *File) UnmarshalJSON(raw []byte) error {
	var text struct {
		Format  string
		Sources attrs.Document
		Login   fileLogin
		Session struct{ CreatedAt int64 }
		Request Request
		Now     int64
	}
	if err := json.Unmarshal(raw, &text); err != nil {
		return &FileError{Problem: "is damaged"}
	}
	if text.Format != FileFormat {
		return wrongFormat(text.Format)
	}
	*f = File{Sources: text.Sources, Login: text.Login.Login, Missing: text.Login.missing(), CreatedAt: text.Session.CreatedAt, Request: text.Request, Now: text.Now}
	return nil
}

// Document is the document that mappers and policies are given. The person is
// read from iss and sub of the ID token, or from issuer and nameId of the SAML
// response; what a login file does not hold (Document.ID, the provider's
// session, verified addresses, warnings) is left empty.
func (f File) Document() Document {
	doc := Document{Sources: f.Sources, Login: f.Login, Missing: f.Missing, ReceivedAt: time.Unix(f.Login.ReceivedAt, 0).UTC()}
	doc.Person.IdP = f.Login.IdP
	for _, where := range []struct{ source, issuer, subject string }{
		{attrs.IDTokenClaims, "iss", "sub"},
		{attrs.AuthnResponse, "issuer", "nameId"},
	} {
		if claims, ok := f.Sources.Object(where.source); ok {
			doc.Person.Issuer, _ = claims[where.issuer].(string)
			doc.Person.Subject, _ = claims[where.subject].(string)
			break
		}
	}
	return doc
}

// Facts is what the levels of user are decided from, at the file's time.
func (f File) Facts(user *User) Facts {
	doc := f.Document()
	return f.FactsOf(&doc, user)
}

// FactsOf is Facts about doc, for who knows more of the login than the file
// does.
func (f File) FactsOf(doc *Document, user *User) Facts {
	return Facts{Document: doc, User: user, CreatedAt: f.CreatedAt, Request: f.Request, Now: time.Unix(f.Now, 0).UTC()}
}
