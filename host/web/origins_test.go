package web

import (
	"encoding/json"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/login"
)

// addresses is the one corpus of addresses: those that a login may return to,
// and those that a proxy may ask about.
type addresses struct {
	Public       string
	Applications []Application
	Accepted     []struct{ Target, Want, App string }
	Refused      []string
	Requests     []struct{ URI, App string }
	Ambiguous    []string // paths that servers read differently
	Disputed     []string // paths that some servers read as one with other rules
}

func readVectors(t testing.TB) (addresses, Origins) {
	t.Helper()
	raw, err := os.ReadFile("testdata/addresses.json")
	if err != nil {
		t.Fatal(err)
	}
	var v addresses
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	public, err := url.Parse(v.Public)
	if err != nil {
		t.Fatal(err)
	}
	return v, NewOrigins(public, v.Applications)
}

func TestT09_open_redirect(t *testing.T) {
	v, origins := readVectors(t)
	for _, bad := range v.Refused {
		if got, err := origins.Check(bad); err == nil {
			t.Errorf("%q is accepted as %q", bad, got.url)
		} else if login.CodeOf(err) != login.CodeReturnRefused {
			t.Errorf("%q: code %s", bad, login.CodeOf(err))
		}
	}
	for _, path := range v.Disputed {
		if got, err := origins.Check("https://office.example.com" + path); err == nil {
			t.Errorf("%q is accepted as %q", path, got.url)
		}
	}
	for _, path := range v.Ambiguous {
		for _, target := range []string{path, "https://office.example.com" + path, v.Public + path} {
			if got, err := origins.Check(target); err == nil {
				t.Errorf("%q is accepted as %q", target, got.url)
			}
		}
	}
	if _, err := origins.Check("/" + strings.Repeat("a", maxReturnTo)); err == nil {
		t.Error("an address over 1 KiB is accepted")
	}
}

func TestReturnTo(t *testing.T) {
	v, origins := readVectors(t)
	for _, good := range v.Accepted {
		got, err := origins.Check(good.Target)
		if err != nil {
			t.Errorf("%q: %v", good.Target, err)
			continue
		}
		want := good.Want
		if want == "" {
			want = good.Target
		}
		if got.url != want || appName(got.app) != good.App {
			t.Errorf("%q: got %q of %q, want %q of %q", good.Target, got.url, appName(got.app), want, good.App)
		}
	}
}

func TestT06_paths(t *testing.T) {
	v, origins := readVectors(t)
	office := origins.sites["https://office.example.com"]
	for _, r := range v.Requests {
		if app, err := office.appOf(r.URI); err != nil || app.Name != r.App {
			t.Errorf("%q: %s, %v; want %s", r.URI, appName(app), err, r.App)
		}
	}
	for _, path := range append(v.Ambiguous, v.Disputed...) {
		for _, uri := range []string{path, path + "?x=/public", path + "?"} {
			if app, err := office.appOf(uri); login.CodeOf(err) != login.CodePathAmbiguous {
				t.Errorf("%q: %s, %v", uri, appName(app), err)
			}
		}
		// Where one application has the whole host, every reading leads to it.
		if app, err := origins.sites["https://wiki.example.com"].appOf(path); err != nil || app.Name != "wiki" {
			t.Errorf("%q at an application of its own: %s, %v", path, appName(app), err)
		}
	}
	for _, broken := range []string{"", "*", "admin", "?x", "https://office.example.com/", "/a#b", "/a\x00", "/%zz", "/a\tb"} {
		if app, err := office.appOf(broken); login.CodeOf(err) != login.CodeParameterInvalid {
			t.Errorf("%q: %s, %v", broken, appName(app), err)
		}
	}
	if app, err := origins.sites["https://shop.example.com:8443"].appOf("/admin"); login.CodeOf(err) != login.CodeAppUnknown {
		t.Errorf("a path of no application: %s, %v", appName(app), err)
	}
}

