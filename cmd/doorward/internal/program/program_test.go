package program

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"
)

// standIn is a host that answers as the test says.
func standIn(t *testing.T, edit func(map[string]any)) string {
	t.Helper()
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	meta := map[string]any{
		"issuer": server.URL, "authorization_endpoint": server.URL + "/client/authorize", "token_endpoint": server.URL + "/client/token",
		"device_authorization_endpoint": server.URL + "/client/device_authorization", "revocation_endpoint": server.URL + "/client/revoke",
	}
	if edit != nil {
		edit(meta)
	}
	mux.HandleFunc("GET /.well-known/oauth-authorization-server", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(meta)
	})
	mux.HandleFunc("POST /client/token", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"access_token":"cli.%s","token_type":"Bearer","expires_in":60}`, r.FormValue("code"))
	})
	mux.HandleFunc("POST /session/token", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer cli.good" {
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprint(w, `{"code":"session_missing"}`)
			return
		}
		fmt.Fprintf(w, `{"access_token":"for %s","token_type":"Bearer"}`, r.FormValue("resource"))
	})
	return server.URL
}

func TestTokenIsForTheAPI(t *testing.T) {
	t.Parallel()
	host, err := Discover(context.Background(), standIn(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := host.Token(context.Background(), Session{Bearer: "cli.good"}, "https://api.example.com"); err != nil || got != "for https://api.example.com" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := host.Token(context.Background(), Session{Bearer: "cli.ended"}, "https://api.example.com"); !errors.Is(err, ErrEnded) {
		t.Errorf("of a session that has ended: %v", err)
	}
}

func TestDiscoverBelievesTheHostItselfAlone(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	if _, err := Discover(ctx, standIn(t, nil)); err != nil {
		t.Fatal(err)
	}
	for name, edit := range map[string]func(map[string]any){
		"another issuer":           func(m map[string]any) { m["issuer"] = "https://login.example.com" },
		"no issuer":                func(m map[string]any) { delete(m, "issuer") },
		"tokens elsewhere":         func(m map[string]any) { m["token_endpoint"] = "https://evil.example/token" },
		"a host that begins alike": func(m map[string]any) { m["token_endpoint"] = m["issuer"].(string) + ".evil.example/token" },
		"no token endpoint":        func(m map[string]any) { delete(m, "token_endpoint") },
	} {
		if h, err := Discover(ctx, standIn(t, edit)); err == nil {
			t.Errorf("%s: %+v", name, h)
		}
	}
	for _, address := range []string{"", "login.example.com", "http://login.example.com", "ftp://localhost", "https://ada@login.example.com", "https://login.example.com/idp", "https://login.example.com?x"} {
		if h, err := Discover(ctx, address); err == nil {
			t.Errorf("%q: %+v", address, h)
		}
	}
}

// What comes to the loopback address is the host's answer only with our state
// and the host's name (RFC 9207); strangers change nothing.
func TestTheAnswerMustBeTheHostsOwn(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		edit func(url.Values)
		want string // part of the error; "" for a session
	}{
		"right":       {func(url.Values) {}, ""},
		"another iss": {func(v url.Values) { v.Set("iss", "https://evil.example") }, "another host answered"},
		"no iss":      {func(v url.Values) { v.Del("iss") }, "another host answered"},
		"two iss":     {func(v url.Values) { v.Add("iss", v.Get("iss")) }, "another host answered"},
		"an error":    {func(v url.Values) { v.Del("code"); v.Set("error", "access_denied\x1b[31m") }, "access_denied[31m"},
		"no code":     {func(v url.Values) { v.Del("code") }, "neither a code nor an error"},
		"two codes":   {func(v url.Values) { v.Add("code", "x") }, "neither a code nor an error"},
	} {
		host, err := Discover(context.Background(), standIn(t, nil))
		if err != nil {
			t.Fatal(err)
		}
		s, err := host.ByLoopback(context.Background(), Wish{App: "cli"}, func(address string) {
			u, _ := url.Parse(address)
			query := u.Query()
			if query.Get("code_challenge_method") != "S256" || query.Get("client_id") != "cli" {
				t.Errorf("asked is %v", query)
			}
			answer := url.Values{"code": {"abc"}, "iss": {host.Issuer}, "state": {query.Get("state")}}
			visit := func(v url.Values) int {
				resp, err := http.Get(query.Get("redirect_uri") + "?" + v.Encode())
				if err != nil {
					t.Error(err)
					return 0
				}
				resp.Body.Close()
				return resp.StatusCode
			}
			if got := visit(url.Values{"code": {"stolen"}, "iss": {host.Issuer}, "state": {"guessed"}}); got != http.StatusBadRequest {
				t.Errorf("%s: a stranger is answered %d", name, got)
			}
			c.edit(answer)
			visit(answer)
		})
		switch {
		case c.want == "" && (err != nil || s.Bearer != "cli.abc"):
			t.Errorf("%s: %v", name, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNothingPrintsABearer(t *testing.T) {
	t.Parallel()
	s := Session{Issuer: "https://login.example.com", App: "cli", Bearer: "cli.secret-text"}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		if text := fmt.Sprintf(verb, s); strings.Contains(text, "secret-text") {
			t.Errorf("%s prints %s", verb, text)
		}
	}
}

func TestKeptSessions(t *testing.T) {
	t.Parallel()
	k := Kept{t.TempDir() + "/a/b"}
	one := Session{Issuer: "https://login.example.com", App: "cli", Bearer: "cli.1", Expires: time.Unix(1_800_000_000, 0).UTC()}
	two := Session{Issuer: "https://login.example.com", App: "panel", Bearer: "panel.1"}
	three := Session{Issuer: "http://[::1]:8080", App: "cli", Bearer: "cli.2"}
	for _, s := range []Session{one, two, three} {
		if err := k.Save(s); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := k.Find("https://LOGIN.example.com/", "cli"); err != nil || got != one {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := k.Find("http://[::1]:8080", ""); err != nil || got != three {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := k.Find("", "cli"); err == nil || !strings.Contains(err.Error(), "2 sessions are kept") {
		t.Errorf("which of two: %v", err)
	}
	one.Bearer = "cli.3"
	if err := errors.Join(k.Save(one), k.Forget(two), k.Forget(two)); err != nil {
		t.Fatal(err)
	}
	if got, err := k.Find("https://login.example.com", ""); err != nil || got != one {
		t.Errorf("%+v, %v", got, err)
	}
	entries, _ := os.ReadDir(k.Folder)
	if len(entries) != 2 {
		t.Errorf("%d files are left", len(entries))
	}
}
