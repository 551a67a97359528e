package attrs_test

import (
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/attrs"
)

func TestEveryClaimType(t *testing.T) {
	table, err := os.ReadFile("claim-types.tsv")
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for line := range strings.Lines(string(table)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		long, short, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if !ok || strings.ContainsAny(short, "\t ") {
			t.Fatalf("row %q", line)
		}
		rows++
		if !slices.Contains(attrs.ShortName(long), short) {
			t.Errorf("%s has %v, want %s", long, attrs.ShortName(long), short)
		}
	}
	if rows != 73 {
		t.Errorf("%d rows, want 73", rows)
	}
	const twice = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier"
	if got := attrs.ShortName(twice); !reflect.DeepEqual(got, []string{"nameid", "sub"}) {
		t.Errorf("nameidentifier is %v", got)
	}
	for _, none := range []string{"", "email", strings.ToUpper(twice), "# claim type (SAML / WS-Federation)"} {
		if got := attrs.ShortName(none); len(got) != 0 {
			t.Errorf("%q is %v", none, got)
		}
	}
	attrs.ShortName(twice)[0] = "changed"
	if attrs.ShortName(twice)[0] != "nameid" {
		t.Error("a caller changed the table")
	}
}
