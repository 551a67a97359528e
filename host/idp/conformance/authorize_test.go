package conformance_test

// The authorization endpoint where the plans do not look: the issuer in the
// answer, response types and modes, request objects that are not good, and
// duplicates.

import (
	"net/http"
	"testing"
)

// RFC 9207: every answer says whose it is; arrived holds it.
func TestRFC9207IssuerInEveryAnswer(t *testing.T) {
	op := startProvider(t)
	for _, mode := range []string{"", "query", "fragment", "form_post"} {
		c := op.client("first")
		c.mode = mode
		f := c.request()
		f.exchange(f.code(op.ada()))
		f.with("prompt", "none").refused(op.ada(), "login_required", "interaction_required")

		b := op.ada()
		b.decline = true
		f.with("prompt", "-").refused(b, "access_denied")
	}
}

func TestAuthorizeWithoutState(t *testing.T) {
	op := startProvider(t)
	op.client("first").request("state", "-").tokens(op.ada())
}

func TestAuthorizeRefusedRequests(t *testing.T) {
	op := startProvider(t)
	for name, test := range map[string]struct {
		changes []string
		codes   []string
	}{
		"implicit":             {[]string{"response_type", "token"}, []string{"unsupported_response_type"}},
		"implicit ID token":    {[]string{"response_type", "id_token"}, []string{"unsupported_response_type"}},
		"hybrid":               {[]string{"response_type", "code id_token"}, []string{"unsupported_response_type"}},
		"no openid":            {[]string{"scope", "profile"}, []string{"invalid_scope"}},
		"no scope":             {[]string{"scope", "-"}, []string{"invalid_scope", "invalid_request"}},
		"max_age of text":      {[]string{"max_age", "soon"}, []string{"invalid_request"}},
		"negative max_age":     {[]string{"max_age", "-1"}, []string{"invalid_request"}},
		"prompt none and more": {[]string{"prompt", "none consent"}, []string{"invalid_request"}},
		"claims that are none": {[]string{"claims", "{"}, []string{"invalid_request"}},
		"a foreign hint":       {[]string{"id_token_hint", "a.b.c"}, []string{"invalid_request", "login_required"}},
		"registration":         {[]string{"registration", "{}"}, []string{"registration_not_supported"}},
	} {
		t.Run(name, func(t *testing.T) {
			op.in(t).client("first").request(test.changes...).refused(op.in(t).ada(), test.codes...)
		})
	}
}

// An unknown response mode is answered by the default one, or by a page.
func TestAuthorizeUnknownResponseMode(t *testing.T) {
	op := startProvider(t)
	f := op.client("first").request("response_mode", "carrier-pigeon")
	a := f.walk(op.ada())
	f.params.Del("response_mode")
	if a.last == nil {
		f.refusal(a, "invalid_request")
	} else if a.last.StatusCode != http.StatusBadRequest {
		t.Errorf("a page with status %d", a.last.StatusCode)
	}
}

// THREATS 11 to 14 at the provider: nothing is sent to an address that is not
// the client's.
func TestT11toT14_NoRedirectToOthers(t *testing.T) {
	op := startProvider(t)
	good := op.rp.URL + callbackPath
	for name, uri := range map[string]string{
		"user info": op.rp.URL + "@evil.example.com" + callbackPath, "user info of ours": "https://evil@rp.example.com" + callbackPath,
		"traversal": good + "/..;/other", "encoded traversal": good + "/%2e%2e/other", "suffix": good + ".evil.example.com", "query": good + "?next=https://evil.example.com",
		"fragment": good + "#here", "case": op.rp.URL + "/CB", "script": "javascript:alert(1)", "relative": callbackPath, "network path": "//evil.example.com/cb", "backslash": "https:\\\\evil.example.com",
		"empty": "",
	} {
		for _, prompt := range []string{"-", "none"} {
			t.Run(name+" "+prompt, func(t *testing.T) {
				op.in(t).client("first").request("redirect_uri", uri, "prompt", prompt).shownError(op.in(t).ada())
			})
		}
	}
	t.Run("unknown client", func(t *testing.T) {
		op.in(t).client("first").request("client_id", "nobody").shownError(op.in(t).ada())
	})
	t.Run("T13 duplicates", func(t *testing.T) {
		for _, name := range []string{"client_id", "redirect_uri", "state", "response_type", "scope", "nonce"} {
			f := op.in(t).client("first").request()
			f.params.Add(name, "another")
			f.shownError(op.in(t).ada())
		}
	})
}
