package host_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
)

// A provider that hangs leaves the process alive, and /readyz says within its
// bound which part is not ready.
func TestT49_discovery_hangs(t *testing.T) {
	t.Parallel()
	idp := hosttest.NewProvider(t, func(k *hosttest.Knobs) {
		k.Faults = map[hosttest.Endpoint]hosttest.Fault{hosttest.Discovery: {Slow: time.Minute}}
	})
	s := newSite(t, idp, settings{})
	start := time.Now()
	if status, body := s.atAdmin("/healthz"); status != http.StatusOK || time.Since(start) > 2*time.Second {
		t.Errorf("/healthz: %d %s in %s", status, body, time.Since(start))
	}
	front := make(chan answer, 1)
	go func() { front <- s.browser().get("/") }()
	start = time.Now()
	status, body := s.atAdmin("/readyz")
	if took := time.Since(start); took > 8*time.Second {
		t.Errorf("/readyz took %s", took)
	}
	r := readiness(t, body)
	if status != http.StatusServiceUnavailable || r.Ready || r.Parts["provider:corp"].Code != login.CodeProviderTimeout || !r.Parts["store"].Ready {
		t.Errorf("/readyz: %d %s", status, body)
	}
	if a := <-front; a.StatusCode != http.StatusOK || !strings.Contains(a.Body, "cannot be reached") {
		t.Errorf("the start page: %s\n%s", a.Status, a.Body)
	}
}

// Each call to a provider that hangs ends by itself, in a page that says so.
func TestT49_calls_hang(t *testing.T) {
	t.Parallel()
	for path, at := range map[string]hosttest.Endpoint{
		"/.well-known/openid-configuration": hosttest.Discovery, "/token": hosttest.Token, "/jwks": hosttest.JWKS,
	} {
		t.Run(string(at), func(t *testing.T) {
			t.Parallel()
			idp := hosttest.NewProvider(t, func(k *hosttest.Knobs) {
				k.Faults = map[hosttest.Endpoint]hosttest.Fault{at: {Slow: time.Minute}}
			})
			s := newSite(t, idp, settings{Out: &hurry{next: idp.Client().Transport, path: path}})
			b := s.browser()
			s.refused(b, b.get("/login?idp=corp"), login.CodeProviderTimeout)
		})
	}
}

// Without its store the host says that it is not ready and lets nobody in; it
// does not take anybody's session for none.
func TestT49_store_gone(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{})
	b, fresh := s.browser(), s.browser()
	b.get("/login?idp=corp")
	if status, body := s.atAdmin("/readyz"); status != http.StatusOK || !readiness(t, body).Ready {
		t.Fatalf("/readyz: %d %s", status, body)
	}
	callback := fresh.approve(fresh.begin("/login?idp=corp"))
	if err := s.host.CloseStore(); err != nil {
		t.Fatal(err)
	}
	status, body := s.atAdmin("/readyz")
	if r := readiness(t, body); status != http.StatusServiceUnavailable || r.Ready || r.Parts["store"].Code != login.CodeStoreUnavailable || !r.Parts["provider:corp"].Ready {
		t.Errorf("/readyz: %d %s", status, body)
	}
	if status, _ := s.atAdmin("/healthz"); status != http.StatusOK {
		t.Errorf("/healthz: %d", status)
	}
	for _, at := range []string{"/session", "/", "/login?level=Authenticated/Fresh", "/login?idp=corp", "/logout"} {
		if a := b.step(at); a.StatusCode != http.StatusServiceUnavailable || a.code() != string(login.CodeStoreUnavailable) {
			t.Errorf("%s: %s %q", at, a.Status, a.code())
		}
	}
	if a := b.postStep("/logout", nil); a.StatusCode != http.StatusServiceUnavailable || b.handle() == "" {
		t.Errorf("a sign-out that could not be: %s, the cookie is %q", a.Status, b.handle())
	}
	s.helpful(fresh.step(callback), string(login.CodeStoreUnavailable))
	if fresh.handle() != "" {
		t.Error("somebody is signed in without a store")
	}
}

