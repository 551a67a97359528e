package oidcrp

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/token"
)

// signedIn is a world whose provider refreshes, and a sign-in there.
func signedIn(t testing.TB, knobs func(*hosttest.Knobs), change func(*Config)) (*world, login.Document, login.Tokens) {
	t.Helper()
	w := newWorld(t, func(k *hosttest.Knobs) {
		k.Refreshing = hosttest.Refreshing{Offered: true, Rotate: true}
		if knobs != nil {
			knobs(k)
		}
	}, change)
	doc := w.must(t)
	return w, doc, login.TokensOf(doc)
}

// TestRefreshModules are the refresh modules of the conformance suite, and
// more of the same kind: how a refresh ends, and that nothing of a bad one is
// used.
func TestRefreshModules(t *testing.T) {
	const ok = login.Code("")
	claim := func(name string, value any) func(*hosttest.Refreshing) {
		return func(r *hosttest.Refreshing) { r.Claims = map[string]any{name: value} }
	}
	for _, m := range []struct {
		name  string
		setup func(*hosttest.Refreshing)
		code  login.Code
	}{
		{"oidcc-client-test-refresh-token", nil, ok},
		{"oidcc-client-test-refresh-token-invalid-issuer", claim("iss", "https://attacker.example"), login.CodeRefreshFailed},
		{"oidcc-client-test-refresh-token-invalid-sub", claim("sub", "mallory-0000"), login.CodeRefreshFailed},
		{"fapi2-security-profile-final-client-refresh-token-test", nil, ok},
		{"aud another's", claim("aud", "another-client"), login.CodeRefreshFailed},
		{"aud with a stranger", claim("aud", []string{"doorward", "stranger"}), login.CodeRefreshFailed},
		{"azp another's", claim("azp", "another-client"), login.CodeRefreshFailed},
		{"sub missing", func(r *hosttest.Refreshing) { r.EditClaims = func(c map[string]any) { delete(c, "sub") } }, login.CodeRefreshFailed},
		{"iat missing", func(r *hosttest.Refreshing) { r.EditClaims = func(c map[string]any) { delete(c, "iat") } }, login.CodeRefreshFailed},
		{"iat before the first", claim("iat", 1700000000), login.CodeRefreshFailed},
		{"past its exp", claim("exp", 1700000000), login.CodeRefreshFailed},
		{"another nonce", claim("nonce", "another-nonce"), login.CodeRefreshFailed},
		{"another at_hash", claim("at_hash", "another"), login.CodeRefreshFailed},
		{"no nonce, no at_hash", func(r *hosttest.Refreshing) { r.EditClaims = func(c map[string]any) { delete(c, "at_hash") } }, ok},
		{"id_token omitted", func(r *hosttest.Refreshing) { r.Omit = []string{"id_token"} }, ok},
		{"id_token is no token", func(r *hosttest.Refreshing) {
			r.EditTokens = func(m map[string]any) { m["id_token"] = "canary" }
		}, login.CodeRefreshFailed},
		{"access token omitted", func(r *hosttest.Refreshing) { r.Omit = []string{"access_token"} }, login.CodeRefreshFailed},
		{"another token type", func(r *hosttest.Refreshing) { r.EditTokens = func(m map[string]any) { m["token_type"] = "DPoP" } }, login.CodeRefreshFailed},
		{"token type in capitals", func(r *hosttest.Refreshing) { r.EditTokens = func(m map[string]any) { m["token_type"] = "BEARER" } }, ok},
		{"token response without expires_in", func(r *hosttest.Refreshing) { r.Omit = []string{"expires_in"} }, ok},
		{"invalid_grant", func(r *hosttest.Refreshing) { r.Error = "invalid_grant" }, login.CodeRefreshRefused},
		{"invalid_client", func(r *hosttest.Refreshing) { r.Error = "invalid_client" }, login.CodeProviderDown},
		{"unauthorized_client", func(r *hosttest.Refreshing) { r.Error = "unauthorized_client" }, login.CodeProviderDown},
	} {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			w, doc, tokens := signedIn(t, nil, nil)
			if m.setup != nil {
				w.op.Set(func(k *hosttest.Knobs) { m.setup(&k.Refreshing) })
			}
			w.op.ResetCalls()
			got, err := w.rp.Refresh(w.ctx(), doc, tokens, login.Want{})
			if w.op.Calls(hosttest.Refresh) != 1 {
				t.Errorf("the refresh token was sent %d times", w.op.Calls(hosttest.Refresh))
			}
			absent(t, "the log, the trace or the error", w.told()+fmt.Sprint(err), "the refresh token", tokens.Refresh)
			if m.code == ok {
				if err != nil || got.Tokens.Access == "" || got.Tokens.Access == tokens.Access || got.Document.Person != doc.Person {
					t.Fatalf("%v, %v", err, got.Document.Person)
				}
				if w.op.Calls(hosttest.UserInfo) != 1 {
					t.Error("userinfo was not called again")
				}
				return
			}
			refused(t, err, m.code)
			if got.Tokens.Access+got.Tokens.Refresh != "" || len(got.Document.Sources.Names()) != 0 || w.op.Calls(hosttest.UserInfo) != 0 {
				t.Error("something of the refused answer is used")
			}
		})
	}
}

