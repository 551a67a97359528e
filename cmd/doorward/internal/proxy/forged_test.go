package proxy_test

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// The application reads only what the host said, whatever the client sends and
// however it spells it.
func TestT02_OnlyTheHostNamesThePerson(t *testing.T) {
	h := newHouse(t)
	forged := http.Header{
		"Cookie":              {"doorward-1=handle; theme=dark", "more=1"},
		"Connection":          {"X-Doorward-User, X-Doorward-Roles, X-Team, Cookie"},
		"X-Team":              {"forged", "twice"},
		"X-Original-Url":      {"/elsewhere"},
		"X-Rewrite-Url":       {"/elsewhere"},
		"X-Real-Ip":           {"10.0.0.1"},
		"Forwarded":           {"for=10.0.0.1"},
		"X_forwarded_for":     {"10.0.0.1"},
		"X-Forwarded-Port":    {"443"},
		"X-Forwarded-User":    {"forged"},
		"x_team":              {"forged"},
		"X-Doorward-Anything": {"forged"},
	}
	for _, spelling := range []string{"X-Doorward-User", "x-doorward-user", "X_Doorward_User", "x-doorward_roles", "X_DOORWARD-LEVELS", "X.Doorward.User"} {
		forged[spelling] = []string{"forged", "forged again"}
	}
	resp, _ := h.send(t, "GET", "/", forged, nil)
	if resp.StatusCode != 200 {
		t.Fatal(resp.Status)
	}
	want := map[string]string{
		"X-Doorward-Subject": "s-1", "X-Doorward-User": "ada", "X-Doorward-Email": "", "X-Doorward-Roles": "admin,engineer",
		"X-Doorward-Levels": "Authenticated", "X-Doorward-Idp": "demo", "X-Doorward-Assertion": "a.b.c", "X-Team": "analysts",
		"Cookie": "theme=dark", "X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "http",
		"X-Forwarded-Host": strings.TrimPrefix(h.URL, "http://"),
	}
	_, reached := h.seen()
	got := reached[0].Header
	for name, value := range want {
		if !slices.Equal(got[name], []string{value}) {
			t.Errorf("%s: %q, want %q once", name, got[name], value)
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok && !slices.Contains([]string{"User-Agent", "Accept-Encoding"}, name) {
			t.Errorf("the application also got %s: %q", name, got[name])
		}
	}
}

func TestNoCookieIsLeftWhenTheHostLeavesNone(t *testing.T) {
	for _, left := range []string{"", "-"} {
		h := newHouse(t)
		h.set(func(w http.ResponseWriter, r *http.Request) {
			yes(w, r)
			w.Header().Set("Cookie", left)
			if left == "-" {
				w.Header().Del("Cookie")
			}
		})
		h.send(t, "GET", "/", http.Header{"Cookie": {"doorward-1=handle"}}, nil)
		_, reached := h.seen()
		if got := reached[0].Header["Cookie"]; got != nil {
			t.Errorf("the application got the cookies %q", got)
		}
	}
}

// What lies below /.doorward/ is the host's, and the host alone says where the
// request came from.
func TestTheHostsOwnAddressesAreNotGuarded(t *testing.T) {
	h := newHouse(t)
	resp, body := h.send(t, "GET", "/.doorward/start?return_to=%2F&x=1;2", http.Header{
		"Cookie": {"doorward-1=handle"}, "X-Forwarded-Host": {"evil"}, "X_Forwarded_Host": {"evil"}, "X-Forwarded-Uri": {"/x"},
		"X-Forwarded-Method": {"GET"}, "X-Doorward-User": {"forged"}, "Upgrade": {"h2c"}, "Connection": {"Upgrade"},
	}, nil)
	if body != "host /.doorward/start?return_to=%2F&x=1;2" || resp.Header.Get("Set-Cookie") == "" {
		t.Fatalf("%s %q %v", resp.Status, body, resp.Header)
	}
	asked, reached := h.seen()
	got, at := asked[0].Header, strings.TrimPrefix(h.URL, "http://")
	for name, want := range map[string]string{"X-Forwarded-Host": at, "X-Forwarded-Proto": "http", "X-Forwarded-For": "127.0.0.1", "Cookie": "doorward-1=handle"} {
		if !slices.Equal(got[name], []string{want}) {
			t.Errorf("%s: %q, want %q", name, got[name], want)
		}
	}
	for _, name := range []string{"X_forwarded_host", "X-Forwarded-Uri", "X-Forwarded-Method", "X-Doorward-User", "Upgrade"} {
		if got[name] != nil {
			t.Errorf("the host got %s: %q", name, got[name])
		}
	}
	if asked[0].Host != at || len(reached) != 0 {
		t.Errorf("host %q; the application was reached %d times", asked[0].Host, len(reached))
	}
}

func TestT06_AddressesThatReadTwoWaysAreRefused(t *testing.T) {
	h := newHouse(t)
	for _, uri := range []string{
		"/x/..%2fvault", "/x/%2e%2e/vault", "/x/../vault", "/./vault", "//vault", "/vault//in", "/public/..;/vault", "/vault;v=1",
		"/vault%23/x", "/vault%3f", "/%2fvault", "/%5cvault", `/\vault`, "/%252fvault", "/vault%00", "/vault%0a", "/vault%7f", "/vault%ff", "/..",
		"/.doorward/../vault", "/.doorward/%2e%2e/vault", "http://other.example/vault", "/vault/.",
	} {
		resp, _ := h.send(t, "GET", uri, nil, nil)
		if asked, reached := h.seen(); resp.StatusCode != 400 || len(asked)+len(reached) != 0 {
			t.Errorf("%s: %s", uri, resp.Status)
		}
	}
	for _, uri := range []string{"/", "/vault", "/vault/", "/v%61ult", "/a%20b", "/caf%C3%A9", "/.well-known/x", "/a...b", "/x?..%2f;//"} {
		if resp, _ := h.send(t, "GET", uri, nil, nil); resp.StatusCode != 200 {
			t.Errorf("%s: %s", uri, resp.Status)
		}
	}
}

// What a client sends after the body, or beside it as a tunnel, stays behind.
func TestTrailersAndTunnelsStayBehind(t *testing.T) {
	h := newHouse(t)
	req, err := http.NewRequest("POST", h.URL, io.MultiReader(strings.NewReader("body")))
	if err != nil {
		t.Fatal(err)
	}
	req.Trailer = http.Header{"X-Doorward-User": {"forged"}}
	req.Header.Set("Upgrade", "h2c")
	req.Header.Set("Connection", "Upgrade, HTTP2-Settings")
	req.Header.Set("HTTP2-Settings", "AAMAAABkAAQAAP__")
	if resp, _ := roundTrip(t, req); resp.StatusCode != 200 {
		t.Fatal(resp.Status)
	}
	_, reached := h.seen()
	got := reached[0]
	if len(got.Trailer) != 0 || got.Header.Get("Upgrade")+got.Header.Get("Http2-Settings") != "" {
		t.Errorf("the application got the trailers %v and the headers %v", got.Trailer, got.Header)
	}
}
