package conformance_test

// Pushed authorization requests (RFC 9126), with the cases of the FAPI 2.0
// plan.

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// push pushes the request; changes change the form.
func (f *flow) push(changes ...string) reply {
	f.Helper()
	return f.call("pushed_authorization_request_endpoint", maps.Clone(f.params), changes...)
}

// pushed is the request_uri of a push that must be accepted.
func (f *flow) pushed(changes ...string) string {
	f.Helper()
	r := f.push(changes...)
	if r.StatusCode != http.StatusCreated {
		f.Fatalf("the push: %d %s, want 201 (RFC 9126, section 2.2)", r.StatusCode, r.body)
	}
	f.op.jsonAnswer("the push", r)
	o := r.object(f)
	uri := text(o, "request_uri")
	if u, err := url.Parse(uri); err != nil || u.Scheme != "urn" || entropy(uri[strings.LastIndex(uri, ":")+1:]) < 96 {
		f.Errorf("request_uri is %q: want a URN with 128 random bits (section 7.1)", uri)
	}
	if expires := number(f, o, "expires_in"); expires < 5 || expires > 600 {
		f.Errorf("expires_in is %d, want 5 to 600 seconds", expires)
	}
	return uri
}

// by is the request that refers to a pushed one, with more parameters beside.
func (f *flow) by(uri string, more ...string) *flow {
	g := *f
	g.params = url.Values{"client_id": {f.id}, "request_uri": {uri}}
	for i := 0; i < len(more); i += 2 {
		g.params.Set(more[i], more[i+1])
	}
	return &g
}

func TestPARHappyFlow(t *testing.T) {
	op := startProvider(t)
	for _, name := range []string{"first", "post", "key", "pushed"} {
		f := op.client(name).request()
		verifier := f.proving()
		g := f.by(f.pushed())
		g.exchange(g.code(op.ada()), "code_verifier", verifier)
	}
}

// Only what was pushed counts (section 4).
func TestPARIgnoresWhatStandsBeside(t *testing.T) {
	op := startProvider(t)
	f := op.client("first").request("scope", "openid email")
	g := f.by(f.pushed(), "scope", "openid profile", "state", "another", "nonce", "another", "redirect_uri", "https://evil.example.com/cb", "prompt", "none")
	got := g.exchange(g.code(op.ada()))
	if info := g.userInfo(got, byGet); info["email"] == nil || info["nickname"] != nil {
		t.Errorf("the scope is not the pushed one: %v", info)
	}
}

func TestPARRefusedPushes(t *testing.T) {
	op := startProvider(t)
	c := op.client("first")
	for name, test := range map[string]struct {
		changes []string
		codes   []string
	}{
		"request_uri in the form":     {[]string{"request_uri", "urn:ietf:params:oauth:request_uri:" + random()}, []string{"invalid_request"}},
		"redirect_uri not registered": {[]string{"redirect_uri", op.rp.URL + callbackPath + "/other"}, []string{"invalid_request", "invalid_redirect_uri"}},
		"response_type token":         {[]string{"response_type", "token"}, []string{"unsupported_response_type", "invalid_request"}},
		"response_type code id_token": {[]string{"response_type", "code id_token"}, []string{"unsupported_response_type", "invalid_request"}},
		"plain PKCE":                  {[]string{"code_challenge", random(), "code_challenge_method", "plain"}, []string{"invalid_request"}},
		"method left out":             {[]string{"code_challenge", random()}, []string{"invalid_request"}},
		"challenge that is no digest": {[]string{"code_challenge", "short", "code_challenge_method", "S256"}, []string{"invalid_request"}},
		"another client":              {[]string{"client_id", "second"}, []string{"invalid_request", "invalid_client"}},
	} {
		op.in(t).oauthError(name, c.request().push(test.changes...), http.StatusBadRequest, test.codes...)
	}
	op.oauthError("public client without PKCE", op.client("public").request().push(), http.StatusBadRequest, "invalid_request")
}

func TestPARNeedsTheClient(t *testing.T) {
	op := startProvider(t)
	at := op.discover().text("pushed_authorization_request_endpoint")
	f := op.client("first").request()
	op.oauthError("no credentials", op.postForm(at, f.params), http.StatusUnauthorized, "invalid_client")
	wrong := *f.client
	wrong.secret = random()
	op.oauthError("wrong secret", wrong.request().push(), http.StatusUnauthorized, "invalid_client")
	if r := op.get(withQuery(at, f.params)); r.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("GET gets %d, want 405 (section 2.3)", r.StatusCode)
	}
}

