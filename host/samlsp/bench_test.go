package samlsp_test

import "testing"

// BenchmarkComplete is the whole check of a response.
func BenchmarkComplete(b *testing.B) {
	sp, req := fixtureProvider(b)
	for _, name := range []string{"assertion", "response", "both", "encrypted"} {
		answer := answering(mustRead(b, name+".xml"))
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				if _, err := sp.Complete(b.Context(), req, answer); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
