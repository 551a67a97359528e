package main

import "testing"

// The demo starts again on what it left, on another port too, and people who
// had signed in find their people and keys unchanged.
func TestDemoStartsAgain(t *testing.T) {
	data := t.TempDir()
	for range 3 {
		p := start(t, "demo", "--data", data, "--listen", "127.0.0.1:0")
		v := newVisitor(t, p.URL)
		resp, body := v.get("/login")
		v.signIn(resp, body, "grace", "open-sesame")
		if d := v.session(); d.User.UserName != "grace" || len(d.User.Roles) != 1 || d.User.Roles[0] != "engineer" {
			t.Errorf("%+v", d.User)
		}
		p.kill()
	}
}
