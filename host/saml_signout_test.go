package host_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host"
	"github.com/doorward/doorward/host/hosttest"
)

// onward is where a page leads by itself: a redirect to the provider would be
// held against the page with the form.
func onward(t *testing.T, a answer) string {
	t.Helper()
	to, found := strings.CutPrefix(a.Header.Get("Refresh"), "0;url=")
	if a.StatusCode != http.StatusOK || !found || !strings.Contains(a.Body, `href="`) {
		t.Fatalf("%s leads nowhere by itself\n%s", a.Status, a.Body)
	}
	return to
}

// rotate makes a new host key.
func (p *samlPartner) rotate() {
	p.t.Helper()
	if _, err := host.RotateKeys(p.t.Context(), p.options().Config); err != nil {
		p.t.Fatal(err)
	}
}

// TestSAML_SignOutAtTheProviderToo goes there with a signed request, and comes
// back to where the browser wanted to go.
func TestSAML_SignOutAtTheProviderToo(t *testing.T) {
	t.Parallel()
	for _, failing := range []bool{false, true} {
		p := newSAMLPartner(t, "", settings{})
		b := p.browser()
		p.signedIn(b, atPartner)
		if failing {
			p.saml.Set(func(k *hosttest.SAMLKnobs) { k.Status = []string{"urn:oasis:names:tc:SAML:2.0:status:Responder"} })
		}
		a := b.get(onward(t, b.post("/logout", url.Values{"return_to": {"/"}})))
		if a.StatusCode != http.StatusOK || !strings.Contains(a.Body, "You are signed out") || b.session().Authenticated {
			t.Errorf("%s\n%s", a.Status, a.Body)
		}
		if strings.Contains(a.Body, "may still know you") != failing {
			t.Errorf("what the provider answered is told wrongly: %s", a.Body)
		}
		call := p.saml.Last(hosttest.SAMLSignOut)
		if call.XML == nil || call.XML.Tag != "LogoutRequest" || len(call.RelayState) > 80 {
			t.Errorf("the provider got %q", call.RelayState)
		}
	}
}

// TestSAML_ComingBackWithAnotherState leads home, and nowhere else.
func TestSAML_ComingBackWithAnotherState(t *testing.T) {
	t.Parallel()
	p := newSAMLPartner(t, "", settings{})
	b := p.browser()
	p.signedIn(b, atPartner)
	back, err := b.step(onward(t, b.post("/logout", url.Values{"return_to": {"/"}}))).Location()
	if err != nil {
		t.Fatal(err)
	}
	a := p.browser().step(back.String()) // one that never left
	if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/?signed_out=true" {
		t.Errorf("another browser: %s to %q", a.Status, a.Header.Get("Location"))
	}
	if a := b.step(strings.Replace(back.String(), "RelayState=", "RelayState=x", 1)); a.code() != "logout_token_invalid" {
		t.Errorf("another state: %s %s", a.Status, a.code())
	}
}

// TestSAML_TheProviderSignsOut ends the sessions that the provider names, once,
// whatever browser brings the message.
func TestSAML_TheProviderSignsOut(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		indexes []string
		post    bool
		ends    [3]bool
	}{
		"one session":          {[]string{"index-1"}, false, [3]bool{true, false, false}},
		"one in a form":        {[]string{"index-1"}, true, [3]bool{true, false, false}},
		"both":                 {[]string{"index-1", "index-2"}, false, [3]bool{true, true, false}},
		"all of the person":    {nil, false, [3]bool{true, true, false}},
		"one that is not here": {[]string{"index-9"}, false, [3]bool{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newSAMLPartner(t, "", settings{})
			var browsers []*browser
			for _, who := range []struct{ name, index string }{{"alice-7f3a", "index-1"}, {"alice-7f3a", "index-2"}, {"bob-0001", "index-1"}} {
				p.saml.Set(func(k *hosttest.SAMLKnobs) { k.NameID, k.SessionIndex = who.name, who.index })
				b := p.browser()
				p.signedIn(b, atPartner)
				browsers = append(browsers, b)
			}
			p.saml.Set(func(k *hosttest.SAMLKnobs) { k.NameID = "alice-7f3a" })
			messenger := p.browser() // no cookie authorises it
			request := p.saml.LogoutRequest(c.indexes...)
			bring := func() answer {
				if !c.post {
					return messenger.step(publicURL + "/saml/partner/slo?" + p.saml.Query("SAMLRequest", request, "theirs"))
				}
				signed := request.Copy()
				hosttest.SAMLSign(signed, 1, 0, false, "")
				form := url.Values{"SAMLRequest": {base64.StdEncoding.EncodeToString([]byte(hosttest.SAMLWritten(signed)))}, "RelayState": {"theirs"}}
				messenger.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
				return messenger.do(messenger.request(http.MethodPost, "/saml/partner/slo", form.Encode()))
			}
			a := bring()
			to, err := a.Location()
			if err != nil || !strings.HasPrefix(to.String(), p.saml.URL+"/slo?") || to.Query().Get("RelayState") != "theirs" || to.Query().Get("Signature") == "" {
				t.Fatalf("answered %s to %v: %s", a.Status, to, a.Body)
			}
			for i, ended := range c.ends {
				if got := !browsers[i].session().Authenticated; got != ended {
					t.Errorf("browser %d signed out: %v", i, got)
				}
			}
			if a := bring(); a.code() != "logout_token_invalid" {
				t.Errorf("a second time: %s %s", a.Status, a.code())
			}
			if events := p.audited("provider_logout"); (len(events) > 0) != slices.Contains(c.ends[:], true) {
				t.Errorf("audited %+v", events)
			}
		})
	}
}

// TestSAML_ForgedSignOuts end nothing.
func TestSAML_ForgedSignOuts(t *testing.T) {
	t.Parallel()
	p := newSAMLPartner(t, "", settings{})
	b := p.browser()
	p.signedIn(b, atPartner)
	query := p.saml.Query("SAMLRequest", p.saml.LogoutRequest(), "theirs")
	for name, forged := range map[string]string{
		"unsigned":    query[:strings.Index(query, "&SigAlg=")],
		"another key": hosttest.SAMLQuery(hosttest.RSAKey(1), "SAMLRequest", hosttest.SAMLWritten(p.saml.LogoutRequest()), ""),
	} {
		b.unchanged(func() {
			if a := b.step("/saml/partner/slo?" + forged); a.code() != "logout_token_invalid" {
				t.Errorf("%s: %s %s", name, a.Status, a.code())
			}
		})
	}
}

// TestSAML_ALoginUnderWayWhenTheProviderSignsOut is refused.
func TestSAML_ALoginUnderWayWhenTheProviderSignsOut(t *testing.T) {
	t.Parallel()
	p := newSAMLPartner(t, "", settings{})
	b := p.browser()
	action, fields := p.asks(b, atPartner)
	p.idp.Clock.Advance(time.Second)
	p.browser().step(publicURL + "/saml/partner/slo?" + p.saml.Query("SAMLRequest", p.saml.LogoutRequest("index-1"), ""))
	if a := p.answers(b, action, fields); a.code() != "session_missing" || b.session().Authenticated {
		t.Errorf("%s %s", a.Status, a.code())
	}
}