// Every form of a host's name leads to one decision.
func TestT05_host_forms(t *testing.T) {
	_, origins := readVectors(t)
	for _, c := range []struct{ scheme, host, want string }{
		{"https", "wiki.example.com", "https://wiki.example.com"},
		{"https", "WIKI.Example.COM", "https://wiki.example.com"},
		{"HTTPS", "wiki.example.com", "https://wiki.example.com"},
		{"https", "wiki.example.com.", "https://wiki.example.com"},
		{"https", "wiki.example.com:443", "https://wiki.example.com"},
		{"https", "Wiki.example.com.:443", "https://wiki.example.com"},
		{"wss", "wiki.example.com", "https://wiki.example.com"},
		{"https", "shop.example.com:8443", "https://shop.example.com:8443"},
		{"", "login.example.com", "https://login.example.com"},
		{"", "LOGIN.example.com.:443", "https://login.example.com"},
		{"https", "wiki.example.com:8443", ""}, {"https", "shop.example.com", ""}, {"http", "wiki.example.com", ""},
		{"", "wiki.example.com", ""}, {"https", "a.wiki.example.com", ""}, {"https", "wiki.example.com..", ""},
		{"https", "wiki.example.com@evil.example", ""}, {"https", "evil.example@wiki.example.com", ""}, {"https", "wiki.example.com/x", ""},
		{"https", "wiki.example.com,evil.example", ""}, {"https", "wiki.example.com\t", ""}, {"https", " wiki.example.com", ""},
		{"https", "wiki%2eexample.com", ""}, {"https", "wiki。example.com", ""}, {"https", "ｗiki.example.com", ""},
		{"https", "", ""}, {"ftp", "wiki.example.com", ""}, {"https,http", "wiki.example.com", ""},
	} {
		got := ""
		if at := origins.find(c.scheme, c.host); at != nil {
			got = at.origin
		}
		if got != c.want {
			t.Errorf("%s %q: %q, want %q", c.scheme, c.host, got, c.want)
		}
	}
}

// An accepted address, resolved as a browser resolves it, stays on an origin
// that is configured.
func FuzzT09_return_to(f *testing.F) {
	v, origins := readVectors(f)
	for _, s := range v.Refused {
		f.Add(s)
	}
	for _, s := range v.Accepted {
		f.Add(s.Target)
	}
	base, _ := url.Parse(v.Public + "/login")
	allowed := map[string]bool{v.Public: true}
	for _, app := range v.Applications {
		allowed[app.Origins[0]] = true
	}
	f.Fuzz(func(t *testing.T, target string) {
		to, err := origins.Check(target)
		if err != nil {
			return
		}
		got := to.url
		at, err := base.Parse(got)
		if err != nil || !allowed[originOf(at)] {
			t.Errorf("%q leads to %v (%v)", target, at, err)
		}
		if strings.ContainsAny(got, "\r\n\t\\") {
			t.Errorf("%q keeps characters that browsers drop", got)
		}
	})
}

func TestForceAuthPrecedence(t *testing.T) {
	yes, no := true, false
	for _, c := range []struct {
		request *bool
		app     string
		project bool
		want    bool
	}{
		{nil, "", false, false}, {nil, "", true, true}, {&yes, "", false, true}, {&no, "", true, false},
		{nil, "project", true, true}, {nil, "project", false, false}, {&no, "project", true, false}, {&yes, "project", false, true},
		{nil, "enable", false, true}, {&no, "enable", false, true}, {&no, "enable", true, true}, {&yes, "enable", false, true},
		{nil, "disable", true, false}, {&no, "disable", true, false}, {&yes, "disable", false, true}, {&yes, "disable", true, true},
	} {
		var app *Application
		if c.app != "" {
			app = &Application{ForceAuth: c.app}
		}
		if got := forceAuth(c.request, app, c.project); got != c.want {
			t.Errorf("request %v, application %q, project %t: %t", c.request, c.app, c.project, got)
		}
	}
}
