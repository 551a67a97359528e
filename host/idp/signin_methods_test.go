package idp

// The ways to sign in, each alone and together.

import (
	"context"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/idp/factors"
	"github.com/doorward/doorward/host/idp/people"
	"github.com/doorward/doorward/host/store"
)

const adaBadge, bobBadge = "04:a1-b2 c3", "0004711"

// offering offers these methods.
func offering(methods ...factors.Method) func(*Config) {
	return func(c *Config) { c.Methods = methods }
}

// badges gives ada and bob one each.
func (b *bench) badges() *bench {
	b.t.Helper()
	b.edit("ada", func(p *people.Person) { p.BadgeNumbers = []string{adaBadge} })
	b.edit("bob", func(p *people.Person) { p.BadgeNumbers = []string{bobBadge} })
	b.edit("eve", func(p *people.Person) { p.BadgeNumbers = []string{"0815-0815"} })
	return b
}

func (b *bench) edit(name string, do func(*people.Person)) {
	b.t.Helper()
	must(b.t, b.people.Update(b.t.Context(), name, func(p *people.Person) error { do(p); return nil }))
}

func (b *bench) ada() people.Person {
	b.t.Helper()
	ada, err := b.people.Person(b.t.Context(), "ada")
	must(b.t, err)
	return ada
}

// fill sends the page's form with more fields: name, value pairs.
func (c *browser) fill(path string, page result, fields ...string) result {
	c.b.t.Helper()
	form := url.Values{"request": {c.sealedIn(page)}}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return c.post(path, form)
}

func TestIGN24_25_EachMethod(t *testing.T) {
	right := map[string][]string{
		"password":       {"method", "password", "username", "ada", "password", adaPass},
		"badge":          {"method", "badge", "badge", "04A1B2C3"},
		"badge_password": {"method", "badge_password", "badge", adaBadge, "password", adaPass},
	}
	amr := map[string][]any{"password": {"uname", "pwd"}, "badge": {"badge"}, "badge_password": {"badge", "pwd"}}
	acr := map[string]string{"password": factors.ACRPassword, "badge": factors.ACRBadge, "badge_password": factors.ACRPassword}
	all := []factors.Method{factors.Badge, factors.Password, factors.BadgePassword}
	for _, offered := range [][]factors.Method{{factors.Password}, {factors.Badge}, {factors.BadgePassword}, all} {
		for method, fields := range right {
			b := newBench(t, offering(offered...)).badges()
			c := b.browser()
			r := c.fill(pathSignIn, c.get(pathAuthorize, asking()), fields...)
			if !slices.Contains(offered, factors.Method(method)) {
				if r.StatusCode != http.StatusOK || c.session() != "" {
					t.Errorf("%s, where only %v is offered: %d", method, offered, r.StatusCode)
				}
				continue
			}
			_, claims := b.redeemed(c.back(r).Get("code"))
			if !reflect.DeepEqual(claims["amr"], amr[method]) || claims["acr"] != acr[method] || claims["challenged"] != true {
				t.Errorf("%s: amr %v, acr %v, challenged %v", method, claims["amr"], claims["acr"], claims["challenged"])
			}
		}
	}
}

func TestBadgesThatDoNotFit(t *testing.T) {
	b := newBench(t, offering(factors.BadgePassword, factors.Badge)).badges()
	c := b.browser()
	page := c.get(pathAuthorize, asking())
	for name, fields := range map[string][]string{
		"another's password":   {"method", "badge_password", "badge", bobBadge, "password", adaPass},
		"no password":          {"method", "badge_password", "badge", bobBadge},
		"no badge":             {"method", "badge_password", "password", bobPass},
		"an unknown badge":     {"method", "badge", "badge", "0004712"},
		"a disabled person's":  {"method", "badge", "badge", "08150815"},
		"a digest":             {"method", "badge", "badge", b.ada().Badges[0]},
		"a name":               {"method", "badge", "badge", "ada"},
		"a very long number":   {"method", "badge", "badge", strings.Repeat("4711", 10_000)},
		"no badge, and a name": {"method", "badge", "username", "ada", "password", adaPass},
	} {
		if r := c.fill(pathSignIn, page, fields...); r.StatusCode != http.StatusForbidden || c.session() != "" {
			t.Errorf("%s: %d", name, r.StatusCode)
		}
	}
}

// counting counts the passwords that are held against a hash.
type counting struct {
	hasher
	computed int
}

func (c *counting) Matches(ctx context.Context, hash, password string) (bool, error) {
	c.computed++
	return c.hasher.Matches(ctx, hash, password)
}

// reads counts what is read.
type reads struct {
	store.Store
	gets int
}

func (s *reads) Get(ctx context.Context, bucket, key string) (store.Item, error) {
	s.gets++
	return s.Store.Get(ctx, bucket, key)
}

