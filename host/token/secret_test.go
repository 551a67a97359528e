package token

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestT48_SecretPrintsAsRedacted(t *testing.T) {
	const canary = "canary-0451"
	secret := Secret(canary)
	holder := struct {
		S Secret
		P *Secret
		L []Secret
		M map[string]Secret
	}{secret, &secret, []Secret{secret}, map[string]Secret{"a": secret}}
	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%10s"} {
		fmt.Fprintf(&out, verb, secret)
		fmt.Fprintf(&out, verb, holder)
	}
	raw, err := json.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(raw)
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "secret", secret, "holder", holder)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "secret", secret, "holder", holder)
	for _, form := range []string{canary, fmt.Sprintf("%x", canary), fmt.Sprintf("%X", canary)} {
		if strings.Contains(out.String(), form) {
			t.Errorf("the secret is printed as %q", form)
		}
	}
	if secret.Reveal() != canary {
		t.Error("Reveal")
	}
}
