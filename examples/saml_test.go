package examples_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest"
)

// federation is the example saml: a host, and the partner's identity provider
// under Node.js.
type federation struct {
	*place
	host, partner string // their origins
	http          *http.Client
}

func newFederation(t *testing.T, environment ...string) *federation {
	t.Helper()
	node := installed(t, "node")
	if _, err := os.Stat("saml/node_modules/samlify"); err != nil {
		if os.Getenv("DOORWARD_CI") != "" {
			t.Fatal("samlify is missing: run npm ci --prefix examples/saml")
		}
		t.Skip("samlify is missing: run npm ci --prefix examples/saml")
	}
	// Another site than the host's: its form must bring the login's cookie along.
	f := &federation{host: "http://" + local(freePort(t)), partner: "http://" + freePort(t)}
	f.place = newPlaceOf(t, "saml", func(yaml string) string {
		yaml = swap(t, yaml, "http://localhost:8080", f.host)
		yaml = swap(t, yaml, "http://localhost:7000", f.partner)
		return swap(t, yaml, "127.0.0.1:8080", strings.Replace(strings.TrimPrefix(f.host, "http://"), "localhost", "127.0.0.1", 1))
	}, nil)
	dir := t.TempDir()
	selfSigned(t, dir)
	script, err := filepath.Abs("saml/idp.mjs")
	if err != nil {
		t.Fatal(err)
	}
	for _, set := range append(environment, "ORIGIN="+f.partner, "HOST="+f.host+"/saml/partner/metadata") {
		name, value, _ := strings.Cut(set, "=")
		t.Setenv(name, value)
	}
	f.log = filepath.Join(dir, "log")
	start(t, dir, func() (net.Conn, error) { return net.Dial("tcp", strings.TrimPrefix(f.partner, "http://")) }, node, script)
	f.http = &http.Client{Jar: &loopbackJar{kept: map[string]map[string]string{}}, Timeout: 30 * time.Second}
	return f
}

// local is an address of this machine by the name that cookies need.
func local(address string) string { return strings.Replace(address, "127.0.0.1", "localhost", 1) }

// selfSigned does what the example's page does with openssl.
func selfSigned(t *testing.T, dir string) {
	t.Helper()
	key := hosttest.RSAKey(0).Private.(*rsa.PrivateKey)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "partner"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, "idp-key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})))
	write(t, dir, "idp-cert.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
}

// loopbackJar sends cookies with Secure over plain http to localhost, as
// browsers do, and keeps those of ports apart only by their names, as they do
// too.
type loopbackJar struct {
	mu   sync.Mutex
	kept map[string]map[string]string
}

func (j *loopbackJar) SetCookies(u *url.URL, cookies []*http.Cookie) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.kept[u.Hostname()] == nil {
		j.kept[u.Hostname()] = map[string]string{}
	}
	for _, c := range cookies {
		if c.MaxAge < 0 {
			delete(j.kept[u.Hostname()], c.Name)
			continue
		}
		j.kept[u.Hostname()][c.Name] = c.Value
	}
}

func (j *loopbackJar) Cookies(u *url.URL) (list []*http.Cookie) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for name, value := range j.kept[u.Hostname()] {
		list = append(list, &http.Cookie{Name: name, Value: value})
	}
	return list
}

// visit goes to an address, or posts a form to it, and follows redirects.
func (f *federation) visit(at string, form url.Values) string {
	f.t.Helper()
	request, err := http.NewRequest(http.MethodGet, at, nil)
	if form != nil {
		request, err = http.NewRequest(http.MethodPost, at, strings.NewReader(form.Encode()))
	}
	if err != nil {
		f.t.Fatal(err)
	}
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("Origin", f.host)
	}
	request.Header.Set("Accept", "text/html")
	response, err := f.http.Do(request)
	if err != nil {
		f.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		f.t.Fatal(err)
	}
	if response.StatusCode >= 400 {
		f.t.Fatalf("%s: %s\n%s", at, response.Status, body)
	}
	if to, onward := strings.CutPrefix(response.Header.Get("Refresh"), "0;url="); onward {
		return f.visit(to, nil)
	}
	return string(body)
}

// signIn begins at the host, and chooses somebody where the partner asks.
func (f *federation) signIn(at, name string) {
	f.t.Helper()
	page := f.visit(f.host+at, nil)
	action, fields := hosttest.FormPost(page)
	if name != "" {
		if action != "/sign-in" {
			f.t.Fatalf("the partner asks nobody: %s", page)
		}
		fields.Set("name", name)
		action, fields = hosttest.FormPost(f.visit(f.partner+action, fields))
	}
	if action != f.host+"/saml/partner/acs" {
		f.t.Fatalf("the partner sends the browser to %q", action)
	}
	f.visit(action, fields)
}

// samlSession is what the host says of the session.
type samlSession struct {
	Authenticated bool
	User          struct {
		ID, Email string
		Roles     []string
	}
	SecurityLevels []struct {
		Name     string
		Children []struct{ Name string }
	}
}

func (f *federation) session() (s samlSession) {
	f.t.Helper()
	if err := json.Unmarshal([]byte(f.visit(f.host+"/session", nil)), &s); err != nil {
		f.t.Fatal(err)
	}
	return s
}

// TestSAML runs the example with a real identity provider: signed assertions, and
// encrypted ones; a forced login; single logout begun at either side.
func TestSAML(t *testing.T) {
	for name, encrypt := range map[string]string{"signed": "ENCRYPT=0", "encrypted": "ENCRYPT=1"} {
		t.Run(name, func(t *testing.T) {
			f := newFederation(t, encrypt)
			f.signIn("/login", "alice")
			s := f.session()
			if !s.Authenticated || s.User.ID != "p-7f3a91" || s.User.Email != "alice@example.com" || len(s.User.Roles) != 1 || s.User.Roles[0] != "engineering" {
				t.Fatalf("the session is %+v", s)
			}

			time.Sleep(1100 * time.Millisecond) // auth_time is in whole seconds
			f.clock.Advance(2 * time.Second)
			f.signIn("/login?force_auth=true", "alice") // the partner asks again, else the host refuses what it answers

			// signing out here signs out there
			if page := f.visit(f.host+"/logout", url.Values{"return_to": {"/"}}); !strings.Contains(page, "You are signed out") || f.session().Authenticated {
				t.Errorf("signed out: %s", page)
			}
			f.signIn("/login", "bob") // the partner does not know the browser any more
			if s := f.session(); s.User.ID != "p-0001c4" {
				t.Errorf("the session is %+v", s)
			}

			// and there, here
			if page := f.visit(f.partner+"/sign-out", nil); !strings.Contains(page, "here and there") || f.session().Authenticated {
				t.Errorf("signed out at the partner: %s", page)
			}
		})
	}
}
