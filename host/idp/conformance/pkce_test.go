package conformance_test

// PKCE (RFC 7636) and its row of the OAuth best practice (RFC 9700, section
// 2.1.1).

import (
	"strings"
	"testing"
)

func TestPKCEVerifiers(t *testing.T) {
	op := startProvider(t)
	b := op.ada()
	for _, name := range []string{"first", "public"} {
		f := op.client(name).request()
		for what, verifier := range map[string]string{
			"wrong": random(), "missing": "-", "empty": "", "short": strings.Repeat("a", 42), "long": strings.Repeat("a", 129), "the challenge itself": f.params.Get("code_challenge"),
		} {
			f.proving()
			code := f.code(b)
			r := f.redeem(code, "code_verifier", verifier)
			op.in(t).oauthError(name+", verifier "+what, r, 400, "invalid_grant", "invalid_request")
		}
		for _, verifier := range []string{strings.Repeat("a", 43), strings.Repeat("Az09-._~", 16)} {
			f.with("code_challenge", challenge(verifier), "code_challenge_method", "S256")
			f.exchange(f.code(b), "code_verifier", verifier)
		}
	}
}

// A verifier that no challenge belongs to says that somebody took the
// challenge away (RFC 9700, section 4.8.2).
func TestT47_PKCEDowngrade(t *testing.T) {
	op := startProvider(t)
	f := op.client("first").request()
	f.tokenError(f.code(op.ada()), "invalid_grant", "code_verifier", random())
}

func TestPKCERequests(t *testing.T) {
	op := startProvider(t)
	op.client("public").request().refused(op.in(t).ada(), "invalid_request")
	for name, changes := range map[string][]string{
		"plain":            {"code_challenge", random(), "code_challenge_method", "plain"},
		"plain by default": {"code_challenge", random()},
		"unknown method":   {"code_challenge", random(), "code_challenge_method", "S512"},
		"short":            {"code_challenge", "short", "code_challenge_method", "S256"},
		"padded":           {"code_challenge", random() + "=", "code_challenge_method", "S256"},
		"no challenge":     {"code_challenge_method", "S256"},
	} {
		t.Run(name, func(t *testing.T) {
			op.in(t).client("first").request(changes...).refused(op.in(t).ada(), "invalid_request")
		})
	}
}
