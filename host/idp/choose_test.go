package idp

// Several people in one browser.

import (
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/idp/people"
)

// press sends a page's form with these fields.
func (c *browser) press(path string, page result, fields ...string) result {
	c.b.t.Helper()
	form := url.Values{"request": {c.sealedIn(page)}}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return c.post(path, form)
}

// both signs ada in, and bob beside her.
func (c *browser) both() {
	c.b.t.Helper()
	c.signIn("ada", adaPass)
	c.b.clock.advance(time.Second)
	page := c.press(pathChoose, c.get(pathAuthorize, asking("prompt", "select_account")), "do", "other")
	c.back(c.submit(page, "bob", bobPass))
}

func (c *browser) sids() (sids []string) {
	for _, part := range strings.Split(c.session(), "~") {
		sid, _, _ := strings.Cut(part, ".")
		sids = append(sids, sid)
	}
	return sids
}

func TestSeveralPeople(t *testing.T) {
	b := newBench(t)
	c := b.browser()
	c.both()
	sids := c.sids()
	if len(sids) != 2 || b.count(bucketSessions) != 2 {
		t.Fatalf("%d sessions in the browser, %d stored", len(sids), b.count(bucketSessions))
	}
	if q := c.back(c.get(pathAuthorize, asking("prompt", "none"))); q.Get("error") != "account_selection_required" {
		t.Errorf("prompt=none: %v", q)
	}
	page := c.get(pathAuthorize, asking())
	if !strings.Contains(page.body, "Ada") || !strings.Contains(page.body, "Bob") {
		t.Errorf("the page: %s", page.body)
	}
	for i, want := range map[int]string{0: "sub-bob", 1: "sub-ada"} { // the last one first
		_, claims := b.redeemed(c.back(c.press(pathChoose, page, "account", sids[i])).Get("code"))
		if claims["sub"] != want || claims["challenged"] != false || claims["sid"] != sids[i] {
			t.Errorf("chosen %d: %v", i, claims)
		}
	}
	for name, changes := range map[string][]string{
		"login_hint": {"login_hint", " ADA "}, "sub": {"claims", `{"id_token":{"sub":{"value":"sub-ada"}}}`},
	} {
		if _, claims := b.redeemed(c.back(c.get(pathAuthorize, asking(append(changes, "prompt", "none")...))).Get("code")); claims["sub"] != "sub-ada" {
			t.Errorf("%s: %v", name, claims)
		}
	}
	// Who is here already and proves it again leaves the others signed in.
	if _, claims := b.redeemed(c.signIn("ada", adaPass, "prompt", "login")); claims["challenged"] != true || claims["sid"] != sids[1] {
		t.Errorf("%v", claims)
	}
	if now := c.sids(); len(now) != 2 || now[0] != sids[1] || now[1] != sids[0] {
		t.Errorf("the people of the browser were %v and are %v", sids, now)
	}
}

func TestSelectAccount(t *testing.T) {
	b := newBench(t)
	c := b.browser()
	c.sealedIn(c.get(pathAuthorize, asking("prompt", "select_account"))) // nobody: the sign-in page
	c.signIn("ada", adaPass)
	page := c.get(pathAuthorize, asking("prompt", "select_account", "max_age", "60"))
	if !strings.Contains(page.body, `name="account"`) {
		t.Fatalf("no choice: %s", page.body)
	}
	b.clock.advance(2 * time.Minute)
	// Her proof is too old by now, so she is asked for it; another may sign in instead.
	again := c.press(pathChoose, page, "account", c.sids()[0])
	if !strings.Contains(again.body, `value="ada"`) {
		t.Errorf("the name is not filled in: %s", again.body)
	}
	if _, claims := b.redeemed(c.back(c.submit(again, "ada", adaPass)).Get("code")); claims["sub"] != "sub-ada" || claims["challenged"] != true {
		t.Errorf("%v", claims)
	}
	if q := c.back(c.press(pathChoose, page, "do", "cancel")); q.Get("error") != "access_denied" {
		t.Errorf("cancelled: %v", q)
	}
}

func TestT22_ChoiceOfWhoIsNotHere(t *testing.T) {
	b := newBench(t)
	c, other := b.browser(), b.browser()
	c.both()
	other.signIn("ada", adaPass)
	page := c.get(pathAuthorize, asking())
	for name, account := range map[string]string{"another browser's": other.sids()[0], "invented": strings.Repeat("A", sidLength), "empty": ""} {
		r := c.press(pathChoose, page, "account", account)
		if r.Header.Get("Location") != "" || !strings.Contains(r.body, `name="account"`) {
			t.Errorf("%s: %d %s", name, r.StatusCode, r.Header.Get("Location"))
		}
	}
	if r := other.post(pathChoose, url.Values{"request": {c.sealedIn(page)}, "account": {other.sids()[0]}}); r.StatusCode != 400 {
		t.Errorf("in another browser: %d", r.StatusCode)
	}
	if r := c.post(pathChoose, url.Values{"request": {c.sealedIn(page)}, "account": {c.sids()[0]}}, "Origin", "https://evil.example"); r.StatusCode != 403 {
		t.Errorf("from elsewhere: %d", r.StatusCode)
	}
}

