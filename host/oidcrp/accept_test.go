package oidcrp

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
)

// TestT15_State changes a good answer in one way each: nothing may be spent.
func TestT15_State(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*login.AuthRequest, *login.Callback)
		code   login.Code
	}{
		"state missing":             {func(_ *login.AuthRequest, cb *login.Callback) { cb.Params.Del("state") }, login.CodeStateMissing},
		"state empty":               {func(_ *login.AuthRequest, cb *login.Callback) { cb.Params.Set("state", "") }, login.CodeStateMissing},
		"state of another login":    {func(_ *login.AuthRequest, cb *login.Callback) { cb.Params.Set("state", random()) }, login.CodeStateUnknown},
		"a prefix of the state":     {func(r *login.AuthRequest, cb *login.Callback) { cb.Params.Set("state", r.State[:20]) }, login.CodeStateUnknown},
		"state in another case":     {func(r *login.AuthRequest, cb *login.Callback) { cb.Params.Set("state", strings.ToLower(r.State)) }, login.CodeStateUnknown},
		"another browser's request": {func(r *login.AuthRequest, _ *login.Callback) { r.State = random() }, login.CodeStateUnknown},
		"a request without state": {func(r *login.AuthRequest, cb *login.Callback) {
			r.State = ""
			cb.Params.Set("state", "")
		}, login.CodeStateMissing},
		"state twice":                {func(_ *login.AuthRequest, cb *login.Callback) { cb.Params.Add("state", cb.Params.Get("state")) }, login.CodeParameterDuplicate},
		"code twice":                 {func(_ *login.AuthRequest, cb *login.Callback) { cb.Params.Add("code", "another") }, login.CodeParameterDuplicate},
		"iss twice":                  {func(_ *login.AuthRequest, cb *login.Callback) { cb.Params["iss"] = []string{"a", "a"} }, login.CodeParameterDuplicate},
		"error twice":                {func(_ *login.AuthRequest, cb *login.Callback) { cb.Params["error"] = []string{"a", "b"} }, login.CodeParameterDuplicate},
		"expired":                    {func(r *login.AuthRequest, cb *login.Callback) { cb.ReceivedAt = time.Unix(r.Expiry, 0) }, login.CodeStateExpired},
		"another provider's request": {func(r *login.AuthRequest, _ *login.Callback) { r.Provider = "other" }, login.CodeIssuerMismatch},
		"another issuer's request":   {func(r *login.AuthRequest, _ *login.Callback) { r.Issuer = "https://other.example" }, login.CodeIssuerMismatch},
		"iss of another provider":    {func(_ *login.AuthRequest, cb *login.Callback) { cb.Params.Set("iss", "https://other.example") }, login.CodeIssuerMismatch},
		"iss empty":                  {func(_ *login.AuthRequest, cb *login.Callback) { cb.Params.Set("iss", "") }, login.CodeIssuerMismatch},
		"code missing":               {func(_ *login.AuthRequest, cb *login.Callback) { cb.Params.Del("code") }, login.CodeCodeMissing},
		"code empty":                 {func(_ *login.AuthRequest, cb *login.Callback) { cb.Params.Set("code", "") }, login.CodeCodeMissing},
		"nothing at all":             {func(_ *login.AuthRequest, cb *login.Callback) { cb.Params = url.Values{} }, login.CodeStateMissing},
		"code too long":              {func(_ *login.AuthRequest, cb *login.Callback) { cb.Params.Set("code", strings.Repeat("c", 9000)) }, login.CodeParameterInvalid},
		"a query for form_post's":    {func(_ *login.AuthRequest, cb *login.Callback) { cb.Method = "POST" }, login.CodeParameterInvalid},
		"too many parameters": {func(_ *login.AuthRequest, cb *login.Callback) {
			for i := range 40 {
				cb.Params.Set(strings.Repeat("x", i+1), "1")
			}
		}, login.CodeParameterInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil, nil)
			req, cb := w.begin(t)
			tt.change(&req, &cb)
			_, err := w.rp.Complete(w.ctx(), req, cb)
			refused(t, err, tt.code)
			if got := w.op.Calls(hosttest.Token) + w.op.Calls(hosttest.UserInfo); got != 0 {
				t.Errorf("the provider was called %d times", got)
			}
			if entry := w.step(t, "accept"); entry.Code != tt.code {
				t.Errorf("the trace says %q", entry.Code)
			}
		})
	}
}

func TestT15_StateIsCheckedBeforeAnErrorIsBelieved(t *testing.T) {
	w := newWorld(t, func(k *hosttest.Knobs) { k.Error = "access_denied"; k.StateParam = hosttest.Wrong }, nil)
	_, err := w.login(t)
	refused(t, err, login.CodeStateUnknown)
}

func TestT15_IssParameter(t *testing.T) {
	for name, tt := range map[string]struct {
		iss      hosttest.Mode
		promised bool
		code     login.Code // "" for a login
	}{
		"right":                      {hosttest.Right, false, ""},
		"right and promised":         {hosttest.Right, true, ""},
		"absent":                     {hosttest.Absent, false, ""},
		"absent though promised":     {hosttest.Absent, true, login.CodeIssuerMismatch},
		"wrong":                      {hosttest.Wrong, false, login.CodeIssuerMismatch},
		"wrong though it's promised": {hosttest.Wrong, true, login.CodeIssuerMismatch},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(k *hosttest.Knobs) { k.IssParam, k.IssPromised = tt.iss, tt.promised }, nil)
			_, err := w.login(t)
			if tt.code == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			refused(t, err, tt.code)
			if got := w.op.Calls(hosttest.Token); got != 0 {
				t.Errorf("the token endpoint was called %d times", got)
			}
		})
	}
}

