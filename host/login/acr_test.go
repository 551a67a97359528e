package login

import (
	"strings"
	"testing"
)

func TestACRValue(t *testing.T) {
	for text, ok := range map[string]bool{
		"urn:example:mfa": true, "0": true, "Authenticated/Fresh": true, "!#[]~": true, strings.Repeat("x", 255): true,
		"": false, "a b": false, "a\tb": false, `a"b`: false, `a\b`: false, "ü": false, "a\x00": false, "a\x7f": false, strings.Repeat("x", 256): false,
	} {
		if ACRValue(text) != ok {
			t.Errorf("%q: %t", text, !ok)
		}
	}
}

func TestSaidOfACR(t *testing.T) {
	for said, l := range map[string]Login{
		"": {Evidence: Evidence{ACR: "x"}},
		"the provider was asked for acr a or b and sent c":                   {ACRValues: []string{"a", "b"}, Evidence: Evidence{ACR: "c"}},
		"the provider was asked for acr a and sent none":                     {ACRValues: []string{"a"}},
		"the provider was asked for acr a and sent one that cannot be shown": {ACRValues: []string{"a"}, Evidence: Evidence{ACR: "<b> \n"}},
		"the provider was asked for acr a or b and sent b":                   {ACRValues: []string{"a", "b"}, Evidence: Evidence{ACR: "b"}},
	} {
		if got := l.SaidOfACR(); got != said {
			t.Errorf("%q, want %q", got, said)
		}
	}
	if (Login{ACRValues: []string{"a"}, Evidence: Evidence{ACR: "A"}}).MetACR() {
		t.Error("upper and lower case are one")
	}
}
