package idp

// A person's own page: what it shows, whose forms it takes, how fresh a proof
// it wants.

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/idp/factors"
	"github.com/doorward/doorward/host/idp/factors/factorstest"
	"github.com/doorward/doorward/host/idp/people"
)

var formToken = regexp.MustCompile(`name="(form|request)" value="([^"]+)"`)

// own sends a form of the account page, or of one that it led to.
func (c *browser) own(page result, do string, fields ...string) result {
	c.b.t.Helper()
	m := formToken.FindStringSubmatch(page.body)
	if m == nil {
		c.b.t.Fatalf("no form: %d %s", page.StatusCode, page.body)
	}
	form := url.Values{m[1]: {html.UnescapeString(m[2])}, "do": {do}}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return c.post(pathAccount, form)
}

// account is the page of somebody who is signed in.
func (c *browser) account() result {
	c.b.t.Helper()
	page := c.get(pathAccount, nil)
	if page.StatusCode != http.StatusOK || !strings.Contains(page.body, `name="form"`) {
		c.b.t.Fatalf("no account page: %d %s", page.StatusCode, page.body)
	}
	return page
}

// saidBack is the account page that a step leads back to.
func (c *browser) saidBack(r result, key string) result {
	c.b.t.Helper()
	location := r.Header.Get("Location")
	if r.StatusCode != http.StatusSeeOther || location != c.b.issuer+pathAccount+"?said="+key {
		c.b.t.Fatalf("not back at the account: %d %s %s", r.StatusCode, location, r.body)
	}
	return c.get(pathAccount, url.Values{"said": {key}})
}

func TestAccountAsksWhoItIs(t *testing.T) {
	b := newBench(t)
	c := b.browser()
	page := c.get(pathAccount, nil)
	if !strings.Contains(page.body, `action="/idp/sign-in"`) {
		t.Fatalf("%d %s", page.StatusCode, page.body)
	}
	r := c.submit(page, "ada", adaPass)
	if r.StatusCode != http.StatusSeeOther || !strings.HasSuffix(r.Header.Get("Location"), pathAccount) {
		t.Errorf("%d %s", r.StatusCode, r.Header.Get("Location"))
	}
	shown := c.account()
	if !strings.Contains(shown.body, "ada@example.com") || strings.Contains(shown.body, "argon2") {
		t.Errorf("the page: %s", shown.body)
	}
	for header, want := range map[string]string{"Content-Security-Policy": "frame-ancestors 'none'", "X-Frame-Options": "DENY", "Cache-Control": "no-store"} {
		if !strings.Contains(shown.Header.Get(header), want) {
			t.Errorf("%s: %s", header, shown.Header.Get(header))
		}
	}
	if r := c.get(pathAccount, url.Values{"said": {"<script>"}}); strings.Contains(r.body, "script&gt;") || strings.Contains(r.body, "<script>") {
		t.Error("the page says what an address wants")
	}
}

// T16, T22: no other site, browser, session or person can send its forms.
func TestT16_AccountForms(t *testing.T) {
	b := newBench(t)
	c, bob := b.browser(), b.browser()
	c.signIn("ada", adaPass)
	bob.signIn("bob", bobPass)
	page, bobs := c.account(), bob.account()
	token := html.UnescapeString(formToken.FindStringSubmatch(page.body)[2])
	sid := strings.Split(c.session(), ".")[0]
	for name, r := range map[string]result{
		"from another site":       c.post(pathAccount, url.Values{"form": {token}, "do": {"sessions-end"}}, "Origin", "https://evil.example"),
		"without an origin":       c.post(pathAccount, url.Values{"form": {token}, "do": {"sessions-end"}}, "Origin", ""),
		"without a token":         c.post(pathAccount, url.Values{"do": {"sessions-end"}}),
		"empty":                   c.post(pathAccount, nil),
		"by GET":                  c.get(pathAccount, url.Values{"form": {token}, "do": {"sign-out"}}),
		"another's page":          c.own(bobs, "sign-out"),
		"in another browser":      bob.own(page, "session-end", "id", sid),
		"an unknown step":         c.own(page, "become-admin"),
		"another's session":       bob.own(bobs, "session-end", "id", sid),
		"a code before a secret":  c.own(page, "totp-confirm", "code", "000000"),
		"a passkey out of thin":   c.own(page, "passkey-add", "credential", "{}"),
		"a passkey that is not":   c.own(page, "passkey-remove", "id", "AAAA"),
		"a password, no old one":  c.own(page, "change-password", "password", newPass, "again", newPass),
		"a password, a wrong one": c.own(page, "change-password", "current", bobPass, "password", newPass, "again", newPass),
	} {
		if ada := b.ada(); ada.TOTP != nil || ada.Passkeys != nil {
			t.Errorf("%s changed something: %d", name, r.StatusCode)
		}
		if q := c.back(c.get(pathAuthorize, asking("prompt", "none"))); q.Get("code") == "" {
			t.Fatalf("%s ended the session", name)
		}
	}
	if b.browser().signIn("ada", adaPass) == "" {
		t.Error("the password was changed")
	}
}

