package host_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/doorward/doorward/host"
	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
)

// publicURL is what the host under test believes to be; browsers reach it
// there, whatever port it listens on.
const publicURL = "https://login.example.test"

// site is a whole host on its real listeners, with a provider in process.
type site struct {
	t      testing.TB
	host   *host.Host
	idp    *hosttest.Provider // its clock is the host's too
	out    http.RoundTripper  // to providers
	listen string
	admin  string
	dir    string
	log    *lines
	level  slog.Level
	asks   string // query of what proxies ask /auth
	stdout io.Writer

	mu     sync.Mutex
	events []login.Event
	stop   func()
}

// lines is a log that tests can read while it is written.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// settings change the site before it starts. The configuration's text is made
// of Top, the members of the provider corp, and Rest.
type settings struct {
	Public   string            // publicURL when empty
	Top      string            // top-level keys
	Provider string            // keys of providers.corp, one a line
	Builtin  string            // keys of a builtin provider staff, one a line
	SAML     string            // keys of a saml provider partner, one a line
	Rest     string            // more top-level keys, levels among them
	Files    map[string]string // beside the configuration
	Out      http.RoundTripper // to providers; the provider's own when nil
	Quiet    bool              // logs what a host logs by default, for benchmarks
	Stdout   io.Writer         // of audit lines
}

const levels = `
levels:
  Authenticated/Fresh: {description: credentials proved within five minutes, step_up: true}
  Authenticated/Challenged: {description: credentials asked for within five minutes, step_up: true}
`

func (s settings) text(idp *hosttest.Provider) string {
	public := s.Public
	if public == "" {
		public = publicURL
	}
	provider := ""
	for _, line := range strings.Split(strings.TrimSpace(s.Provider), "\n") {
		provider += "    " + line + "\n"
	}
	if s.Builtin != "" {
		provider += "  staff:\n    type: builtin\n    " + strings.ReplaceAll(strings.TrimSpace(s.Builtin), "\n", "\n    ") + "\n"
	}
	if s.SAML != "" {
		provider += "  partner:\n    type: saml\n    " + strings.ReplaceAll(strings.TrimSpace(s.SAML), "\n", "\n    ") + "\n"
	}
	rest := s.Rest
	if !strings.Contains(rest, "levels:") {
		rest += levels
	}
	return fmt.Sprintf(`public_url: %s
listen: 127.0.0.1:0
admin_listen: 127.0.0.1:0
insecure_inline_secrets: true
%s
providers:
  corp:
    type: oidc
    issuer: %s
    client_id: %s
    client_secret: %s
%s%s`, public, s.Top, idp.URL, idp.ClientID, idp.ClientSecret, provider, rest)
}

// newSite starts a host whose provider corp is idp.
func newSite(t testing.TB, idp *hosttest.Provider, with settings) *site {
	t.Helper()
	s := &site{t: t, idp: idp, out: with.Out, stdout: with.Stdout, dir: t.TempDir(), log: &lines{}, level: slog.LevelDebug}
	if with.Quiet {
		s.level = slog.LevelInfo
	}
	if s.out == nil {
		s.out = idp.Client().Transport
	}
	files := map[string]string{"doorward.yaml": with.text(idp)}
	for name, text := range with.Files {
		files[name] = text
	}
	for name, text := range files {
		path := filepath.Join(s.dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s.start()
	return s
}

// start starts the host on the site's folder; again, when it was stopped.
func (s *site) start() {
	s.t.Helper()
	cfg, err := config.Load(filepath.Join(s.dir, "doorward.yaml"))
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.host, err = host.New(ctx, host.Options{
		Config: cfg, Now: s.idp.Clock.Now, Transport: s.out, Audit: s.record, Stdout: s.stdout,
		Log: slog.New(slog.NewJSONHandler(s.log, &slog.HandlerOptions{Level: s.level})),
	})
	if err != nil {
		cancel()
		s.t.Fatal(err)
	}
	ready, done := make(chan host.Addresses, 1), make(chan error, 1)
	go func() { done <- s.host.Run(ctx, func(at host.Addresses) { ready <- at }) }()
	select {
	case at := <-ready:
		s.listen, s.admin = at.Public, at.Admin
	case err := <-done:
		cancel()
		s.t.Fatal(err)
	}
	s.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			s.t.Errorf("the host did not stop cleanly: %v", err)
		}
	})
	s.t.Cleanup(s.stop)
}

