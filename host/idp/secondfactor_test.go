package idp

// The second factor: asked for, set up, each proof good once.

import (
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/doorward/doorward/host/idp/factors"
	"github.com/doorward/doorward/host/idp/factors/factorstest"
	"github.com/doorward/doorward/host/idp/people"
)

func second(r factors.Requirement) func(*Config) { return func(c *Config) { c.SecondFactor = r } }

// app gives name an authenticator app, which shows a code for each time.
func (b *bench) app(name string) func(time.Time) string {
	b.t.Helper()
	secret := factors.NewTOTP()
	b.edit(name, func(p *people.Person) {
		var err error
		p.TOTP, err = b.people.SealSecret(b.t.Context(), p.Subject, secret)
		must(b.t, err)
	})
	return appOf(b.t, factors.TOTPText(secret))
}

func appOf(t testing.TB, secret string) func(time.Time) string {
	return func(at time.Time) string {
		code, err := totp.GenerateCode(secret, at)
		must(t, err)
		return code
	}
}

// first is the page after the first factor.
func (c *browser) first(user, password string, changes ...string) result {
	c.b.t.Helper()
	return c.submit(c.get(pathAuthorize, asking(changes...)), user, password)
}

func TestSecondFactor(t *testing.T) {
	for _, r := range []factors.Requirement{factors.Optional, factors.Required} {
		b := newBench(t, second(r))
		code := b.app("ada")
		c := b.browser()
		page := c.first("ada", adaPass)
		if c.session() != "" || page.StatusCode != http.StatusOK || !strings.Contains(page.body, `name="code"`) {
			t.Fatalf("after the password alone: %d %s", page.StatusCode, page.body)
		}
		now := b.clock.Now()
		if r := c.fill(pathSecondFactor, page, "code", code(now.Add(-10*time.Minute))); r.StatusCode != http.StatusForbidden || c.session() != "" {
			t.Errorf("an old code: %d", r.StatusCode)
		}
		_, claims := b.redeemed(c.back(c.fill(pathSecondFactor, page, "code", code(now))).Get("code"))
		if !reflect.DeepEqual(claims["amr"], []any{"uname", "pwd", "otp", "mfa"}) || claims["acr"] != factors.ACRMFA {
			t.Errorf("amr %v, acr %v", claims["amr"], claims["acr"])
		}
		for name, again := range map[string]string{"the same code": code(now), "one before it": code(now.Add(-30 * time.Second))} {
			if r := c.fill(pathSecondFactor, page, "code", again); r.StatusCode != http.StatusForbidden || !strings.Contains(r.body, "used") {
				t.Errorf("%s once more: %d", name, r.StatusCode)
			}
		}
	}
}

// Two at once with one code: one gets in.
func TestOneCodeOneSignIn(t *testing.T) {
	b := newBench(t, second(factors.Optional))
	code := b.app("ada")(b.clock.Now())
	statuses := make(chan int)
	for range 4 {
		c := b.browser()
		page := c.first("ada", adaPass)
		go func() { statuses <- c.fill(pathSecondFactor, page, "code", code).StatusCode }()
	}
	in := 0
	for range 4 {
		if <-statuses == http.StatusSeeOther {
			in++
		}
	}
	if in != 1 {
		t.Errorf("%d got in with one code", in)
	}
}

func TestSecondFactorPasskey(t *testing.T) {
	b := newBench(t, named, second(factors.Optional))
	hers, his := b.passkey("ada"), b.passkey("bob")
	c := b.browser()
	page := c.first("ada", adaPass)
	for name, answer := range map[string]string{"another person's": his.Get(t, c.optionsIn(page)), "none": "{}"} {
		if r := c.fill(pathSecondFactor, page, "credential", answer); r.StatusCode != http.StatusForbidden || c.session() != "" {
			t.Errorf("%s: %d", name, r.StatusCode)
		}
	}
	answer := hers.Get(t, c.optionsIn(page))
	_, claims := b.redeemed(c.back(c.fill(pathSecondFactor, page, "credential", answer)).Get("code"))
	if !reflect.DeepEqual(claims["amr"], []any{"uname", "pwd", "hwk", "user", "mfa"}) || claims["acr"] != factors.ACRPasskey {
		t.Errorf("amr %v, acr %v", claims["amr"], claims["acr"])
	}
	if r := c.fill(pathSecondFactor, page, "credential", answer); r.StatusCode != http.StatusForbidden {
		t.Errorf("the same answer again: %d", r.StatusCode)
	}
}

