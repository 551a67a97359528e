package conformance_test

// One authorization: the request, the browser's way, and the answer.

import (
	"crypto/sha256"
	"net/url"
	"slices"
	"strings"
)

// flow is an authorization request of a client.
type flow struct {
	*client
	params url.Values
	state  string // as sent, wherever it was sent
	nonce  string
}

// request is a good authorization request with changes: name, value pairs; the
// value "-" removes the parameter.
func (c *client) request(changes ...string) *flow {
	state, nonce := random(), random()
	params := url.Values{"client_id": {c.id}, "redirect_uri": {c.redirect}, "response_type": {"code"}, "scope": {"openid"}, "state": {state}, "nonce": {nonce}}
	if c.mode != "" {
		params.Set("response_mode", c.mode)
	}
	f := &flow{client: c, params: params}
	return f.with(changes...)
}

// with changes the request's parameters.
func (f *flow) with(changes ...string) *flow {
	for i := 0; i < len(changes); i += 2 {
		f.params.Set(changes[i], changes[i+1])
		if changes[i+1] == "-" {
			f.params.Del(changes[i])
		}
	}
	f.state, f.nonce = f.params.Get("state"), f.params.Get("nonce")
	return f
}

// proving adds PKCE to the request and returns the verifier (RFC 7636).
func (f *flow) proving() string {
	verifier := random()
	f.with("code_challenge", challenge(verifier), "code_challenge_method", "S256")
	return verifier
}

func challenge(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return b64.EncodeToString(sum[:])
}

// walk sends the browser to the provider.
func (f *flow) walk(b *browser) arrival {
	f.Helper()
	return b.open(withQuery(f.op.discover().text("authorization_endpoint"), f.params))
}

func withQuery(address string, params url.Values) string {
	separator := "?"
	if strings.Contains(address, "?") {
		separator = "&"
	}
	return address + separator + params.Encode()
}

// code walks to an answer that must hold a code.
func (f *flow) code(b *browser) string {
	f.Helper()
	code, _ := f.answered(f.walk(b))
	return code
}

// answered is the code of an arrival that must hold one.
func (f *flow) answered(a arrival) (string, arrival) {
	f.Helper()
	f.arrived(a)
	if a.params.Has("error") {
		f.Fatalf("the answer is the error %q: %s", a.params.Get("error"), a.params.Get("error_description"))
	}
	code := a.params.Get("code")
	if len(code)*8 < 128 || entropy(code) <= 96 {
		f.Errorf("the code %q has %d bits, %.0f of them surprising; want at least 128 and 96 (RFC 6749, section 10.10)", code, len(code)*8, entropy(code))
	}
	for _, leaked := range []string{"access_token", "id_token", "refresh_token"} {
		if a.params.Has(leaked) {
			f.Errorf("the answer of a code flow has %s", leaked)
		}
	}
	return code, a
}

// arrived holds what every answer of the authorization endpoint must have.
func (f *flow) arrived(a arrival) {
	f.Helper()
	if a.last != nil {
		f.Fatalf("the browser ends at the page %q (%d) and not at the client: %s", a.last.kind(), a.last.StatusCode, a.last.at)
	}
	if want := f.redirect; a.target.String() != strings.SplitN(want, "?", 2)[0] {
		f.Errorf("the answer goes to %s, want %s", a.target, want)
	}
	mode := f.params.Get("response_mode")
	if mode == "" {
		mode = "query"
	}
	if a.mode != mode {
		f.Errorf("the answer comes by %s, want %s", a.mode, mode)
	}
	if got := a.params.Get("state"); got != f.state || f.state == "" && a.params.Has("state") {
		f.Errorf("the answer has state %q, want %q", got, f.state)
	}
	if got := a.params["iss"]; !slices.Equal(got, []string{f.op.issuer}) {
		f.Errorf("the answer has iss %q, want %q (RFC 9207)", got, f.op.issuer)
	}
	for name, values := range a.params {
		if len(values) != 1 {
			f.Errorf("the answer has %s %d times", name, len(values))
		}
	}
}

// refused walks to an answer that must be one of the errors.
func (f *flow) refused(b *browser, codes ...string) arrival {
	f.Helper()
	a := f.walk(b)
	f.refusal(a, codes...)
	return a
}

func (f *flow) refusal(a arrival, codes ...string) {
	f.Helper()
	f.arrived(a)
	if got := a.params.Get("error"); !slices.Contains(codes, got) {
		f.Errorf("the answer has error %q (%s), want one of %q", got, a.params.Get("error_description"), codes)
	}
	if a.params.Has("code") {
		f.Error("an error comes with a code")
	}
	if !errorText.MatchString(a.params.Get("error_description")) {
		f.Errorf("error_description has characters that it may not have: %q", a.params.Get("error_description"))
	}
}

// shownError walks to a page of the provider that says what is wrong. The
// client is never told (RFC 6749, section 4.1.2.1).
func (f *flow) shownError(b *browser) *page {
	f.Helper()
	a := f.walk(b)
	if a.last == nil {
		f.Fatalf("the browser was sent to %s with %v; want a page of the provider", a.target, a.params)
	}
	if a.last.StatusCode < 400 || a.last.StatusCode > 499 || !a.silent() {
		f.Errorf("the page %q has status %d, want an error page: %s", a.last.kind(), a.last.StatusCode, a.last.at)
	}
	return a.last
}
