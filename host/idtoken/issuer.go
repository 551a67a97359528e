// Issuers, with placeholders for claims.

package idtoken

import (
	"fmt"
	"slices"
	"strings"
)

// template is an issuer in which some parts are the text of a claim. Nothing in
// it is a pattern: what is left when the claims are filled in is compared octet
// by octet, and a claim fills in only what it is listed for.
type template struct {
	parts  []part
	values map[string][]string
}

// part is literal text, or the claim called name.
type part struct{ text, name string }

// parseTemplate reads "https://login.example.com/{tid}/v2.0". Every placeholder
// must have values, and none of them may be empty.
func parseTemplate(text string, values map[string][]string) (template, error) {
	t := template{values: values}
	for rest := text; rest != ""; {
		literal, after, open := strings.Cut(rest, "{")
		name, behind, closed := strings.Cut(after, "}")
		if strings.Contains(literal, "}") || open && (!closed || name == "" || strings.Contains(name, "{")) {
			return t, fmt.Errorf("issuer: a brace has no partner: write {NAME} for the text of a claim")
		}
		if t.parts = append(t.parts, part{text: literal}); open {
			t.parts = append(t.parts, part{name: name})
		}
		if open && (len(values[name]) == 0 || slices.Contains(values[name], "")) {
			return t, fmt.Errorf("issuer: {%s} may be anything, and so the issuer anybody: list its values under issuer_values", name)
		}
		rest = behind
	}
	if text == "" {
		return t, fmt.Errorf("issuer is missing")
	}
	return t, nil
}

// fits reports whether iss is the issuer that the claims make of the template.
func (t template) fits(claims map[string]any) bool {
	var want strings.Builder
	for _, p := range t.parts {
		text := p.text
		if p.name != "" {
			claim, _ := claims[p.name].(string)
			if !slices.Contains(t.values[p.name], claim) {
				return false
			}
			text = claim
		}
		want.WriteString(text)
	}
	iss, ok := claims["iss"].(string)
	return ok && iss == want.String()
}
