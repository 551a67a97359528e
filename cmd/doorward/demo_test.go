package main

import (
	"net"
	"net/http"
	"net/url"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"
)

// The demo starts again on what it left, on another port too, and people who
// had signed in find their people and keys unchanged.
func TestDemoStartsAgain(t *testing.T) {
	data := t.TempDir()
	for range 3 {
		p := startDemo(t, "--data", data)
		v := newVisitor(t, p.URL)
		resp, body := v.get("/login")
		v.signIn(resp, body, "grace", "open-sesame")
		if d := v.session(); d.User.UserName != "grace" || len(d.User.Roles) != 1 || d.User.Roles[0] != "engineer" {
			t.Errorf("%+v", d.User)
		}
		p.kill()
	}
}

func TestDemoTakesAnotherPortThanATakenDefault(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	ln, err := loopback("listen", taken.Addr().String(), false)
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	for address, want := range map[string]string{taken.Addr().String(): "choose another address with --listen", "0.0.0.0:0": "is not a loopback address"} {
		if _, err := loopback("listen", address, true); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", address, err, want)
		}
	}
}

func TestDemoPrintsWhereToLook(t *testing.T) {
	p := startDemo(t)
	for deadline := time.Now().Add(10 * time.Second); !strings.Contains(p.output(), "Ctrl-C") && time.Now().Before(deadline); {
		time.Sleep(10 * time.Millisecond)
	}
	for _, want := range []string{
		`Open +http://127\.0\.0\.1:\d+ `, `Console +http://localhost:\d+/console `, `Host +http://localhost:\d+ `,
		`Session +http://127\.0\.0\.1:\d+/\.doorward/session`, `Admin +http://127\.0\.0\.1:\d+/readyz`, `ada +password open-sesame +badge 0004711`, `Account +http://localhost:\d+/idp/account`,
	} {
		if !regexp.MustCompile(want).MatchString(p.output()) {
			t.Errorf("the demo does not print %q:\n%s", want, p.output())
		}
	}
}

// received is a header as the application's page says that it came.
func received(t *testing.T, body, name string) string {
	t.Helper()
	m := regexp.MustCompile(`<dt>` + name + `</dt><dd class="mono">([^<]*)</dd>`).FindStringSubmatch(body)
	if m == nil {
		return ""
	}
	return m[1]
}

// One walk from the application to the host and back, as a browser without
// scripts does it; the application knows the person by the host's words alone.
func TestDemoApplicationIsBehindTheHost(t *testing.T) {
	p := startDemo(t)
	v := newVisitor(t, p.App)
	app, err := url.Parse(p.App)
	if err != nil {
		t.Fatal(err)
	}
	v.http.Jar.SetCookies(app, []*http.Cookie{{Name: "theme", Value: "dark"}})
	resp, body := v.get("/?a=1&b=%2F%20x")
	if resp.Request.URL.Hostname() != "localhost" {
		t.Fatalf("not sent to sign in, but to %s\n%s", resp.Request.URL, body)
	}
	resp, body = v.signIn(resp, body, "ada", "open-sesame")
	if got := resp.Request.URL.String(); got != p.App+"/?a=1&b=%2F%20x" {
		t.Fatalf("back at %s\n%s", got, body)
	}
	if strings.Count(body, "doorward-") != 0 || received(t, body, "Cookie") != "theme=dark" {
		t.Errorf("the application got the cookies %q", received(t, body, "Cookie"))
	}
	for name, want := range map[string]string{
		"X-Doorward-User": "ada", "X-Doorward-Email": "ada@example.com", "X-Doorward-Roles": "admin,engineer", "X-Doorward-Idp": "demo",
		"X-Orders-Groups": "app-admin,app-engineer,staff", "X-Forwarded-For": "127.0.0.1", "X-Forwarded-Host": app.Host,
	} {
		if got := received(t, body, name); got != want {
			t.Errorf("the application got %s %q, want %q", name, got, want)
		}
	}
	req, err := http.NewRequest(http.MethodGet, p.App+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header = http.Header{"X-Doorward-User": {"root"}, "X_doorward_roles": {"root"}, "X-Orders-Groups": {"root"}, "Connection": {"X-Doorward-User"}}
	resp, body = v.do(req)
	if resp.StatusCode != http.StatusOK || strings.Contains(body, "root") || received(t, body, "X-Doorward-User") != "ada" {
		t.Errorf("forged headers: %s\n%s", resp.Status, body)
	}
}

// Nobody is let in past the level, and a program reads what its person must do.
func TestDemoApplicationAsksForTheLevel(t *testing.T) {
	p := startDemo(t, "--policies", "testdata/short-lived")
	v := newVisitor(t, p.App)
	approve := func() (*http.Response, string) {
		req, err := http.NewRequest(http.MethodPost, p.App+"/approve", strings.NewReader("order=1042"))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Origin", p.App)
		return v.do(req)
	}
	if resp, _ := approve(); resp.StatusCode != http.StatusUnauthorized || resp.Header.Get("WWW-Authenticate") != "Bearer" {
		t.Errorf("nobody: %s %v", resp.Status, resp.Header)
	}
	resp, body := v.get("/")
	v.signIn(resp, body, "grace", "open-sesame")
	time.Sleep(7 * time.Second) // Authenticated/Fresh has ended
	resp, _ = approve()
	if got := resp.Header.Get("WWW-Authenticate"); resp.StatusCode != http.StatusUnauthorized || !strings.Contains(got, `acr_values="Authenticated/Fresh"`) {
		t.Errorf("without the level: %s %q", resp.Status, got)
	}
	resp, body = v.get("/approve?order=1042")
	resp, body = v.signIn(resp, body, "grace", "open-sesame")
	if resp.Request.URL.String() != p.App+"/approve?order=1042" || !strings.Contains(body, "Approve order 1042?") {
		t.Fatalf("after the step-up at %s\n%s", resp.Request.URL, body)
	}
	if resp, body := approve(); resp.StatusCode != http.StatusOK || !strings.Contains(body, "Approved by grace") {
		t.Errorf("with the level: %s\n%s", resp.Status, body)
	}
}

// The host believes its proxy, and nobody else that asks in its stead.
func TestDemoHostBelievesTheProxyAlone(t *testing.T) {
	if callsFrom(net.IPv4(127, 0, 0, 1)) == "127.0.0.1" && runtime.GOOS != "linux" {
		t.Log("this system has one loopback address: every program on it can speak as the proxy")
		return
	}
	p := startDemo(t)
	v := newVisitor(t, p.URL)
	req, err := http.NewRequest(http.MethodGet, p.URL+"/auth", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header = http.Header{"X-Forwarded-Method": {"GET"}, "X-Forwarded-Proto": {"http"}, "X-Forwarded-Uri": {"/"},
		"X-Forwarded-Host": {strings.TrimPrefix(p.App, "http://")}, "Accept": {"application/json"}}
	if resp, body := v.do(req); resp.StatusCode != http.StatusForbidden || !strings.Contains(body, "peer_untrusted") {
		t.Errorf("%s\n%s", resp.Status, body)
	}
	req, err = http.NewRequest(http.MethodGet, strings.Replace(p.App, "127.0.0.1", "localhost", 1), nil)
	if err != nil {
		t.Fatal(err)
	}
	if resp, body := v.do(req); resp.StatusCode != http.StatusForbidden || !strings.Contains(body, "application_unknown") {
		t.Errorf("under another name: %s\n%s", resp.Status, body)
	}
}
