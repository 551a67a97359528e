package samlsp_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/beevik/etree"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/samlsp"
	"github.com/doorward/doorward/host/token"
)

const (
	publicURL = "https://login.example.com"
	entityID  = publicURL + "/saml/corp/metadata"
	acs       = publicURL + "/saml/corp/acs"
	slo       = publicURL + "/saml/corp/slo"
)

// world is an identity provider, a service provider that is configured for it,
// and what the latter logged and traced.
type world struct {
	idp   *hosttest.SAML
	sp    *samlsp.Provider
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

// ownKey is this host's, made once: making one is slow.
var ownKey = sync.OnceValue(func() *samlsp.Key {
	key, err := samlsp.ParseKey(pkcs8(hosttest.RSAKey(3)), nil, "login.example.com")
	if err != nil {
		panic(err)
	}
	return key
})

func newWorld(t testing.TB, knobs func(*hosttest.SAMLKnobs), change func(*samlsp.Config)) *world {
	t.Helper()
	w := &world{idp: hosttest.NewSAML(t, nil), log: &lockedBuffer{}, trace: &login.Trace{}}
	if knobs != nil {
		w.idp.Set(knobs)
	}
	cfg := samlsp.Config{
		Name: "corp", PublicURL: publicURL, MetadataURL: w.idp.URL + "/metadata", Key: ownKey(),
		HTTP: token.NewClient(token.ClientConfig{RootCAs: w.idp.CA(), Timeout: 5 * time.Second}),
		Now:  w.idp.Clock.Now,
		Log:  slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	if change != nil {
		change(&cfg)
	}
	sp, err := samlsp.New(cfg)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	w.sp = sp
	_, metadata, err := sp.Describe()
	if err != nil {
		t.Fatalf("Describe: %v", err)
	}
	w.idp.Trust(t, metadata)
	return w
}

func (w *world) ctx() context.Context { return login.WithTrace(context.Background(), w.trace) }

func (w *world) request() login.AuthRequest {
	now := w.idp.Clock.Now().Unix()
	return login.AuthRequest{
		ID: "00112233445566aa", Purpose: login.PurposeLogin, Provider: "corp", State: "state-0123456789",
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
	req, to, err := w.sp.Begin(w.ctx(), req)
	if err != nil {
		t.Fatalf("Begin: %v", err)
	}
	return req, w.visit(t, to)
}

func (w *world) visit(t testing.TB, to login.Redirect) login.Callback {
	t.Helper()
	client := w.idp.Client()
	get := func() (*http.Response, error) {
		if to.Form != nil {
			return client.PostForm(to.URL, to.Form)
		}
		return client.Get(to.URL)
	}
	res, err := get()
	if err != nil {
		t.Fatalf("visit the provider: %v", err)
	}
	defer res.Body.Close()
	var page bytes.Buffer
	_, _ = page.ReadFrom(res.Body)
	action, fields := hosttest.FormPost(page.String())
	if res.StatusCode != http.StatusOK || action != acs {
		t.Fatalf("the provider refused the request: %d %s", res.StatusCode, page.String())
	}
	return login.Callback{Params: fields, Method: "POST", ReceivedAt: w.idp.Clock.Now()}
}

func (w *world) login(t testing.TB, change ...func(*login.AuthRequest)) (login.Document, error) {
	t.Helper()
	req, cb := w.begin(t, change...)
	return w.sp.Complete(w.ctx(), req, cb)
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

// refused fails the test unless err is a Fault with the code, whose text has
// says in it.
func refused(t testing.TB, err error, code login.Code, says string) {
	t.Helper()
	if err == nil {
		t.Fatalf("the login went through, want %s", code)
	}
	if got := login.CodeOf(err); got != code || !strings.Contains(err.Error(), says) {
		t.Fatalf("got %s (%v), want %s that says %q", got, err, code, says)
	}
}

// told is everything that the service provider logged and traced.
func (w *world) told() string {
	raw, _ := json.Marshal(w.trace.Entries())
	w.log.mu.Lock()
	defer w.log.mu.Unlock()
	return w.log.String() + string(raw)
}

// find is the element that a path of names without prefixes leads to.
func find(t testing.TB, e *etree.Element, path string) *etree.Element {
	t.Helper()
	found := e.FindElement(path)
	if found == nil {
		t.Fatalf("there is no %s in %s", path, hosttest.SAMLWritten(e))
	}
	return found
}

// set is an edit that sets an attribute somewhere below.
func set(path, name, value string) func(*etree.Element) {
	return func(e *etree.Element) { e.FindElement(path).CreateAttr(name, value) }
}

func drop(path string) func(*etree.Element) {
	return func(e *etree.Element) { found := e.FindElement(path); found.Parent().RemoveChild(found) }
}

func dropAttr(path, name string) func(*etree.Element) {
	return func(e *etree.Element) { e.FindElement(path).RemoveAttr(name) }
}

func setText(path, value string) func(*etree.Element) {
	return func(e *etree.Element) { e.FindElement(path).SetText(value) }
}

func parsed(text string) *etree.Element {
	doc := etree.NewDocument()
	if err := doc.ReadFromString(text); err != nil {
		panic(err)
	}
	return doc.Root()
}

// source is the document's authnResponse.
func source(t testing.TB, doc login.Document) map[string]any {
	t.Helper()
	object, ok := doc.Sources.Object("authnResponse")
	if !ok {
		t.Fatal("the document has no authnResponse")
	}
	return object
}

func encoded(text string) url.Values {
	return url.Values{"SAMLResponse": {base64.StdEncoding.EncodeToString([]byte(text))}, "RelayState": {"state-0123456789"}}
}
