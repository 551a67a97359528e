package examples_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestApache runs examples/apache in Debian's Apache with mod_auth_openidc,
// which is a relying party of the built-in provider. Names, addresses and paths
// of files are changed: the module finds the names itself, so they are ones that
// lead to loopback everywhere.
func TestApache(t *testing.T) {
	apache := installed(t, "apache2")
	if _, err := os.Stat(filepath.Join(apacheModules, "mod_auth_openidc.so")); err != nil {
		if os.Getenv("DOORWARD_CI") != "" {
			t.Fatal("mod_auth_openidc is not installed: the examples must run here")
		}
		t.Skip("mod_auth_openidc is not installed: apt-get install libapache2-mod-auth-openidc")
	}
	front := freePort(t)
	_, port, _ := net.SplitHostPort(front)
	login, wiki := "https://login.localhost:"+port, "https://wiki.localhost:"+port
	names := func(text string) string {
		text = swap(t, text, "https://login.example.com", login)
		return swap(t, text, "https://wiki.example.com", wiki)
	}
	p := newPlaceOf(t, "apache", names, &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, front)
		},
		TLSClientConfig: &tls.Config{RootCAs: roots(t)},
	})
	p.front = front
	p.startApache(apache, names)

	b := p.browser(t)
	const path = "/page/1?x=1&y=a%2Fb"
	forged := page(t, wiki+path)
	forged.Header.Set("X-Wiki-sub", "p-0002")
	if a := b.step(forged); a.StatusCode != http.StatusFound || !strings.HasPrefix(a.Header.Get("Location"), login+"/idp/authorize?") {
		t.Fatalf("somebody unknown got %s to %s", a.Status, a.Header.Get("Location"))
	}
	if a := b.signInAt(wiki+path, "ada", login); a.StatusCode != http.StatusOK || a.Request.URL.String() != wiki+path {
		t.Fatalf("the login ended at %s: %s\n%s", a.Request.URL, a.Status, a.Body)
	}
	arrived := p.wiki.one(t)
	told := map[string]string{"X-Wiki-sub": "p-0001", "X-Wiki-name": "Ada Lovelace", "X-Wiki-email": "ada@example.com"}
	for name, want := range told {
		if got := arrived.lines(name); len(got) != 1 || got[0] != want {
			t.Errorf("%s arrived as %q, want %q", name, got, want)
		}
	}
	forged = page(t, wiki+"/")
	forged.Header["X-Wiki-sub"] = []string{"p-0002"}
	b.do(forged)
	if got := p.wiki.one(t).lines("X-Wiki-sub"); len(got) != 1 || got[0] != "p-0001" {
		t.Errorf("behind a forged header the application was told %q", got)
	}
	p.apacheEnds(t, b, login, wiki)
}

// apacheEnds signs out, from both sides.
func (p *place) apacheEnds(t *testing.T, b *browser, login, wiki string) {
	t.Helper()
	// The provider's own sign-out tells the module through the back channel.
	signIn := func(who *browser) {
		t.Helper()
		if a := who.signInAt(wiki+"/", "ada", login); a.StatusCode != http.StatusOK {
			t.Fatalf("the login ended at %s: %s", a.Request.URL, a.Status)
		}
		p.wiki.take()
	}
	other := p.browser(t)
	signIn(other)
	out := other.do(page(t, login+"/idp/end_session"))
	if action := form.FindStringSubmatch(out.Body); action == nil {
		t.Fatalf("the provider does not ask: %s at %s\n%s", out.Status, out.Request.URL, out.Body)
	}
	other.submit(out, url.Values{})
	gone := false
	for end := time.Now().Add(10 * time.Second); !gone && time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		gone = other.step(page(t, wiki+"/")).StatusCode == http.StatusFound
	}
	if !gone {
		t.Error("the wiki's session goes on ten seconds after the provider's sign-out")
	}
	p.wiki.take()

	// A sign-out at the wiki goes on to the provider, and comes back.
	a := b.do(page(t, wiki+"/signed-in?logout="+url.QueryEscape(wiki+"/goodbye")))
	if form.MatchString(a.Body) {
		a = b.submit(a, url.Values{})
	}
	if a.Request.URL.String() != wiki+"/goodbye" && !strings.HasPrefix(a.Request.URL.String(), wiki+"/goodbye?") {
		t.Errorf("the sign-out ended at %s: %s\n%s", a.Request.URL, a.Status, a.Body)
	}
	if a := b.step(page(t, wiki+"/")); a.StatusCode != http.StatusFound {
		t.Errorf("after the sign-out the wiki answered %s", a.Status)
	}
	if a := b.do(page(t, wiki+"/")); !strings.HasPrefix(a.Request.URL.String(), login) {
		t.Errorf("after the sign-out the provider still knew the person: %s", a.Request.URL)
	}
}

func (p *place) startApache(apache string, names func(string) string) {
	t := p.t
	dir := t.TempDir()
	if os.Getuid() == 0 { // the server becomes somebody else
		if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(dir, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	cert, key := certificate()
	write(t, dir, "cert.pem", string(cert))
	write(t, dir, "key.pem", string(key))
	t.Setenv("DOORWARD_SECRET", exampleSecret)
	t.Setenv("DOORWARD_PASSPHRASE", "a-passphrase-of-this-test-alone")
	conf := fmt.Sprintf("ServerRoot %[1]s\nDefaultRuntimeDir %[1]s\nPidFile pid\nErrorLog error.log\nLogLevel warn\nServerName 127.0.0.1\nListen %[2]s\n", dir, p.front)
	for _, name := range []string{"mpm_event", "authn_core", "authz_core", "authz_user", "headers", "proxy", "proxy_http", "socache_shmcb", "ssl", "auth_openidc"} {
		conf += fmt.Sprintf("LoadModule %s_module %s/mod_%s.so\n", name, apacheModules, name)
	}
	if os.Getuid() == 0 {
		conf += "User www-data\nGroup www-data\n"
		if err := os.Chmod(filepath.Join(dir, "cert.pem"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	sites := names(read(t, "apache", "sites.conf"))
	for was, is := range map[string]string{
		"ServerName login.example.com": "ServerName login.localhost", "ServerName wiki.example.com": "ServerName wiki.localhost",
		"*:443": p.front, "127.0.0.1:8080": p.doorward, "127.0.0.1:3001": p.wiki.addr,
		"/etc/ssl/certs/example.com.pem": filepath.Join(dir, "cert.pem"), "/etc/ssl/private/example.com.key": filepath.Join(dir, "key.pem"),
		"/etc/ssl/certs/ca-certificates.crt": filepath.Join(dir, "cert.pem"),
	} {
		sites = swap(t, sites, was, is)
	}
	write(t, dir, "apache.conf", conf+sites)
	p.run(dir, apache, "-d", dir, "-f", filepath.Join(dir, "apache.conf"), "-DFOREGROUND")
	p.log = filepath.Join(dir, "error.log")
}
