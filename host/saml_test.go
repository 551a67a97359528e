package host_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"

	"github.com/doorward/doorward/host/hosttest"
)

// samlPartner is a whole host with a SAML provider of that name, whose clock is the
// host's too.
type samlPartner struct {
	*site
	saml *hosttest.SAML
}

// newSAMLPartner starts one whose configuration has more SAML keys, one a line under
// saml, and more keys beside it.
func newSAMLPartner(t testing.TB, samlKeys string, with settings, knobs ...func(*hosttest.SAMLKnobs)) *samlPartner {
	t.Helper()
	oidc := hosttest.NewProvider(t)
	p := &samlPartner{saml: hosttest.NewSAML(t, oidc.Clock, knobs...)}
	key := pkcs8(t, hosttest.RSAKey(3).Private)
	keys := "saml:\n  metadata_url: " + p.saml.URL + "/metadata\n  private_key_file: saml-key.pem\n"
	if samlKeys != "" {
		keys += "  " + strings.ReplaceAll(strings.TrimSpace(samlKeys), "\n", "\n  ") + "\n"
	}
	with.SAML = keys + with.SAML
	with.Files = withFile(with.Files, "saml-key.pem", key)
	p.site = newSite(t, oidc, with)
	p.saml.Trust(t, []byte(p.browser().get("/saml/partner/metadata").Body))
	return p
}

func withFile(files map[string]string, name, content string) map[string]string {
	all := map[string]string{name: content}
	for name, content := range files {
		all[name] = content
	}
	return all
}

// asks goes to an address that begins a SAML login, and brings the provider's
// answer: the form that its page posts.
func (p *samlPartner) asks(b *browser, at string) (action string, fields url.Values) {
	b.t.Helper()
	a := b.get(at)
	if action, fields = hosttest.FormPost(a.Body); strings.HasPrefix(action, p.saml.URL) { // the request travels as a form
		a = b.do(b.request(http.MethodPost, action, fields.Encode()))
		action, fields = hosttest.FormPost(a.Body)
	}
	if action != publicURL+"/saml/partner/acs" {
		b.t.Fatalf("%s did not lead to the provider: %s to %q\n%s", at, a.Status, action, a.Body)
	}
	return action, fields
}

// answers posts the provider's form as a browser does: from the provider's site,
// so that of the host's cookies only those with SameSite=None come along.
func (p *samlPartner) answers(b *browser, action string, fields url.Values) answer {
	b.t.Helper()
	r := b.request(http.MethodPost, action, fields.Encode())
	r.Header.Set("Origin", p.saml.URL)
	sender := p.browser()
	public := mustParse(b.t, publicURL)
	b.jar.mu.Lock()
	for _, c := range b.jar.kept[public.Host] {
		if c.SameSite == http.SameSiteNoneMode {
			sender.jar.SetCookies(public, []*http.Cookie{c})
		}
	}
	b.jar.mu.Unlock()
	sender.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	a := sender.do(r)
	b.jar.SetCookies(public, a.Cookies())
	return a
}

// signIn goes all the way.
func (p *samlPartner) signIn(b *browser, at string) answer {
	b.t.Helper()
	action, fields := p.asks(b, at)
	return p.answers(b, action, fields)
}

func (p *samlPartner) signedIn(b *browser, at string) document {
	b.t.Helper()
	a := p.signIn(b, at)
	d := b.session()
	if a.StatusCode != http.StatusSeeOther || !d.Authenticated {
		b.t.Fatalf("%s led to no session: %s\n%s\n%s", at, a.Status, a.Body, p.log)
	}
	return d
}

const atPartner = "/login?idp=partner"

