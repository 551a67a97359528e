package idp

// How often something may be tried.

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

func (c *browser) submitNew(user, password string) result {
	c.b.t.Helper()
	return c.submit(c.get(pathAuthorize, asking()), user, password)
}

// Names that somebody has and names that nobody has slow down alike, each
// wrong try more than the one before, and nobody else is kept out.
func TestTriesAreSlowedDown(t *testing.T) {
	for _, name := range []string{"ada", "nobody"} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			c := b.browser()
			page := c.get(pathAuthorize, asking())
			for i := range int(accountLimit.free) {
				if r := c.submit(page, name, "wrong"); r.StatusCode != http.StatusForbidden {
					t.Fatalf("try %d: %d", i, r.StatusCode)
				}
			}
			for _, want := range []time.Duration{5 * time.Second, 10 * time.Second, 20 * time.Second, 40 * time.Second} {
				r := c.submit(page, name, adaPass)
				if r.StatusCode != http.StatusTooManyRequests || r.Header.Get("Retry-After") != fmt.Sprint(want.Seconds()) {
					t.Errorf("too early: %d, Retry-After %s, want %v", r.StatusCode, r.Header.Get("Retry-After"), want)
				}
				if r := b.browser().submitNew(" "+strings.ToUpper(name), adaPass); r.StatusCode != http.StatusTooManyRequests {
					t.Errorf("another browser, the name in capitals: %d", r.StatusCode)
				}
				b.clock.advance(want)
				if r := c.submit(page, name, "wrong"); r.StatusCode != http.StatusForbidden {
					t.Errorf("after %v: %d", want, r.StatusCode)
				}
			}
			if r := b.browser().submitNew("bob", bobPass); r.StatusCode != http.StatusSeeOther {
				t.Errorf("another name is slowed down: %d", r.StatusCode)
			}
			b.clock.advance(80 * time.Second)
			want := map[string]int{"ada": http.StatusSeeOther, "nobody": http.StatusForbidden}[name]
			if r := c.submit(page, name, adaPass); r.StatusCode != want {
				t.Errorf("the right password after the wait: %d", r.StatusCode)
			}
		})
	}
}

// Whoever guesses at an account does not keep out the person on a device where
// they have signed in before.
func TestStrangersDoNotLockOut(t *testing.T) {
	b := newBench(t)
	own, stranger := b.browser(), b.browser()
	own.signIn("ada", adaPass)
	bobs := b.browser()
	bobs.signIn("bob", bobPass)
	page := stranger.get(pathAuthorize, asking())
	for stranger.submit(page, "ada", "wrong").StatusCode != http.StatusTooManyRequests {
	}
	if r := own.submit(own.get(pathAuthorize, asking("prompt", "login")), "ada", adaPass); r.StatusCode != http.StatusSeeOther {
		t.Errorf("the person is kept out on their own device: %d", r.StatusCode)
	}
	if r := stranger.submit(page, "ada", adaPass); r.StatusCode != http.StatusTooManyRequests {
		t.Errorf("the person's sign-in freed the stranger: %d", r.StatusCode)
	}
	if r := bobs.submit(bobs.get(pathAuthorize, asking("prompt", "login")), "ada", adaPass); r.StatusCode != http.StatusTooManyRequests {
		t.Errorf("another person's device counts as this one's: %d", r.StatusCode)
	}
	forged := b.browser()
	forged.setCookie(b.provider.cfg.Cookies.Device, b64.EncodeToString([]byte(`{"id":"x","accounts":["`+digest(nameAccount("ada"))+`"],"exp":9999999999}`)))
	if r := forged.submitNew("ada", adaPass); r.StatusCode != http.StatusTooManyRequests {
		t.Errorf("a cookie of somebody's own making counts: %d", r.StatusCode)
	}
	page = own.get(pathAuthorize, asking("prompt", "login"))
	for range int(accountLimit.free) {
		own.submit(page, "ada", "wrong")
	}
	if r := own.submit(page, "ada", adaPass); r.StatusCode != http.StatusTooManyRequests {
		t.Errorf("the device itself is not slowed down: %d", r.StatusCode)
	}
}

