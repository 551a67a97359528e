package conformance_test

// prompt and max_age beyond the plans (OpenID Connect Core 1.0, section
// 3.1.2.1), and parameters at their limits.

import (
	"strings"
	"testing"
	"time"
)

func TestPromptNoneWithoutConsent(t *testing.T) {
	op := startProvider(t)
	b := op.ada()
	op.client("second").request().tokens(b) // which people are not asked about
	a := op.client("first").request("prompt", "none").refused(b, "consent_required", "interaction_required")
	if !a.silent() {
		t.Errorf("the person was shown %v", a.shown)
	}
	op.client("first").request().tokens(b)
	op.client("first").request("prompt", "none").tokens(b) // asked once, and remembered
	op.client("first").request("prompt", "none", "scope", "openid email").refused(b, "consent_required", "interaction_required")
}

func TestPromptConsentAsksAgain(t *testing.T) {
	op := startProvider(t)
	b, c := op.ada(), op.client("first")
	c.request().tokens(b)
	f := c.request("prompt", "consent")
	a := f.walk(b)
	if !a.saw("consent") || a.saw("sign-in") {
		t.Errorf("the person was shown %v, want consent", a.shown)
	}
	code, _ := f.answered(a)
	f.exchange(code)
}

func TestPromptSelectAccount(t *testing.T) {
	op := startProvider(t)
	b, c := op.ada(), op.client("second")
	c.request().tokens(b)
	f := c.request("prompt", "select_account")
	a := f.walk(b)
	if a.silent() {
		t.Error("the person was shown nothing to choose from")
	}
	code, _ := f.answered(a)
	f.exchange(code)
}

func TestMaxAgeExceededWithPromptNone(t *testing.T) {
	op := startProvider(t)
	b, c := op.ada(), op.client("second")
	before := c.request().tokens(b)
	op.clock.advance(time.Minute)
	c.request("prompt", "none", "max_age", "59").refused(b, "login_required", "interaction_required")
	after := c.request("prompt", "none", "max_age", "60").tokens(b)
	if before.claims["auth_time"] != after.claims["auth_time"] {
		t.Errorf("auth_time was %v, and is %v", before.claims["auth_time"], after.claims["auth_time"])
	}
}

// state and nonce come back as they were sent, whatever they are made of.
func TestStateAndNonceAreKept(t *testing.T) {
	op := startProvider(t)
	for _, value := range []string{strings.Repeat("long", 96), `a&b=c#d?e%20f+g "h" <i> ü`, " ", "0"} {
		for _, mode := range []string{"query", "fragment", "form_post"} {
			c := op.client("second")
			c.mode = mode
			c.request("state", value, "nonce", value).tokens(op.ada())
		}
	}
}

// A request that somebody cancels says so to the client.
func TestSignInCancelled(t *testing.T) {
	op := startProvider(t)
	b := op.ada()
	b.decline = true
	op.client("second").request().refused(b, "access_denied")
}
