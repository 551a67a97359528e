package conformance_test

// DPoP (RFC 9449), with the negative set of the FAPI 2.0 plans.

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// bound are tokens that are bound to key.
func (c *client) bound(b *browser, key jose.JSONWebKey, changes ...string) tokens {
	c.Helper()
	f := c.request(changes...)
	t := f.issued(f.redeemBound(f.code(b), key))
	return t
}

func (f *flow) redeemBound(code string, key jose.JSONWebKey, proofs ...string) reply {
	f.Helper()
	form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {f.redirect}}
	if len(proofs) == 0 {
		proofs = []string{f.op.proof(key, http.MethodPost, f.op.discover().text("token_endpoint"), "").sign(f)}
	}
	header := f.authenticate(form)
	for _, p := range proofs {
		header = append(header, "DPoP", p)
	}
	return f.op.postForm(f.op.discover().text("token_endpoint"), form, header...)
}

func TestDPoPBindsTokens(t *testing.T) {
	op := startProvider(t)
	key := curveKey("dpop")
	for _, name := range []string{"first", "bound"} { // one asks for it by its proof, the other is configured so
		f := op.client(name).request()
		r := f.redeemBound(f.code(op.ada()), key)
		got := f.issued(r)
		if kind := text(r.object(t), "token_type"); !strings.EqualFold(kind, "DPoP") {
			t.Errorf("%s: token_type is %q (section 5)", name, kind)
		}
		at := op.discover().text("userinfo_endpoint")
		if r := op.boundUserInfo("DPoP", got.access, op.proof(key, http.MethodGet, at, got.access).sign(t)); r.StatusCode != http.StatusOK {
			t.Errorf("%s: userinfo: %d %s", name, r.StatusCode, r.body)
		}
		if r := op.boundUserInfo("Bearer", got.access, op.proof(key, http.MethodGet, at, got.access).sign(t)); r.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s: a bound token as a bearer's gets %d (section 7.2)", name, r.StatusCode)
		}
		if r := op.boundUserInfo("Bearer", got.access); r.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s: a bound token as a bearer's without a proof gets %d", name, r.StatusCode)
		}
	}
}

func TestDPoPIsRequiredOfClientsThatAreConfiguredSo(t *testing.T) {
	op := startProvider(t)
	f := op.client("bound").request()
	op.oauthError("without a proof", f.redeem(f.code(op.ada())), http.StatusBadRequest, "invalid_dpop_proof", "invalid_request")
}

func TestDPoPNegativeSetAtTheTokenEndpoint(t *testing.T) {
	op := startProvider(t)
	key := curveKey("dpop")
	at := op.discover().text("token_endpoint")
	for name, spoil := range op.wrongProofs() {
		t.Run(name, func(t *testing.T) {
			f := op.in(t).client("bound").request()
			r := f.redeemBound(f.code(op.in(t).ada()), key, spoil(op.proof(key, http.MethodPost, at, "")))
			op.in(t).oauthError("token endpoint", r, http.StatusBadRequest, "invalid_dpop_proof")
		})
	}
	t.Run("two proofs", func(t *testing.T) {
		f := op.in(t).client("bound").request()
		r := f.redeemBound(f.code(op.in(t).ada()), key, op.proof(key, http.MethodPost, at, "").sign(t), op.proof(key, http.MethodPost, at, "").sign(t))
		op.in(t).oauthError("token endpoint", r, http.StatusBadRequest, "invalid_dpop_proof", "invalid_request")
	})
	t.Run("RS256 key in the proof of an ES256 one", func(t *testing.T) {
		f := op.in(t).client("bound").request()
		p := op.proof(key, http.MethodPost, at, "")
		p.header["alg"] = "RS256"
		op.in(t).oauthError("token endpoint", f.redeemBound(f.code(op.in(t).ada()), key, p.sign(t)), http.StatusBadRequest, "invalid_dpop_proof")
	})
}

func TestDPoPNegativeSetAtUserInfo(t *testing.T) {
	op := startProvider(t)
	key := curveKey("dpop")
	got := op.client("bound").bound(op.ada(), key)
	at := op.discover().text("userinfo_endpoint")
	refused := func(t *testing.T, proofs ...string) {
		t.Helper()
		r := op.in(t).boundUserInfo("DPoP", got.access, proofs...)
		challenges := strings.Join(r.Header.Values("WWW-Authenticate"), ", ")
		if r.StatusCode != http.StatusUnauthorized || !strings.Contains(challenges, "DPoP") {
			t.Errorf("%d with the challenge %q, want 401 with DPoP (section 7.1)", r.StatusCode, challenges)
		}
	}
	wrong := op.wrongProofs()
	wrong["no ath"] = func(p *proof) string { delete(p.claims, "ath"); return p.sign(op) }
	wrong["ath of another token"] = func(p *proof) string { p.claims["ath"] = challenge("another"); return p.sign(op) }
	wrong["another key"] = func(p *proof) string {
		return op.proof(curveKey("dpop-2"), http.MethodGet, at, got.access).sign(op)
	}
	for name, spoil := range wrong {
		t.Run(name, func(t *testing.T) { refused(t, spoil(op.proof(key, http.MethodGet, at, got.access))) })
	}
	t.Run("no proof", func(t *testing.T) { refused(t) })
	t.Run("two proofs", func(t *testing.T) {
		refused(t, op.proof(key, http.MethodGet, at, got.access).sign(t), op.proof(key, http.MethodGet, at, got.access).sign(t))
	})
	t.Run("jti used before", func(t *testing.T) {
		p := op.proof(key, http.MethodGet, at, got.access).sign(t)
		if r := op.boundUserInfo("DPoP", got.access, p); r.StatusCode != http.StatusOK {
			t.Fatalf("the first time: %d %s", r.StatusCode, r.body)
		}
		refused(t, p)
	})
}

