package host_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest"
)

func TestDevice_APersonElsewhereSignsItInWithASessionOfItsOwn(t *testing.T) {
	t.Parallel()
	s := newPrograms(t)
	p, b := s.program("cli"), s.browser()
	w := p.ask()
	if got := p.poll(w).failed(t); got != "authorization_pending" {
		t.Errorf("before the answer: %s", got)
	}
	page := b.types(strings.ToLower(strings.ReplaceAll(w.user, "-", " ")))
	for _, want := range []string{w.user, "cli", "127.0.0.1", "just now", "refuse"} {
		if !strings.Contains(page.Body, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if done := b.answers(page, "allow"); !strings.Contains(done.Body, "You can go back to your device now") {
		t.Fatalf("%s\n%s", done.Status, done.Body)
	}
	if b.cookie("__Host-doorward") != nil || b.session().Authenticated {
		t.Error("the browser is signed in")
	}
	s.idp.Clock.Advance(5 * time.Second)
	bearer := p.poll(w).bearer(t)
	if d := p.knows(bearer); !d.Authenticated || d.User.UserName == "" {
		t.Errorf("the session is %+v", d)
	}
	if got := p.poll(w).failed(t); got != "invalid_grant" {
		t.Errorf("the device code twice: %s", got)
	}
	if n := len(s.audited("program")); n != 1 {
		t.Errorf("%d program events", n)
	}
}

func TestDevice_TheBrowsersOwnSessionStaysAsItIs(t *testing.T) {
	t.Parallel()
	s := newPrograms(t)
	p, b := s.program("cli"), s.browser()
	b.signedIn("/login?idp=corp")
	before := b.cookie("__Host-doorward").Value
	w := p.ask()
	b.approves(w.user)
	if got := b.cookie("__Host-doorward").Value; got != before {
		t.Error("the browser has another handle")
	}
	bearer := p.poll(w).bearer(t)
	if a := b.post("/logout", url.Values{}); a.StatusCode >= 400 {
		t.Fatal(a.Status)
	}
	if !p.knows(bearer).Authenticated {
		t.Error("the browser's sign-out ended the program's session")
	}
	if a := p.send("/client/revoke", "token", bearer); a.StatusCode != http.StatusOK {
		t.Fatalf("%s %s", a.Status, a.Body)
	}
	if a := p.as(bearer, "/session"); a.StatusCode != http.StatusUnauthorized || a.Header.Get("WWW-Authenticate") != `Bearer error="invalid_token"` {
		t.Errorf("after the sign-out: %s %q", a.Status, a.Header.Get("WWW-Authenticate"))
	}
}

// The person whom the provider names is whose session it is, whoever was signed
// in in that browser before.
func TestDevice_WhoeverTheProviderNamesIsSignedIn(t *testing.T) {
	t.Parallel()
	s := newPrograms(t)
	p, b := s.program("cli"), s.browser()
	b.signedIn("/login?idp=corp")
	w := p.ask()
	page := b.types(w.user)
	b.post("/logout", url.Values{})
	s.idp.Set(func(k *hosttest.Knobs) { k.Subject = "somebody-else" })
	b.answers(page, "allow")
	if d := p.knows(p.poll(w).bearer(t)); d.User.ID != "somebody-else" {
		t.Errorf("the session is of %q", d.User.ID)
	}
}

// A browser that several people use may sign in another than was meant; the page
// that says who it was takes it back.
func TestDevice_ThePageTakesItBack(t *testing.T) {
	t.Parallel()
	s := newPrograms(t)
	p, b := s.program("cli"), s.browser()
	w := p.ask()
	done := b.approves(w.user)
	bearer := p.poll(w).bearer(t)
	undo := sealedField.FindStringSubmatch(done.Body)
	if undo == nil {
		t.Fatalf("no way back:\n%s", done.Body)
	}
	if a := b.post("/device", url.Values{"do": {"undo"}, "request": {undo[1][1:]}}); a.code() != "user_code_unknown" {
		t.Errorf("a changed page: %s %s", a.Status, a.code())
	}
	if a := b.post("/device", url.Values{"do": {"undo"}, "request": undo[1:]}); a.StatusCode != http.StatusOK {
		t.Errorf("taken back: %s %s", a.Status, a.code())
	}
	if a := p.as(bearer, "/session"); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("and the session lives: %s", a.Status)
	}
}

func TestDevice_SlowDownExpiredDeniedAndTwoAtOnce(t *testing.T) {
	t.Parallel()
	s := newPrograms(t)
	p, b := s.program("cli"), s.browser()
	first, second, third := p.ask(), p.ask(), p.ask()
	steps := []struct {
		after time.Duration
		want  string
	}{
		{0, "authorization_pending"}, {4 * time.Second, "slow_down"}, {9 * time.Second, "slow_down"},
		{15 * time.Second, "authorization_pending"}, {15 * time.Second, "authorization_pending"},
	}
	for i, step := range steps {
		s.idp.Clock.Advance(step.after)
		if got := p.poll(first).failed(t); got != step.want {
			t.Errorf("poll %d: %s, want %s", i, got, step.want)
		}
	}
	b.answers(b.types(second.user), "refuse")
	if got := p.poll(second).failed(t); got != "access_denied" {
		t.Errorf("refused: %s", got)
	}
	b.approves(third.user)
	p.poll(third).bearer(t)
	if got := p.poll(first).failed(t); got != "slow_down" && got != "authorization_pending" {
		t.Errorf("another device was approved, and this one is told %s", got)
	}
	s.idp.Clock.Advance(10 * time.Minute)
	if got := p.poll(first).failed(t); got != "expired_token" {
		t.Errorf("after ten minutes: %s", got)
	}
	if a := b.types(first.user); a.StatusCode != http.StatusBadRequest || !strings.Contains(a.Body, "No") && !strings.Contains(a.Body, "ten minutes") {
		t.Errorf("an expired code: %s", a.Status)
	}
}

func TestDevice_CodesAreGoodForTheirOwnProgramAlone(t *testing.T) {
	t.Parallel()
	s := newPrograms(t)
	cli, panel, b := s.program("cli"), s.program("panel"), s.browser()
	w := cli.ask()
	b.approves(w.user)
	if got := panel.poll(w).failed(t); got != "invalid_grant" {
		t.Errorf("another program's device code: %s", got)
	}
	cli.poll(w).bearer(t)
	for app, want := range map[string]string{"desk": "unauthorized_client", "wiki": "invalid_client", "nobody": "invalid_client", "": "invalid_client"} {
		if got := s.program(app).send("/client/device_authorization").failed(t); got != want {
			t.Errorf("%q: %s, want %s", app, got, want)
		}
	}
}

// A code that somebody sends is only filled in; and the address says nothing
// about whether it is one.
func TestDevice_ALinkSignsNothingIn(t *testing.T) {
	t.Parallel()
	s := newPrograms(t)
	p, b := s.program("cli"), s.browser()
	w := p.ask()
	page := b.get(strings.TrimPrefix(w.complete, publicURL))
	if !strings.Contains(page.Body, `value="`+w.user+`"`) || strings.Contains(page.Body, "cli") {
		t.Errorf("the page says\n%s", page.Body)
	}
	r := b.request(http.MethodPost, "/device", url.Values{"do": {"find"}, "code": {w.user}}.Encode())
	r.Header.Set("Origin", "https://elsewhere.example.test")
	if a := b.do(r); a.code() != "origin_refused" {
		t.Errorf("from elsewhere: %s %s", a.Status, a.code())
	}
	asked := b.types(w.user)
	form := url.Values{"do": {"allow"}, "idp": {"corp"}, "request": {sealedField.FindStringSubmatch(asked.Body)[1]}}
	r = b.request(http.MethodPost, "/device", form.Encode())
	r.Header.Set("Origin", "https://elsewhere.example.test")
	if a := b.do(r); a.code() != "origin_refused" {
		t.Errorf("an answer from elsewhere: %s %s", a.Status, a.code())
	}
	form.Set("request", form.Get("request")[1:])
	if a := b.post("/device", form); a.code() != "user_code_unknown" {
		t.Errorf("a changed page: %s %s", a.Status, a.code())
	}
	if got := p.poll(w).failed(t); got != "authorization_pending" {
		t.Errorf("and the device is told %s", got)
	}
}

func TestDevice_WrongCodesAreThrottledByAddressAndSession(t *testing.T) {
	t.Parallel()
	s := newPrograms(t)
	p, b := s.program("cli"), s.browser()
	w := p.ask()
	for range 20 {
		if a := b.types("BBBB-BBBB"); a.StatusCode != http.StatusBadRequest {
			t.Fatalf("a wrong code: %s", a.Status)
		}
	}
	a := b.types(w.user)
	if a.StatusCode != http.StatusTooManyRequests || a.Header.Get("Retry-After") == "" {
		t.Fatalf("after twenty wrong codes: %s, Retry-After %q", a.Status, a.Header.Get("Retry-After"))
	}
	s.idp.Clock.Advance(31 * time.Second)
	b.approves(w.user)
	p.poll(w).bearer(t)
}

func TestDevice_SoManyMayWait(t *testing.T) {
	t.Parallel()
	s := newPrograms(t)
	p := s.program("cli")
	for range 100 {
		p.ask()
	}
	a := p.send("/client/device_authorization")
	if got := a.failed(t); got != "temporarily_unavailable" || a.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("the hundred and first: %s %s", a.Status, got)
	}
	s.idp.Clock.Advance(10*time.Minute + time.Second)
	p.ask()
}

// What was approved is there after a crash, and the store's file opens no
// session even with the host's key: see TestPrograms_TheStoreOpensNoSession.
func TestDevice_AnApprovalSurvivesARestart(t *testing.T) {
	t.Parallel()
	s := newPrograms(t)
	p, b := s.program("cli"), s.browser()
	w := p.ask()
	b.approves(w.user)
	s.stop()
	s.start()
	if !p.knows(p.poll(w).bearer(t)).Authenticated {
		t.Error("no session")
	}
}