// TestSAML_TheDocumentKeepsLongNamesAndThePluginMapsThem runs the bundled plugin
// as it is shipped.
func TestSAML_TheDocumentKeepsLongNamesAndThePluginMapsThem(t *testing.T) {
	t.Parallel()
	p := newSAMLPartner(t, "", settings{
		SAML: "mappers:\n  - plugin: claim-types\n  - expression: {attribute: attributes.employee, value: 'first({multi-attribute-source:authnResponse:attributes.employee})'}",
		Rest: "plugins:\n  claim-types: {module: \"bundled:claim-types\", sources: [authnResponse]}\n",
	})
	b := p.browser()
	a := p.signIn(b, atPartner+"&return_to=/there")
	if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/there" {
		t.Fatalf("%s to %q: %s\n%s", a.Status, a.Header.Get("Location"), a.Body, p.log)
	}
	d := b.session()
	if u := d.User; u.ID != "alice-7f3a" || u.Email != "alice@example.com" || u.FirstName != "Alice" || !slices.Equal(u.Roles, []string{"engineering", "staff"}) || u.Attributes["employee"] != "4711" {
		t.Errorf("the user is %+v", u)
	}
	response := d.IdPAttributes["authnResponse"]
	attributes, _ := response["attributes"].(map[string]any)
	if attributes["http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress"] == nil || response["nameId"] != "alice-7f3a" || response["sessionIndex"] != "index-1" {
		t.Errorf("the document is %v", response)
	}
	if d.IdP != "partner" || d.level("Authenticated/Roles/engineering") == nil || d.level(freshLevel) == nil {
		t.Errorf("levels %+v", d.SecurityLevels)
	}
	if b.pending() != 0 {
		t.Error("the login's cookie is left")
	}
	if e := p.audited("login"); len(e) != 1 || e[0].Provider != "partner" || e[0].Proof.ACR == "" {
		t.Errorf("audited %+v", e)
	}
}

func TestSAML_TheLoginsCookieComesAlongFromTheProvidersSite(t *testing.T) {
	t.Parallel()
	p := newSAMLPartner(t, "request_binding: post\nsign_requests: always", settings{}, func(k *hosttest.SAMLKnobs) { k.WantsSigned, k.Encrypt = true, "aes256-gcm" })
	b := p.browser()
	begun := b.step(atPartner)
	if c := begun.Cookies(); len(c) != 1 || c[0].SameSite != http.SameSiteNoneMode || !c[0].Secure || !c[0].HttpOnly {
		t.Errorf("the login's cookie is %v", c)
	}
	if policy := begun.Header.Get("Content-Security-Policy"); !strings.Contains(policy, p.saml.URL) {
		t.Errorf("the page's form may not be sent to the provider: %s", policy)
	}
	p.signedIn(b, atPartner)
	if c := b.cookie(sessionCookie); c == nil || c.SameSite != http.SameSiteLaxMode {
		t.Errorf("the session's cookie is %v", c)
	}
}

// TestIGN08_UnsolicitedAnswersAreRefused posts what no login here asked for.
func TestIGN08_UnsolicitedAnswersAreRefused(t *testing.T) {
	t.Parallel()
	p := newSAMLPartner(t, "", settings{})
	b := p.browser()
	action, fields := p.asks(b, atPartner)
	for name, c := range map[string]struct {
		fields url.Values
		code   string
	}{
		"no RelayState":       {url.Values{"SAMLResponse": fields["SAMLResponse"]}, "state_missing"},
		"the portal's own":    {url.Values{"SAMLResponse": fields["SAMLResponse"], "RelayState": {"https://wiki.example.test/"}}, "state_unknown"},
		"two":                 {url.Values{"SAMLResponse": fields["SAMLResponse"], "RelayState": {fields.Get("RelayState"), "x"}}, "parameter_duplicate"},
		"an answer to nobody": {unsolicited(p, b), "saml_unsolicited"},
	} {
		a := p.answers(b, action, c.fields)
		if a.code() != c.code || b.session().Authenticated {
			t.Errorf("%s: %s %s", name, a.Status, a.code())
		}
	}
	other := p.browser() // a login of this browser is not one of another's
	if a := p.answers(other, action, fields); a.code() != "state_unknown" {
		t.Errorf("another browser: %s %s", a.Status, a.code())
	}
	if a := p.answers(b, publicURL+"/callback/partner", fields); a.code() != "state_missing" && a.code() != "issuer_mismatch" {
		t.Errorf("another address: %s %s", a.Status, a.code())
	}
}

func unsolicited(p *samlPartner, b *browser) url.Values {
	p.saml.Set(func(k *hosttest.SAMLKnobs) {
		k.EditResponse = func(e *etree.Element) { e.RemoveAttr("InResponseTo") }
	})
	defer p.saml.Set(func(k *hosttest.SAMLKnobs) { k.EditResponse = nil })
	_, fields := p.asks(b, atPartner)
	return fields
}

