package idp

// A password that must be changed at the sign-in.

import (
	"net/http"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/idp/factors"
	"github.com/doorward/doorward/host/idp/people"
)

const newPass = "a much better CANARY passphrase"

func TestForcedPasswordChange(t *testing.T) {
	b := newBench(t)
	elsewhere := b.browser()
	elsewhere.signIn("ada", adaPass)
	b.edit("ada", func(p *people.Person) { p.MustChange = true })
	c := b.browser()
	page := c.first("ada", adaPass)
	if c.session() != "" || !strings.Contains(page.body, `autocomplete="new-password"`) || strings.Contains(page.body, `name="current"`) {
		t.Fatalf("%d %s", page.StatusCode, page.body)
	}
	for name, fields := range map[string][]string{
		"two that differ": {"password", newPass, "again", newPass + "x"},
		"too short":       {"password", "short", "again", "short"},
		"common":          {"password", "password1234", "again", "password1234"},
		"the one before":  {"password", adaPass, "again", adaPass},
		"none":            {},
	} {
		if r := c.fill(pathPassword, page, fields...); r.StatusCode != http.StatusForbidden || c.session() != "" || strings.Contains(r.body, newPass) {
			t.Errorf("%s: %d", name, r.StatusCode)
		}
	}
	done := c.fill(pathPassword, page, "password", newPass, "again", newPass, "do", "change-password")
	if _, claims := b.redeemed(c.back(done).Get("code")); claims["acr"] != factors.ACRPassword {
		t.Errorf("%v", claims)
	}
	if ada := b.ada(); ada.MustChange {
		t.Error("it must be changed again")
	}
	if q := elsewhere.back(elsewhere.get(pathAuthorize, asking("prompt", "none"))); q.Get("error") != "login_required" {
		t.Errorf("a session of the old password goes on: %v", q)
	}
	if r := b.browser().submitNew("ada", adaPass); r.StatusCode != http.StatusForbidden {
		t.Errorf("the old password: %d", r.StatusCode)
	}
	if b.browser().signIn("ada", newPass) == "" {
		t.Error("the new password does not sign in")
	}
	if r := c.fill(pathPassword, page, "password", newPass+"2", "again", newPass+"2"); r.StatusCode/100 != 4 {
		t.Errorf("the page changes the password again: %d", r.StatusCode)
	}
}

// Whoever has only the password cannot change it.
func TestForcedChangeComesAfterTheSecondFactor(t *testing.T) {
	b := newBench(t, second(factors.Optional))
	b.app("ada")
	b.edit("ada", func(p *people.Person) { p.MustChange = true })
	if page := b.browser().first("ada", adaPass); !strings.Contains(page.body, `action="/idp/second-factor"`) {
		t.Errorf("%d %s", page.StatusCode, page.body)
	}
}
