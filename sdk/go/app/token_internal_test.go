package app

import (
	"fmt"
	"strings"
	"testing"
)

// A token shows in no print, not even in an unexported field, where fmt asks no
// Format.
func TestT48_ATokenIsNotPrinted(t *testing.T) {
	const text = "the-token-itself"
	token := Token{value: func() string { return text }, Type: "Bearer"}
	call := struct{ token Token }{token}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		for _, said := range []string{fmt.Sprintf(verb, token), fmt.Sprintf(verb, call), fmt.Sprintf(verb, &call)} {
			if strings.Contains(said, text) {
				t.Errorf("%s prints %s", verb, said)
			}
		}
	}
	if token.Reveal() != text || (Token{}).Reveal() != "" {
		t.Error("Reveal is not the token")
	}
}