// What a server must put up with (section 4.3; the FAPI 2.0 plan).
func TestDPoPAccepted(t *testing.T) {
	op := startProvider(t)
	key := curveKey("dpop")
	at := op.discover().text("userinfo_endpoint")
	got := op.client("bound").bound(op.ada(), key)
	for name, change := range map[string]func(*proof){
		"query in htu":    func(p *proof) { p.claims["htu"] = at + "?a=b" },
		"fragment in htu": func(p *proof) { p.claims["htu"] = at + "#a" },
		"scheme and host in case": func(p *proof) {
			p.claims["htu"] = strings.Replace(at, "https://login.example.com", "HTTPS://Login.Example.COM", 1)
		},
		"default port":     func(p *proof) { p.claims["htu"] = strings.Replace(at, ".com/", ".com:443/", 1) },
		"ten seconds old":  func(p *proof) { p.claims["iat"] = op.clock.Now().Unix() - 10 },
		"ten seconds soon": func(p *proof) { p.claims["iat"] = op.clock.Now().Unix() + 10 },
		"more claims": func(p *proof) {
			p.claims["extra"], p.claims["nbf"], p.claims["exp"] = "x", op.clock.Now().Unix(), op.clock.Now().Unix()+60
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := op.proof(key, http.MethodGet, at, got.access)
			change(p)
			for _, scheme := range []string{"DPoP", "dpop"} {
				p.claims["jti"] = random()
				if r := op.in(t).boundUserInfo(scheme, got.access, p.sign(t)); r.StatusCode != http.StatusOK {
					t.Errorf("%s: %d %s %s", scheme, r.StatusCode, r.Header.Values("WWW-Authenticate"), r.body)
				}
			}
		})
	}
}

// dpop_jkt binds the code (section 10).
func TestDPoPBindsTheCode(t *testing.T) {
	op := startProvider(t)
	b, key := op.ada(), curveKey("dpop")
	f := op.client("first").request("dpop_jkt", thumbprint(t, key))
	f.issued(f.redeemBound(f.code(b), key))

	for name, redeem := range map[string]func(code string) reply{
		"another key": func(code string) reply { return f.redeemBound(code, curveKey("dpop-2")) },
		"no proof":    func(code string) reply { return f.redeem(code) },
	} {
		op.oauthError(name, redeem(f.code(b)), http.StatusBadRequest, "invalid_grant", "invalid_dpop_proof")
	}
}

// Refresh tokens of public clients are bound to the key; those of others to
// the client's own credentials (section 5).
func TestDPoPAndRefresh(t *testing.T) {
	op := startProvider(t)
	key, other := curveKey("dpop"), curveKey("dpop-2")
	refresh := func(c *client, token string, key jose.JSONWebKey) reply {
		form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}}
		at := op.discover().text("token_endpoint")
		return op.postForm(at, form, append(c.authenticate(form), "DPoP", op.proof(key, http.MethodPost, at, "").sign(t))...)
	}
	for _, name := range []string{"bound", "public"} {
		c := op.client(name)
		f := c.request("scope", "openid offline_access", "prompt", "consent")
		verifier := f.proving()
		form := url.Values{"grant_type": {"authorization_code"}, "code": {f.code(op.ada())}, "redirect_uri": {f.redirect}, "code_verifier": {verifier}}
		at := op.discover().text("token_endpoint")
		got := f.issued(op.postForm(at, form, append(c.authenticate(form), "DPoP", op.proof(key, http.MethodPost, at, "").sign(t))...))
		if got.refresh == "" {
			t.Fatalf("%s: no refresh token", name)
		}
		if name == "public" {
			op.oauthError("a public client with another key", refresh(c, got.refresh, other), http.StatusBadRequest, "invalid_grant", "invalid_dpop_proof")
			op.clock.advance(time.Second)
			continue
		}
		op.clock.advance(time.Second)
		next := c.issued(refresh(c, got.refresh, other))
		info := op.discover().text("userinfo_endpoint")
		if r := op.boundUserInfo("DPoP", next.access, op.proof(other, http.MethodGet, info, next.access).sign(t)); r.StatusCode != http.StatusOK {
			t.Errorf("the refreshed token with the new key: %d %s", r.StatusCode, r.body)
		}
	}
}
