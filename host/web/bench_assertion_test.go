package web

import (
	"bufio"
	"bytes"
	"context"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/keyring"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/policy"
	"github.com/doorward/doorward/host/session"
	"github.com/doorward/doorward/host/store"
	"github.com/doorward/doorward/host/token"
)

// unsigned stands in for a signer: what a host would do that has no assertions.
type unsigned struct{}

func (unsigned) Sign(any) (string, error) { return "", nil }
func (unsigned) JWKS() []byte             { return nil }

// BenchmarkAssertion is GET /auth of a live session, all of it but the socket,
// with the assertion and without, in turn in one run: out of the cache, where it
// is for every request of a session at an application for half a minute, and
// made anew each time.
func BenchmarkAssertion(b *testing.B) {
	for _, c := range []struct {
		name         string
		signed, anew bool
	}{{"known", true, false}, {"known-without", false, false}, {"anew", true, true}, {"anew-without", false, true}} {
		b.Run(c.name, func(b *testing.B) {
			s, handle := newBenchServer(b, c.signed)
			s.app.Handler() // the framework is ready after that
			serve := s.app.Server().Handler
			ctx := &fasthttp.RequestCtx{}
			forget := func() {}
			if c.anew {
				record, err := s.config.Sessions.Open(context.Background(), handle, "")
				if err != nil {
					b.Fatal(err)
				}
				said, err := s.describe(&held{record: record})
				if err != nil {
					b.Fatal(err)
				}
				forget = said.identities.m.Clear
			}
			question := questionOf(handle)
			b.ReportAllocs()
			for b.Loop() {
				forget()
				ctx.Response.Reset()
				ctx.ResetUserValues()
				ctx.Init(question, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}, nil)
				serve(ctx)
				if got := ctx.Response.Header.Peek(headerAssertion); ctx.Response.StatusCode() != 200 || (len(got) > 0) != c.signed {
					b.Fatalf("%d, the assertion %q", ctx.Response.StatusCode(), got)
				}
			}
		})
	}
}

func questionOf(handle string) *fasthttp.Request {
	r := &fasthttp.Request{}
	raw := "GET /auth HTTP/1.1\r\nHost: login.example.test\r\nAccept: application/json\r\nSec-Fetch-Mode: cors\r\nX-Forwarded-Method: GET\r\nX-Forwarded-Proto: https\r\n" +
		"X-Forwarded-Host: login.example.test\r\nX-Forwarded-Uri: /desk?x=1\r\nX-Forwarded-For: 192.0.2.7\r\nCookie: theme=dark; __Host-doorward=" + handle + "\r\n\r\n"
	if err := r.Read(bufio.NewReader(strings.NewReader(raw))); err != nil {
		panic(err) // of a test
	}
	return r
}

// newBenchServer is an edge with one session, whose handle is returned.
func newBenchServer(b *testing.B, signed bool) (*Server, string) {
	b.Helper()
	dir, now := b.TempDir(), time.Now()
	st, err := store.Open(filepath.Join(dir, "doorward.db"), store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = st.Close() })
	keys, err := keyring.Open(filepath.Join(dir, "doorward.key"))
	if err != nil {
		b.Fatal(err)
	}
	engine, err := policy.New(context.Background(), policy.Config{DefaultPolicy: true})
	if err != nil {
		b.Fatal(err)
	}
	clock := func() time.Time { return now }
	sessions := session.New(session.Config{Store: st, Keys: keys, Idle: time.Hour, Absolute: time.Hour, Now: clock, Log: slog.New(slog.DiscardHandler)})
	b.Cleanup(sessions.Close)
	public, _ := url.Parse("https://login.example.test")
	c := Config{
		PublicURL: public, Peers: Peers{Trusted: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}, Sessions: sessions, Keys: keys, Store: st,
		Origins: NewOrigins(public, []Application{{Name: "desk", Origins: []string{public.String()}, Paths: []string{"/desk"}, Require: []string{"Authenticated"}}}),
		Levels:  policy.NewLive(func() *policy.Engine { return engine }, 0), Known: engine.Known, Tree: engine.Levels(),
		Audit: func(context.Context, login.Event) {}, Log: slog.New(slog.DiscardHandler), Now: clock, Signer: unsigned{},
	}
	if signed {
		if c.Signer, err = token.NewAssertionSigner(public.String(), [][]byte{bytes.Repeat([]byte{1}, 32)}, time.Time{}, clock); err != nil {
			b.Fatal(err)
		}
	}
	doc := login.Document{Person: login.Person{IdP: "corp", Issuer: "https://idp.example.com", Subject: "7c1e0d2f"}, Sources: attrs.Document{}, ReceivedAt: now}
	user := login.User{ID: "7c1e0d2f", UserName: "ada", Email: "ada@example.com", Roles: []string{"admin", "engineer"}, Attributes: map[string]any{"team": "engines"}}
	made, err := sessions.Issue(context.Background(), login.AuthRequest{ID: "1", State: "s", Purpose: login.PurposeLogin, Provider: "corp", RequestedAt: now.Unix(), Expiry: now.Add(time.Minute).Unix()}, doc, user, login.Decision{})
	if err != nil {
		b.Fatal(err)
	}
	return New(c), made.Handle
}
