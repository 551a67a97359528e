// Tested: a test login has ended; what it showed is kept, masked.

package console

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"net/url"
	"time"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/login"
)

// Test is a test login that has ended, well or not.
type Test struct {
	Request login.AuthRequest
	Console string // id of the session that began it
	Trace   *login.Trace
	Session login.Session
	Facts   login.Request
	Err     error
}

// result is what is kept of one test. All of it is masked, but for signOut.
type result struct {
	id       string
	console  string // id of the session that began it
	provider string
	at       time.Time
	view     view
	file     []byte       // the login file; nil without a document
	facts    *login.Facts // what the decision was made from, tokens as digests; nil without one
	revision string       // of the policies that decided
	size     int          // bytes, about

	// signOut is what the provider's sign-out needs: the person and the ID
	// token. It is never shown; nil when there is no ID token.
	signOut *login.Document
}

// Tested keeps the result of a test for ten minutes and returns the path at
// which the session that began it can see it. Nothing else is kept of the
// test, nor logged.
func (k *Console) Tested(_ context.Context, t Test) string {
	if k.config.Level == "" || t.Console == "" {
		return "/console"
	}
	r := k.result(t)
	k.results.put(r)
	return r.path()
}

func (r *result) path() string {
	return "/console/test-login/" + url.PathEscape(r.provider) + "/" + r.id
}

func (k *Console) result(t Test) *result {
	y := t.Trace.Yielded()
	r := &result{id: rand.Text(), console: t.Console, provider: t.Request.Provider, at: k.config.Now()}
	r.file = loginFile(y, t.Facts)
	r.signOut = hint(y.Document)
	r.view = k.look(t, y)
	r.facts, r.revision = decidedFrom(y, t.Facts)
	r.size = 3*len(r.file) + r.view.size()
	return r
}

// hint is the document without all that a sign-out does not need.
func hint(doc *login.Document) *login.Document {
	if doc == nil {
		return nil
	}
	response, _ := doc.Sources.Object(attrs.TokenEndpointResponse)
	token, ok := response["id_token"].(string)
	if !ok || token == "" {
		return nil
	}
	raw, err := json.Marshal(map[string]string{"id_token": token})
	if err != nil {
		return nil
	}
	sources, err := attrs.Document{}.With(attrs.TokenEndpointResponse, raw)
	if err != nil {
		return nil
	}
	return &login.Document{Sources: sources, Person: doc.Person, ID: doc.ID, ProviderSID: doc.ProviderSID}
}

// decidedFrom is what was decided about, without a token.
func decidedFrom(y login.Yield, request login.Request) (facts *login.Facts, revision string) {
	file, ok := login.FileOf(y, request)
	if !ok || y.User == nil || y.Decision == nil {
		return nil, ""
	}
	doc, user := *y.Document, y.User.Masked(y.Document.Sources.Secrets())
	doc.Sources = file.Sources
	return &login.Facts{Document: &doc, User: &user, CreatedAt: file.CreatedAt, Request: request, Now: y.At}, y.Decision.Revision
}
