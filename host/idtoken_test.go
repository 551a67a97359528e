package host_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
)

// PNG-12: a token in a header gives tokenId, successUrl and realm, and the tokenId
// is the session.
func TestPNG12_ATokenInAHeaderIsASession(t *testing.T) {
	t.Parallel()
	s := newPartner(t, "success_url: /welcome", "realm: /partners")
	token := s.minted(nil)
	got := s.taken(s.brings(token))
	if signature := token[strings.LastIndexByte(token, '.'):]; strings.Contains(s.log.String(), signature) {
		t.Error("the token is in the log")
	}
	if got.SuccessURL != "/welcome" || got.Realm != "/partners" {
		t.Errorf("%+v", got)
	}
	d := s.of(got.TokenID)
	if !d.Authenticated || d.IdP != "partner" || d.User.ID != "ada" || d.User.UserName != "ada.l" || d.User.FirstName != "Ada" || d.User.Email != "ada@example.com" {
		t.Errorf("%+v", d)
	}
	if len(d.IdPAttributes) != 1 || d.IdPAttributes["idTokenClaims"]["sub"] != "ada" || d.level("Authenticated") == nil {
		t.Errorf("sources %v, levels %v", d.IdPAttributes, d.SecurityLevels)
	}
	logins := s.audited("login")
	if len(logins) != 1 || logins[0].Provider != "partner" || !slices.Contains(logins[0].Levels, "Authenticated") || logins[0].Person == "" {
		t.Errorf("audited %+v", logins)
	}
	s.counts(`doorward_logins_total{outcome="ok",provider="partner",purpose="login"}`, "1")
}

// A browser gets the cookie and goes on.
func TestPNG12_ABrowserGetsTheCookieAndGoesOn(t *testing.T) {
	t.Parallel()
	idp := hosttest.NewProvider(t)
	s := newSite(t, idp, settings{Rest: partner(idp, partnerKeys, "success_url: https://relaxed.example.test/a") + threeApplications})
	for query, want := range map[string]string{
		"":                            "https://relaxed.example.test/a",
		"?return_to=%2Fthere%3Fa%3Db": "/there?a=b",
		"?return_to=https%3A%2F%2Frelaxed.example.test%2Fb&app=relaxed": "https://relaxed.example.test/b",
	} {
		b := s.browserWithoutRedirects()
		r := b.request(http.MethodPost, "/login/id-token/partner"+query, "")
		r.Header["oidc_id_token"] = []string{s.minted(nil)}
		a := b.do(r)
		if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != want {
			t.Errorf("%s: %s to %q\n%s", query, a.Status, a.Header.Get("Location"), a.Body)
		}
		if set := a.Cookies(); len(set) != 1 || set[0].Name != sessionCookie || !set[0].HttpOnly || !set[0].Secure || set[0].SameSite != http.SameSiteLaxMode {
			t.Errorf("%s: the cookies are %v", query, set)
		}
		if d := b.session(); !d.Authenticated || d.IdP != "partner" {
			t.Errorf("%s: %+v", query, d)
		}
	}
	for query, code := range map[string]login.Code{
		"?return_to=https%3A%2F%2Fattacker.example%2F":                login.CodeReturnRefused,
		"?return_to=%2F%2Fattacker.example%2F":                        login.CodeReturnRefused,
		"?app=nobody":                                                 login.CodeAppUnknown,
		"?app=relaxed&app=relaxed":                                    login.CodeParameterDuplicate,
		"?return_to=https%3A%2F%2Frelaxed.example.test%2F&app=strict": login.CodeParameterInvalid,
		"?goto=%2F": login.CodeParameterInvalid,
	} {
		s.helpful(s.sends(query, header("oidc_id_token", s.minted(nil))), string(code))
	}
}

// What a browser had before is continued or ended, as by every other login; its
// old handle is dead.
func TestT23_IDTokenAndTheSessionBefore(t *testing.T) {
	t.Parallel()
	s := newPartner(t)
	b := s.browser()
	bring := func(changed with) {
		t.Helper()
		r := b.request(http.MethodPost, "/login/id-token/partner?return_to=%2F", "")
		r.Header["oidc_id_token"] = []string{s.minted(changed)}
		if a := b.do(r); a.StatusCode != http.StatusOK {
			t.Fatalf("%s\n%s", a.Status, a.Body)
		}
	}
	b.signedIn("/login?idp=corp")
	alice := b.bearing()
	bring(nil)
	ada := b.bearing()
	if d := b.session(); d.IdP != "partner" || alice.session().Authenticated {
		t.Errorf("signed in at %s; the other person's session lives: %t", d.IdP, alice.session().Authenticated)
	}
	s.idp.Clock.Advance(time.Second)
	bring(nil)
	if !b.session().Authenticated || ada.session().Authenticated {
		t.Error("the handle did not change")
	}
	if n := len(s.listed()); n != 1 {
		t.Errorf("%d sessions", n)
	}
}

