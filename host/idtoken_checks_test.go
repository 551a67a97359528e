package host_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
)

// refusedBy posts a token of those claims, which the check must refuse.
func (s *site) refusedBy(check string, changed with) {
	s.t.Helper()
	s.turnedAway(s.brings(s.minted(changed)), login.CodeIDTokenRefused, check, "canary", "ada@example.com")
}

// PNG-04: iss is exactly the issuer.
func TestPNG04_Issuer(t *testing.T) {
	t.Parallel()
	s := newPartner(t)
	for _, iss := range []any{s.idp.URL + "/", "https://canary.example", "", nil, []string{s.idp.URL}, 7} {
		s.refusedBy("token_issuer_mismatch", with{"iss": iss})
	}
	s.taken(s.brings(s.minted(nil)))
}

// PNG-05: aud holds the audience, and upper and lower case differ.
func TestPNG05_Audience(t *testing.T) {
	t.Parallel()
	s := newPartner(t, "audience: [mobile, web]")
	for _, aud := range []any{nil, "", []string{}} {
		s.refusedBy("no_audience", with{"aud": aud})
	}
	for _, aud := range []any{"Mobile", "mobile ", "canary", []string{"mobile", "canary"}, []any{"mobile", 7}, 7, with{"mobile": true}} {
		s.refusedBy("bad_audience", with{"aud": aud})
	}
	for _, aud := range []any{"mobile", "web", []string{"mobile"}, []string{"web", "mobile"}} {
		s.taken(s.brings(s.minted(with{"aud": aud})))
	}
}

// PNG-06: an azp that is absent passes, one that is not listed does not. It need
// not be in aud as well.
func TestPNG06_AuthorizedParties(t *testing.T) {
	t.Parallel()
	s := newPartner(t, "authorized_parties: [android, ios]")
	for _, azp := range []any{"canary", "Android", "mobile", "", []string{"android"}, 7, json.RawMessage("null")} {
		s.refusedBy("bad_azp", with{"azp": azp})
	}
	for _, azp := range []any{nil, "android", "ios"} {
		s.taken(s.brings(s.minted(with{"azp": azp})))
	}
	none := newPartner(t)
	none.refusedBy("bad_azp", with{"azp": "mobile"})
	none.taken(none.brings(none.minted(nil)))
}

// PNG-09: a token that lives longer than an hour from its iat is refused; without
// iat it is an hour from now.
func TestPNG09_UnreasonableLifetime(t *testing.T) {
	t.Parallel()
	s := newPartner(t)
	now := s.idp.Clock.Now().Unix()
	s.refusedBy("lifetime", with{"exp": now + 3661})
	s.refusedBy("lifetime", with{"iat": now - 3000, "exp": now + 661})
	s.refusedBy("lifetime", with{"iat": nil, "exp": now + 7200})
	s.taken(s.brings(s.minted(with{"exp": now + 3600})))
	s.taken(s.brings(s.minted(with{"iat": nil, "exp": now + 3600})))
	s.forgets()
	day := newPartner(t, "max_lifetime: 24h")
	day.taken(day.brings(day.minted(with{"exp": now + 80000})))
}

// T18: a token without exp, or with absurd times, is refused.
func TestT18_TimesOfAnIDTokenInAHeader(t *testing.T) {
	t.Parallel()
	s := newPartner(t)
	now := s.idp.Clock.Now().Unix()
	s.refusedBy("no_expiry", with{"exp": nil})
	for _, name := range []string{"exp", "iat", "nbf"} {
		for _, value := range []any{json.Number("1e300"), -1, "1700000000", json.RawMessage("null"), true, []int64{now}, now * 1000, json.Number("1700000000.5")} {
			s.refusedBy("bad_time", with{name: value})
		}
	}
	s.refusedBy("expired", with{"iat": now - 400, "exp": now - 100})
	s.refusedBy("not_yet_valid", with{"iat": now + 100, "exp": now + 200})
	s.refusedBy("not_yet_valid", with{"nbf": now + 100})
	s.refusedBy("not_yet_valid", with{"iat": int64(4102444800), "exp": int64(4102444860)}) // after 2038
}

// PNG-19: the checks come in their order, each under its own name. Every token
// here fails all the later ones too.
func TestPNG19_EachStepHasItsOwnName(t *testing.T) {
	t.Parallel()
	s := newPartner(t, "authorized_parties: [android]")
	wrong := with{"iss": "https://canary.example", "aud": nil, "azp": "canary", "exp": int64(1), "nbf": int64(4102444800), "sub": ""}
	spoilt := func(c with) string { return hosttest.Spoil(s.minted(c)) }
	right := func(names ...string) with {
		c := with{}
		for name, value := range wrong {
			c[name] = value
		}
		for _, name := range names {
			c[name] = s.claims(nil)[name]
		}
		return c
	}
	steps := []struct {
		token string
		code  login.Code
		check string
	}{
		{"", login.CodeIDTokenHeader, "missing_header"},
		{"canary.canary", login.CodeIDTokenRefused, "jwt_parse_error"},
		{spoilt(right()), login.CodeIDTokenRefused, "token_issuer_mismatch"},
		{spoilt(right("iss")), login.CodeIDTokenRefused, "verification_failed"},
		{s.minted(right("iss")), login.CodeIDTokenRefused, "no_audience"},
		{s.minted(func() with { c := right("iss"); c["aud"] = "canary"; return c }()), login.CodeIDTokenRefused, "bad_audience"},
		{s.minted(right("iss", "aud")), login.CodeIDTokenRefused, "bad_azp"},
		{s.minted(right("iss", "aud", "azp")), login.CodeIDTokenRefused, "expired"},
		{s.minted(right("iss", "aud", "azp", "exp")), login.CodeIDTokenRefused, "not_yet_valid"},
		{s.minted(right("iss", "aud", "azp", "exp", "nbf")), login.CodeIDTokenRefused, "no_subject"},
	}
	for _, step := range steps {
		s.turnedAway(s.brings(step.token), step.code, step.check, "canary")
	}
	s.taken(s.brings(s.minted(nil)))
}

// A token is refused before anything is made of it: no session, no evidence, and
// the time of the one that was there stays.
func TestIDToken_ARefusedTokenChangesNothing(t *testing.T) {
	t.Parallel()
	s := newPartner(t)
	b := s.browser()
	b.signedIn("/login?idp=corp")
	s.idp.Clock.Advance(time.Second)
	b.unchanged(func() {
		r := b.request("POST", "/login/id-token/partner", "")
		r.Header["oidc_id_token"] = []string{s.minted(with{"sub": "mallory", "aud": "canary"})}
		s.helpful(b.do(r), string(login.CodeIDTokenRefused))
	})
}