// What a refresh brings replaces what was there; what it leaves out stays; and
// what proves the sign-in stays whatever it brings.
func TestIGN12_TheDocumentIsReplaced(t *testing.T) {
	w, doc, tokens := signedIn(t, nil, nil)
	w.op.Clock.Advance(time.Hour)
	w.op.Set(func(k *hosttest.Knobs) {
		k.UserClaims["groups"] = []string{"staff"}
		k.UserClaims["email_verified"] = false
		k.Claims = map[string]any{"team": "blue"}
		k.Refreshing.EditTokens = func(m map[string]any) { m["big"] = json.RawMessage("1.000000000000000001") }
	})
	got, err := w.rp.Refresh(w.ctx(), doc, tokens, login.Want{})
	if err != nil {
		t.Fatal(err)
	}
	claims, _ := got.Document.Sources.Object(attrs.IDTokenClaims)
	info, _ := got.Document.Sources.Object(attrs.UserInfo)
	raw, _ := got.Document.Sources.Raw(attrs.TokenEndpointResponse)
	if claims["team"] != "blue" || fmt.Sprint(info["groups"]) != "[staff]" || !strings.Contains(string(raw), `"big":1.000000000000000001`) {
		t.Errorf("claims %v, userinfo %v", claims, info)
	}
	if len(doc.VerifiedEmails) != 1 || len(got.Document.VerifiedEmails) != 0 {
		t.Errorf("verified: %v, then %v", doc.VerifiedEmails, got.Document.VerifiedEmails)
	}
	now := w.op.Clock.Now().Unix()
	if got.Tokens.Refresh == tokens.Refresh || got.Tokens.IDToken == tokens.IDToken || got.Tokens.Expires != now+3600 || got.Tokens.Refreshed != now {
		t.Errorf("expires %d, refreshed %d at %d", got.Tokens.Expires, got.Tokens.Refreshed, now)
	}
	if same := got.Document; fmt.Sprint(same.Login, same.ID, same.ReceivedAt, same.ProviderSID) != fmt.Sprint(doc.Login, doc.ID, doc.ReceivedAt, doc.ProviderSID) {
		t.Errorf("%+v\nwas %+v", same.Login, doc.Login)
	}
	// The answer that leaves everything out.
	w.op.Set(func(k *hosttest.Knobs) {
		k.Refreshing.Omit = []string{"id_token", "refresh_token", "scope", "expires_in"}
	})
	second, err := w.rp.Refresh(w.ctx(), got.Document, got.Tokens, login.Want{})
	if err != nil {
		t.Fatal(err)
	}
	kept, _ := second.Document.Sources.Object(attrs.IDTokenClaims)
	if second.Tokens.Refresh != got.Tokens.Refresh || second.Tokens.IDToken != got.Tokens.IDToken || second.Tokens.Expires != 0 || fmt.Sprint(kept) != fmt.Sprint(claims) {
		t.Errorf("what was left out did not stay: %v", kept)
	}
	if _, has := second.Document.Sources.Object(attrs.UserInfo); !has {
		t.Error("no userinfo")
	}
}

