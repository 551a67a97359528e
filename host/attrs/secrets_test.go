package attrs_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/attrs"
)

const jwt = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjYW5hcnktMTIzIn0.c2lnbmF0dXJlLWNhbmFyeS00NTY"

const tokens = `{"access_token":"SlAV32hkKG-7c2f0a91d4","token_type":"Bearer","expires_in":3600,"scope":"openid profile",
	"issued_token_type":"urn:ietf:params:oauth:token-type:access_token","session_state":"4b1a7e3c-0c3f-4a55-9d57-1f7f2d1f9b10",
	"id_token":"` + jwt + `","refresh_token":"8xLOxBtZp8-1f00d2b7aa","pin":"1234","plan":"enterprise-9","user":{"name":"ada.lovelace"},"api_key":"ada.lovelace2",
	"nested":{"list":["deep-secret-0123456789",7,{"token_type":"not known here, so secret"}]}}`

func tokenDocument(t testing.TB) attrs.Document {
	doc := with(t, attrs.TokenEndpointResponse, tokens)
	doc, err := doc.With(attrs.IDTokenClaims, []byte(`{"sub":"1","sid":"4b1a7e3c-0c3f-4a55-9d57-1f7f2d1f9b10","name":"ada.lovelace","names":["ada.lovelace2"],"pin":1234,"n":1.10,
		"copied":{"at":["Bearer SlAV32hkKG-7c2f0a91d4"]}}`))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestWhatIsSecret(t *testing.T) {
	secrets := tokenDocument(t).Secrets()
	for text, secret := range map[string]bool{
		"SlAV32hkKG-7c2f0a91d4":                true,
		"slav32hkkg-7C2F0A91D4":                true, // another case
		"Bearer SlAV32hkKG-7c2f0a91d4.":        true, // inside
		"V32hkKG-7c2f0a91d":                    true, // 17 bytes of it
		"V32hkKG-7":                            false,
		jwt:                                    true,
		"eyJzdWIiOiJjYW5hcnktMTIzIn0":          true, // the payload
		"c2lnbmF0dXJlLWNhbmFyeS00NTY":          true, // the signature
		"xc2lnbmF0dXJlLWNhbmFyeS00NTYx":        true,
		"8xLOxBtZp8-1f00d2b7aa":                true,
		"deep-secret-0123456789":               true,
		"not known here, so secret":            true,
		"1234":                                 true,
		" 1234 ":                               true,
		"12345":                                false, // short: as a whole only
		"enterprise-9":                         true,
		"Bearer":                               false,
		"openid profile":                       false,
		"3600":                                 false,
		"7":                                    false,
		"4b1a7e3c-0c3f-4a55-9d57-1f7f2d1f9b10": false,
		"urn:ietf:params:oauth:token-type:access_token": false,
		"": false,
	} {
		if secrets.Contains(text) != secret {
			t.Errorf("%q: secret %v, want %v", text, !secret, secret)
		}
	}
	if (attrs.Secrets{}).Contains("x") || with(t, attrs.UserInfo, `{"access_token":"0123456789abcdef"}`).Secrets().Contains("0123456789abcdef") {
		t.Error("a document without tokens has secrets")
	}
	shared := with(t, attrs.TokenEndpointResponse, `{"instance_url":"https://eu12.salesforce.com"}`).Secrets()
	if shared.Contains("salesforce") {
		t.Error("a part of a name with dots counts like a part of a JWT")
	}
}

func TestWhatAnotherSourceTellsCanStillBeASecret(t *testing.T) {
	const told = "told-elsewhere-0123"
	for response, secret := range map[string]bool{
		`{"x":"` + told + `"}`:                   false,
		`{"x":["` + told + `"]}`:                 false,
		`{"refreshToken":"` + told + `"}`:        true,
		`{"tokens":{"x":["` + told + `"]}}`:      true,
		`{"x":{"client_secret":"` + told + `"}}`: true,
	} {
		doc, err := with(t, attrs.UserInfo, `{"list":["`+told+`"],"jwt":"`+jwt+`"}`).With(attrs.TokenEndpointResponse, []byte(response))
		if err != nil {
			t.Fatal(err)
		}
		if doc.Secrets().Contains(told) != secret {
			t.Errorf("%s: secret %v, want %v", response, !secret, secret)
		}
	}
	doc, err := with(t, attrs.UserInfo, `{"jwt":"`+jwt+`"}`).With(attrs.TokenEndpointResponse, []byte(`{"x":"`+jwt+`"}`))
	if err != nil || !doc.Secrets().Contains(jwt) {
		t.Errorf("a JWT is no secret: %v", err)
	}
}

func TestATokenIsNoNameEither(t *testing.T) {
	doc := with(t, attrs.TokenEndpointResponse, `{"access_token":"SlAV32hkKG-7c2f0a91d4","SlAV32hkKG-7c2f0a91d4":1}`)
	if raw, _ := doc.Redacted().Raw(attrs.TokenEndpointResponse); strings.Contains(string(raw), "SlAV") {
		t.Errorf("%s", raw)
	}
}

func TestMask(t *testing.T) {
	secrets := tokenDocument(t).Secrets()
	token := "SlAV32hkKG-7c2f0a91d4"
	value := map[string]any{
		"plain": "x", "n": json.Number("1.10"), "t": true, "nil": nil, "pin": "1234",
		"list": []any{"x", token}, "texts": []string{"x", token}, "map": map[string]string{"k": token}, token: "x",
	}
	const mask = "sha256:f0ea7bbd65c0a76c…"
	got := secrets.Mask(value)
	masked := secrets.MaskString(token)
	if !strings.HasPrefix(masked, "sha256:") || len(masked) != len(mask) {
		t.Fatalf("mask %q", masked)
	}
	want := map[string]any{
		"plain": "x", "n": json.Number("1.10"), "t": true, "nil": nil, "pin": "(redacted)",
		"list": []any{"x", masked}, "texts": []string{"x", masked}, "map": map[string]string{"k": masked}, masked: "x",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if value["list"].([]any)[1] != token || value["texts"].([]string)[1] != token {
		t.Error("the original was changed")
	}
	if secrets.Mask(42) != 42 {
		t.Error("a value that is no JSON was changed")
	}
}

func TestT48_RedactedHoldsNoToken(t *testing.T) {
	doc := tokenDocument(t)
	redacted := doc.Redacted()
	text, err := redacted.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	for _, canary := range []string{"SlAV32", "eyJ", "c2lnbmF0", "8xLOx", "deep-secret", "so secret"} {
		if strings.Contains(string(text), canary) {
			t.Errorf("%s is in %s", canary, text)
		}
	}
	response, _ := redacted.Object(attrs.TokenEndpointResponse)
	for name, want := range map[string]any{
		"token_type": "Bearer", "scope": "openid profile", "expires_in": json.Number("3600"), "pin": "(redacted)", "plan": "(redacted)", "user": map[string]any{"name": "(redacted)"},
		"issued_token_type": "urn:ietf:params:oauth:token-type:access_token", "session_state": "4b1a7e3c-0c3f-4a55-9d57-1f7f2d1f9b10",
		"nested": map[string]any{"list": []any{doc.Secrets().MaskString("deep-secret-0123456789"), json.Number("7"),
			map[string]any{"token_type": doc.Secrets().MaskString("not known here, so secret")}}},
	} {
		if !reflect.DeepEqual(response[name], want) {
			t.Errorf("%s is %v, want %v", name, response[name], want)
		}
	}
	claims, _ := redacted.Object(attrs.IDTokenClaims)
	for name, want := range map[string]any{ // only what is long enough to be a token is searched for here
		"sub": "1", "sid": "4b1a7e3c-0c3f-4a55-9d57-1f7f2d1f9b10", "name": "ada.lovelace", "names": []any{"ada.lovelace2"}, "n": json.Number("1.10"),
		"copied": map[string]any{"at": []any{doc.Secrets().MaskString("Bearer SlAV32hkKG-7c2f0a91d4")}},
	} {
		if !reflect.DeepEqual(claims[name], want) {
			t.Errorf("%s is %v, want %v", name, claims[name], want)
		}
	}
	var again attrs.Document
	if err := again.UnmarshalJSON(text); err != nil || !reflect.DeepEqual(again.Names(), doc.Names()) {
		t.Errorf("the redacted document cannot be read: %v", err)
	}
}

func TestRedactedKeepsSourcesWithoutTokensAsReceived(t *testing.T) {
	doc := with(t, attrs.TokenEndpointResponse, tokens)
	doc, err := doc.With(attrs.UserInfo, []byte(`{ "a" : 1.0 }`))
	if err != nil {
		t.Fatal(err)
	}
	if raw, _ := doc.Redacted().Raw(attrs.UserInfo); string(raw) != `{ "a" : 1.0 }` {
		t.Errorf("userInfo became %s", raw)
	}
	saml := with(t, attrs.AuthnResponse, `{"nameId":"ada"}`)
	if !reflect.DeepEqual(saml.Redacted(), saml) {
		t.Error("a document without tokens was changed")
	}
}

// The tokens of claim sources stand in the claims themselves.
func TestWhatIsSecretOfClaimSources(t *testing.T) {
	const source = "fo-claim-source-token-01"
	claims := `{"sub":"1","_claim_names":{"groups":"a"},"_claim_sources":{
		"a":{"endpoint":"https://claims.example.com/","access_token":"` + source + `"},"b":{"JWT":"` + jwt + `"},"c":"text"}}`
	for _, name := range []string{attrs.IDTokenClaims, attrs.UserInfo} {
		doc := with(t, name, claims)
		for text, secret := range map[string]bool{source: true, "Bearer " + source: true, jwt: true, "https://claims.example.com/": false, "groups": false, "text": false} {
			if doc.Secrets().Contains(text) != secret {
				t.Errorf("%s: %q: secret %v", name, text, !secret)
			}
		}
		objects, err := json.Marshal(doc.RedactedObjects(doc.Secrets()))
		if err != nil {
			t.Fatal(err)
		}
		redacted, _ := doc.Redacted().Raw(name)
		for _, text := range []string{string(objects), string(redacted)} {
			if strings.Contains(text, source) || strings.Contains(text, jwt) || !strings.Contains(text, "https://claims.example.com/") {
				t.Errorf("%s: redacted to %s", name, text)
			}
		}
	}
	if other := with(t, attrs.AuthnResponse, claims); other.Secrets().Contains(source) {
		t.Error("another source's member of that name is taken for one")
	}
}
