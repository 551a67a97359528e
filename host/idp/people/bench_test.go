package people

import "testing"

// BenchmarkPassword is one check of a password at the cost of a new hash.
func BenchmarkPassword(b *testing.B) {
	hash, err := HashPassword("correct horse battery")
	must(b, err)
	h := NewHasher(HashesAtOnce, HashesWait)
	for b.Loop() {
		if ok, err := h.Matches(b.Context(), hash, "correct horse battery"); !ok || err != nil {
			b.Fatal(ok, err)
		}
	}
}