// T22: no step can be left out, taken in another browser, or taken when what
// it rests on holds no longer.
func TestT22_SecondFactorSteps(t *testing.T) {
	b := newBench(t, second(factors.Optional))
	code := b.app("ada")
	c, thief := b.browser(), b.browser()
	start := c.get(pathAuthorize, asking())
	page := c.submit(start, "ada", adaPass)
	bobs := thief.get(pathAuthorize, asking())
	now := code(b.clock.Now())
	for name, r := range map[string]result{
		"the sign-in's request":       c.fill(pathSecondFactor, start, "code", now),
		"a second step as the first":  c.fill(pathSignIn, page, "username", "ada", "password", adaPass),
		"a second step as a change":   c.fill(pathPassword, page, "password", "a new and long password", "again", "a new and long password"),
		"a second step as enrolment":  c.fill(pathEnrol, page, "do", "totp"),
		"a second step as an account": c.fill(pathAccount, page, "do", "totp-remove"),
		"in another browser":          thief.fill(pathSecondFactor, page, "code", now),
		"without the first":           thief.fill(pathSecondFactor, bobs, "code", now),
		"empty":                       c.post(pathSecondFactor, nil),
		"no code":                     c.fill(pathSecondFactor, page),
		"from elsewhere":              c.post(pathSecondFactor, map[string][]string{"request": {c.sealedIn(page)}, "code": {now}}, "Origin", "https://evil.example"),
	} {
		if r.StatusCode/100 != 4 || r.Header.Get("Location") != "" || c.session()+thief.session() != "" {
			t.Errorf("%s: %d %s", name, r.StatusCode, r.Header.Get("Location"))
		}
	}
	b.edit("ada", func(p *people.Person) { p.PasswordHash = cheapHash("an administrator's") })
	if r := c.fill(pathSecondFactor, page, "code", now); r.StatusCode/100 != 4 || c.session() != "" {
		t.Errorf("after the password was reset: %d", r.StatusCode)
	}
	b.edit("ada", func(p *people.Person) { p.PasswordHash = cheapHash(adaPass); p.Disabled = true })
	if r := c.fill(pathSecondFactor, page, "code", now); r.StatusCode/100 != 4 || c.session() != "" {
		t.Errorf("after the person was disabled: %d", r.StatusCode)
	}
}

// Codes are guessed no faster than passwords, and a stranger who has the
// password keeps nobody out of a device that is known.
func TestCodeGuessesAreSlowedDown(t *testing.T) {
	b := newBench(t, second(factors.Optional))
	code := b.app("ada")
	known := b.browser()
	known.back(known.fill(pathSecondFactor, known.first("ada", adaPass), "code", code(b.clock.Now())))
	stranger := b.browser()
	page := stranger.first("ada", adaPass)
	guesses := 0
	for ; stranger.fill(pathSecondFactor, page, "code", fmt.Sprintf("%06d", guesses)).StatusCode == http.StatusForbidden; guesses++ {
	}
	if guesses != int(accountLimit.free) {
		t.Errorf("%d guesses", guesses)
	}
	other := b.browser()
	if r := other.fill(pathSecondFactor, other.first("ada", adaPass), "code", "000000"); r.StatusCode != http.StatusTooManyRequests {
		t.Errorf("another page guesses on: %d", r.StatusCode)
	}
	b.clock.advance(30 * time.Second)
	if r := known.fill(pathSecondFactor, known.first("ada", adaPass, "prompt", "login"), "code", code(b.clock.Now())); r.StatusCode != http.StatusSeeOther {
		t.Errorf("the person on their own device: %d", r.StatusCode)
	}
}

