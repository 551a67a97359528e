package login_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/login"
)

func TestTokensOfASignIn(t *testing.T) {
	at := time.Unix(asked, 500_000_000)
	for expiresIn, want := range map[string]int64{
		`3600`: asked + 3600, `"3600"`: asked + 3600, `1.5`: asked + 1, `3.6e3`: asked + 3600,
		`0`: 0, `-1`: 0, `"soon"`: 0, `null`: 0, `true`: 0, `[1]`: 0, `1e300`: 0, `"NaN"`: 0, `"Inf"`: 0, `99999999999`: 0,
	} {
		doc := login.Document{ReceivedAt: at, Sources: sourcesOf(t, `{"tokenEndpointResponse":{"access_token":"secret-a","refresh_token":"secret-r","id_token":"secret-i","expires_in":`+expiresIn+`}}`)}
		got := login.TokensOf(doc)
		if got.Access != "secret-a" || got.Refresh != "secret-r" || got.IDToken != "secret-i" || got.Expires != want {
			t.Errorf("expires_in %s: expires %d, want %d", expiresIn, got.Expires, want)
		}
		if text := fmt.Sprintf("%v %+v %#v %s", got, got, &got, login.Granted{Token: "secret-g"}); strings.Contains(text, "secret") {
			t.Errorf("printing them shows %s", text)
		}
	}
	for _, sources := range []string{`{"idTokenClaims":{"sub":"a"}}`, `{"tokenEndpointResponse":{"access_token":1,"refresh_token":{}}}`} {
		if got := login.TokensOf(login.Document{ReceivedAt: at, Sources: sourcesOf(t, sources)}); got.Access+got.Refresh+got.IDToken != "" || got.Expires != 0 {
			t.Errorf("%s has tokens", sources)
		}
	}
}
