package samlsp

import (
	"crypto"
	"os"
	"strings"
	"testing"

	"github.com/beevik/etree"
)

// TestT37_WhatIsReadIsWhatWasDigested holds that the element which is handed on
// was made of the canonical bytes: what the signature does not cover, such as a
// comment that was put in later, and the signature itself, is not in it.
func TestT37_WhatIsReadIsWhatWasDigested(t *testing.T) {
	t.Parallel()
	read := func(name string) []byte {
		raw, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	idp, err := Config{}.withDefaults().readMetadata(read("metadata.xml"))
	if err != nil {
		t.Fatal(err)
	}
	root, err := parse([]byte(strings.Replace(string(read("response.xml")), "alice-7f3a", "alice<!-- later -->-7f3a", 1)), messageLimits)
	if err != nil {
		t.Fatal(err)
	}
	verified, err := signed(root, idp.keys, messageLimits)
	if err != nil {
		t.Fatal(err)
	}
	text, err := etree.NewDocumentWithRoot(verified).WriteToString()
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(text, "later") || strings.Contains(text, "Signature") || !strings.Contains(text, "alice-7f3a") {
		t.Errorf("what is read has more in it than was digested:\n%s", text)
	}
	if _, err := signed(root, []crypto.PublicKey{ed25519Like{}}, messageLimits); err == nil {
		t.Error("a key of an unknown kind made the signature")
	}
}

type ed25519Like struct{}