// TestT39_AnAnswerIsSpentOnce replays one, in the same browser and after a
// sign-out.
func TestT39_AnAnswerIsSpentOnce(t *testing.T) {
	t.Parallel()
	p := newSAMLPartner(t, "", settings{})
	b := p.browser()
	action, fields := p.asks(b, atPartner)
	kept := b.bearing()
	b.jar.mu.Lock()
	for _, c := range b.jar.kept[mustParse(t, publicURL).Host] {
		kept.jar.SetCookies(mustParse(t, publicURL), []*http.Cookie{c})
	}
	b.jar.mu.Unlock()
	if a := p.answers(b, action, fields); a.StatusCode != http.StatusSeeOther {
		t.Fatalf("%s %s", a.Status, a.Body)
	}
	if a := p.answers(b, action, fields); a.code() != "state_unknown" {
		t.Errorf("the same browser: %s %s", a.Status, a.code())
	}
	if a := p.answers(kept, action, fields); a.code() != "state_spent" || kept.session().Authenticated {
		t.Errorf("a browser that kept the cookie: %s %s", a.Status, a.code())
	}
}

// TestT39_LargeAnswers are refused by their size, before they are read.
func TestT39_LargeAnswers(t *testing.T) {
	t.Parallel()
	p := newSAMLPartner(t, "", settings{})
	b := p.browser()
	for _, size := range []int{300 << 10, 10 << 20} {
		head := fmt.Sprintf("POST /saml/partner/acs HTTP/1.1\r\nHost: %s\r\nAccept: text/html\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n", strings.TrimPrefix(publicURL, "https://"), size)
		if a := p.raw(t, head+"SAMLResponse=AAAA"); a.StatusCode < 400 || a.code() != "request_too_large" {
			t.Errorf("%d bytes: %s %s", size, a.Status, a.code())
		}
	}
	// more than the 64 KiB of a code's callback is no fault
	p.saml.Set(func(k *hosttest.SAMLKnobs) {
		k.Attributes["groups"] = slices.Repeat([]string{strings.Repeat("g", 100)}, 500)
	})
	p.signedIn(b, atPartner)
}

// TestT40_AForcedLoginWhoseAuthnInstantIsOldDoesNotCount is judged by the walk.
func TestT40_AForcedLoginWhoseAuthnInstantIsOldDoesNotCount(t *testing.T) {
	t.Parallel()
	p := newSAMLPartner(t, "", settings{})
	b := p.browser()
	p.signedIn(b, atPartner)
	p.idp.Clock.Advance(10 * time.Minute)
	p.saml.Set(func(k *hosttest.SAMLKnobs) { k.IgnoresForce = true })
	b.unchanged(func() {
		a := p.signIn(b, atPartner+"&force_auth=true")
		p.helpful(a, "reauth_not_performed")
	})
	if got := p.saml.Last(hosttest.SAMLSignOn).XML.SelectAttrValue("ForceAuthn", ""); got != "true" {
		t.Errorf("ForceAuthn is %q", got)
	}
	if d := p.signedIn(p.browser(), atPartner+"&force_auth=true"); d.level("Authenticated") == nil || d.level(freshLevel) != nil {
		t.Errorf("a first login without proof: %+v", d.SecurityLevels)
	}
	// a step-up asks twice, and then says so
	b.unchanged(func() {
		again := p.signIn(b, stepUp(freshLevel))
		to, err := again.Location()
		if err != nil {
			t.Fatalf("there is no second round: %s %s", again.Status, again.Body)
		}
		a := p.signIn(b, to.String())
		p.helpful(a, "reauth_not_performed")
	})
	p.saml.Set(func(k *hosttest.SAMLKnobs) { k.IgnoresForce = false })
	if d := p.signedIn(b, stepUp(freshLevel)); d.level(freshLevel) == nil {
		t.Errorf("a step-up that was performed: %+v", d.SecurityLevels)
	}
	if e := p.audited("step_up"); len(e) != 1 || !e[0].Proof.Performed {
		t.Errorf("audited %+v", e)
	}
}

