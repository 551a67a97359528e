package attrs_test

import (
	"testing"

	"github.com/doorward/doorward/host/attrs"
)

// A redacted document is one that was redacted: policies and records see the
// same digests, however often a document went through it.
func TestRedacted_TwiceIsOnce(t *testing.T) {
	doc := tokenDocument(t)
	once, err := doc.Redacted().MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	var again attrs.Document
	if err := again.UnmarshalJSON(once); err != nil {
		t.Fatal(err)
	}
	twice, err := again.Redacted().MarshalJSON()
	if err != nil || string(twice) != string(once) {
		t.Errorf("%v\n%s\nbecame\n%s", err, once, twice)
	}
	// What only looks like a digest is a secret as any other.
	for _, text := range []string{"sha256:0123456789abcdef", "sha256:0123456789abcde…", "sha256:0123456789abcdeg…", "xsha256:0123456789abcdef…"} {
		secret := with(t, attrs.TokenEndpointResponse, `{"access_token":"`+text+`"}`).Secrets()
		if secret.MaskString(text) == text {
			t.Errorf("%s is shown", text)
		}
	}
}

func TestDocument_Size(t *testing.T) {
	doc := tokenDocument(t)
	want := 0
	for _, name := range doc.Names() {
		raw, _ := doc.Raw(name)
		want += len(raw)
	}
	if got := doc.Size(); got != want || want == 0 {
		t.Errorf("%d bytes, want %d", got, want)
	}
}

// What PublicMember names is what Redacted leaves alone.
func TestPublicMember_IsWhatStays(t *testing.T) {
	for name, public := range map[string]bool{"scope": true, "token_type": true, "expires_in": true, "access_token": false, "Scope": false, "": false} {
		redacted := with(t, attrs.TokenEndpointResponse, `{"`+name+`":"0123456789abcdefgh"}`).Redacted()
		object, _ := redacted.Object(attrs.TokenEndpointResponse)
		if stays := object[name] == "0123456789abcdefgh"; stays != public || attrs.PublicMember(name) != public {
			t.Errorf("%q: stays %t, public %t", name, stays, attrs.PublicMember(name))
		}
	}
}