// TestT15_MixUp sends the answer of one provider to another's address.
func TestT15_MixUp(t *testing.T) {
	honest := newWorld(t, nil, nil)
	attacker := newWorld(t, nil, func(c *Config) { c.Name = "attacker" })
	req, cb := honest.begin(t)
	_, err := attacker.rp.Complete(attacker.ctx(), req, cb)
	refused(t, err, login.CodeIssuerMismatch)
	if attacker.op.Calls(hosttest.Token) != 0 {
		t.Error("the code went to the attacker")
	}
}

func TestErrorResponses(t *testing.T) {
	for sent, want := range map[string]struct {
		code login.Code
		text string
	}{
		"access_denied":                     {login.CodeLoginCancelled, "access_denied"},
		"unmet_authentication_requirements": {login.CodeACRUnmet, "cannot meet the authentication requirements"},
		"login_required":                    {login.CodeProviderError, "login_required"},
		"temporarily_unavailable":           {login.CodeProviderError, "temporarily_unavailable"},
		"<script>alert(1)</script>":         {login.CodeProviderError, "(not a registered one)"},
		"Access_Denied":                     {login.CodeProviderError, "(not a registered one)"},
		strings.Repeat("a", 41):             {login.CodeProviderError, "(not a registered one)"},
	} {
		for _, mode := range []string{ModeQuery, ModeFormPost} {
			w := newWorld(t, func(k *hosttest.Knobs) { k.Error, k.ErrorDescription = sent, "canary words" }, func(c *Config) { c.ResponseMode = mode })
			_, err := w.login(t)
			refused(t, err, want.code)
			if !strings.Contains(err.Error(), want.text) {
				t.Errorf("%s: %v", sent, err)
			}
			absent(t, "the log or error", w.logged()+err.Error(), "the provider's words", "canary words")
			absent(t, "the log or trace", w.told(), "markup", "<script")
			if got := w.step(t, "accept").Out["errorDescription"]; got != "canary words" {
				t.Errorf("the trace's description: %v", got)
			}
			if w.op.Calls(hosttest.Token) != 0 {
				t.Error("the token endpoint was called")
			}
		}
	}
}

func TestAnErrorResponseThatRepeatsSecretsIsTracedWithoutThem(t *testing.T) {
	w := newWorld(t, nil, nil)
	req, cb := w.begin(t)
	code := cb.Params.Get("code")
	cb.Params.Set("error", "invalid_request")
	cb.Params.Set("error_description", "bad: "+req.State+" "+req.Nonce+" "+code+" eyJhbGciOiJub25lIn0.e30.x end"+strings.Repeat("x", 2000))
	_, err := w.rp.Complete(w.ctx(), req, cb)
	refused(t, err, login.CodeProviderError)
	if got := w.step(t, "accept").Out["errorDescription"].(string); !strings.HasPrefix(got, "bad: [redacted] [redacted] [redacted] [redacted] endx") || len(got) > descriptionShown {
		t.Errorf("the trace's description: %q", got)
	}
}

func TestADescriptionIsTracedOnlyAfterTheStateHeld(t *testing.T) {
	w := newWorld(t, func(k *hosttest.Knobs) {
		k.Error, k.ErrorDescription, k.StateParam = "server_error", "canary words", hosttest.Wrong
	}, nil)
	_, err := w.login(t)
	refused(t, err, login.CodeStateUnknown)
	absent(t, "the log or trace", w.told(), "words of anybody", "canary words")
}

func TestErrorAndCodeTogetherSpendNothing(t *testing.T) {
	w := newWorld(t, nil, nil)
	req, cb := w.begin(t)
	cb.Params.Set("error", "server_error")
	_, err := w.rp.Complete(w.ctx(), req, cb)
	refused(t, err, login.CodeProviderError)
	if w.op.Calls(hosttest.Token) != 0 {
		t.Error("the code was spent")
	}
}

// FuzzCallback gives Complete any query: it never panics, every error is a
// Fault with a known code, and without the right state nothing is spent.
func FuzzCallback(f *testing.F) {
	w := newWorld(f, nil, nil)
	req, cb := w.begin(f)
	f.Add(cb.Params.Encode(), "GET")
	f.Add("state="+req.State+"&code=a&code=b", "GET")
	f.Add("state="+req.State+"&error=access_denied&error_description=%00", "POST")
	f.Add("state=%ff&iss=x", "GET")
	f.Fuzz(func(t *testing.T, raw, method string) {
		params, _ := url.ParseQuery(raw)
		before := w.op.Calls(hosttest.Token)
		_, err := w.rp.Complete(w.ctx(), req, login.Callback{Params: params, Method: method, ReceivedAt: cb.ReceivedAt})
		right := len(params["state"]) == 1 && params.Get("state") == req.State
		if !right && (err == nil || w.op.Calls(hosttest.Token) != before) {
			t.Fatalf("spent without the state: %v", err)
		}
		if err != nil && login.CodeOf(err) == login.CodeInternal {
			t.Fatalf("an internal error: %v", err)
		}
	})
}