func (s *site) record(e login.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, e)
}

// audited lists the events of a type so far.
func (s *site) audited(kind string) (found []login.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.events {
		if e.Type == kind {
			found = append(found, e)
		}
	}
	return found
}

// browser keeps cookies and follows redirects, as a person's does.
type browser struct {
	t    testing.TB
	site *site
	http *http.Client
	jar  *jar
}

func (s *site) browser() *browser {
	b := &browser{t: s.t, site: s, jar: &jar{kept: map[string]map[string]*http.Cookie{}}}
	b.http = &http.Client{Jar: b.jar, Transport: way{s}, Timeout: 60 * time.Second}
	return b
}

// way leads requests for the public URL to the listener, those for its
// neighbours by way of a proxy, and all others to the provider.
type way struct{ site *site }

func (w way) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Host, ".example.test") && "https://"+r.URL.Host != publicURL {
		return w.behind(r)
	}
	if "https://"+r.URL.Host != publicURL {
		return w.site.idp.Client().Transport.RoundTrip(r)
	}
	in := r.Clone(r.Context())
	in.URL.Scheme, in.URL.Host, in.Host = "http", w.site.listen, r.URL.Host
	res, err := http.DefaultTransport.RoundTrip(in)
	// The host answers a body that is too large before it has come whole, and
	// closes. Whoever still sends may be told of that before they see the answer.
	for tries := 0; err != nil && large(in) && tries < 20; tries++ {
		if in.Body, err = in.GetBody(); err == nil {
			res, err = http.DefaultTransport.RoundTrip(in)
		}
	}
	return res, err
}

// large reports whether r's body may be more than the host reads.
func large(r *http.Request) bool { return r.GetBody != nil && r.ContentLength > 128<<10 }

// jar keeps every cookie by host and name, and forgets those that are cleared.
type jar struct {
	mu   sync.Mutex
	kept map[string]map[string]*http.Cookie
}

func (j *jar) SetCookies(u *url.URL, cookies []*http.Cookie) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.kept[u.Host] == nil {
		j.kept[u.Host] = map[string]*http.Cookie{}
	}
	for _, c := range cookies {
		if c.MaxAge < 0 || !c.Expires.IsZero() && c.Expires.Before(time.Now()) {
			delete(j.kept[u.Host], c.Name)
			continue
		}
		j.kept[u.Host][c.Name] = c
	}
}

func (j *jar) Cookies(u *url.URL) (list []*http.Cookie) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, c := range j.kept[u.Host] {
		list = append(list, &http.Cookie{Name: c.Name, Value: c.Value})
	}
	slices.SortFunc(list, func(a, b *http.Cookie) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// cookie is the host's cookie of that name, or nil.
func (b *browser) cookie(name string) *http.Cookie {
	b.jar.mu.Lock()
	defer b.jar.mu.Unlock()
	return b.jar.kept[strings.TrimPrefix(publicURL, "https://")][name]
}

// pending counts the logins in progress that the browser keeps.
func (b *browser) pending() (n int) {
	b.jar.mu.Lock()
	defer b.jar.mu.Unlock()
	for name := range b.jar.kept[strings.TrimPrefix(publicURL, "https://")] {
		if strings.HasPrefix(name, "__Host-doorward-login-") {
			n++
		}
	}
	return n
}

// answer is a response, read.
type answer struct {
	*http.Response
	Body string
}

// code is the stable code of an error page or problem document.
func (a answer) code() string {
	if strings.HasPrefix(a.Header.Get("Content-Type"), "application/problem+json") {
		var p struct{ Code string }
		_ = json.Unmarshal([]byte(a.Body), &p)
		return p.Code
	}
	_, rest, _ := strings.Cut(a.Body, "Code <code>")
	code, _, _ := strings.Cut(rest, "</code>")
	return code
}

// do sends a request as it is; redirects are followed unless the browser's
// client says otherwise.
func (b *browser) do(r *http.Request) answer {
	b.t.Helper()
	if r.Header.Get("Accept") == "" {
		r.Header.Set("Accept", "text/html")
	}
	resp, err := b.http.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 4<<20))
	if err != nil {
		b.t.Fatal(err)
	}
	return answer{resp, string(body)}
}