// A redirect on a call to the provider is an answer like any other: it leads
// nowhere, and no secret of ours goes there.
func TestT50_redirects_are_not_followed(t *testing.T) {
	t.Parallel()
	for at, code := range map[hosttest.Endpoint]login.Code{
		hosttest.Discovery: login.CodeProviderDown, hosttest.JWKS: login.CodeProviderDown, hosttest.Token: login.CodeExchangeFailed, hosttest.UserInfo: "",
	} {
		for _, status := range []int{http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect} {
			t.Run(fmt.Sprint(at, status), func(t *testing.T) {
				t.Parallel()
				elsewhere, hits := listener(t)
				fault := hosttest.Fault{Redirect: elsewhere + "/" + string(at)}
				if status != http.StatusFound {
					fault = hosttest.Fault{Status: status, Header: map[string]string{"Location": elsewhere + "/" + string(at)}}
				}
				s := newSite(t, hosttest.NewProvider(t, func(k *hosttest.Knobs) {
					k.Faults = map[hosttest.Endpoint]hosttest.Fault{at: fault}
				}), settings{})
				b := s.browser()
				a := b.get("/login?idp=corp")
				if code != "" {
					s.refused(b, a, code)
				} else if d := b.session(); !d.Authenticated || d.IdPAttributes["userInfo"] != nil {
					t.Errorf("authenticated is %t, userInfo %v", d.Authenticated, d.IdPAttributes["userInfo"])
				}
				if s.idp.Calls(at) == 0 || hits.Load() != 0 {
					t.Errorf("%d calls, %d of them elsewhere", s.idp.Calls(at), hits.Load())
				}
			})
		}
	}
}

// Addresses in the discovery document are called only over https, without a
// user name, and those in claims never.
func TestT50_addresses(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{})
	for _, member := range []string{"authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint", "end_session_endpoint"} {
		for _, address := range []any{
			"http://idp.example.com/x", "file:///etc/passwd", "https://user:pw@idp.example.com/x", "https:///x", "//idp.example.com/x", "javascript:alert(1)",
			"ftp://127.0.0.1/x", "gopher://127.0.0.1:6379/x", "", 7, []string{"https://idp.example.com"}, "https://idp.example.com:x/", "http://127.0.0.1.nip.io/x",
		} {
			s.idp.Set(func(k *hosttest.Knobs) {
				k.EditDiscovery = func(doc map[string]any) { doc[member] = address }
			})
			s.idp.Clock.Advance(61 * time.Second) // the longest pause before it is asked again
			asked := s.idp.Calls(hosttest.Discovery)
			if a := s.browser().step("/login?idp=corp"); a.code() != string(login.CodeProviderDown) || s.idp.Calls(hosttest.Discovery) == asked {
				t.Errorf("%s %v: %s %q", member, address, a.Status, a.code())
			}
		}
	}
	elsewhere, hits := listener(t)
	idp := hosttest.NewProvider(t, func(k *hosttest.Knobs) {
		k.UserClaims["_claim_names"] = map[string]string{"groups": "src"}
		k.UserClaims["_claim_sources"] = map[string]any{"src": map[string]string{"endpoint": elsewhere, "access_token": "x"}}
		k.Claims = map[string]any{"_claim_names": k.UserClaims["_claim_names"], "_claim_sources": k.UserClaims["_claim_sources"], "picture": elsewhere}
	})
	for onFailure, authenticated := range map[string]bool{"refuse": false, "continue": true} {
		b := newSite(t, idp, settings{Provider: "claim_sources: {on_failure: " + onFailure + "}"}).browser()
		if b.get("/login?idp=corp"); b.session().Authenticated != authenticated || hits.Load() != 0 {
			t.Errorf("%s: authenticated is %t, %d calls to an address in a claim", onFailure, b.session().Authenticated, hits.Load())
		}
	}
}

// listener is another server, and how often it is called.
func listener(t *testing.T) (url string, hits *atomic.Int64) {
	hits = new(atomic.Int64)
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		hits.Add(1)
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{}`))
	}))
	t.Cleanup(server.Close)
	return server.URL, hits
}

type ready struct {
	Ready, Degraded bool
	Parts           map[string]readyPart
}

type readyPart struct {
	Ready    bool
	Code     login.Code
	Detail   string
	Revision string
}

func readiness(t testing.TB, body string) (r ready) {
	t.Helper()
	if err := json.Unmarshal([]byte(body), &r); err != nil {
		t.Errorf("%v in %s", err, body)
	}
	return r
}

// atAdmin is one GET at the admin listener.
func (s *site) atAdmin(path string) (status int, body string) {
	s.t.Helper()
	a, err := http.Get("http://" + s.admin + path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer a.Body.Close()
	text, _ := io.ReadAll(a.Body)
	return a.StatusCode, string(text)
}