// TestT32_ARefreshMovesNoEvidence: a provider that says a newer auth_time at a
// refresh makes nobody fresh.
func TestT32_ARefreshMovesNoEvidence(t *testing.T) {
	for name, value := range map[string]any{"newer": 0, "older": 1700000000, "a string": "1700000000", "null": nil} {
		w, doc, tokens := signedIn(t, nil, nil)
		w.op.Clock.Advance(time.Hour)
		if value == 0 {
			value = w.op.Clock.Now().Unix()
		}
		w.op.Set(func(k *hosttest.Knobs) {
			k.Refreshing.Claims = map[string]any{"auth_time": value, "challenged": true, "amr": []string{"hwk"}, "acr": "high", "sid": "another"}
		})
		got, err := w.rp.Refresh(w.ctx(), doc, tokens, login.Want{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if warning, has := hasWarning(got.Document, login.CodeAuthTimeMoved); !has || !warning.Audit {
			t.Errorf("%s: warnings %v", name, got.Document.Warnings)
		}
		if got := got.Document; *got.Login.Evidence.AuthTime != *doc.Login.Evidence.AuthTime || got.Login.Evidence.Challenged != nil || got.Login.Evidence.AMR != nil ||
			got.Login.Evidence.ACR != "" || got.ProviderSID != doc.ProviderSID || got.ReceivedAt != doc.ReceivedAt {
			t.Errorf("%s: %+v", name, got.Login.Evidence)
		}
	}
	w, doc, tokens := signedIn(t, nil, nil)
	if got, err := w.rp.Refresh(w.ctx(), doc, tokens, login.Want{}); err != nil || len(got.Document.Warnings) != 0 {
		t.Errorf("the same auth_time: %v %v", err, got.Document.Warnings)
	}
}

// Userinfo that names another person may have been fetched with their token.
func TestT19_UserInfoAtARefresh(t *testing.T) {
	for mode, code := range map[hosttest.UserInfoMode]login.Code{
		hosttest.UserInfoWrongSub: login.CodeRefreshFailed, hosttest.UserInfoNoSub: login.CodeRefreshFailed,
		hosttest.UserInfoError: "", hosttest.UserInfoHTML: "", hosttest.UserInfoUnauthorized: "", hosttest.UserInfoBadSignature: "",
	} {
		for _, onFailure := range []string{"continue", "refuse"} {
			w, doc, tokens := signedIn(t, nil, func(c *Config) { c.UserInfo.OnFailure = onFailure })
			w.op.Set(func(k *hosttest.Knobs) { k.UserInfo = mode })
			got, err := w.rp.Refresh(w.ctx(), doc, tokens, login.Want{})
			if code != "" {
				refused(t, err, code)
				continue
			}
			if err != nil {
				t.Errorf("%s: %v", mode, err)
				continue
			}
			if _, has := got.Document.Sources.Object(attrs.UserInfo); has || !got.Document.Lacks(attrs.UserInfo) || got.Tokens.Refresh == tokens.Refresh {
				t.Errorf("%s: userinfo %v, failed %v", mode, has, got.Document.Missing)
			}
		}
	}
}

// TestT27_RotationAndReuse: a provider whose refresh tokens are good once, an
// answer that is lost, and the token that is tried again.
func TestT27_RotationAndReuse(t *testing.T) {
	w, doc, tokens := signedIn(t, nil, nil)
	first := tokens
	for range 3 {
		got, err := w.rp.Refresh(w.ctx(), doc, tokens, login.Want{})
		if err != nil {
			t.Fatal(err)
		}
		doc, tokens = got.Document, got.Tokens
	}
	_, err := w.rp.Refresh(w.ctx(), doc, first, login.Want{})
	refused(t, err, login.CodeRefreshRefused)
	_, err = w.rp.Refresh(w.ctx(), doc, tokens, login.Want{}) // the family is revoked
	refused(t, err, login.CodeRefreshRefused)

	w, doc, tokens = signedIn(t, func(k *hosttest.Knobs) { k.Refreshing.Lose = 1 }, nil)
	_, err = w.rp.Refresh(w.ctx(), doc, tokens, login.Want{})
	refused(t, err, login.CodeProviderDown)
	_, err = w.rp.Refresh(w.ctx(), doc, tokens, login.Want{})
	refused(t, err, login.CodeRefreshRefused)

	w, doc, tokens = signedIn(t, func(k *hosttest.Knobs) { k.Refreshing.Lose, k.Refreshing.Rotate = 1, false }, nil)
	_, err = w.rp.Refresh(w.ctx(), doc, tokens, login.Want{})
	refused(t, err, login.CodeProviderDown)
	if _, err = w.rp.Refresh(w.ctx(), doc, tokens, login.Want{}); err != nil {
		t.Errorf("a provider without rotation: %v", err)
	}
}

// While the keys cannot be had, nothing of the answer is believed, and the
// refresh token that came with it is the next one all the same.
func TestT27_KeysAreAwayAtARefresh(t *testing.T) {
	w, doc, tokens := signedIn(t, nil, nil)
	w.op.RotateKeys()
	w.op.Set(func(k *hosttest.Knobs) { k.Faults = map[hosttest.Endpoint]hosttest.Fault{hosttest.JWKS: {Status: 500}} })
	got, err := w.rp.Refresh(w.ctx(), doc, tokens, login.Want{})
	refused(t, err, login.CodeProviderDown)
	if got.Tokens.Refresh == tokens.Refresh || got.Tokens.Access != tokens.Access || got.Tokens.Expires != tokens.Expires {
		t.Errorf("the tokens beside the error are not those before with the next refresh token")
	}
	w.op.Set(func(k *hosttest.Knobs) { k.Faults = nil })
	w.op.Clock.Advance(time.Minute) // keys are not fetched at once again
	if got, err = w.rp.Refresh(w.ctx(), doc, got.Tokens, login.Want{}); err != nil || got.Tokens.Access == tokens.Access {
		t.Errorf("with the keys there again: %v", err)
	}
}

// Whatever keeps an answer from coming says nothing of the refresh token.
func TestTheTokenEndpointFailsAtARefresh(t *testing.T) {
	for name, tt := range map[string]struct {
		fault hosttest.Fault
		code  login.Code
	}{
		"500":                     {hosttest.Fault{Status: 500, Body: "canary"}, login.CodeProviderDown},
		"500 with invalid_grant":  {hosttest.Fault{Status: 500, Body: `{"error":"invalid_grant"}`}, login.CodeProviderDown},
		"429":                     {hosttest.Fault{Status: 429}, login.CodeProviderDown},
		"dropped":                 {hosttest.Fault{Drop: true}, login.CodeProviderDown},
		"slow":                    {hosttest.Fault{Slow: time.Minute}, login.CodeProviderTimeout},
		"404":                     {hosttest.Fault{Status: 404, Body: "<html>canary"}, login.CodeProviderDown},
		"a text of invalid_grant": {hosttest.Fault{Status: 400, Body: "invalid_grant"}, login.CodeProviderDown},
		"T50 redirect":            {hosttest.Fault{Redirect: "https://attacker.example/token"}, login.CodeProviderDown},
		"html":                    {hosttest.Fault{Body: "<html>canary"}, login.CodeRefreshFailed},
		"twice":                   {hosttest.Fault{Body: `{"access_token":"a","access_token":"b"}`}, login.CodeRefreshFailed},
		"bomb":                    {hosttest.Fault{Bomb: true}, login.CodeProviderDown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, doc, tokens := signedIn(t, nil, nil)
			w.rp.cfg.HTTP = token.NewClient(token.ClientConfig{RootCAs: w.op.CA(), Timeout: 500 * time.Millisecond})
			w.op.Set(func(k *hosttest.Knobs) { k.Faults = fault(hosttest.Refresh, tt.fault) })
			_, err := w.rp.Refresh(w.ctx(), doc, tokens, login.Want{})
			refused(t, err, tt.code)
			absent(t, "the log or error", w.logged()+err.Error(), "the body", "canary")
		})
	}
}

// Keys that cannot be had say nothing of the token that was refreshed.
func TestARefreshWhoseKeysCannotBeHad(t *testing.T) {
	w, doc, tokens := signedIn(t, nil, nil)
	w.op.Clock.Advance(25 * time.Hour)
	w.op.Set(func(k *hosttest.Knobs) { k.Faults = fault(hosttest.JWKS, hosttest.Fault{Status: 500}) })
	_, err := w.rp.Refresh(w.ctx(), doc, tokens, login.Want{})
	refused(t, err, login.CodeProviderDown)
}

// A session's tokens are sent to the provider that issued them, and to no other
// that has its name now.
func TestTokensOfAnotherIssuerAreSentNowhere(t *testing.T) {
	w, doc, tokens := signedIn(t, nil, nil)
	other := newWorld(t, nil, nil)
	_, err := other.rp.Refresh(other.ctx(), doc, tokens, login.Want{})
	refused(t, err, login.CodeRefreshRefused)
	_, err = other.rp.Exchange(other.ctx(), doc, tokens, login.Want{Audience: "api"})
	refused(t, err, login.CodeRefreshRefused)
	if other.op.Calls(hosttest.Token) != 0 {
		t.Error("the other provider was called")
	}
	_, err = w.rp.Refresh(context.Background(), doc, login.Tokens{Access: tokens.Access}, login.Want{})
	refused(t, err, login.CodeTokenUnavailable)
}

func TestRefreshAuthenticatesTheClient(t *testing.T) {
	for _, method := range []string{ClientSecretBasic, ClientSecretPost, PrivateKeyJWT} {
		key := hosttest.ECKey()
		w, doc, tokens := signedIn(t, func(k *hosttest.Knobs) { k.ClientKey = key.Private.Public() }, func(c *Config) {
			c.AuthMethod, c.PrivateKey, c.KeyID = method, key.Private, "k1"
		})
		if _, err := w.rp.Refresh(w.ctx(), doc, tokens, login.Want{}); err != nil {
			t.Errorf("%s: %v", method, err)
		}
		call := w.op.Last(hosttest.Refresh)
		if call.AuthMethod() != method || len(call.Form["scope"])+len(call.Form["resource"]) != 0 || !slices.Equal(call.Form["refresh_token"], []string{tokens.Refresh}) {
			t.Errorf("%s: authenticated with %s", method, call.AuthMethod())
		}
	}
}