// A cookie with more sessions than a browser can have opens none.
func TestPeopleOfABrowserAreBounded(t *testing.T) {
	b := newBench(t)
	c := b.browser()
	c.both()
	parts := c.session()
	c.setSession(strings.Repeat(parts+"~", 4) + parts)
	if q := c.back(c.get(pathAuthorize, asking("prompt", "none"))); q.Get("error") != "login_required" {
		t.Errorf("a cookie without end answers: %v", q)
	}
	c.setSession(parts + "~" + strings.Split(parts, "~")[0])
	if page := c.get(pathAuthorize, asking()); strings.Count(page.body, `name="account"`) != 2 {
		t.Errorf("a session that is there twice: %s", page.body)
	}
}

func TestSignOutOfOneOrAll(t *testing.T) {
	b := newBench(t)
	c := b.browser()
	c.both()
	sids := c.sids()
	page := c.get(pathAuthorize, asking())
	adas, _ := b.redeemed(c.back(c.press(pathChoose, page, "account", sids[1])).Get("code"))
	r := c.get(pathEndSession, url.Values{"id_token_hint": {adas.IDToken}, "post_logout_redirect_uri": {elsewhere}})
	if r.Header.Get("Location") != elsewhere || len(c.sids()) != 1 || c.sids()[0] != sids[0] {
		t.Errorf("ada signed out: %d, %d people left", r.StatusCode, len(c.sids()))
	}
	if _, claims := b.redeemed(c.back(c.get(pathAuthorize, asking())).Get("code")); claims["sub"] != "sub-bob" {
		t.Errorf("left is %v", claims["sub"])
	}
	page = c.press(pathChoose, c.get(pathAuthorize, asking("prompt", "select_account")), "do", "other")
	c.back(c.submit(page, "ada", adaPass))
	c.press(pathSignOut, c.get(pathEndSession, nil))
	if c.session() != "" || b.count(bucketSessions) != 0 || b.count(bucketSubjects) != 0 {
		t.Errorf("%d sessions are left", b.count(bucketSessions))
	}
}

// lasts reports whether the session cookie that r set outlives the browser.
func (c *browser) lasts(r result) bool {
	for _, cookie := range r.Cookies() {
		if cookie.Name == c.b.provider.cfg.Cookies.Session {
			return cookie.MaxAge > 0
		}
	}
	c.b.t.Fatal("no session cookie was set")
	return false
}

// The cookie outlives the browser only when everybody in it is remembered.
func TestRememberedBesideOneWhoIsNot(t *testing.T) {
	b := newBench(t, func(cfg *Config) { cfg.RememberMe = 24 * time.Hour })
	c := b.browser()
	remembered := c.press(pathSignIn, c.get(pathAuthorize, asking()), "username", "ada", "password", adaPass, "remember", "yes")
	if !c.lasts(remembered) {
		t.Error("the cookie of one who is remembered ends with the browser")
	}
	page := c.press(pathChoose, c.get(pathAuthorize, asking("prompt", "select_account")), "do", "other")
	if c.lasts(c.submit(page, "bob", bobPass)) {
		t.Error("the cookie of one who is not remembered outlives the browser")
	}
	b.clock.advance(time.Hour) // bob's is over
	if _, claims := b.redeemed(c.back(c.get(pathAuthorize, asking("prompt", "none"))).Get("code")); claims["sub"] != "sub-ada" {
		t.Errorf("%v", claims)
	}
}

func TestAPersonEndsTheirOwnSessionsAlone(t *testing.T) {
	b := newBench(t)
	first, second, bobs := b.browser(), b.browser(), b.browser()
	first.signIn("ada", adaPass)
	b.clock.advance(time.Second)
	second.signIn("ada", adaPass)
	bobs.signIn("bob", bobPass)
	p, ctx := b.provider, t.Context()
	list, err := p.sessionsOf(ctx, "sub-ada")
	must(t, err)
	if len(list) != 2 || list[0].SID != second.sids()[0] || list[1].SID != first.sids()[0] {
		t.Fatalf("%d sessions", len(list))
	}
	must(t, p.endSessionOf(ctx, "sub-ada", bobs.sids()[0]))
	if !bobs.signedIn() {
		t.Error("ada ended bob's session")
	}
	must(t, p.endSessionsOf(ctx, "sub-ada", second.sids()[0]))
	if first.signedIn() || !second.signedIn() || !bobs.signedIn() {
		t.Error("others than her own one ended, or not that")
	}
	must(t, p.endSessionOf(ctx, "sub-ada", second.sids()[0]))
	if second.signedIn() {
		t.Error("it goes on")
	}
}

// The sixth person takes the place of the one who was there longest.
func TestASixthPerson(t *testing.T) {
	b := newBench(t)
	c := b.browser()
	for i := range maxPresent + 1 {
		name := "p" + strconv.Itoa(i)
		must(t, b.people.Seed(t.Context(), people.Person{Subject: "sub-" + name, UserName: name, PasswordHash: cheapHash(adaPass)}))
		page := c.get(pathAuthorize, asking("prompt", "select_account"))
		if i > 0 {
			page = c.press(pathChoose, page, "do", "other")
		}
		c.back(c.submit(page, name, adaPass))
		b.clock.advance(time.Second)
	}
	page := c.get(pathAuthorize, asking())
	if n := b.count(bucketSessions); n != maxPresent || len(c.sids()) != maxPresent || strings.Contains(page.body, ">p0<") || !strings.Contains(page.body, ">p5<") {
		t.Errorf("%d sessions, %d in the browser: %s", n, len(c.sids()), page.body)
	}
}
