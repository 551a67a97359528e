package conformance_test

import "math"

// entropy is the Shannon entropy of s in bits, as if its characters were drawn
// from those it has.
func entropy(s string) float64 {
	count := map[rune]float64{}
	for _, r := range s {
		count[r]++
	}
	n, bits := float64(len(s)), 0.0
	for _, k := range count {
		bits -= k * math.Log2(k/n)
	}
	return bits
}
