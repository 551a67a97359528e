package session_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/keyring"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/session"
	"github.com/doorward/doorward/host/store"
	"github.com/doorward/doorward/host/store/storetest"
)

const (
	idle     = 20 * time.Minute
	absolute = 2 * time.Hour
)

// kit is a host's session part with a clock that stands still.
type kit struct {
	*session.Sessions
	t     testing.TB
	clock *storetest.Clock
	store *watched
	keys  *keyring.Keyring
	plain bool   // the store has no Version
	path  string // of the store's file
	log   strings.Builder
	n     atomic.Int64
}

func newKit(t testing.TB) *kit {
	t.Helper()
	k := &kit{t: t, clock: storetest.NewClock(), path: filepath.Join(t.TempDir(), "doorward.db")}
	embedded, err := store.Open(k.path, store.Options{Now: k.clock.Now, InsecureNoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	k.store = &watched{Store: embedded}
	if k.keys, err = keyring.Open(filepath.Join(filepath.Dir(k.path), "key")); err != nil {
		t.Fatal(err)
	}
	k.Sessions = k.another()
	t.Cleanup(func() {
		k.Close()
		embedded.Close()
	})
	return k
}

// another is a second host over the same store and keys.
func (k *kit) another() *session.Sessions {
	var s store.Store = k.store
	if k.plain {
		s = struct{ store.Store }{k.store}
	}
	return session.New(session.Config{
		Store: s, Keys: k.keys, Idle: idle, Absolute: absolute, Now: k.clock.Now,
		Log: slog.New(slog.NewTextHandler(&k.log, nil)),
	})
}

// settle waits for the touches under way, and starts a host without memory.
func (k *kit) settle() {
	k.Close()
	k.Sessions = k.another()
}

// watched is a store in which things happen at the worst moment.
type watched struct {
	store.Store
	before atomic.Pointer[func([]store.Op) error] // called once, at the next Apply
	broken atomic.Bool                            // reads and writes fail
	slow   atomic.Int64                           // how long a write takes
	writes atomic.Int64
}

var errDisk = fmt.Errorf("disk on fire: %w", store.ErrFull)

func (w *watched) Apply(ctx context.Context, ops ...store.Op) error {
	if f := w.before.Swap(nil); f != nil {
		if err := (*f)(ops); err != nil {
			return err
		}
	}
	if w.broken.Load() {
		return errDisk
	}
	w.writes.Add(1)
	time.Sleep(time.Duration(w.slow.Load()))
	return w.Store.Apply(ctx, ops...)
}

func (w *watched) Get(ctx context.Context, bucket, key string) (store.Item, error) {
	if w.broken.Load() {
		return store.Item{}, errDisk
	}
	return w.Store.Get(ctx, bucket, key)
}

func (w *watched) Version(ctx context.Context, bucket, key string) (uint64, error) {
	if w.broken.Load() {
		return 0, errDisk
	}
	return w.Store.(store.Versioner).Version(ctx, bucket, key)
}

func (w *watched) Scan(ctx context.Context, bucket, prefix, after string, limit int) ([]store.Item, error) {
	if w.broken.Load() {
		return nil, errDisk
	}
	return w.Store.Scan(ctx, bucket, prefix, after, limit)
}

// next does f just before the next Apply; an error of f is the Apply's.
func (w *watched) next(f func([]store.Op) error) { w.before.Store(&f) }

var buckets = []string{"session", "session-handle", "session-index", "session-person", "session-mark", "session-spent", "session-code", "session-notice", "session-lease"}

// count is how many records each of the buckets has.
func (k *kit) count() map[string]int {
	k.t.Helper()
	counts := map[string]int{}
	for _, bucket := range buckets {
		items, err := k.store.Store.Scan(context.Background(), bucket, "", "", 100_000)
		if err != nil {
			k.t.Fatal(err)
		}
		counts[bucket] = len(items)
	}
	return counts
}

// sessions is count, without marks and spent states.
func (k *kit) sessions() [4]int {
	c := k.count()
	return [4]int{c["session"], c["session-handle"], c["session-index"], c["session-person"]}
}

func source(t testing.TB, pairs ...string) attrs.Document {
	t.Helper()
	var doc attrs.Document
	for i := 0; i < len(pairs); i += 2 {
		var err error
		if doc, err = doc.With(pairs[i], []byte(pairs[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	return doc
}

const (
	issuer  = "https://idp.example.com"
	canary  = "CANARY-access-token"
	subject = "subject-of-ann"
)

// document is a login of sub; every member is set.
func (k *kit) document(sub, sid string) login.Document {
	authTime, challenged, maxAge := k.clock.Now().Unix()-3, true, int64(60)
	return login.Document{
		Sources: source(k.t,
			attrs.IDTokenClaims, ` { "sub" : "`+sub+`", "n":1.50, "big": 123456789012345678901234567890, "html":"<&>\u2028", "auth_time": 1e3 }`,
			attrs.TokenEndpointResponse, `{"access_token":"`+canary+`","token_type":"Bearer"}`),
		Person: login.Person{IdP: "corp", Issuer: issuer, Subject: sub},
		Login: login.Login{
			IdP: "corp", Protocol: "oidc", RequestedAt: k.clock.Now().Unix() - 10, ReceivedAt: k.clock.Now().Unix(), ForceAuth: true, MaxAge: &maxAge,
			Evidence:         login.Evidence{AuthTime: &authTime, Challenged: &challenged, AMR: []string{"pwd", "otp"}, ACR: "2"},
			PreviousAuthTime: &authTime, ChallengedTrusted: true, ReauthSkew: 5,
		},
		ID: "0123456789abcdef", ReceivedAt: k.clock.Now().Add(123 * time.Microsecond), ProviderSID: sid,
		VerifiedEmails: []string{"ann@example.com"}, TrustEmail: true, Missing: []string{attrs.UserInfo},
		Warnings: []login.Warning{{Code: login.CodeUserInfoFailed, Message: "Unable to retrieve user info from IDP", Audit: true}},
	}
}

func user() login.User {
	return login.User{
		ID: "1", UserName: "ann", FirstName: "Ann", LastName: "Other", Email: "ann@example.com", Roles: []string{},
		Attributes: map[string]any{"n": json.Number("1.50"), "list": []any{"a", nil, true}, "none": nil, "map": map[string]any{}},
	}
}

var decided = login.Decision{Levels: []login.Level{{Path: "Authenticated"}, {Path: "Authenticated/Fresh", Until: 1}}}

// request is a new login asked for now.
func (k *kit) request() login.AuthRequest {
	n := k.n.Add(1)
	now := k.clock.Now().Unix()
	return login.AuthRequest{
		ID: fmt.Sprintf("%016x", n), State: fmt.Sprint("state-", n), Purpose: login.PurposeLogin, Provider: "corp", RequestedAt: now, Expiry: now + 600,
	}
}

// signIn issues a session of sub, in place of the one that old opens.
func (k *kit) signIn(sub, old string) login.Session {
	k.t.Helper()
	req := k.request()
	req.Session = old
	return k.issue(req, k.document(sub, ""))
}

func (k *kit) stepUp(sub, old string) login.Session {
	k.t.Helper()
	req := k.request()
	req.Session, req.Purpose = old, login.PurposeStepUp
	return k.issue(req, k.document(sub, ""))
}

func (k *kit) issue(req login.AuthRequest, doc login.Document) login.Session {
	k.t.Helper()
	s, err := k.Issue(context.Background(), req, doc, user(), decided)
	if err != nil {
		k.t.Fatalf("Issue: %v", err)
	}
	return s
}

func (k *kit) opens(handle, app string) *session.Record {
	k.t.Helper()
	r, err := k.Open(context.Background(), handle, app)
	if err != nil {
		k.t.Fatalf("Open: %v", err)
	}
	return r
}

func (k *kit) opensNone(handle, app string) {
	k.t.Helper()
	if r, err := k.Open(context.Background(), handle, app); !errors.Is(err, session.ErrNone) || r != nil {
		k.t.Fatalf("Open: %v, %v; want ErrNone", r, err)
	}
}

func wantCode(t testing.TB, err error, code login.Code) {
	t.Helper()
	var fault *login.Fault
	if !errors.As(err, &fault) || fault.Code != code {
		t.Fatalf("got %v; want the fault %s", err, code)
	}
}

func TestASessionIsExactlyWhatTheLoginYielded(t *testing.T) {
	k := newKit(t)
	doc := k.document(subject, "sid-1")
	issued := k.issue(k.request(), doc)
	if issued.ID == "" || len(issued.Handle) != 43 || !issued.CreatedAt.Equal(k.clock.Now()) {
		t.Errorf("issued %q %q %v", issued.ID, issued.Handle, issued.CreatedAt)
	}
	if !reflect.DeepEqual(issued.Document, doc) || !reflect.DeepEqual(issued.User, user()) || !reflect.DeepEqual(issued.Decision, decided) {
		t.Error("the issued session is not the login's")
	}
	k.settle()
	k.clock.Advance(time.Minute)
	for range 2 { // cold, and from memory
		r := k.opens(issued.Handle, "")
		if r.ID != issued.ID || !r.CreatedAt.Equal(issued.CreatedAt) || r.Version != 1 {
			t.Errorf("opened %s, created %v, version %d", r.ID, r.CreatedAt, r.Version)
		}
		if !reflect.DeepEqual(r.Document, doc) {
			t.Error("the document changed on its way through the store")
		}
		if !reflect.DeepEqual(r.User, user()) {
			t.Errorf("the user changed on its way through the store: %#v", r.User)
		}
		for _, name := range doc.Sources.Names() {
			got, _ := r.Document.Sources.Raw(name)
			want, _ := doc.Sources.Raw(name)
			if string(got) != string(want) {
				t.Errorf("%s: %s; want %s", name, got, want)
			}
		}
		if got := r.Document.ReceivedAt.UnixMilli(); got != doc.ReceivedAt.UnixMilli() {
			t.Errorf("timestamp %d; want %d", got, doc.ReceivedAt.UnixMilli())
		}
	}
}

func TestABareLoginIsASessionToo(t *testing.T) {
	k := newKit(t)
	doc := login.Document{Person: login.Person{IdP: "x", Issuer: "i", Subject: "s"}, ReceivedAt: k.clock.Now()}
	s, err := k.Issue(t.Context(), login.AuthRequest{Purpose: login.PurposeLogin}, doc, login.User{}, login.Decision{})
	if err != nil {
		t.Fatal(err)
	}
	if r := k.opens(s.Handle, ""); !reflect.DeepEqual(r.User, login.User{}) || !reflect.DeepEqual(r.Document, doc) {
		t.Errorf("got %#v", r.User)
	}
}

func TestBefore(t *testing.T) {
	k := newKit(t)
	s := k.signIn(subject, "")
	k.clock.Advance(time.Minute)
	before, err := k.Before(t.Context(), s.Handle)
	if err != nil || before == nil || before.Person != s.Document.Person || *before.AuthTime != *s.Document.Login.Evidence.AuthTime ||
		before.CreatedAt != s.CreatedAt.Unix() {
		t.Fatalf("Before: %+v, %v", before, err)
	}
	k.clock.Advance(idle - time.Minute)
	if before, err := k.Before(t.Context(), s.Handle); before != nil || err != nil {
		t.Errorf("Before counts as a use: %+v, %v", before, err)
	}
	if before, err := k.Before(t.Context(), "garbage"); before != nil || err != nil {
		t.Errorf("Before of garbage: %+v, %v", before, err)
	}
	k.store.broken.Store(true)
	if _, err := k.Before(t.Context(), s.Handle); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Before with a broken store: %v", err)
	}
}

// TestT48_NothingShowsWhereItDoesNotBelong looks for what must stay secret in
// prints of a record, in the log, and in the store's file.
func TestT48_NothingShowsWhereItDoesNotBelong(t *testing.T) {
	k := newKit(t)
	s := k.issue(k.request(), k.document(subject, "sid-secret"))
	r := k.opens(s.Handle, "")
	if _, err := k.Grant(t.Context(), r, "wiki"); err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	for _, h := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
		slog.New(h).Info("m", "record", r)
		slog.New(h).Info("m", "record", *r)
	}
	shown := log.String() + k.log.String()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		shown += fmt.Sprintf(verb+verb+verb, r, *r, struct{ R *session.Record }{r})
	}
	if err := k.store.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(k.path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	raw, err := io.ReadAll(f)
	if err != nil || len(raw) < 4096 {
		t.Fatal(len(raw), err)
	}
	for _, secret := range []string{canary, subject, issuer, "ann@example.com", s.Handle, "sid-secret", "state-1", "Authenticated/Fresh"} {
		if strings.Contains(shown, secret) {
			t.Errorf("%q is printed", secret)
		}
		if strings.Contains(string(raw), secret) {
			t.Errorf("%q lies in the store in clear", secret)
		}
	}
	if !strings.Contains(shown, r.ID) {
		t.Error("a printed record does not say which")
	}
}

func TestStoreFailuresSayThatTheStoreFailed(t *testing.T) {
	k := newKit(t)
	s := k.signIn(subject, "")
	r := k.opens(s.Handle, "")
	ctx := t.Context()
	code, err := k.Code(ctx, r, "a")
	if err != nil {
		t.Fatal(err)
	}
	k.store.broken.Store(true)
	for name, call := range map[string]func() error{
		"Open":           func() error { _, err := k.Open(ctx, s.Handle, ""); return err },
		"Peek":           func() error { _, err := k.Peek(ctx, s.Handle, ""); return err },
		"Code":           func() error { _, err := k.Code(ctx, r, "a"); return err },
		"Redeem":         func() error { _, _, err := k.Redeem(ctx, code, "a", "a", ""); return err },
		"RevokeSame":     func() error { _, err := k.RevokeSamePerson(ctx, s.ID); return err },
		"Issue":          func() error { _, err := k.Issue(ctx, k.request(), s.Document, user(), decided); return err },
		"Spent":          func() error { return k.Spent(ctx, k.request()) },
		"End":            func() error { _, err := k.End(ctx, s.Handle, ""); return err },
		"AddHandle":      func() error { _, err := k.Grant(ctx, r, "a"); return err },
		"List":           func() error { _, err := k.List(ctx, session.Filter{}); return err },
		"List of one":    func() error { _, err := k.List(ctx, session.Filter{Person: &s.Document.Person}); return err },
		"Revoke":         func() error { return k.Revoke(ctx, s.ID) },
		"RevokePerson":   func() error { _, err := k.RevokePerson(ctx, issuer, subject); return err },
		"RevokeSID":      func() error { _, err := k.RevokeProviderSession(ctx, issuer, "s"); return err },
		"RevokeAll":      func() error { _, err := k.RevokeAll(ctx); return err },
		"ProviderEnded":  func() error { _, err := k.ProviderEnded(ctx, k.notice(subject, "")); return err },
		"MarkNotBefore":  func() error { return k.MarkNotBefore(ctx, issuer, subject, "", k.clock.Now()) },
		"Open, stranger": func() error { _, err := k.another().Open(ctx, s.Handle, ""); return err },
	} {
		err := call()
		if !errors.Is(err, store.ErrUnavailable) || login.CodeOf(err) != login.CodeStoreUnavailable {
			t.Errorf("%s: %v", name, err)
		}
	}
	k.store.broken.Store(false)
	k.opens(s.Handle, "")
	if _, _, err := k.Redeem(ctx, code, "a", "a", ""); err != nil {
		t.Errorf("a store that failed spent the code: %v", err)
	}
}
