package idp

// How often a password may be tried.

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestAttemptsAreLimited(t *testing.T) {
	for _, name := range []string{"ada", "nobody"} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			c := b.browser()
			page := c.get(pathAuthorize, asking())
			for i := range nameAttempts {
				if r := c.submit(page, name, "wrong"); r.StatusCode != http.StatusForbidden {
					t.Fatalf("attempt %d: %d", i, r.StatusCode)
				}
			}
			r := c.submit(page, name, adaPass)
			if r.StatusCode != http.StatusTooManyRequests || r.Header.Get("Retry-After") != "30" || !strings.Contains(r.body, "Wait 30 seconds") {
				t.Errorf("attempt over the limit: %d %v", r.StatusCode, r.Header)
			}
			if r := b.browser().submitNew(name, adaPass); r.StatusCode != http.StatusTooManyRequests {
				t.Errorf("another browser is not limited: %d", r.StatusCode)
			}
			if r := b.browser().submitNew("bob", bobPass); r.StatusCode != http.StatusSeeOther {
				t.Errorf("another name is limited: %d", r.StatusCode)
			}
			b.clock.advance(nameRefill)
			want := map[string]int{"ada": http.StatusSeeOther, "nobody": http.StatusForbidden}[name]
			if r := c.submit(page, name, adaPass); r.StatusCode != want {
				t.Errorf("after the wait: %d", r.StatusCode)
			}
			if name == "ada" {
				for range nameAttempts { // signing in gave the attempts back
					if r := c.submit(page, "ada", "wrong"); r.StatusCode != http.StatusForbidden {
						t.Errorf("after signing in: %d", r.StatusCode)
					}
				}
			}
		})
	}
}

func (c *browser) submitNew(user, password string) result {
	c.b.t.Helper()
	return c.submit(c.get(pathAuthorize, asking()), user, password)
}

func TestAddressesAreLimited(t *testing.T) {
	address := "203.0.113.7"
	b := newBench(t, func(c *Config) { c.ClientIP = func(*http.Request) string { return address } })
	for i := range addressAttempts {
		b.provider.attempts.take("name-"+strings.Repeat("x", i), address)
	}
	if r := b.browser().submitNew("bob", bobPass); r.StatusCode != http.StatusTooManyRequests {
		t.Errorf("an address over its limit: %d", r.StatusCode)
	}
	address = "203.0.113.8"
	if r := b.browser().submitNew("bob", bobPass); r.StatusCode != http.StatusSeeOther {
		t.Errorf("another address: %d", r.StatusCode)
	}
}

func TestThrottleIsBounded(t *testing.T) {
	c := &clock{now: time.Unix(1_800_000_000, 0)}
	th := newThrottle(c.Now)
	for range nameAttempts {
		th.take("victim", "::1")
	}
	for i := range maxBuckets + 500 {
		c.advance(time.Millisecond)
		th.take("flood-"+string(rune('a'+i%26))+time.Duration(i).String(), "10.0."+time.Duration(i).String())
	}
	if n := len(th.names.held); n > maxBuckets {
		t.Errorf("%d names are held", n)
	}
	if _, ok := th.take("victim", "192.0.2.1"); ok {
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
