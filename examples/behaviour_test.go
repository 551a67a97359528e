package examples_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// check holds a proxy against what every one of them must do. The numbers are
// those of the threats that a test is for. The checks share one place and run
// one after the other; the last ones move the clock and stop the host.
func (p *place) check(t *testing.T) {
	for _, c := range []struct {
		name string
		run  func(*place, *testing.T)
	}{
		{"a login returns to the exact request", (*place).checkLogin},
		{"T02 only our identity headers arrive", (*place).checkForged},
		{"T02 our cookies do not arrive", (*place).checkCookies},
		{"T03 a Connection header takes nothing away", (*place).checkConnection},
		{"T04 forged headers on requests without a session", (*place).checkPreflight},
		{"T08 a broken cookie lets nobody in", (*place).checkBrokenCookies},
		{"T01 forwarded headers of a client say nothing", (*place).checkForwarded},
		{"a script gets a 401", (*place).checkScripts},
		{"another host's cookie opens nothing", (*place).checkOtherHost},
		{"a refusal is Doorward's page", (*place).checkRefusal},
		{"the question is not for clients", (*place).checkQuestion},
		{"an application's own /auth", (*place).checkOwnAuth},
		{"WebSocket, and nothing else, leaves HTTP", (*place).checkUpgrade},
		{"events are not held back", (*place).checkEvents},
		{"a step-up", (*place).checkStepUp},
		{"without the host nobody gets in", (*place).checkDown},
	} {
		t.Run(c.name, func(t *testing.T) {
			p.wiki.take()
			p.notes.take()
			c.run(p, t)
		})
	}
}

// identity is what the wiki must be told of a person, header by header.
type identity map[string]string

var (
	ada = identity{
		"X-Doorward-Subject": "p-0001", "X-Doorward-User": "ada", "X-Doorward-Email": "ada@example.com",
		"X-Doorward-Roles": "admin,editor", "X-Doorward-Idp": "people", "X-Wiki-Name": "Ada",
	}
	grace = identity{ // her email is not verified, and she has no first name
		"X-Doorward-Subject": "p-0002", "X-Doorward-User": "grace", "X-Doorward-Email": "",
		"X-Doorward-Roles": "editor", "X-Doorward-Idp": "people", "X-Wiki-Name": "",
	}
)

// told checks that a request says of its person what want says, once, and that
// no other spelling of these headers came along. An empty header may be absent.
func told(t *testing.T, a arrival, want identity) {
	t.Helper()
	for name, value := range want {
		if got := a.lines(name); !slices.Equal(got, []string{value}) && (value != "" || len(got) != 0) {
			t.Errorf("%s arrived as %q, want %q", name, got, value)
		}
	}
	levels, assertion := a.lines("X-Doorward-Levels"), a.lines("X-Doorward-Assertion")
	if len(levels) != 1 || !slices.Contains(strings.Split(levels[0], ","), "Authenticated/Roles/editor") {
		t.Errorf("the levels arrived as %q", levels)
	}
	if len(assertion) != 1 || strings.Count(assertion[0], ".") != 2 {
		t.Errorf("the assertion arrived as %q", assertion)
	}
}

func (p *place) checkLogin(t *testing.T) {
	b := p.browser(t)
	const at = "https://" + wikiHost + "/page/%C3%A4?x=1&y=a%2Fb%20c&z="
	a := b.signIn(at, "ada")
	if a.StatusCode != http.StatusOK || a.Request.URL.String() != at || !strings.HasPrefix(a.Body, "echo ") {
		t.Fatalf("the login ended at %s: %s\n%s", a.Request.URL, a.Status, a.Body)
	}
	got := p.wiki.one(t)
	if want := "GET /page/%C3%A4?x=1&y=a%2Fb%20c&z= HTTP/1.1\r\n"; !strings.HasPrefix(got.Head, want) {
		t.Errorf("the application was asked for %.100q, want %q", got.Head, want)
	}
	told(t, got, ada)
	for name, want := range map[string]string{"Host": wikiHost, "X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "https", "X-Forwarded-Host": wikiHost} {
		if values := got.lines(name); !slices.Equal(values, []string{want}) {
			t.Errorf("%s arrived as %q", name, values)
		}
	}
	b.do(page(t, "https://"+notesHost+"/n?a=b"))
	told(t, p.notes.one(t), identity{"X-Doorward-User": "ada", "X-Wiki-Name": ""}) // single sign-on
	r, _ := http.NewRequest(http.MethodPost, "https://"+wikiHost+"/save", strings.NewReader("a=b"))
	if a := b.do(r); a.StatusCode != http.StatusOK {
		t.Errorf("a form that was sent got %s", a.Status)
	}
	if got := p.wiki.one(t); got.Body != "a=b" {
		t.Errorf("the form arrived as %q", got.Body)
	}
}

func (p *place) nothingArrived(t *testing.T) {
	t.Helper()
	if seen := append(p.wiki.take(), p.notes.take()...); len(seen) > 0 {
		t.Errorf("an application was asked:\n%s", strings.Join(heads(seen), "\n"))
	}
}
