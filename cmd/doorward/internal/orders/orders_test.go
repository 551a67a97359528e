package orders_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/cmd/doorward/internal/orders"
)

// serve answers one request as the application, behind a proxy that put the
// identity headers there.
func serve(t *testing.T, app http.Handler, r *http.Request) (*http.Response, string) {
	t.Helper()
	r.Header.Set("X-Doorward-User", "zo%C3%AB")
	r.Header.Set("X-Doorward-Email", "")
	r.Header.Set("X-Doorward-Roles", "admin,a%2Cb")
	r.Header.Set("X-Doorward-Levels", "Authenticated,Authenticated/Fresh")
	r.Header.Set("X-Orders-Groups", "staff")
	w := httptest.NewRecorder()
	app.ServeHTTP(w, r)
	body, err := io.ReadAll(w.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.Result(), string(body)
}

func newApp() http.Handler {
	return orders.New("http://localhost:8080", func() time.Time { return time.Date(1952, 5, 1, 9, 30, 0, 0, time.UTC) })
}

func get(path string) *http.Request { return httptest.NewRequest(http.MethodGet, path, nil) }

func post(order string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/approve", strings.NewReader(url.Values{"order": {order}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", "http://example.com") // httptest's host
	return r
}

func TestThePageShowsWhatTheHeadersSay(t *testing.T) {
	r := get("/")
	r.Header.Set("X-Strange", "<script>")
	resp, body := serve(t, newApp(), r)
	for _, want := range []string{"zoë", `<span class="tag">a,b</span>`, `<span class="tag">staff</span>`, "<li>Authenticated/Fresh</li>",
		"X-Doorward-Email", "(empty)", "&lt;script&gt;", "http://localhost:8080/console"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not show %q:\n%s", want, body)
		}
	}
	if resp.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("a person's page may be kept: %v", resp.Header)
	}
}

// What the page loads is there, and nothing stands in the page that its policy
// would block.
func TestThePageFitsItsPolicy(t *testing.T) {
	app := newApp()
	resp, body := serve(t, app, get("/"))
	policy := resp.Header.Get("Content-Security-Policy")
	if !strings.HasPrefix(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
		t.Error(policy)
	}
	if regexp.MustCompile(`<style|<script>| style=| on[a-z]+=`).MatchString(body) {
		t.Error("the page has a script or a style in itself")
	}
	for _, m := range regexp.MustCompile(`(?:src|href)="(/assets/[^"]+)"`).FindAllStringSubmatch(body, -1) {
		if resp, _ := serve(t, app, get(m[1])); resp.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", m[1], resp.Status)
		}
	}
}

func TestAnOrderIsApprovedOnce(t *testing.T) {
	app := newApp()
	if resp, body := serve(t, app, get("/approve?order=1042")); resp.StatusCode != http.StatusOK || !strings.Contains(body, "Approve order 1042?") {
		t.Fatalf("%s\n%s", resp.Status, body)
	}
	resp, _ := serve(t, app, post("1042"))
	if resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != "/?approved=1042" {
		t.Fatalf("%s %s", resp.Status, resp.Header.Get("Location"))
	}
	if _, body := serve(t, app, get("/?approved=1042")); !strings.Contains(body, "Order 1042 is approved") || !strings.Contains(body, "Approved by zoë") || !strings.Contains(body, "09:30") {
		t.Errorf("the page does not show the approval:\n%s", body)
	}
	for _, order := range []string{"1042", "9", "", "x"} {
		if resp, _ := serve(t, app, post(order)); resp.StatusCode != http.StatusNotFound {
			t.Errorf("order %q once more: %s", order, resp.Status)
		}
	}
	if resp, _ := serve(t, app, get("/approve?order=1042")); resp.StatusCode != http.StatusNotFound {
		t.Errorf("an approved order is asked about: %s", resp.Status)
	}
}

// Another site's page cannot approve with the person's cookie.
func TestAnotherSiteCannotApprove(t *testing.T) {
	app := newApp()
	for _, origin := range []string{"http://evil.example", "null"} {
		r := post("1043")
		r.Header.Set("Origin", origin)
		if resp, _ := serve(t, app, r); resp.StatusCode != http.StatusForbidden {
			t.Errorf("from %s: %s", origin, resp.Status)
		}
	}
	if _, body := serve(t, app, get("/")); strings.Contains(body, "Approved by") {
		t.Error("an order was approved from elsewhere")
	}
}