func TestAddressesAreSlowedDown(t *testing.T) {
	address := "203.0.113.7"
	b := newBench(t, func(c *Config) { c.ClientIP = func(*http.Request) string { return address } })
	known := b.browser()
	known.signIn("bob", bobPass)
	page := known.get(pathAuthorize, asking("prompt", "login"))
	stranger := b.browser()
	for i := range int(addressLimit.free) {
		if r := stranger.submitNew(fmt.Sprintf("name-%d", i), "wrong"); r.StatusCode != http.StatusForbidden {
			t.Fatalf("try %d: %d", i, r.StatusCode)
		}
	}
	if r := stranger.submitNew("ada", adaPass); r.StatusCode != http.StatusTooManyRequests {
		t.Errorf("an address over its limit: %d", r.StatusCode)
	}
	if r := known.submit(page, "bob", bobPass); r.StatusCode != http.StatusSeeOther {
		t.Errorf("a known device at that address: %d", r.StatusCode)
	}
	address = "203.0.113.8"
	if r := b.browser().submitNew("ada", adaPass); r.StatusCode != http.StatusSeeOther {
		t.Errorf("another address: %d", r.StatusCode)
	}
}

func TestWaitsGrowUpToALimitAndShrink(t *testing.T) {
	c := &clock{now: time.Unix(1_800_000_000, 0)}
	th := newThrottle(c.Now)
	key := counted{in: &th.accounts, key: "ada", own: true}
	made := 0
	for end := c.Now().Add(24 * time.Hour); c.Now().Before(end); made++ {
		wait, ok := th.take(key)
		if wait > accountLimit.longest {
			t.Fatalf("a wait of %v", wait)
		}
		if !ok {
			c.advance(wait)
		}
	}
	if guesses := made / 2; guesses > 150 {
		t.Errorf("%d guesses in a day", guesses)
	}
	c.advance(24 * time.Hour)
	for i := range int(accountLimit.free) {
		if wait, ok := th.take(key); !ok {
			t.Errorf("after a quiet day, try %d waits %v", i, wait)
		}
	}
}

// Many tries at once are no way around the wait.
func TestTriesAtOnceAreCounted(t *testing.T) {
	c := &clock{now: time.Unix(1_800_000_000, 0)}
	th := newThrottle(c.Now)
	allowed := 0
	for range 50 {
		if _, ok := th.take(counted{in: &th.accounts, key: "ada"}); ok {
			allowed++
		}
	}
	if allowed != int(accountLimit.free) {
		t.Errorf("%d tries at once", allowed)
	}
}

func TestThrottleIsBounded(t *testing.T) {
	c := &clock{now: time.Unix(1_800_000_000, 0)}
	th := newThrottle(c.Now)
	victim := counted{in: &th.accounts, key: "victim"}
	for {
		if _, ok := th.take(victim); !ok {
			break
		}
	}
	for i := range maxHeld + 500 {
		th.take(counted{in: &th.accounts, key: fmt.Sprint("flood-", i)})
	}
	if n := len(th.accounts.held); n > maxHeld {
		t.Errorf("%d accounts are held", n)
	}
	if _, ok := th.take(victim); ok {
		t.Error("a flood of names freed the victim's")
	}
}

func TestNetworkOfIPv6(t *testing.T) {
	for address, want := range map[string]string{
		"2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64", "2001:db8:1:2::9%eth0": "2001:db8:1:2::/64", "192.0.2.1": "192.0.2.1", "::ffff:192.0.2.1": "::ffff:192.0.2.1", "?": "?",
	} {
		if got := network(address); got != want {
			t.Errorf("network(%s) is %s, want %s", address, got, want)
		}
	}
}
