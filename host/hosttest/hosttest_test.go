package hosttest_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest"
)

func authorize(p *hosttest.Provider, more url.Values) string {
	q := url.Values{
		"response_type": {"code"}, "client_id": {p.ClientID}, "redirect_uri": {"https://rp.example/callback"}, "scope": {"openid email"},
		"state": {"s"}, "nonce": {"n"}, "code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}, "code_challenge_method": {"S256"},
	}
	for name, values := range more {
		q[name] = values
	}
	return p.URL + "/authorize?" + q.Encode()
}

func exchange(t *testing.T, p *hosttest.Provider, change url.Values) int {
	t.Helper()
	params, _ := p.Visit(t, authorize(p, nil))
	form := url.Values{
		"grant_type": {"authorization_code"}, "code": {params.Get("code")}, "redirect_uri": {"https://rp.example/callback"},
		"code_verifier": {"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"}, // RFC 7636, appendix B
		"client_id":     {p.ClientID}, "client_secret": {p.ClientSecret},
	}
	for name, values := range change {
		form[name] = values
	}
	res, err := p.Client().PostForm(p.URL+"/token", form)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	return res.StatusCode
}

// The provider must refuse what a provider refuses, or the tests of the
// relying party prove nothing.
func TestTheProviderRefuses(t *testing.T) {
	p := hosttest.NewProvider(t)
	if got := exchange(t, p, nil); got != http.StatusOK {
		t.Fatalf("a good exchange: %d", got)
	}
	for name, change := range map[string]url.Values{
		"verifier": {"code_verifier": {"wrong"}}, "no verifier": {"code_verifier": nil}, "code": {"code": {"wrong"}},
		"redirect_uri": {"redirect_uri": {"https://rp.example/other"}}, "secret": {"client_secret": {"wrong"}},
		"client": {"client_id": {"other"}}, "grant": {"grant_type": {"password"}},
		"assertion": {"client_secret": nil, "client_assertion": {"a.b.c"}}, "no secret": {"client_secret": nil},
	} {
		if got := exchange(t, p, change); got != http.StatusBadRequest && got != http.StatusUnauthorized {
			t.Errorf("another %s: %d", name, got)
		}
	}
}

func TestResponseModes(t *testing.T) {
	p := hosttest.NewProvider(t)
	for _, mode := range []string{"query", "form_post"} {
		params, method := p.Visit(t, authorize(p, url.Values{"response_mode": {mode}, "state": {`"><&`}}))
		if (method == http.MethodPost) != (mode == "form_post") || params.Get("state") != `"><&` || params.Get("code") == "" {
			t.Errorf("%s: %s %v", mode, method, params)
		}
	}
	if p.Calls(hosttest.Authorize) != 2 {
		t.Errorf("%d calls", p.Calls(hosttest.Authorize))
	}
	page := `<form method="post" action="https://rp.example/cb?a=1&amp;b=2"><input type="hidden" name="code" value="x">`
	if action, fields := hosttest.FormPost(page); action != "https://rp.example/cb?a=1&b=2" || fields.Get("code") != "x" {
		t.Errorf("form: %s %v", action, fields)
	}
}

func TestClock(t *testing.T) {
	c := hosttest.NewClock(time.Unix(1000, 0))
	c.Advance(90 * time.Second)
	if c.Now().Unix() != 1090 {
		t.Error(c.Now())
	}
	c.Set(time.Unix(5, 0))
	if c.Now().Unix() != 5 {
		t.Error(c.Now())
	}
}

func TestModuleNames(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range hosttest.Modules() {
		name := string(m.Plan) + m.Name
		if seen[name] || !strings.HasPrefix(m.Name, "oidcc-client-test") || m.Want == "" || (m.Want == hosttest.Rejected || m.Want == hosttest.NotBegun) != (m.Code != "") {
			t.Errorf("module %+v", m)
		}
		seen[name] = true
	}
}
