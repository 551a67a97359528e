package token

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

func claims(t testing.TB, text string) map[string]any {
	t.Helper()
	value, err := Object([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return value
}

func TestT18_TimeClaims(t *testing.T) {
	for text, want := range map[string]int64{
		`1700000000`: 1700000000, `1700000000.0`: 1700000000, `1.7e9`: 1700000000, `1.7E+9`: 1700000000,
		`1`: 1, `4102444800`: 4102444800, `253402300799`: 253402300799, // 2100, and the end of 9999
	} {
		got, present, err := Time(claims(t, `{"exp":`+text+`}`), "exp")
		if err != nil || !present || got != want {
			t.Errorf("%s: %d, %v, %v", text, got, present, err)
		}
	}
	for _, text := range []string{
		`253402300800`, `1700000000000`, `1e300`, `1e30000`, `1e999999999`, `-1`, `-1700000000`, `0`, `-0`,
		`1700000000.5`, `1e-5`, `"1700000000"`, `null`, `true`, `[1700000000]`, `{}`, `9223372036854775808`,
		`1` + strings.Repeat("0", 300), `0.` + strings.Repeat("0", 300) + `1`,
	} {
		if _, present, err := Time(claims(t, `{"exp":`+text+`}`), "exp"); !present || !errors.Is(err, ErrClaim) {
			t.Errorf("%s: present %v, %v", text, present, err)
		}
	}
	if _, present, err := Time(claims(t, `{}`), "exp"); present || err != nil {
		t.Errorf("absent: %v, %v", present, err)
	}
}

func TestT18_CheckTimes(t *testing.T) {
	now := time.Unix(1700000000, 0)
	for _, tt := range []struct {
		claims string
		ok     bool
	}{
		{`{"exp":1700000300,"iat":1700000000}`, true},
		{`{"exp":4102444800,"iat":1700000000}`, true},
		// exp: the skew is in the token's favour, and the boundary is out.
		{`{"exp":1699999941,"iat":1700000000}`, true},
		{`{"exp":1699999940,"iat":1700000000}`, false},
		// iat: the provider's clock may be ahead by the skew.
		{`{"exp":1700000300,"iat":1700000060}`, true},
		{`{"exp":1700000300,"iat":1700000061}`, false},
		{`{"exp":1700000300,"iat":1700000000,"nbf":1700000060}`, true},
		{`{"exp":1700000300,"iat":1700000000,"nbf":1700000061}`, false},
		{`{"exp":1700000300,"iat":1700000000,"nbf":"soon"}`, false},
		{`{"exp":1700000300}`, false},
		{`{"iat":1700000000}`, false},
		{`{"exp":null,"iat":1700000000}`, false},
		{`{"exp":1e300,"iat":1700000000}`, false},
		{`{"exp":1700000300,"iat":-5}`, false},
		{`{"exp":1700000300,"iat":"1700000000"}`, false},
		{`{}`, false},
	} {
		err := CheckTimes(claims(t, tt.claims), now, time.Minute)
		if (err == nil) != tt.ok || err != nil && !errors.Is(err, ErrClaim) {
			t.Errorf("%s: %v", tt.claims, err)
		}
	}
	if err := CheckNotExpired(claims(t, `{}`), now, 0); err != nil {
		t.Errorf("CheckNotExpired without times: %v", err)
	}
}

func TestT17_CheckIssuerAudienceParty(t *testing.T) {
	const issuer = "https://idp.example.com"
	for text, ok := range map[string]bool{
		`{"iss":"https://idp.example.com"}`: true, `{"iss":"https://idp.example.com/"}`: false,
		`{"iss":"https://IDP.example.com"}`: false, `{"iss":["https://idp.example.com"]}`: false, `{}`: false, `{"iss":null}`: false,
	} {
		if err := CheckIssuer(claims(t, text), issuer); (err == nil) != ok {
			t.Errorf("%s: %v", text, err)
		}
	}
	for text, ok := range map[string]bool{
		`{"aud":"me"}`: true, `{"aud":["me"]}`: true, `{"aud":["me","me"]}`: true, `{"aud":["friend","me"]}`: true,
		`{"aud":["me","stranger"]}`: false, `{"aud":["friend"]}`: false, `{"aud":"Me"}`: false, `{"aud":[]}`: false,
		`{"aud":["me",5]}`: false, `{"aud":{"me":1}}`: false, `{}`: false, `{"aud":null}`: false, `{"aud":""}`: false,
	} {
		if err := CheckAudience(claims(t, text), "me", "friend"); (err == nil) != ok {
			t.Errorf("%s: %v", text, err)
		}
	}
	for text, ok := range map[string]bool{
		`{}`: true, `{"azp":"me"}`: true, `{"azp":"friend"}`: false, `{"azp":null}`: false, `{"azp":["me"]}`: false,
	} {
		if err := CheckAuthorizedParty(claims(t, text), "me"); (err == nil) != ok {
			t.Errorf("%s: %v", text, err)
		}
	}
	if CheckIssuer(claims(t, `{"iss":""}`), "") == nil || CheckAudience(claims(t, `{"aud":""}`), "") == nil || CheckNonce(claims(t, `{"nonce":""}`), "") == nil {
		t.Error("an empty expectation is met by an empty claim")
	}
}

func TestSubject(t *testing.T) {
	for text, ok := range map[string]bool{
		`{"sub":"a"}`: true, `{"sub":"auth0|5 a~"}`: true, `{"sub":"` + strings.Repeat("a", 255) + `"}`: true,
		`{"sub":"` + strings.Repeat("a", 256) + `"}`: false, `{"sub":""}`: false, `{"sub":5}`: false, `{"sub":null}`: false,
		`{"sub":"é"}`: false, `{"sub":"a\u0000"}`: false, `{"sub":"a\r\nb"}`: false, `{}`: false,
	} {
		if _, err := Subject(claims(t, text)); (err == nil) != ok {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestT48_ClaimErrorsHoldNoValue(t *testing.T) {
	c := claims(t, `{"iss":"canary","aud":["canary"],"azp":"canary","exp":"canary","iat":"canary","nonce":"canary","sub":"canary\n"}`)
	_, err := Subject(c)
	for _, err := range []error{
		CheckIssuer(c, "i"), CheckAudience(c, "a"), CheckAuthorizedParty(c, "a"), CheckNonce(c, "n"),
		CheckTimes(c, time.Now(), 0), err,
	} {
		if err == nil || strings.Contains(fmt.Sprint(err), "canary") {
			t.Errorf("error: %v", err)
		}
	}
}
