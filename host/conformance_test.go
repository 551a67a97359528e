package host_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/hosttest"
)

// The Basic RP and Config RP modules of the OpenID conformance suite, and those
// of its comprehensive plan, through the whole host, judged by our own outcome.
func TestConformance(t *testing.T) {
	for _, m := range hosttest.Modules() {
		t.Run(string(m.Plan)+"/"+m.Name, func(t *testing.T) {
			idp := hosttest.NewProvider(t)
			if m.Setup != nil {
				idp.Set(m.Setup)
			}
			with := settings{}
			if m.Scopes != nil {
				with.Provider = "scopes: [" + strings.Join(m.Scopes, ", ") + "]"
			}
			if m.Algs != nil {
				with.Provider += "\nid_token_algs: [" + strings.Join(m.Algs, ", ") + "]"
			}
			if m.FormPost {
				with.Provider += "\nresponse_mode: form_post"
			}
			s := newSite(t, idp, with)
			s.judge(m)
			if m.Between != nil {
				m.Between(idp)
				s.judge(m)
			}
			for endpoint, want := range m.Calls {
				if got := idp.Calls(endpoint); got != want {
					t.Errorf("%s was called %d times, not %d", endpoint, got, want)
				}
			}
			if m.Auth == "client_secret_basic" && !strings.HasPrefix(idp.Last(hosttest.Token).Header.Get("Authorization"), "Basic ") {
				t.Error("the client did not authenticate with client_secret_basic")
			}
		})
	}
}

// judge signs in once, and holds what came of it against the module.
func (s *site) judge(m hosttest.Module) {
	s.t.Helper()
	b := s.browser()
	var a answer
	if m.FormPost {
		to, err := b.step("/login?idp=corp").Location()
		if err != nil {
			s.t.Fatal(err)
		}
		a = b.crossSite(to)
	} else {
		a = b.get("/login?idp=corp")
	}
	d := b.session()
	if wanted := m.Want == hosttest.Accepted || m.Want == hosttest.WithoutUserInfo; d.Authenticated != wanted {
		s.t.Fatalf("want %s, authenticated is %t: %s\n%s\n%s", m.Want, d.Authenticated, a.Status, a.Body, s.log)
	}
	switch m.Want {
	case hosttest.Accepted:
		for _, member := range m.UserInfo {
			if d.IdPAttributes["userInfo"][member] == nil {
				s.t.Errorf("userinfo brought no %s", member)
			}
		}
	case hosttest.WithoutUserInfo:
		if _, there := d.IdPAttributes["userInfo"]; there {
			s.t.Error("the document has the discarded userInfo")
		}
		if len(s.audited("userinfo_subject_mismatch")) != 1 {
			s.t.Errorf("audit events: %+v", s.events)
		}
	default:
		s.helpful(a, string(m.Code))
	}
}

// helpful holds an error page against what every one of them must be.
func (s *site) helpful(a answer, code string) {
	s.t.Helper()
	if a.code() != code {
		s.t.Errorf("code %q, want %q: %s\n%s\n%s", a.code(), code, a.Status, a.Body, s.log)
	}
	if a.StatusCode < 400 || a.StatusCode == http.StatusInternalServerError {
		s.t.Errorf("status %s", a.Status)
	}
	id := a.Header.Get("X-Request-Id")
	if id == "" || !strings.Contains(a.Body, id) || !strings.Contains(s.log.String(), id) {
		s.t.Errorf("the request id %q is not on the page and in the log", id)
	}
	if a.Header.Get("Cache-Control") != "no-store" {
		s.t.Error("the page may be cached")
	}
}
