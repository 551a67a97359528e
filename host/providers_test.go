package host_test

import (
	"crypto"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/doorward/doorward/host/hosttest"
)

// withoutSecret is the configuration's text without corp's client secret.
func withoutSecret(t *testing.T, idp *hosttest.Provider, with settings) settings {
	t.Helper()
	text, line := with.text(idp), "    client_secret: "+idp.ClientSecret+"\n"
	if !strings.Contains(text, line) {
		t.Fatalf("no %q in\n%s", line, text)
	}
	files := map[string]string{"doorward.yaml": strings.Replace(text, line, "", 1)}
	for name, content := range with.Files {
		files[name] = content
	}
	return settings{Files: files}
}

func pkcs8(t testing.TB, key crypto.Signer) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

func TestClientAuthentication(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"client_secret_basic", "client_secret_post", "private_key_jwt", "none"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			idp := hosttest.NewProvider(t)
			with := settings{Provider: "client_auth: " + method}
			switch method {
			case "private_key_jwt":
				key := hosttest.ECKey().Private
				idp.Set(func(k *hosttest.Knobs) { k.ClientKey = key.Public() })
				with.Provider += "\nprivate_key_file: key.pem"
				with.Files = map[string]string{"key.pem": pkcs8(t, key)}
				with = withoutSecret(t, idp, with)
			case "none":
				idp.ClientSecret = ""
				with = withoutSecret(t, idp, with)
			}
			s := newSite(t, idp, with)
			s.browser().signedIn("/login?idp=corp")
			call := idp.Last(hosttest.Token)
			if got := call.AuthMethod(); got != method {
				t.Errorf("the client authenticated with %s", got)
			}
			if call.Form["code_verifier"] == nil {
				t.Error("there is no PKCE verifier")
			}
		})
	}
}

func TestExplicitEndpointsAndKeysAskNeitherForDiscoveryNorForKeys(t *testing.T) {
	t.Parallel()
	idp := hosttest.NewProvider(t)
	keys, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{hosttest.RSAKey(0).Public()}})
	if err != nil {
		t.Fatal(err)
	}
	down := hosttest.Fault{Drop: true}
	idp.Set(func(k *hosttest.Knobs) {
		k.Faults = map[hosttest.Endpoint]hosttest.Fault{hosttest.Discovery: down, hosttest.JWKS: down}
	})
	s := newSite(t, idp, settings{
		Provider: fmt.Sprintf("jwks_file: keys.json\nendpoints: {authorization: %[1]s/authorize, token: %[1]s/token, userinfo: %[1]s/userinfo}", idp.URL),
		Files:    map[string]string{"keys.json": string(keys)},
	})
	b := s.browser()
	if a := b.get("/"); !strings.Contains(a.Body, "Sign in with corp") {
		t.Error("the provider is shown as unavailable")
	}
	if d := b.signedIn("/login?idp=corp"); d.IdPAttributes["userInfo"]["email"] != "alice@example.com" {
		t.Errorf("userInfo %v", d.IdPAttributes["userInfo"])
	}
	if n := idp.Calls(hosttest.Discovery) + idp.Calls(hosttest.JWKS); n != 0 {
		t.Errorf("discovery and keys were asked %d times", n)
	}
	idp.RotateKeys() // to one that the file does not hold
	b.unchanged(func() { s.helpful(b.get("/login?idp=corp"), "id_token_invalid") })
}

// crossSite posts the provider's form as a browser does: from the provider's
// site, so that of the host's cookies only those with SameSite=None come along.
func (b *browser) crossSite(authorize *url.URL) answer {
	b.t.Helper()
	page := b.step(authorize.String())
	action, fields := hosttest.FormPost(page.Body)
	if page.StatusCode != http.StatusOK || !strings.HasPrefix(action, publicURL+"/callback/") {
		b.t.Fatalf("the provider sent no form: %s\n%s", page.Status, page.Body)
	}
	r := b.request(http.MethodPost, action, fields.Encode())
	r.Header.Set("Origin", b.site.idp.URL)
	sender := b.site.browser()
	public := mustParse(b.t, publicURL)
	for _, c := range b.jar.kept[public.Host] {
		if c.SameSite == http.SameSiteNoneMode {
			sender.jar.SetCookies(public, []*http.Cookie{c})
		}
	}
	sender.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	a := sender.do(r)
	b.jar.SetCookies(public, a.Cookies())
	return a
}

func TestFormPost(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{Provider: "response_mode: form_post"})
	b := s.browser()
	begun := b.step("/login?idp=corp&return_to=/there")
	if c := begun.Cookies(); len(c) != 1 || c[0].SameSite != http.SameSiteNoneMode || !c[0].Secure || !c[0].HttpOnly || c[0].Path != "/" || c[0].MaxAge != 1800 {
		t.Errorf("the login's cookie is %v", c)
	}
	to, err := begun.Location()
	if err != nil || to.Query().Get("response_mode") != "form_post" {
		t.Fatalf("%v %v", to, err)
	}
	a := b.crossSite(to)
	if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/there" {
		t.Fatalf("%s to %q: %s", a.Status, a.Header.Get("Location"), a.Body)
	}
	if c := b.cookie(sessionCookie); c == nil || c.SameSite != http.SameSiteLaxMode || !b.session().Authenticated {
		t.Errorf("the session's cookie is %v", c)
	}
	if b.pending() != 0 {
		t.Error("the login's cookie is left")
	}
	s.helpful(b.get("/callback/corp?"+url.Values{"state": {b.begin("/login?idp=corp").Query().Get("state")}, "code": {"x"}}.Encode()), "parameter_invalid")
}

