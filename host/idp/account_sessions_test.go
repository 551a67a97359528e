package idp

// A person sees and ends their sessions, and takes back what they allowed.

import (
	"net/http"
	"strings"
	"testing"
)

func TestOwnSessions(t *testing.T) {
	b := newBench(t)
	c, phone, bob := b.browser(), b.browser(), b.browser()
	c.signIn("ada", adaPass)
	phone.signIn("ada", adaPass)
	bob.signIn("bob", bobPass)
	page := c.account()
	sid := strings.Split(phone.session(), ".")[0]
	if !strings.Contains(page.body, sid) || strings.Contains(page.body, strings.Split(bob.session(), ".")[0]) || strings.Contains(page.body, strings.Split(phone.session(), ".")[1]) {
		t.Error("the page must show the person's own sessions, and no secret")
	}
	live := func(c *browser) bool {
		return c.back(c.get(pathAuthorize, asking("prompt", "none"))).Get("code") != ""
	}
	c.saidBack(c.own(page, "session-end", "id", sid), "say.session_ended")
	if live(phone) || !live(c) || !live(bob) {
		t.Error("one session is to end, and no other")
	}
	phone.signIn("ada", adaPass)
	c.saidBack(c.own(page, "sessions-end"), "say.sessions_ended")
	if live(phone) || !live(c) || !live(bob) {
		t.Error("all sessions but this are to end")
	}
	if r := c.own(page, "sign-out"); r.StatusCode != http.StatusOK || live(c) || !live(bob) {
		t.Errorf("sign out: %d", r.StatusCode)
	}
}

func TestOwnApplications(t *testing.T) {
	b := newBench(t)
	c := b.browser()
	tokens, _ := b.redeemed(c.signIn("ada", adaPass))
	other, _ := b.redeemed(b.browser().signIn("bob", bobPass))
	page := c.account()
	if !strings.Contains(page.body, "The App") {
		t.Fatalf("the page does not show it: %s", page.body)
	}
	if r := b.userInfo("Bearer " + tokens.AccessToken); r.StatusCode != http.StatusOK {
		t.Fatalf("the control failed: %d", r.StatusCode)
	}
	shown := c.saidBack(c.own(page, "application-stop", "id", "app"), "say.application_gone")
	if strings.Contains(shown.body, "The App") {
		t.Error("it is still there")
	}
	if r := b.userInfo("Bearer " + tokens.AccessToken); r.StatusCode != http.StatusUnauthorized {
		t.Errorf("its token still works: %d", r.StatusCode)
	}
	if r := b.userInfo("Bearer " + other.AccessToken); r.StatusCode != http.StatusOK {
		t.Errorf("another person's token: %d", r.StatusCode)
	}
}

func TestAgentWords(t *testing.T) {
	for header, want := range map[string]string{
		"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0":                                                                  "Firefox, Linux",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0":           "Edge, Windows",
		"Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36":                            "Chrome, Android",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1": "Safari, iPhone",
		"curl/8.0": "", "": "",
	} {
		if got := agentWords(header); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