// Nobody is sent to a provider that takes no browser; whoever asks for it is told
// how it signs in.
func TestIDToken_IsNotOfferedToPeople(t *testing.T) {
	t.Parallel()
	s := newPartner(t)
	b := s.browser()
	if a := b.get("/"); strings.Contains(a.Body, "partner") || !strings.Contains(a.Body, "Sign in with corp") {
		t.Errorf("the start page offers it:\n%s", a.Body)
	}
	if to := b.begin("/login"); !strings.HasPrefix(to.String(), s.idp.URL) {
		t.Errorf("/login leads to %s", to)
	}
	a := b.get("/login?idp=partner")
	s.helpful(a, string(login.CodeNotInteractive))
	for _, want := range []string{"POST /login/id-token/partner", "oidc_id_token", "Authorization: Bearer"} {
		if !strings.Contains(a.Body, want) {
			t.Errorf("the page lacks %q:\n%s", want, plainText(a.Body))
		}
	}
	if strings.Contains(a.Body, "Start again") {
		t.Error("the page leads in a circle")
	}
	for _, at := range []string{"corp", "nobody", "partner%2f.."} {
		r := b.request(http.MethodPost, "/login/id-token/"+at, "")
		r.Header["oidc_id_token"] = []string{s.minted(nil)}
		if a := b.do(r); a.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s %s", at, a.Status, a.code())
		}
	}
	if a := b.get("/login/id-token/partner"); a.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("GET: %s", a.Status)
	}
	if b.session().Authenticated {
		t.Error("somebody is signed in")
	}
}

// T16: no page of another site signs anybody in: a browser says where a request
// comes from, and a header of its own is asked for first.
func TestT16_IDTokenFromElsewhere(t *testing.T) {
	t.Parallel()
	s := newPartner(t)
	for _, origin := range []string{"https://attacker.example", "null", "https://login.example.test.attacker.example", "http://login.example.test"} {
		s.helpful(s.sends("", header("oidc_id_token", s.minted(nil), "Origin", origin)), string(login.CodeOriginRefused))
	}
	s.helpful(s.sends("", header("oidc_id_token", s.minted(nil), "Origin", publicURL, "Origin", publicURL)), string(login.CodeOriginRefused))
	b := s.browser()
	r := b.request(http.MethodOptions, "/login/id-token/partner", "")
	r.Header.Set("Origin", "https://attacker.example")
	r.Header.Set("Access-Control-Request-Method", "POST")
	r.Header.Set("Access-Control-Request-Headers", "oidc_id_token")
	if a := b.do(r); a.StatusCode < 400 || a.Header.Get("Access-Control-Allow-Origin")+a.Header.Get("Access-Control-Allow-Headers") != "" {
		t.Errorf("a preflight is answered %s %v", a.Status, a.Header)
	}
	form := url.Values{"oidc_id_token": {s.minted(nil)}}
	a := b.post("/login/id-token/partner", form) // what a form can send
	if a.code() != string(login.CodeIDTokenHeader) || b.session().Authenticated {
		t.Errorf("a form: %s %s", a.Status, a.code())
	}
	if len(s.audited("login")) != 0 {
		t.Error("somebody signed in")
	}
	s.taken(s.sends("", header("oidc_id_token", s.minted(nil), "Origin", publicURL)))
}

// A level that needs a newer proof is reached with a newer token: nobody is sent
// round in circles for it.
func TestIDToken_ANewerTokenRaisesTheSession(t *testing.T) {
	t.Parallel()
	s := newPartner(t)
	b := s.browserWithoutRedirects()
	bring := func(changed with) {
		t.Helper()
		r := b.request(http.MethodPost, "/login/id-token/partner", "")
		r.Header["oidc_id_token"] = []string{s.minted(changed)}
		if a := b.do(r); a.StatusCode != http.StatusSeeOther {
			t.Fatalf("%s\n%s", a.Status, a.Body)
		}
	}
	bring(with{"auth_time": s.idp.Clock.Now().Unix() - 3600})
	if b.session().level(freshLevel) != nil {
		t.Error("a sign-in of an hour ago is fresh")
	}
	b.unchanged(func() { s.helpful(b.get(stepUp(freshLevel)), string(login.CodeNotInteractive)) })
	s.idp.Clock.Advance(time.Minute)
	bring(nil)
	if b.session().level(freshLevel) == nil {
		t.Error("a newer token did not raise the session")
	}
	if n := len(s.listed()); n != 1 {
		t.Errorf("%d sessions", n)
	}
}

// T30: an application that asks for a fresh proof gets none from an old token: a
// session that is there stays as it was.
func TestT30_ForceAuthAndAnOldToken(t *testing.T) {
	t.Parallel()
	idp := hosttest.NewProvider(t)
	s := newSite(t, idp, settings{Top: "force_auth: true", Rest: partner(idp, partnerKeys)})
	b := s.browserWithoutRedirects()
	bring := func(changed with) answer {
		r := b.request(http.MethodPost, "/login/id-token/partner", "")
		r.Header["oidc_id_token"] = []string{s.minted(changed)}
		return b.do(r)
	}
	if a := bring(nil); a.StatusCode != http.StatusSeeOther {
		t.Fatalf("the first: %s %s", a.Status, a.Body)
	}
	s.idp.Clock.Advance(time.Minute)
	b.unchanged(func() { s.helpful(bring(nil), string(login.CodeReauthNotPerformed)) })
	if a := bring(with{"auth_time": s.idp.Clock.Now().Unix() - 2}); a.StatusCode != http.StatusSeeOther {
		t.Errorf("one of two seconds ago: %s %s", a.Status, a.Body)
	}
}
