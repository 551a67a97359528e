package web

import (
	"encoding/json"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/login"
)

type returnVectors struct {
	Public       string
	Applications []Application
	Accepted     []struct{ Target, Want, App string }
	Refused      []string
}

func readVectors(t testing.TB) (returnVectors, Origins) {
	t.Helper()
	raw, err := os.ReadFile("testdata/return_to.json")
	if err != nil {
		t.Fatal(err)
	}
	var v returnVectors
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
		if got, _, err := origins.Check(bad); err == nil {
			t.Errorf("%q is accepted as %q", bad, got)
		} else if login.CodeOf(err) != login.CodeReturnRefused {
			t.Errorf("%q: code %s", bad, login.CodeOf(err))
		}
	}
	if _, _, err := origins.Check("/" + strings.Repeat("a", maxReturnTo)); err == nil {
		t.Error("an address over 1 KiB is accepted")
	}
}

func TestReturnTo(t *testing.T) {
	v, origins := readVectors(t)
	for _, good := range v.Accepted {
		got, app, err := origins.Check(good.Target)
		if err != nil {
			t.Errorf("%q: %v", good.Target, err)
			continue
		}
		want := good.Want
		if want == "" {
			want = good.Target
		}
		if got != want || appName(app) != good.App {
			t.Errorf("%q: got %q of %q, want %q of %q", good.Target, got, appName(app), want, good.App)
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
		got, _, err := origins.Check(target)
		if err != nil {
			return
		}
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