// What somebody at an unlocked screen must not do wants a proof of the last
// five minutes.
func TestSensitiveChangesWantARecentProof(t *testing.T) {
	b := newBench(t, named, offering(factors.Password, factors.Passkey), second(factors.Optional))
	c := b.browser()
	c.signIn("ada", adaPass)
	b.clock.advance(proofFor + time.Second)
	for _, do := range []string{"password", "change-password", "passkey-add", "passkey-remove", "passkey-rename", "totp", "totp-confirm", "totp-remove"} {
		r := c.own(c.account(), do, "current", adaPass, "password", newPass, "again", newPass)
		if !strings.Contains(r.body, `action="/idp/sign-in"`) || !strings.Contains(r.body, "ada") {
			t.Errorf("%s: %d %s", do, r.StatusCode, r.body)
		}
	}
	again := c.own(c.account(), "totp")
	if r := c.submit(again, "bob", bobPass); r.StatusCode/100 == 3 {
		t.Errorf("somebody else proves it: %d", r.StatusCode)
	}
	if r := c.submit(again, "ada", adaPass); r.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d", r.StatusCode)
	}
	if r := c.own(c.account(), "totp"); !strings.Contains(r.body, `class="key"`) {
		t.Errorf("after the proof: %d %s", r.StatusCode, r.body)
	}
}

func TestAccountPageGetsOld(t *testing.T) {
	b := newBench(t, func(c *Config) { c.Idle = 12 * time.Hour })
	c := b.browser()
	c.signIn("ada", adaPass)
	page := c.account()
	b.clock.advance(accountFor)
	if r := c.own(page, "sessions-end"); r.StatusCode != http.StatusConflict || !strings.Contains(r.body, `name="form"`) {
		t.Errorf("%d", r.StatusCode)
	}
}

func TestOwnPassword(t *testing.T) {
	b := newBench(t)
	c, other := b.browser(), b.browser()
	c.signIn("ada", adaPass)
	other.signIn("ada", adaPass)
	before := c.session()
	page := c.own(c.account(), "password")
	for name, fields := range map[string][]string{
		"a wrong old one": {"current", bobPass, "password", newPass, "again", newPass},
		"no old one":      {"password", newPass, "again", newPass},
		"two that differ": {"current", adaPass, "password", newPass, "again", "x"},
		"a short one":     {"current", adaPass, "password", "x", "again", "x"},
		"the user's name": {"current", adaPass, "password", "adaadaadaada", "again", "adaadaadaada"},
	} {
		if r := c.own(page, "change-password", fields...); r.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %d", name, r.StatusCode)
		}
	}
	shown := c.saidBack(c.own(page, "change-password", "current", adaPass, "password", newPass, "again", newPass), "say.password_changed")
	if shown.StatusCode != http.StatusOK || !strings.Contains(shown.body, `name="form"`) {
		t.Errorf("this session does not go on: %d", shown.StatusCode)
	}
	if c.session() == before || strings.Split(c.session(), ".")[0] != strings.Split(before, ".")[0] {
		t.Error("the session must go on with a new cookie")
	}
	old := b.browser()
	old.setSession(before)
	for name, dead := range map[string]*browser{"another session": other, "the old cookie": old} {
		if q := dead.back(dead.get(pathAuthorize, asking("prompt", "none"))); q.Get("error") != "login_required" {
			t.Errorf("%s goes on: %v", name, q)
		}
	}
	if b.browser().submitNew("ada", adaPass).StatusCode != http.StatusForbidden || b.browser().signIn("ada", newPass) == "" {
		t.Error("the password is not the new one")
	}
}

// A password of the site's file is changed there.
func TestConfiguredPasswordStays(t *testing.T) {
	b := newBench(t)
	b.edit("ada", func(p *people.Person) { p.Configured = true })
	c := b.browser()
	c.signIn("ada", adaPass)
	page := c.account()
	if strings.Contains(page.body, `value="password"`) {
		t.Error("the page offers it")
	}
	if r := c.own(page, "change-password", "current", adaPass, "password", newPass, "again", newPass); r.StatusCode/100 != 4 {
		t.Errorf("%d", r.StatusCode)
	}
}

func TestOwnTOTP(t *testing.T) {
	b := newBench(t, second(factors.Optional))
	c := b.browser()
	c.signIn("ada", adaPass)
	page := c.own(c.account(), "totp")
	code := appOf(t, c.keyIn(page))
	if r := c.own(page, "totp-confirm", "code", "123"); r.StatusCode != http.StatusForbidden || c.keyIn(r) != c.keyIn(page) {
		t.Errorf("a wrong code: %d", r.StatusCode)
	}
	c.saidBack(c.own(page, "totp-confirm", "code", code(b.clock.Now())), "say.totp_added")
	other := b.browser()
	asked := other.first("ada", adaPass)
	if r := other.fill(pathSecondFactor, asked, "code", code(b.clock.Now())); r.StatusCode != http.StatusForbidden {
		t.Errorf("the code that set it up signs in: %d", r.StatusCode)
	}
	b.clock.advance(30 * time.Second)
	asked = c.submit(c.own(c.account(), "totp-remove"), "ada", adaPass) // which the password alone cannot
	c.fill(pathSecondFactor, asked, "code", code(b.clock.Now()))
	c.saidBack(c.own(c.account(), "totp-remove"), "say.totp_removed")
	if b.browser().signIn("ada", adaPass) == "" {
		t.Error("it is still asked for")
	}
}

