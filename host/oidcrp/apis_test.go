package oidcrp

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/token"
)

const orders = "https://orders.example.com"

// A refresh for a resource (RFC 8707) brings a token for that API; the document
// and the sign-in's own access token stay, the refresh token is the new one.
func TestARefreshForAResource(t *testing.T) {
	w, doc, tokens := signedIn(t, func(k *hosttest.Knobs) { k.APIs.Known = []string{orders} }, nil)
	want := login.Want{Resource: orders, Scope: "read write"}
	got, err := w.rp.Refresh(w.ctx(), doc, tokens, want)
	if err != nil {
		t.Fatal(err)
	}
	granted := got.Tokens.For[want.Key()]
	jwt, err := token.Parse(granted.Token)
	if err != nil || jwt.Claims["aud"] != orders || granted.Expires != w.op.Clock.Now().Unix()+3600 || granted.Type != "Bearer" {
		t.Errorf("%v, %v", err, granted.Expires)
	}
	if got.Tokens.Access != tokens.Access || got.Tokens.Expires != tokens.Expires || got.Tokens.Refreshed != 0 || got.Tokens.Refresh == tokens.Refresh || got.Tokens.IDToken != tokens.IDToken {
		t.Error("another token than the API's has changed, or the refresh token has not")
	}
	if fmt.Sprint(got.Document) != fmt.Sprint(doc) || len(tokens.For) != 0 || w.op.Calls(hosttest.UserInfo) != 1 {
		t.Error("the document has changed")
	}
	form := w.op.Last(hosttest.Refresh).Form
	if !slices.Equal(form["resource"], []string{orders}) || !slices.Equal(form["scope"], []string{"read write"}) {
		t.Errorf("form: %v %v", form["resource"], form["scope"])
	}
	// Another is asked for: the first one stays.
	w.op.Set(func(k *hosttest.Knobs) { k.APIs.Known = nil })
	second, err := w.rp.Refresh(w.ctx(), doc, got.Tokens, login.Want{Resource: "https://stock.example.com"})
	if err != nil || second.Tokens.For[want.Key()] != granted || len(second.Tokens.For) != 2 {
		t.Errorf("%v, %d tokens", err, len(second.Tokens.For))
	}
}

// What a provider says against an API says nothing against the session.
func TestResourcesThatAreRefused(t *testing.T) {
	for answer, tt := range map[string]struct {
		code login.Code
		says string
	}{
		"invalid_target":      {login.CodeTokenUnavailable, "does not know the API"},
		"invalid_scope":       {login.CodeTokenUnavailable, "does not grant these scopes"},
		"unauthorized_client": {login.CodeTokenUnavailable, "the error unauthorized_client"},
		"invalid_client":      {login.CodeProviderDown, "the error invalid_client"},
		"invalid_grant":       {login.CodeRefreshRefused, "invalid_grant"},
	} {
		w, doc, tokens := signedIn(t, func(k *hosttest.Knobs) { k.Refreshing.Error = answer }, nil)
		_, err := w.rp.Refresh(w.ctx(), doc, tokens, login.Want{Resource: orders})
		refused(t, err, tt.code)
		if !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v", answer, err)
		}
	}
	w, doc, tokens := signedIn(t, func(k *hosttest.Knobs) { k.APIs.Known = []string{orders} }, nil)
	_, err := w.rp.Refresh(w.ctx(), doc, tokens, login.Want{Resource: "https://other.example.com"})
	refused(t, err, login.CodeTokenUnavailable)
	// An answer for an API whose ID token is another person's is not used either.
	w.op.Set(func(k *hosttest.Knobs) { k.Refreshing.Claims = map[string]any{"sub": "mallory-0000"} })
	_, err = w.rp.Refresh(w.ctx(), doc, tokens, login.Want{Resource: orders})
	if login.CodeOf(err) != login.CodeRefreshFailed && login.CodeOf(err) != login.CodeRefreshRefused { // the one before was rotated away
		t.Errorf("another's token: %v", err)
	}
}

