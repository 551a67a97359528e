package plugins_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/doorward/doorward/host/plugin"
	"github.com/doorward/doorward/sdk/abi"
)

// A domain counts only when every program reads it as the same: each character
// that normalization or the folding of case changes, or that joins the one
// before it, makes the address uncountable.
func TestEmailDomainHasOneForm(t *testing.T) {
	ctx := context.Background()
	p, err := newRuntime(t).Open(ctx, plugin.Config{
		Name: "p", Module: "bundled:email-domain", Sources: everySource,
		Config: json.RawMessage(`{}`), Limits: plugin.Limits{Timeout: 10 * time.Second},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close(ctx)
	tried, faults := 0, 0
	for r := rune(0x80); r <= unicode.MaxRune && faults < 20; r++ {
		if !unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.S) || oneForm(r) {
			continue
		}
		tried++
		if domain := domainOf(t, p, "x"+string(r)); domain != "" {
			faults++
			t.Errorf("%U %c counts, as %s", r, r, domain)
		}
	}
	if tried < 5000 {
		t.Errorf("only %d characters were tried", tried)
	}
	for _, domain := range []string{"bücher", "straße", "例え", "한국", "भारत", "пример", "ไทย", "مصر", "ישראל"} {
		if domainOf(t, p, domain) == "" {
			t.Errorf("%s does not count", domain)
		}
	}
}

// oneForm reports whether a character is itself, but for its small letter, in
// every form.
func oneForm(r rune) bool {
	if r == 'ß' || r == 'ς' { // letters of their own since IDNA 2008
		return true
	}
	small := string(unicode.ToLower(r))
	folded := norm.NFKC.String(cases.Fold().String(norm.NFKC.String(string(r))))
	alone := norm.NFKC.PropertiesString(small).BoundaryBefore() && norm.NFKC.PropertiesString(string(r)).BoundaryBefore()
	return r != 'Σ' && alone && folded == small
}

// domainOf is what the plugin makes of a domain; empty when it does not count.
func domainOf(t *testing.T, p *plugin.Plugin, domain string) string {
	t.Helper()
	input := `{"version":1,"sources":{"userInfo":{"email":"a@` + domain + `","email_verified":true}},"user":{},"login":{},"config":{}}`
	report, err := p.Run(context.Background(), plugin.Job{Input: []byte(input)})
	if err != nil {
		t.Fatalf("%+q: %v", domain, err)
	}
	made, _ := abi.Raw(report.Output).Get("/set/attributes/emailDomain")
	return strings.Trim(string(made), `"`)
}
