package factors_test

// One-time codes (RFC 6238).

import (
	"net/url"
	"strings"
	"testing"
	"time"

	. "github.com/doorward/doorward/host/idp/factors"
)

// The SHA-1 vectors of RFC 6238, appendix B, by their last six digits.
func TestCheckTOTP_RFC6238(t *testing.T) {
	secret := []byte("12345678901234567890")
	for unix, code := range map[int64]string{
		59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130",
	} {
		if step, ok := CheckTOTP(secret, code, time.Unix(unix, 0), 0); !ok || step != unix/30 {
			t.Errorf("%d: %d %v", unix, step, ok)
		}
	}
}

func TestCheckTOTP_OnceAndOneStepOfSkew(t *testing.T) {
	secret, code, at := []byte("12345678901234567890"), "005924", int64(1234567890)
	for passed, want := range map[int64]bool{-60: false, -30: true, 0: true, 30: true, 60: false} {
		if _, ok := CheckTOTP(secret, code, time.Unix(at+passed, 0), 0); ok != want {
			t.Errorf("%d seconds later: %v", passed, ok)
		}
	}
	for used, want := range map[int64]bool{at/30 - 1: true, at / 30: false, at/30 + 1: false} {
		if _, ok := CheckTOTP(secret, code, time.Unix(at, 0), used); ok != want {
			t.Errorf("with step %d used: %v", used, ok)
		}
	}
	for _, bad := range []string{"", "05924", "0005924", "５００５９２", strings.Repeat("0", 1000), "a05924"} {
		if _, ok := CheckTOTP(secret, bad, time.Unix(at, 0), 0); ok {
			t.Errorf("%.10q is accepted", bad)
		}
	}
	if _, ok := CheckTOTP(secret, "005 924", time.Unix(at, 0), 0); !ok {
		t.Error("a code with the space that apps show is refused")
	}
}

func TestTOTPURI(t *testing.T) {
	secret := NewTOTP()
	u, err := url.Parse(TOTPURI(secret, "Plant 7: north", "ada & co"))
	if err != nil || u.Scheme != "otpauth" || u.Host != "totp" || u.Path != "/Plant 7: north:ada & co" {
		t.Fatalf("%v %v", u, err)
	}
	if q := u.Query(); q.Get("secret") != TOTPText(secret) || q.Get("issuer") != "Plant 7: north" || strings.Contains(u.RawQuery, "+") {
		t.Errorf("%s", u.RawQuery)
	}
	if len(secret) != 20 || TOTPText(secret) == TOTPText(NewTOTP()) {
		t.Error("secrets must be new and of 160 bits")
	}
}