// The answer's POST brings no session cookie; the step-up finds its session
// all the same, and holds it against the person.
func TestFormPost_StepUp(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{Provider: "response_mode: form_post"})
	b := s.browser()
	b.crossSite(b.begin("/login?idp=corp"))
	old := b.bearing()
	s.idp.Clock.Advance(10 * time.Minute)
	s.idp.Set(func(k *hosttest.Knobs) { k.Subject = "bob-0001" })
	b.unchanged(func() { s.helpful(b.crossSite(b.begin(stepUp(freshLevel))), "person_mismatch") })
	s.idp.Clock.Advance(time.Minute)
	s.idp.Set(func(k *hosttest.Knobs) { k.Subject, k.AuthTime = "alice-7f3a", hosttest.IgnoresPrompt })
	b.unchanged(func() {
		again, err := b.crossSite(b.begin(stepUp(freshLevel))).Location()
		if err != nil {
			t.Fatal(err)
		}
		s.helpful(b.crossSite(again), "reauth_not_performed")
	})
	s.idp.Set(func(k *hosttest.Knobs) { k.AuthTime = hosttest.Honest })
	if a := b.crossSite(b.begin(stepUp(freshLevel) + "&return_to=/there")); a.Header.Get("Location") != "/there" {
		t.Fatalf("%s %s", a.Status, a.code())
	}
	if b.session().level(freshLevel) == nil || old.session().Authenticated {
		t.Error("the session was not raised, or the old one still opens")
	}
}

func TestPlainHTTP_OnLoopbackCookiesCarryThePortAndNoSecure(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{Public: "http://127.0.0.1:8123"})
	client := s.browser().http
	client.Jar = nil
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	get := func(at string, cookies ...*http.Cookie) *http.Response {
		t.Helper()
		r, err := http.NewRequest(http.MethodGet, strings.Replace(at, "http://127.0.0.1:8123", "http://"+s.listen, 1), nil)
		r.Host = "127.0.0.1:8123"
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cookies {
			r.AddCookie(c)
		}
		resp, err := (&http.Client{CheckRedirect: client.CheckRedirect, Transport: s.idp.Client().Transport}).Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp
	}
	begun := get("http://127.0.0.1:8123/login?idp=corp")
	back := get(begun.Header.Get("Location")).Header.Get("Location")
	if !strings.HasPrefix(back, "http://127.0.0.1:8123/callback/corp?") {
		t.Fatalf("the provider sends people to %q", back)
	}
	done := get(back, begun.Cookies()...)
	set := append(begun.Cookies(), done.Cookies()...)
	if len(set) != 3 {
		t.Fatalf("%s: %v", done.Status, set)
	}
	var session *http.Cookie
	for _, c := range set {
		if c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Name != "doorward-8123" && !strings.HasPrefix(c.Name, "doorward-8123-login-") {
			t.Errorf("%v", c)
		}
		if c.Name == "doorward-8123" {
			session = c
		}
	}
	if begun.Header.Get("Strict-Transport-Security") != "" {
		t.Error("plain http promises https")
	}
	if page := get("http://127.0.0.1:8123/session", session); page.StatusCode != http.StatusOK || page.ContentLength < 500 {
		t.Errorf("the session does not open: %s, %d bytes", page.Status, page.ContentLength)
	}
}

func TestSeveralProviders_ThePersonChoosesAndTheWishGoesAlong(t *testing.T) {
	t.Parallel()
	other := hosttest.NewProvider(t)
	s := newSite(t, hosttest.NewProvider(t), settings{Provider: "display_name: Example Corp", Rest: second(other) + threeApplications})
	b := s.browser()
	a := b.get("/login?return_to=https%3A%2F%2Frelaxed.example.test%2Fa%3Fb%3Dc&force_auth=true&login_hint=ada")
	if a.StatusCode != http.StatusOK || strings.Index(a.Body, "Example Corp") > strings.Index(a.Body, "Other People") {
		t.Fatalf("%s\n%s", a.Status, a.Body)
	}
	_, link, _ := strings.Cut(a.Body, `href="/login?`)
	link, _, _ = strings.Cut(link, `"`)
	to := b.begin("/login?" + strings.ReplaceAll(link, "&amp;", "&"))
	if q := to.Query(); q.Get("prompt") != "login" || q.Get("login_hint") != "ada" {
		t.Errorf("the provider is asked %s", to)
	}
	if a := b.step(b.approve(to)); a.Header.Get("Location") != "https://relaxed.example.test/a?b=c" {
		t.Errorf("%s to %q", a.Status, a.Header.Get("Location"))
	}
	if d := b.session(); d.IdP != "corp" {
		t.Errorf("signed in at %q", d.IdP)
	}
	s.helpful(b.get("/login?idp=nobody"), "provider_unknown")
	s.helpful(b.get("/login?idp=corp&idp=other"), "parameter_duplicate")
}

// The same subject at another provider is another person.
func TestSeveralProviders_ThePersonIsTheProvidersToo(t *testing.T) {
	t.Parallel()
	other := hosttest.NewProvider(t)
	s := newSite(t, hosttest.NewProvider(t), settings{Rest: second(other)})
	b := s.browser()
	b.signedIn("/login?idp=corp")
	old := b.bearing()
	at := b.step("/login?idp=other")
	to, err := at.Location()
	if err != nil || !strings.HasPrefix(to.String(), other.URL) {
		t.Fatalf("%v %v", to, err)
	}
	resp, err := other.Client().Get(to.String())
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	b.step(resp.Header.Get("Location"))
	if d := b.session(); d.IdP != "other" || d.User.ID != "alice-7f3a" || old.session().Authenticated {
		t.Errorf("signed in at %q as %q", d.IdP, d.User.ID)
	}
}
