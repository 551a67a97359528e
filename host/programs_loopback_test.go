package host_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestLoopback_AProgramOnThisComputerGetsASessionOfItsOwn(t *testing.T) {
	t.Parallel()
	s := newPrograms(t)
	p, b := s.program("cli"), s.browser()
	got := b.codeFor(p)
	if got.Get("state") != "of the program" || got.Get("iss") != publicURL {
		t.Errorf("sent back is %v", got)
	}
	if b.cookie("__Host-doorward") != nil || b.session().Authenticated {
		t.Error("the browser is signed in")
	}
	a := p.redeem(got.Get("code"))
	bearer := a.bearer(t)
	if left := a.said(t)["expires_in"]; left != float64(12*3600) {
		t.Errorf("expires_in is %v", left)
	}
	if !p.knows(bearer).Authenticated {
		t.Error("the bearer opens nothing")
	}
}

func TestLoopback_AnAddressWithAQueryAndTheOtherLoopback(t *testing.T) {
	t.Parallel()
	s := newPrograms(t)
	p, b := s.program("cli"), s.browser()
	for _, at := range []string{"http://[::1]:1/", "http://127.0.0.1:65535", "http://127.0.0.1:8080/cb?kept=yes"} {
		got := b.codeFor(p, "redirect_uri", at)
		p.redeem(got.Get("code"), "redirect_uri", at).bearer(t)
		if strings.Contains(at, "kept") && got.Get("kept") != "yes" {
			t.Errorf("the query was lost: %v", got)
		}
	}
}

func TestT47_loopback_codes(t *testing.T) {
	t.Parallel()
	s := newPrograms(t)
	cli, desk, b := s.program("cli"), s.program("desk"), s.browser()
	code := func() string { return b.codeFor(cli).Get("code") }
	for name, redeem := range map[string]func(string) answer{
		"no verifier":       func(c string) answer { return cli.redeem(c, "code_verifier", "") },
		"another verifier":  func(c string) answer { return cli.redeem(c, "code_verifier", verifier+"x") },
		"the challenge":     func(c string) answer { return cli.redeem(c, "code_verifier", challengeOf(verifier)) },
		"another address":   func(c string) answer { return cli.redeem(c, "redirect_uri", redirectURI+"/") },
		"another program":   func(c string) answer { return desk.redeem(c) },
		"a minute late":     func(c string) answer { s.idp.Clock.Advance(time.Minute); return cli.redeem(c) },
		"as a device code":  func(c string) answer { return cli.send("/client/token", "grant_type", deviceGrant, "device_code", c) },
		"a code of nothing": func(string) answer { return cli.redeem(strings.Repeat("A", 43)) },
		"no code":           func(string) answer { return cli.redeem("") },
	} {
		c := code()
		if got := redeem(c).failed(t); got != "invalid_grant" {
			t.Errorf("%s: %s", name, got)
		}
	}
	c := code()
	bearer := cli.redeem(c).bearer(t)
	if got := cli.redeem(c).failed(t); got != "invalid_grant" {
		t.Errorf("a second time: %s", got)
	}
	if a := cli.as(bearer, "/session"); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("the session of a code that was used twice: %s", a.Status)
	}
	if len(s.audited("program_code_misused")) == 0 {
		t.Error("nobody is told of a misused code")
	}
}

func TestT47_PKCE_downgrade(t *testing.T) {
	t.Parallel()
	s := newPrograms(t)
	p := s.program("cli")
	for name, pairs := range map[string][]string{
		"no challenge":        {"code_challenge", ""},
		"no method":           {"code_challenge_method", ""},
		"plain":               {"code_challenge_method", "plain"},
		"a short challenge":   {"code_challenge", "abc"},
		"a padded challenge":  {"code_challenge", challengeOf(verifier) + "="},
		"another letter case": {"code_challenge_method", "s256"},
	} {
		a := p.get(p.authorizeAt(pairs...))
		got := a.sentBack(t)
		if got.Get("error") != "invalid_request" || got.Get("iss") != publicURL || got.Get("state") != "of the program" {
			t.Errorf("%s: %v", name, got)
		}
	}
	if got := p.get(p.authorizeAt("response_type", "token")).sentBack(t); got.Get("error") != "unsupported_response_type" {
		t.Errorf("token: %v", got)
	}
}