func TestSAML_StepUpBySomeoneElse(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ keys string }{"by NameID": {""}, "by attribute": {"subject_attribute: employee\nname_id_format: transient"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newSAMLPartner(t, c.keys, settings{})
			b := p.browser()
			p.signedIn(b, atPartner)
			p.idp.Clock.Advance(10 * time.Minute)
			if c.keys != "" { // a transient NameID is another one each time
				p.saml.Set(func(k *hosttest.SAMLKnobs) { k.NameID = "another" })
				p.signedIn(b, stepUp(freshLevel))
				p.idp.Clock.Advance(10 * time.Minute)
			}
			p.saml.Set(func(k *hosttest.SAMLKnobs) { k.NameID, k.Attributes["employee"] = "bob", []string{"4712"} })
			b.unchanged(func() { p.helpful(p.signIn(b, stepUp(freshLevel)), "person_mismatch") })
		})
	}
}

// TestSAML_StepUpWhereNobodyIsRecognised is refused before the provider is
// asked.
func TestSAML_StepUpWhereNobodyIsRecognised(t *testing.T) {
	t.Parallel()
	p := newSAMLPartner(t, "name_id_format: transient", settings{})
	b := p.browser()
	p.signedIn(b, atPartner)
	p.idp.Clock.Advance(10 * time.Minute)
	calls := p.saml.Calls(hosttest.SAMLSignOn)
	b.unchanged(func() { p.helpful(b.get(stepUp(freshLevel)), "level_not_step_up") })
	b.unchanged(func() { p.helpful(b.get("/login?max_age=60"), "level_not_step_up") })
	if got := p.saml.Calls(hosttest.SAMLSignOn); got != calls {
		t.Error("the provider was asked")
	}
	if d := p.signedIn(p.browser(), stepUp(freshLevel)+"&idp=partner"); d.level(freshLevel) == nil {
		t.Errorf("a first login at the level's address: %+v", d.SecurityLevels)
	}
}

// TestSAML_AProviderThatIsDownAtTheStartIsTriedLater as one of OpenID Connect.
func TestSAML_AProviderThatIsDownAtTheStartIsTriedLater(t *testing.T) {
	t.Parallel()
	p := newSAMLPartner(t, "", settings{}, func(k *hosttest.SAMLKnobs) {
		k.Faults = map[hosttest.Endpoint]hosttest.Fault{hosttest.SAMLMetadata: {Drop: true}}
	})
	b := p.browser()
	if a := b.get(atPartner); a.code() != "provider_unavailable" {
		t.Errorf("%s %s", a.Status, a.code())
	}
	if !strings.Contains(b.get("/saml/partner/metadata").Body, "AssertionConsumerService") {
		t.Error("the host does not describe itself while the provider is down")
	}
	p.saml.Set(func(k *hosttest.SAMLKnobs) { k.Faults = nil })
	p.idp.Clock.Advance(time.Minute)
	p.signedIn(b, atPartner)
}

// TestSAML_TheHostsOwnKeyStays over restarts and rotations of the host's key.
func TestSAML_TheHostsOwnKeyStays(t *testing.T) {
	t.Parallel()
	oidc := hosttest.NewProvider(t)
	saml := hosttest.NewSAML(t, oidc.Clock, func(k *hosttest.SAMLKnobs) { k.Encrypt = "aes256-gcm" })
	p := &samlPartner{saml: saml, site: newSite(t, oidc, settings{SAML: "saml:\n  metadata_file: partner.xml", Files: map[string]string{"partner.xml": string(saml.Metadata())}})}
	metadata := func() string { return p.browser().get("/saml/partner/metadata").Body }
	first := metadata()
	saml.Trust(t, []byte(first))
	p.signedIn(p.browser(), atPartner)
	for range 2 { // the first one's key is gone after the second
		p.rotate()
	}
	p.stop()
	p.start()
	if metadata() != first {
		t.Error("the key is another one after a restart")
	}
	p.signedIn(p.browser(), atPartner) // which decrypts
}

func TestSAML_MetadataOfOtherProviders(t *testing.T) {
	t.Parallel()
	p := newSAMLPartner(t, "", settings{})
	b := p.browser()
	for at, code := range map[string]string{"/saml/corp/metadata": "not_found", "/saml/nobody/metadata": "provider_unknown", "/saml/corp/slo": "not_found", "/saml/nobody/slo": "provider_unknown"} {
		if a := b.get(at); a.code() != code {
			t.Errorf("%s: %s %s", at, a.Status, a.code())
		}
	}
	if a := b.get("/saml/partner/metadata"); a.Header.Get("Content-Type") != "application/samlmetadata+xml" {
		t.Errorf("it comes as %s", a.Header.Get("Content-Type"))
	}
}
