package web

import (
	"bytes"
	"testing"
	"time"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/session"
	"github.com/doorward/doorward/host/token"
)

// unsigned stands in for a signer that has nothing to do.
type unsigned struct{}

func (unsigned) Sign(any) (string, error) { return "", nil }
func (unsigned) JWKS() []byte             { return nil }

// BenchmarkIdentity is what GET /auth does of its own for an admission, besides
// opening the session and asking for its levels: with the identity headers of a
// decision that it knows, anew with an assertion, and anew without one. An
// assertion serves every request of a session at an application for half a
// minute.
func BenchmarkIdentity(b *testing.B) {
	signer, err := token.NewAssertionSigner("https://login.example.test", [][]byte{bytes.Repeat([]byte{1}, 32)}, time.Time{}, nil)
	if err != nil {
		b.Fatal(err)
	}
	now := time.Now()
	record := &session.Record{
		ID: "4b06850e8682adc55eeacd210abbb36a", User: login.User{ID: "7c1e0d2f", UserName: "ada", Email: "ada@example.com", Roles: []string{"admin", "engineer"}, Attributes: map[string]any{"team": "engines"}},
		Document: login.Document{Person: login.Person{IdP: "corp", Issuer: "https://idp.example.com", Subject: "7c1e0d2f"}, Sources: attrs.Document{}, ReceivedAt: now},
	}
	h := &held{record: record, decision: login.Decision{Levels: []login.Level{{Path: "Authenticated"}, {Path: "Authenticated/Fresh", Until: now.Add(time.Hour).Unix()}}}}
	app := &Application{Name: "wiki", Headers: map[string]string{"X-Wiki-Team": "attributes.team"}, Assertion: map[string]string{"team": "attributes.team"}}
	for _, c := range []struct {
		name   string
		signer Signer
		anew   bool
	}{{"known", signer, false}, {"anew", signer, true}, {"anew-without-assertion", unsigned{}, true}} {
		b.Run(c.name, func(b *testing.B) {
			s := &Server{config: Config{Signer: c.signer, Now: func() time.Time { return now }}}
			said, err := s.describe(h)
			if err != nil {
				b.Fatal(err)
			}
			said.identities = &identities{}
			b.ReportAllocs()
			for b.Loop() {
				id := s.kept(app, h, said)
				if c.anew {
					id = s.compose(app, h, said)
				}
				if id.err != nil || len(id.headers) != 8 {
					b.Fatal(id.err)
				}
			}
		})
	}
}