func (b *browser) request(method, at, body string) *http.Request {
	b.t.Helper()
	if strings.HasPrefix(at, "/") {
		at = publicURL + at
	}
	r, err := http.NewRequest(method, at, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	if body != "" || method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return r
}

// get goes to an address and follows where it leads.
func (b *browser) get(at string) answer {
	b.t.Helper()
	return b.do(b.request(http.MethodGet, at, ""))
}

// post sends a form as a page of this host does.
func (b *browser) post(at string, form url.Values) answer {
	b.t.Helper()
	r := b.request(http.MethodPost, at, form.Encode())
	r.Header.Set("Origin", publicURL)
	return b.do(r)
}

// step goes to an address and follows nothing.
func (b *browser) step(at string) answer {
	b.t.Helper()
	follow := b.http.CheckRedirect
	b.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	defer func() { b.http.CheckRedirect = follow }()
	return b.get(at)
}

// begin begins a login and stops where the provider would be asked.
func (b *browser) begin(at string) (authorize *url.URL) {
	b.t.Helper()
	a := b.step(at)
	to, err := a.Location()
	if err != nil || !strings.HasPrefix(to.String(), b.site.idp.URL+"/") {
		b.t.Fatalf("%s did not lead to the provider: %s %s\n%s", at, a.Status, to, a.Body)
	}
	return to
}

// approve visits the provider, and returns the address that it sends the
// browser back to.
func (b *browser) approve(authorize *url.URL) (callback string) {
	b.t.Helper()
	a := b.step(authorize.String())
	to, err := a.Location()
	if err != nil {
		b.t.Fatalf("the provider sent nobody back: %s\n%s", a.Status, a.Body)
	}
	return to.String()
}

// session is GET /session.
func (b *browser) session() (d document) {
	b.t.Helper()
	r := b.request(http.MethodGet, "/session", "")
	r.Header.Set("Accept", "application/json")
	a := b.do(r)
	if a.StatusCode != http.StatusOK {
		b.t.Fatalf("GET /session: %s\n%s", a.Status, a.Body)
	}
	if err := json.Unmarshal([]byte(a.Body), &d); err != nil {
		b.t.Fatalf("%v in %s", err, a.Body)
	}
	return d
}

// document is what GET /session answers.
type document struct {
	Authenticated bool
	IdP           string
	User          struct {
		ID, UserName, FirstName, LastName, Email string
		Roles                                    []string
		Timestamp                                int64
		Attributes                               map[string]any
	}
	SecurityLevels []node
	IdPAttributes  map[string]map[string]any
}

type node struct {
	Name     string
	Until    int64
	Children []node
}

// level finds the held level at path, or nil.
func (d document) level(path string) *node {
	nodes := d.SecurityLevels
	var found *node
	for _, name := range strings.Split(path, "/") {
		i := slices.IndexFunc(nodes, func(n node) bool { return n.Name == name })
		if i < 0 {
			return nil
		}
		found, nodes = &nodes[i], nodes[i].Children
	}
	return found
}