// What is computed and read is the same for names and badges that exist and
// those that do not, so no clock can tell them apart.
func TestUnknownAndKnownTakeTheSameWork(t *testing.T) {
	b := newBench(t, offering(factors.Password, factors.BadgePassword)).badges()
	b.edit("bob", func(p *people.Person) { p.PasswordHash = "" })
	must(t, b.people.Seed(t.Context(), people.Person{UserName: "zoe", PasswordHash: cheapHash(adaPass), TOTP: []byte("sealed"), MustChange: true}))
	watched := &reads{Store: b.store}
	b.provider.cfg.People.Store = watched
	hashes := &counting{hasher: b.provider.hashing}
	b.provider.hashing = hashes
	c := b.browser()
	page := c.get(pathAuthorize, asking())
	for method, tries := range map[string][][]string{
		"password":       {{"username", "ada"}, {"username", "zzz"}, {"username", "eve"}, {"username", "bob"}, {"username", "zoe"}},
		"badge_password": {{"badge", adaBadge}, {"badge", "99999999"}, {"badge", "08150815"}, {"badge", bobBadge}},
	} {
		var work []int
		for _, try := range tries {
			before := *hashes
			watched.gets = 0
			c.fill(pathSignIn, page, append(try, "method", method, "password", "wrong")...)
			if hashes.computed-before.computed != 1 {
				t.Errorf("%s %s: %d hashes", method, try, hashes.computed-before.computed)
			}
			work = append(work, watched.gets)
		}
		for i := range work {
			if work[i] != work[0] || work[0] == 0 {
				t.Errorf("%s: store reads of %v are %v", method, tries, work)
				break
			}
		}
	}
}

// A badge's number can be guessed without knowing anybody: an address slows
// down, whatever is tried, and people who signed in on a device before do not.
func TestBadgeGuessesAreSlowedDown(t *testing.T) {
	b := newBench(t, offering(factors.Badge)).badges()
	known := b.browser()
	known.back(known.fill(pathSignIn, known.get(pathAuthorize, asking()), "badge", bobBadge))
	c := b.browser()
	page := c.get(pathAuthorize, asking())
	guesses := 0
	for ; c.fill(pathSignIn, page, "badge", "9999-"+string(rune('a'+guesses))).StatusCode == http.StatusForbidden; guesses++ {
	}
	if guesses != int(badgeLimit.free) {
		t.Errorf("%d guesses", guesses)
	}
	if r := b.browser().get(pathAuthorize, asking()); b.browser().fill(pathSignIn, r, "badge", adaBadge).StatusCode/100 == 3 {
		t.Error("another browser at the address is not slowed down")
	}
	page = known.get(pathAuthorize, asking("prompt", "login"))
	if r := known.fill(pathSignIn, page, "badge", bobBadge); r.StatusCode != http.StatusSeeOther {
		t.Errorf("the device that is known: %d", r.StatusCode)
	}
	for i := range int(accountLimit.free) { // its own sign-ins between do not buy more guesses
		known.fill(pathSignIn, page, "badge", "8888-"+string(rune('a'+i)))
		if i < int(accountLimit.free)-1 {
			known.fill(pathSignIn, page, "badge", bobBadge)
		}
	}
	if r := known.fill(pathSignIn, page, "badge", "8888-z"); r.StatusCode != http.StatusTooManyRequests {
		t.Errorf("a known device may guess on: %d", r.StatusCode)
	}
}

// The same number with other signs between is the same account.
func TestBadgeSpellingsAreOneAccount(t *testing.T) {
	b := newBench(t, offering(factors.BadgePassword)).badges()
	c := b.browser()
	page := c.get(pathAuthorize, asking())
	for _, number := range []string{"04a1b2c3", "04:A1:B2:C3", "04 a1 b2 c3", "0-4-a-1-b-2-c-3", "04.a1.b2.c3"} {
		if r := c.fill(pathSignIn, page, "badge", number, "password", "wrong"); r.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %d", number, r.StatusCode)
		}
	}
	if r := c.fill(pathSignIn, page, "badge", "04a1.b2c3", "password", adaPass); r.StatusCode != http.StatusTooManyRequests {
		t.Errorf("a sixth spelling: %d", r.StatusCode)
	}
}

func TestAnotherWay(t *testing.T) {
	b := newBench(t, offering(factors.Password, factors.Badge)).badges()
	c := b.browser()
	r := c.fill(pathSignIn, c.get(pathAuthorize, asking()), "use", "badge", "remember", "yes")
	if r.StatusCode != http.StatusOK || !strings.Contains(r.body, `name="badge"`) || strings.Contains(r.body, `name="username"`) {
		t.Fatalf("%d %s", r.StatusCode, r.body)
	}
	if r := c.fill(pathSignIn, r, "method", "badge", "badge", adaBadge); c.back(r).Get("code") == "" {
		t.Error("the page that is shown then does not sign in")
	}
}

func TestMethodsAreChecked(t *testing.T) {
	b := newBench(t)
	for name, change := range map[string]func(*Config){
		"unknown method":          offering("fingerprint"),
		"twice":                   offering(factors.Badge, factors.Badge),
		"passkeys for an address": offering(factors.Passkey),
		"unknown second factor":   func(c *Config) { c.SecondFactor = "sometimes" },
	} {
		cfg := b.provider.cfg
		change(&cfg)
		if _, err := New(cfg); err == nil {
			t.Errorf("%s: New accepts it", name)
		}
	}
}

// A forced login shows the page of the configured method, whatever the session
// says.
func TestIGN21_ForcedLoginShowsTheMethod(t *testing.T) {
	b := newBench(t, named)
	c := b.browser()
	c.signIn("ada", adaPass)
	for method, want := range map[factors.Method]string{
		factors.Password: `name="password"`, factors.Badge: `name="badge"`, factors.BadgePassword: `name="badge"`, factors.Passkey: "data-options",
	} {
		b.provider.cfg.Methods = []factors.Method{method}
		if r := c.get(pathAuthorize, asking("prompt", "login")); r.StatusCode != http.StatusOK || !strings.Contains(r.body, want) {
			t.Errorf("%s: %d %s", method, r.StatusCode, r.body)
		}
	}
}