var keyFormat = regexp.MustCompile(`(?s)<p class="key">(.*?)</p>`)

// keyIn is the secret that the page shows for typing.
func (c *browser) keyIn(page result) string {
	c.b.t.Helper()
	m := keyFormat.FindStringSubmatch(page.body)
	if m == nil {
		c.b.t.Fatalf("no key is shown: %d %s", page.StatusCode, page.body)
	}
	return strings.ReplaceAll(m[1], " ", "")
}

func TestEnrolmentIsForced(t *testing.T) {
	b := newBench(t, second(factors.Required))
	c := b.browser()
	page := c.first("ada", adaPass)
	code := appOf(t, c.keyIn(page))
	if r := c.fill(pathEnrol, page, "code", "000000", "do", "totp-confirm"); r.StatusCode != http.StatusForbidden || c.keyIn(r) != c.keyIn(page) || c.session() != "" {
		t.Errorf("a wrong code: %d", r.StatusCode)
	}
	late := b.browser()
	other := late.first("ada", adaPass)
	_, claims := b.redeemed(c.back(c.fill(pathEnrol, page, "code", code(b.clock.Now()), "do", "totp-confirm")).Get("code"))
	if !reflect.DeepEqual(claims["amr"], []any{"uname", "pwd", "otp", "mfa"}) {
		t.Errorf("amr %v", claims["amr"])
	}
	if strings.Contains(fmt.Sprint(b.ada().TOTP), c.keyIn(page)) {
		t.Error("the secret is stored in clear")
	}
	b.clock.advance(time.Minute)
	if r := late.fill(pathEnrol, other, "code", appOf(t, late.keyIn(other))(b.clock.Now()), "do", "totp-confirm"); r.StatusCode/100 != 4 || late.session() != "" {
		t.Errorf("whoever has the password alone replaces the second factor: %d", r.StatusCode)
	}
	if page := late.first("ada", adaPass); !strings.Contains(page.body, `action="/idp/second-factor"`) {
		t.Error("the next sign-in does not ask for it")
	}
}

func TestEnrolmentOfAPasskey(t *testing.T) {
	b := newBench(t, named, second(factors.Required))
	c := b.browser()
	page := c.first("ada", adaPass)
	a := factorstest.New(b.origin())
	r := c.fill(pathEnrol, page, "do", "passkey-add", "name", "blue key", "credential", a.Create(t, c.optionsIn(page)))
	_, claims := b.redeemed(c.back(r).Get("code"))
	if claims["acr"] != factors.ACRPasskey || b.ada().Passkeys[0].Name != "blue key" {
		t.Errorf("acr %v, %v", claims["acr"], b.ada().Passkeys)
	}
	c = b.browser()
	page = c.first("bob", bobPass)
	page = c.fill(pathEnrol, page, "do", "totp")
	if r := c.fill(pathEnrol, page, "code", appOf(t, c.keyIn(page))(b.clock.Now()), "do", "totp-confirm"); c.back(r).Get("code") == "" {
		t.Error("an app instead of a passkey")
	}
}

// A client that asks for more gets it from who has it, also where no second
// factor is asked for otherwise.
func TestACRAsksForTheSecondFactor(t *testing.T) {
	b := newBench(t)
	code := b.app("ada")
	c := b.browser()
	page := c.first("ada", adaPass, "acr_values", factors.ACRMFA)
	_, claims := b.redeemed(c.back(c.fill(pathSecondFactor, page, "code", code(b.clock.Now()))).Get("code"))
	if claims["acr"] != factors.ACRMFA {
		t.Errorf("acr %v", claims["acr"])
	}
	_, claims = b.redeemed(b.browser().signIn("bob", bobPass, "acr_values", factors.ACRMFA))
	if claims["acr"] != factors.ACRPassword {
		t.Errorf("who has none: acr %v", claims["acr"])
	}
}