// Errors before the address is known to be the program's are shown here, and
// redirect nowhere (T14); an address that is not exactly a loopback one is
// nobody's (T10, T11).
func TestT14_loopback_addresses(t *testing.T) {
	t.Parallel()
	s := newPrograms(t)
	p := s.program("cli")
	for _, at := range []string{
		"", "https://127.0.0.1:8080/", "http://localhost:8080/", "http://127.0.0.1/", "http://127.0.0.1:0/", "http://127.0.0.1:65536/",
		"http://127.0.0.1:8080@evil.example/", "http://evil@127.0.0.1:8080/", "http://127.0.0.1.evil.example:8080/", "http://127.0.0.2:8080/",
		"http://127.0.0.1:8080\\@evil.example/", "http://127.0.0.1:8080/#fragment", "http://127.1:8080/", "http://0x7f.1:8080/", "http://[::1%25lo]:8080/",
		"http://[::ffff:127.0.0.1]:8080/", "http://[::1]8080/", "HTTP://127.0.0.1:8080/", "http://127.0.0.1:8080/\r\nX: y", "//127.0.0.1:8080/", "javascript://127.0.0.1:8080/",
		"http://127.0.0.1:8080/" + strings.Repeat("a", 512), "http://127.0.0.1:+80/", "http://127.0.0.1:80 80/", "http://①27.0.0.1:80/",
	} {
		query, _ := url.ParseQuery(strings.TrimPrefix(p.authorizeAt(), "/client/authorize?"))
		query.Set("redirect_uri", at)
		a := p.get("/client/authorize?" + query.Encode())
		if a.StatusCode != http.StatusBadRequest || a.code() != "return_to_refused" || a.Header.Get("Location") != "" || !strings.Contains(a.Body, "never localhost") {
			t.Errorf("%q: %s %s %q %s", at, a.Status, a.code(), a.Header.Get("Location"), a.Body)
		}
	}
	for _, app := range []string{"", "nobody", "wiki", "panel"} {
		if a := p.get(p.authorizeAt("client_id", app)); a.code() != "client_unknown" || a.Header.Get("Location") != "" {
			t.Errorf("client_id %q: %s %s", app, a.Status, a.code())
		}
	}
	for _, twice := range []string{"state", "redirect_uri", "client_id", "code_challenge"} {
		if a := p.get(p.authorizeAt() + "&" + twice + "=again"); a.code() != "parameter_invalid" || a.Header.Get("Location") != "" {
			t.Errorf("%s twice: %s %s", twice, a.Status, a.code())
		}
	}
}

func TestLoopback_APersonMayRefuse(t *testing.T) {
	t.Parallel()
	s := newPrograms(t)
	p, b := s.program("cli"), s.browser()
	got := b.answers(b.get(p.authorizeAt()), "refuse").sentBack(t)
	if got.Get("error") != "access_denied" || got.Get("code") != "" || got.Get("state") != "of the program" || got.Get("iss") != publicURL {
		t.Errorf("sent back is %v", got)
	}
}

// An application that has a secret may prove itself, and may not pretend.
func TestPrograms_ASecretThatIsSentMustBeRight(t *testing.T) {
	t.Parallel()
	s := newPrograms(t)
	desk, b := s.program("desk"), s.browser()
	for name, c := range map[string]struct {
		pairs []string
		basic string
		want  string
	}{
		"none":             {nil, "", ""},
		"in the body":      {[]string{"client_secret", "only-for-trials-0123456789"}, "", ""},
		"in the header":    {nil, "only-for-trials-0123456789", ""},
		"wrong":            {[]string{"client_secret", "guessed"}, "", "invalid_client"},
		"empty":            {[]string{"client_secret", ""}, "", "invalid_client"},
		"wrong, in header": {nil, "guessed", "invalid_client"},
		"in both":          {[]string{"client_secret", "only-for-trials-0123456789"}, "only-for-trials-0123456789", "invalid_client"},
		"of somebody else": {[]string{"client_id", "cli"}, "only-for-trials-0123456789", "invalid_client"},
	} {
		form := url.Values{"grant_type": {"authorization_code"}, "client_id": {"desk"}, "code": {b.codeFor(desk).Get("code")}, "redirect_uri": {redirectURI}, "code_verifier": {verifier}}
		for i := 0; i < len(c.pairs); i += 2 {
			form.Set(c.pairs[i], c.pairs[i+1])
		}
		r := desk.request(http.MethodPost, "/client/token", form.Encode())
		if c.basic != "" {
			r.SetBasicAuth("desk", c.basic)
		}
		a := desk.do(r)
		if c.want == "" {
			a.bearer(t)
		} else if got := a.failed(t); got != c.want || a.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s: %s %s", name, a.Status, got)
		}
	}
}
