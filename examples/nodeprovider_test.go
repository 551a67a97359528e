package examples_test

import (
	"encoding/json"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestNodeProvider runs examples/node-provider with npm's oidc-provider. Only
// addresses and paths of files are changed.
func TestNodeProvider(t *testing.T) {
	node := installed(t, "node")
	if _, err := os.Stat("node-provider/node_modules/oidc-provider"); err != nil {
		if os.Getenv("DOORWARD_CI") != "" {
			t.Fatal("oidc-provider is not installed: the examples must run here")
		}
		t.Skip("oidc-provider is not installed: npm ci --prefix examples/node-provider")
	}
	n := startNodeProvider(t, node)
	b := n.person(t)
	said := n.signIn(b, "/login?idp=node&return_to=%2F", "ada")
	if said.IdP != "node" || said.User.UserName != "ada" || said.User.Email != "ada@example.com" || strings.Join(said.User.Roles, " ") != "admin editor" {
		t.Fatalf("the session after the login is %+v", said)
	}
	t.Run("the provider's sign-out ends the session", func(t *testing.T) { n.checkProviderSignOut(t) })
	t.Run("T24 a group that is taken away is gone after the refresh", func(t *testing.T) { n.checkRemoved(t, b) })
	t.Run("a sign-out here ends the provider's session", func(t *testing.T) { n.checkSignOut(t, b) })
}

// nodePlace is the example as it runs.
type nodePlace struct {
	*place
	public, issuer, people string
}

// tokenSeconds is how long the provider's access tokens are good here.
const tokenSeconds = 60

func startNodeProvider(t *testing.T, node string) *nodePlace {
	t.Helper()
	here, provider := freePort(t), freePort(t)
	n := &nodePlace{public: "http://localhost:" + portOf(here), issuer: "http://localhost:" + portOf(provider)}
	n.place = newPlaceOf(t, "node-provider", func(yaml string) string {
		yaml = swap(t, yaml, "listen: 127.0.0.1:8080", "listen: "+here)
		yaml = swap(t, yaml, "config: {prefix: \"app-\"}", "config: {prefix: \"app-\"}\n    limits: {timeout: 30s}")
		yaml = swap(t, yaml, "http://localhost:8080", n.public)
		return swap(t, yaml, "http://localhost:4000", n.issuer)
	}, nil)
	dir := t.TempDir()
	write(t, dir, "secret", exampleSecret)
	n.people = filepath.Join(dir, "people.json")
	write(t, dir, "people.json", read(t, "node-provider", "people.json"))
	script, err := filepath.Abs("node-provider/provider.mjs")
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"PORT": portOf(provider), "DOORWARD": n.public, "PEOPLE": n.people, "CLIENT_SECRET_FILE": filepath.Join(dir, "secret"), "ACCESS_TOKEN_SECONDS": "60",
	} {
		t.Setenv(name, value)
	}
	n.log = filepath.Join(dir, "log")
	start(t, dir, func() (net.Conn, error) { return net.Dial("tcp", provider) }, node, script)
	return n
}

func portOf(addr string) string {
	_, port, _ := net.SplitHostPort(addr)
	return port
}

// person is a browser that reaches every name where it is.
func (n *nodePlace) person(t *testing.T) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &browser{t: t, http: &http.Client{Jar: jar, Transport: transport, Timeout: 20 * time.Second}}
}

// told is what the session document says.
type sessionSaid struct {
	Authenticated bool
	IdP           string
	User          struct {
		UserName, Email string
		Roles           []string
	}
}

func (n *nodePlace) session(b *browser) (said sessionSaid) {
	b.t.Helper()
	r := script(b.t, http.MethodGet, n.public+"/session", "")
	a := b.do(r)
	if a.StatusCode != http.StatusOK || json.Unmarshal([]byte(a.Body), &said) != nil {
		b.t.Fatalf("the session document is %s: %s", a.Status, a.Body)
	}
	return said
}

func (n *nodePlace) signIn(b *browser, at, name string) sessionSaid {
	b.t.Helper()
	shown := b.do(page(b.t, n.public+at))
	if !strings.HasPrefix(shown.Request.URL.String(), n.issuer+"/sign-in/") {
		b.t.Fatalf("%s leads to no sign-in page: %s at %s\n%s", at, shown.Status, shown.Request.URL, shown.Body)
	}
	b.submit(shown, url.Values{"login": {name}})
	return n.session(b)
}

func (n *nodePlace) checkRemoved(t *testing.T, b *browser) {
	text, err := os.ReadFile(n.people)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(n.people, []byte(swap(t, string(text), `"app-admin", `, "")), 0o600); err != nil {
		t.Fatal(err)
	}
	if roles := n.session(b).User.Roles; len(roles) != 2 {
		t.Errorf("before the token's end the roles are %q", roles)
	}
	n.clock.Advance(2 * tokenSeconds * time.Second)
	if said := n.session(b); !said.Authenticated || strings.Join(said.User.Roles, " ") != "editor" {
		t.Errorf("after the refresh the session is %+v", said)
	}
	n.clock.Advance(2 * tokenSeconds * time.Second) // with a refresh token that the first refresh gave
	if said := n.session(b); !said.Authenticated || len(said.User.Roles) != 1 {
		t.Errorf("after the second refresh the session is %+v", said)
	}
}

func (n *nodePlace) checkProviderSignOut(t *testing.T) {
	b := n.person(t)
	if said := n.signIn(b, "/login?idp=node&return_to=%2F", "grace"); !said.Authenticated {
		t.Fatalf("the session after the login is %+v", said)
	}
	asked := b.do(page(t, n.issuer+"/session/end"))
	b.submit(asked, url.Values{"logout": {"yes"}})
	gone := false
	for end := time.Now().Add(10 * time.Second); !gone && time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		gone = !n.session(b).Authenticated
	}
	if !gone {
		t.Error("ten seconds after the provider's sign-out the session goes on")
	}
}

func (n *nodePlace) checkSignOut(t *testing.T, b *browser) {
	asked := b.do(page(t, n.public+"/logout?return_to=%2F"))
	left := b.submit(asked, url.Values{}) // our form, whose answer goes on to the provider
	onward, goes := strings.CutPrefix(left.Header.Get("Refresh"), "0;url=")
	if !goes {
		t.Fatalf("the sign-out goes nowhere: %s at %s", left.Status, left.Request.URL)
	}
	confirm := b.do(page(t, onward))
	back := b.submit(confirm, url.Values{"logout": {"yes"}}) // the provider's own question
	if !strings.HasPrefix(back.Request.URL.String(), n.public+"/") || n.session(b).Authenticated {
		t.Errorf("the sign-out ended at %s: %s", back.Request.URL, back.Status)
	}
	again := b.do(page(t, n.public+"/login?idp=node&return_to=%2F"))
	if !strings.HasPrefix(again.Request.URL.String(), n.issuer+"/sign-in/") {
		t.Errorf("after the sign-out the provider still knew the person: %s", again.Request.URL)
	}
}
