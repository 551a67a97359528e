package author

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestDiff(t *testing.T) {
	lines := func(text string) []string { return strings.Split(text, " ") }
	for _, c := range []struct{ want, got, diff string }{
		{"a b c", "a x c", "  a|- b|+ x|  c"},
		{"a b", "a b c", "  a|  b|+ c"},
		{"a b c", "b c", "- a|  b|  c"},
		{"1 2 3 4 5 6 7 8 9", "1 2 3 4 5 6 7 8 x", "  6|  7|  8|- 9|+ x"},
		{"a 2 3 4 5 6 7 8 b", "x 2 3 4 5 6 7 8 y", "- a|+ x|  2|  3|  4|  …|  6|  7|  8|- b|+ y"},
		{"a b", "a b", ""},
	} {
		if got := strings.Join(diff(lines(c.want), lines(c.got)), "|"); got != c.diff {
			t.Errorf("%s to %s: %s, want %s", c.want, c.got, got, c.diff)
		}
	}
	long := slices.Repeat([]string{"x"}, maxCompared+1)
	if got := diff(long, long); len(got) > 2 {
		t.Errorf("%d lines", len(got))
	}
}

func TestNumbers(t *testing.T) {
	for want, got := range map[string]string{
		"0": grouped(0), "999": grouped(999), "1,000": grouped(1000), "-123": grouped(-123), "-1,234,567": grouped(-1234567),
		"10,239 bytes": bytesText(10239), "10.0 KiB": bytesText(10 << 10), "1.0 MiB": bytesText(1 << 20),
		"1.234µs": timeText(1234), "118µs": timeText(118400 * time.Nanosecond), "12.35ms": timeText(12345 * time.Microsecond),
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestRanks(t *testing.T) {
	hundred := make([]int64, 100)
	for i := range hundred {
		hundred[i] = int64(100 - i)
	}
	if got, want := percentiles(hundred), (Percentiles{50, 90, 99, 100}); got != want {
		t.Errorf("got %+v", got)
	}
	if got, want := percentiles([]int64{7}), (Percentiles{7, 7, 7, 7}); got != want {
		t.Errorf("got %+v", got)
	}
	if got := percentiles(nil); got != (Percentiles{}) {
		t.Errorf("got %+v", got)
	}
}

func TestDemangled(t *testing.T) {
	for name, want := range map[string]string{
		"_ZN3std9panicking20rust_panic_with_hook17h1b1329eaa36c7fa5E":                              "std::panicking::rust_panic_with_hook",
		"_ZN3std9panicking19begin_panic_handler28_$u7b$$u7b$closure$u7d$$u7d$17h106d97be21bfe094E": "std::panicking::begin_panic_handler::{{closure}}",
		"_ZN4core3fmt5Write36_$LT$impl$u20$core..fmt..Display$GT$3fmt17h0123456789abcdefE":         "core::fmt::Write::<impl core::fmt::Display>::fmt",
		"_RNvNtCsgEmfK2I1SDS_4core9panicking19panic_cannot_unwind":                                 "core::panicking::panic_cannot_unwind",
		"_RNvMNtCs4Q2Qx8jI5j6_1a4deepINtB2_1SlE3getB4_":                                            "<a::deep::S>::get",
		"_RNCNvMNtCs4Q2Qx8jI5j6_1a4deepINtB4_1SlE3get0B6_":                                         "<a::deep::S>::get::{closure}",
		"_RNvXCs4Q2Qx8jI5j6_1aINtNtB2_4deep1SlENtB2_2Go2go":                                        "<a::deep::S as a::Go>::go",
		"_RINvCs4Q2Qx8jI5j6_1a4takeRhQSeTlxEAjj3_FmEcDNtB2_2GoEL_EB2_":                             "a::take",
		"_RNvXCs1_1aRSTlDNtB2_2GoEL_ENtB2_2Go2go.llvm.123":                                         "<&[(i32, dyn a::Go)] as a::Go>::go",
		"_RNvXCs1_1aFUKCRhEOePuENtB2_2Go2go":                                                       "_RNvXCs1_1aFUKCRhEOePuENtB2_2Go2go",
		"_R":                                                                                       "_R", "_RC": "_RC", "_RCs1_": "_RCs1_", "_RC9a": "_RC9a", "_RB_": "_RB_", "_RNvB_1a": "_RNvB_1a", "_RNvB9_1a": "_RNvB9_1a", "_RIC1aC": "_RIC1aC", "_RC99999999999999999999a": "_RC99999999999999999999a",
		"_RM" + strings.Repeat("TB_", 60): "_RM" + strings.Repeat("TB_", 60),
		"map":                             "map", "_ZN": "_ZN", "_ZN9short": "_ZN9short", "_ZN3a": "_ZN3a", "_ZN99999999999999999999aE": "_ZN99999999999999999999aE", "_ZN1aX": "_ZN1aX", "$12": "$12",
	} {
		if got := demangled(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// A name comes from the module: whatever it is, reading it ends, and soon.
func FuzzDemangled(f *testing.F) {
	for _, seed := range []string{"_RNCNvMNtCs4Q2Qx8jI5j6_1a4deepINtB4_1SlE3get0B6_", "_RINvC1a4takeRhQSeTlxEAjj3_FmEcDNtB2_2GoEL_EB2_", "_ZN3std9panicking17h1b1329eaa36c7fa5E"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if len(name) > 200 {
			name = name[:200] // as the host cuts them
		}
		if got := demangled(name); len(got) > 100*(len(name)+10) {
			t.Errorf("%d bytes of %q", len(got), name)
		}
	})
}
