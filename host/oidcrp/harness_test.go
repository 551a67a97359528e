package oidcrp

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/token"
)

const redirectURI = "https://login.example.com/callback/corp"

// world is a provider, a relying party that is configured for it, and what the
// relying party logged and traced.
type world struct {
	op    *hosttest.Provider
	rp    *Provider
	log   *lockedBuffer
	trace *login.Trace
}

type lockedBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

func newWorld(t testing.TB, knobs func(*hosttest.Knobs), change func(*Config)) *world {
	t.Helper()
	w := &world{op: hosttest.NewProvider(t), log: &lockedBuffer{}, trace: &login.Trace{}}
	if knobs != nil {
		w.op.Set(knobs)
	}
	cfg := Config{
		Name: "corp", Issuer: w.op.URL, ClientID: w.op.ClientID, ClientSecret: token.Secret(w.op.ClientSecret),
		RedirectURI: redirectURI,
		HTTP:        token.NewClient(token.ClientConfig{RootCAs: w.op.CA(), Timeout: 5 * time.Second}),
		Now:         w.op.Clock.Now,
		Log:         slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	if change != nil {
		change(&cfg)
	}
	rp, err := New(cfg)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	w.rp = rp
	return w
}

func (w *world) ctx() context.Context { return login.WithTrace(context.Background(), w.trace) }

func (w *world) request() login.AuthRequest {
	now := w.op.Clock.Now().Unix()
	return login.AuthRequest{
		ID: "00112233445566aa", Purpose: login.PurposeLogin, Provider: "corp", State: random(),
		RequestedAt: now, Expiry: now + 600,
	}
}

// begin goes to the provider and back, as a browser does.
func (w *world) begin(t testing.TB, change ...func(*login.AuthRequest)) (login.AuthRequest, login.Callback) {
	t.Helper()
	req := w.request()
	for _, c := range change {
		c(&req)
	}
	req, redirect, err := w.rp.Begin(w.ctx(), req)
	if err != nil {
		t.Fatalf("Begin: %v", err)
	}
	params, method := w.op.Visit(t, redirect.URL)
	return req, login.Callback{Params: params, Method: method, ReceivedAt: w.op.Clock.Now()}
}

func (w *world) login(t testing.TB, change ...func(*login.AuthRequest)) (login.Document, error) {
	t.Helper()
	req, cb := w.begin(t, change...)
	return w.rp.Complete(w.ctx(), req, cb)
}

// must logs in and fails the test when that does not work.
func (w *world) must(t testing.TB, change ...func(*login.AuthRequest)) login.Document {
	t.Helper()
	doc, err := w.login(t, change...)
	if err != nil {
		t.Fatalf("the login failed: %v", err)
	}
	return doc
}

// refused fails the test unless err is a Fault with the code.
func refused(t testing.TB, err error, code login.Code) {
	t.Helper()
	if err == nil {
		t.Fatalf("the login went through, want %s", code)
	}
	if got := login.CodeOf(err); got != code {
		t.Fatalf("got %s (%v), want %s", got, err, code)
	}
}

// step is the newest entry of that name in the trace.
func (w *world) step(t testing.TB, name string) login.Entry {
	t.Helper()
	entries := w.trace.Entries()
	for i := len(entries) - 1; i >= 0; i-- {
		if entries[i].Step == name {
			return entries[i]
		}
	}
	t.Fatalf("the trace has no step %s", name)
	return login.Entry{}
}

// told is everything that the relying party logged and traced.
func (w *world) told() string {
	raw, _ := json.Marshal(w.trace.Entries())
	return w.logged() + string(raw)
}

// logged is everything that the relying party logged.
func (w *world) logged() string {
	w.log.mu.Lock()
	defer w.log.mu.Unlock()
	return w.log.String()
}

func query(t testing.TB, address string) url.Values {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query()
}

func hasWarning(doc login.Document, code login.Code) (login.Warning, bool) {
	for _, w := range doc.Warnings {
		if w.Code == code {
			return w, true
		}
	}
	return login.Warning{}, false
}

func absent(t testing.TB, where, text, what, secret string) {
	t.Helper()
	if secret != "" && strings.Contains(text, secret) {
		t.Errorf("%s holds %s", where, what)
	}
}
