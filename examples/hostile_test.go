package examples_test

import (
	"strings"
	"testing"
)

// TestT43_hostile_values: whatever a mapper puts into an attribute arrives at
// the application as one header line, encoded, by the real nginx and HAProxy and
// by the replays.
func TestT43_hostile_values(t *testing.T) {
	t.Parallel()
	const value = `"Ada\r\nX-Doorward-Roles: root\u0000\t\u007f,%41é\r\n\r\nGET /second HTTP/1.1"`
	const want = "Ada%0D%0AX-Doorward-Roles: root%00%09%7F%2C%2541%C3%A9%0D%0A%0D%0AGET /second HTTP/1.1"
	for name, start := range proxies {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t, name, func(yaml string) string {
				yaml = swap(t, yaml, "- plugin: groups-to-roles", "- plugin: groups-to-roles\n      - expression: {attribute: attributes.hostile, value: '"+value+"'}")
				return swap(t, yaml, "X-Wiki-Name: firstName", "X-Wiki-Name: attributes.hostile")
			})
			start(t, p)
			b := p.browser(t)
			b.signIn("https://"+wikiHost+"/", "ada")
			a := p.wiki.one(t)
			told(t, a, identity{"X-Doorward-User": "ada", "X-Doorward-Roles": "admin,editor", "X-Wiki-Name": want})
			if strings.Contains(a.Head, "\r\nGET ") || strings.ContainsAny(a.Head, "\x00\t\x7f") {
				t.Errorf("what arrived is not clear:\n%q", a.Head)
			}
		})
	}
}