// What everybody must have, or the person has nothing else, is not removed.
func TestTheLastFactorStays(t *testing.T) {
	b := newBench(t, second(factors.Required))
	code := b.app("ada")
	c := b.browser()
	c.back(c.fill(pathSecondFactor, c.first("ada", adaPass), "code", code(b.clock.Now())))
	if r := c.own(c.account(), "totp-remove"); r.StatusCode != http.StatusForbidden || b.ada().TOTP == nil {
		t.Errorf("%d", r.StatusCode)
	}
}

// byPasskey signs in with a passkey alone.
func (c *browser) byPasskey(a *factorstest.Authenticator) {
	c.b.t.Helper()
	asked := c.get(pathAuthorize, asking("prompt", "login"))
	if c.back(c.fill(pathPasskey, asked, "credential", a.Get(c.b.t, c.optionsIn(asked)))).Get("code") == "" {
		c.b.t.Fatal("the passkey does not sign in")
	}
}

func TestOwnPasskeys(t *testing.T) {
	b := newBench(t, named, offering(factors.Password, factors.Passkey))
	c := b.browser()
	c.signIn("ada", adaPass)
	page := c.account()
	a := factorstest.New(b.origin())
	made := a.Create(t, c.optionsIn(page))
	c.saidBack(c.own(page, "passkey-add", "name", " Blue key ", "credential", made), "say.passkey_added")
	if r := c.own(page, "passkey-add", "credential", made); !strings.Contains(r.body, `action="/idp/sign-in"`) {
		t.Errorf("the password alone adds a second one: %d", r.StatusCode)
	}
	c.byPasskey(a)
	for name, again := range map[string]string{"the same": made, "its challenge": factorstest.New(b.origin()).Create(t, c.optionsIn(page))} {
		if r := c.own(page, "passkey-add", "credential", again); r.StatusCode != http.StatusForbidden || len(b.ada().Passkeys) != 1 {
			t.Errorf("%s again: %d, %d passkeys", name, r.StatusCode, len(b.ada().Passkeys))
		}
	}
	if key := b.ada().Passkeys[0]; key.Name != "Blue key" || key.Added != b.clock.Now().Unix() {
		t.Errorf("%+v", key)
	}
	in := b.browser()
	in.byPasskey(a)
	id := b64.EncodeToString(a.ID)
	c.saidBack(c.own(c.account(), "passkey-rename", "id", id, "name", "Red key"), "say.passkey_renamed")
	if name := b.ada().Passkeys[0].Name; name != "Red key" {
		t.Errorf("named %s", name)
	}
	b.edit("ada", func(p *people.Person) { p.PasswordHash = "" })
	c = b.browser()
	c.byPasskey(a)
	if r := c.own(c.account(), "passkey-remove", "id", id); r.StatusCode != http.StatusForbidden || len(b.ada().Passkeys) != 1 {
		t.Errorf("the only way in is removed: %d", r.StatusCode)
	}
	b.edit("ada", func(p *people.Person) { p.PasswordHash = cheapHash(adaPass) })
	c = b.browser()
	c.byPasskey(a)
	c.saidBack(c.own(c.account(), "passkey-remove", "id", id), "say.passkey_removed")
	asked := in.get(pathAuthorize, asking("prompt", "login"))
	if r := in.fill(pathPasskey, asked, "credential", a.Get(t, in.optionsIn(asked))); r.StatusCode != http.StatusForbidden {
		t.Errorf("it signs in after it was removed: %d", r.StatusCode)
	}
}

// Whoever has no password yet proves none before a new one is hashed, which
// waits its turn all the same: many at once must not take the host's memory.
func TestNewPasswordsAreHashedInTurn(t *testing.T) {
	b := newBench(t, named, offering(factors.Password, factors.Passkey))
	c := b.browser()
	c.signIn("ada", adaPass)
	a := factorstest.New(b.origin())
	page := c.account()
	c.own(page, "passkey-add", "credential", a.Create(t, c.optionsIn(page)))
	b.edit("ada", func(p *people.Person) { p.PasswordHash = "" })
	c = b.browser()
	asked := c.get(pathAuthorize, asking())
	c.back(c.fill(pathPasskey, asked, "credential", a.Get(t, c.optionsIn(asked))))
	page = c.account()
	b.provider.hashing = people.NewHasher(0, 0)
	if r := c.own(page, "change-password", "password", newPass, "again", newPass); r.StatusCode != http.StatusServiceUnavailable || r.Header.Get("Retry-After") == "" || b.ada().PasswordHash != "" {
		t.Errorf("%d %v", r.StatusCode, r.Header)
	}
	b.provider.hashing = people.NewHasher(1, 1)
	c.saidBack(c.own(page, "change-password", "password", newPass, "again", newPass), "say.password_changed")
}
