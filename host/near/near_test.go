package near

import (
	"slices"
	"strings"
	"testing"
)

func TestWhatWasMeant(t *testing.T) {
	names := []string{"userInfo", "idTokenClaims", "Authenticated/Fresh", "force_auth", "csv", "rows"}
	for text, want := range map[string]string{
		"userinfo":               "userInfo",
		"usreInfo":               "userInfo",
		"force-auth":             "force_auth",
		"Authenticated/Fersh":    "Authenticated/Fresh",
		"cvs":                    "csv",
		"something else":         "",
		"":                       "",
		"xyz":                    "",
		strings.Repeat("a", 1e6): "",
	} {
		if got := Name(text, names); got != want {
			t.Errorf("%.40q: got %q, want %q", text, got, want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"ab", "ba", 1}, {"abc", "abd", 1}, {"kitten", "sitting", 3}, {"A-B", "a_b", 0}} {
		if got := distance(c.a, c.b); got != c.want || distance(c.b, c.a) != c.want {
			t.Errorf("%q and %q: %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

func TestTheNearestFirst(t *testing.T) {
	if got := First("rwos", []string{"key", "csv", "rows"}); !slices.Equal(got, []string{"rows", "csv", "key"}) && !slices.Equal(got, []string{"rows", "key", "csv"}) {
		t.Errorf("got %q", got)
	}
}