func TestPARDuplicateParameters(t *testing.T) {
	op := startProvider(t)
	f := op.client("first").request()
	f.params.Add("state", "another")
	op.oauthError("two states", f.push(), http.StatusBadRequest, "invalid_request")
}

// A request_uri is for its client, for a while, and for one answer; until that
// answer a page may be loaded again (section 4 and 7.3).
func TestPARUse(t *testing.T) {
	op := startProvider(t)
	b := op.ada()
	f := op.client("first").request()
	uri := f.pushed()

	b.stopAt = "sign-in"
	for range 2 {
		if a := f.by(uri).walk(b); a.last == nil || a.last.kind() != "sign-in" {
			t.Fatal("no sign-in page")
		}
	}
	b.stopAt = ""
	g := f.by(uri)
	g.exchange(g.code(b))
	if a := g.walk(b); a.last == nil && !a.params.Has("error") {
		t.Error("a request_uri was good for a second answer")
	}

	uri = f.pushed()
	other := op.client("second").request().by(uri)
	if a := other.walk(op.ada()); a.last == nil || a.last.StatusCode/100 != 4 {
		t.Errorf("another client's request_uri: %v", a.params)
	}
	uri = f.pushed()
	op.clock.advance(11 * time.Minute)
	if a := f.by(uri).walk(b); a.last == nil && !a.params.Has("error") {
		t.Error("an expired request_uri is still good")
	}
	if a := f.by("urn:ietf:params:oauth:request_uri:" + random()).walk(b); a.last == nil && !a.params.Has("error") {
		t.Error("an unknown request_uri is good")
	}
}

func TestPARIsRequiredOfClientsThatAreConfiguredSo(t *testing.T) {
	op := startProvider(t)
	op.client("pushed").request().refused(op.ada(), "invalid_request")
}

// A pushed request object (section 3).
func TestPARWithARequestObject(t *testing.T) {
	op := startProvider(t)
	f := op.client("first").request()
	form := url.Values{"client_id": {f.id}, "request": {signed(t, f.key, f.object(), nil)}}
	r := f.call("pushed_authorization_request_endpoint", form)
	if r.StatusCode != http.StatusCreated {
		t.Fatalf("%d %s", r.StatusCode, r.body)
	}
	g := f.by(text(r.object(t), "request_uri"))
	g.exchange(g.code(op.ada()))

	forged := url.Values{"client_id": {f.id}, "request": {signed(t, clientKey("forger"), f.object(), nil)}}
	op.oauthError("a forged object", f.call("pushed_authorization_request_endpoint", forged), http.StatusBadRequest, "invalid_request_object")
}

// RFC 9449, section 10.1: the key of a proof at the push is the code's.
func TestPARWithDPoP(t *testing.T) {
	op := startProvider(t)
	b, key := op.ada(), curveKey("dpop")
	at := op.discover().text("pushed_authorization_request_endpoint")
	push := func(f *flow, proof string, more ...string) reply {
		form := maps.Clone(f.params)
		for i := 0; i < len(more); i += 2 {
			form.Set(more[i], more[i+1])
		}
		return op.postForm(at, form, append(f.authenticate(form), "DPoP", proof)...)
	}
	f := op.client("first").request()
	r := push(f, op.proof(key, http.MethodPost, at, "").sign(t))
	if r.StatusCode != http.StatusCreated {
		t.Fatalf("%d %s", r.StatusCode, r.body)
	}
	uri := text(r.object(t), "request_uri")
	code := f.by(uri).code(b)
	op.oauthError("another key at the token endpoint", f.redeemBound(code, curveKey("dpop-2")), http.StatusBadRequest, "invalid_grant", "invalid_dpop_proof")

	r = push(f, op.proof(key, http.MethodPost, at, "").sign(t), "dpop_jkt", thumbprint(t, curveKey("dpop-2")))
	op.oauthError("dpop_jkt of another key", r, http.StatusBadRequest, "invalid_request", "invalid_dpop_proof")
	p := op.proof(key, http.MethodPost, op.issuer+"/elsewhere", "")
	op.oauthError("a proof for elsewhere", push(f, p.sign(t)), http.StatusBadRequest, "invalid_dpop_proof")
}
