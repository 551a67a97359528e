package attrs_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/attrs"
)

// claims is about 4 KB, as an ID token with many groups is.
var claims = func() string {
	groups := strings.TrimSuffix(strings.Repeat(`"0b1f7a52-6a39-4a8e-9a59-3f5d1c2e4b6d",`, 80), ",")
	return `{"iss":"https://idp.example.com","sub":"248289761001","aud":"doorward","exp":1311281970,"iat":1311280970,
		"auth_time":1311280969,"nonce":"n-0S6_WzA2Mj","name":"Jos\u00e9 Example","address":{"country":"CH"},"groups":[` + groups + `]}`
}()

func BenchmarkParse(b *testing.B) {
	text := []byte(claims)
	b.Run("attrs", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := (attrs.Document{}).With(attrs.IDTokenClaims, text); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding-json", func(b *testing.B) { // without any of the refusals
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		for b.Loop() {
			decoder := json.NewDecoder(bytes.NewReader(text))
			decoder.UseNumber()
			var v map[string]any
			if err := decoder.Decode(&v); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkLookup(b *testing.B) {
	doc := with(b, attrs.IDTokenClaims, claims)
	for _, path := range []string{"sub", "address.country", "groups[79]", "https://example.com/roles"} {
		b.Run(path, func(b *testing.B) {
			ref, err := attrs.ParseReference("{attribute-source:idTokenClaims:" + path + "}")
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := doc.Lookup(ref); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkRedacted(b *testing.B) {
	doc := tokenDocument(b)
	doc, err := doc.With(attrs.IDTokenClaims, []byte(claims))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		doc.Redacted()
	}
}