// Exchange is RFC 8693, section 2.1.
func TestExchange(t *testing.T) {
	for name, tt := range map[string]struct {
		want  login.Want
		sends map[string]string
	}{
		"a resource":  {login.Want{Resource: orders}, map[string]string{"resource": orders}},
		"an audience": {login.Want{Resource: orders, Audience: "orders-api"}, map[string]string{"audience": "orders-api"}},
		"with scopes": {login.Want{Resource: orders, Scope: "read"}, map[string]string{"resource": orders, "scope": "read"}},
	} {
		t.Run(name, func(t *testing.T) {
			w, doc, tokens := signedIn(t, nil, nil)
			got, err := w.rp.Exchange(w.ctx(), doc, tokens, tt.want)
			if err != nil {
				t.Fatal(err)
			}
			if jwt, err := token.Parse(got.Token); err != nil || jwt.Claims["aud"] != cmp.Or(tt.want.Audience, orders) {
				t.Errorf("%v %v", err, jwt)
			}
			if got.Expires != w.op.Clock.Now().Unix()+600 || got.Scope != tt.want.Scope || got.Type != "Bearer" {
				t.Errorf("%d, %s", got.Expires, got.Scope)
			}
			sent := map[string]string{
				"grant_type": exchangeGrant, "subject_token": tokens.Access, "subject_token_type": accessTokenType, "requested_token_type": accessTokenType,
			}
			for name, value := range tt.sends {
				sent[name] = value
			}
			call := w.op.Last(hosttest.Exchange)
			if call.AuthMethod() != ClientSecretBasic || len(call.Form) != len(sent) {
				t.Errorf("%s, %d parameters", call.AuthMethod(), len(call.Form))
			}
			for name, value := range sent {
				if !slices.Equal(call.Form[name], []string{value}) {
					t.Errorf("%s: %v", name, call.Form[name])
				}
			}
			absent(t, "the log or trace", w.told(), "the access token", tokens.Access)
			absent(t, "the log or trace", w.told(), "the exchanged token", got.Token)
		})
	}
}

func TestExchangesThatAreRefused(t *testing.T) {
	edit := func(name string, value any) func(*hosttest.Knobs) {
		return func(k *hosttest.Knobs) { k.APIs.EditTokens = func(m map[string]any) { m[name] = value } }
	}
	for name, tt := range map[string]struct {
		setup func(*hosttest.Knobs)
		code  login.Code
		says  string
	}{
		"invalid_target":               {func(k *hosttest.Knobs) { k.APIs.Known = []string{"another"} }, login.CodeTokenUnavailable, "invalid_target"},
		"unsupported_grant_type":       {func(k *hosttest.Knobs) { k.APIs.Error = "unsupported_grant_type" }, login.CodeTokenUnavailable, "does not exchange tokens"},
		"invalid_request":              {func(k *hosttest.Knobs) { k.APIs.Error = "invalid_request" }, login.CodeTokenUnavailable, "status 400 and the error invalid_request"},
		"markup for an error":          {func(k *hosttest.Knobs) { k.APIs.Error = "<b>canary" }, login.CodeTokenUnavailable, "not a registered one"},
		"a refresh token was issued":   {edit("issued_token_type", "urn:ietf:params:oauth:token-type:refresh_token"), login.CodeTokenUnavailable, "issued_token_type"},
		"issued_token_type is missing": {edit("issued_token_type", nil), login.CodeTokenUnavailable, "issued_token_type"},
		"token type N_A":               {edit("token_type", "N_A"), login.CodeTokenUnavailable, "token_type"},
		"no access token":              {edit("access_token", ""), login.CodeTokenUnavailable, "access_token"},
		"500":                          {func(k *hosttest.Knobs) { k.Faults = fault(hosttest.Exchange, hosttest.Fault{Status: 500}) }, login.CodeProviderDown, "status 500"},
		"slow":                         {func(k *hosttest.Knobs) { k.Faults = fault(hosttest.Exchange, hosttest.Fault{Slow: time.Minute}) }, login.CodeProviderTimeout, ""},
		"a list":                       {func(k *hosttest.Knobs) { k.Faults = fault(hosttest.Exchange, hosttest.Fault{Body: "[]"}) }, login.CodeTokenUnavailable, "json"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, doc, tokens := signedIn(t, nil, nil)
			w.rp.cfg.HTTP = token.NewClient(token.ClientConfig{RootCAs: w.op.CA(), Timeout: 500 * time.Millisecond})
			w.op.Set(tt.setup)
			got, err := w.rp.Exchange(w.ctx(), doc, tokens, login.Want{Resource: orders})
			refused(t, err, tt.code)
			if !strings.Contains(err.Error(), tt.says) || got != (login.Granted{}) {
				t.Errorf("%v", err)
			}
			raw, _ := json.Marshal(w.trace.Entries())
			absent(t, "the error, the log or the trace", err.Error()+w.told()+string(raw), "the access token", tokens.Access)
		})
	}
	w, doc, tokens := signedIn(t, nil, nil)
	tokens.Access = ""
	_, err := w.rp.Exchange(w.ctx(), doc, tokens, login.Want{Resource: orders})
	refused(t, err, login.CodeTokenUnavailable)
}
