package host_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest"
)

const (
	publicEvents = publicURL + "/session/events"
	wikiEvents   = "https://wiki.example.test/.doorward/session/events"
	shopEvents   = "https://shop.example.test/.doorward/session/events"
	gauge        = "doorward_event_streams "
)

// listening is a page that listens, as EventSource does, but that it does not
// come back by itself.
type listening struct {
	t    testing.TB
	resp *http.Response
	in   *bufio.Reader
	last string // the last event's id
	stop func()
}

// told is one event.
type told struct {
	Event          string `json:"-"`
	Raw            string `json:"-"`
	Authenticated  bool
	Timestamp      int64
	SecurityLevels []node
	Login          struct {
		RequestedAt, ReceivedAt int64
		Performed               bool
		ForceAuth               bool
		AuthTime, MaxAge        *int64
		ACR                     string
		ACRValues               []string
	}
}

// listen opens the stream at an address; last is the id that EventSource sends
// when it comes back.
func (b *browser) listen(at, last string) *listening {
	b.t.Helper()
	r := b.request(http.MethodGet, at, "")
	r.Header.Set("Accept", "text/event-stream")
	if last != "" {
		r.Header.Set("Last-Event-ID", last)
	}
	ctx, cancel := context.WithTimeout(r.Context(), 15*time.Second) // sooner than a heartbeat would help
	resp, err := b.http.Do(r.WithContext(ctx))
	if err != nil {
		b.t.Fatal(err)
	}
	l := &listening{t: b.t, resp: resp, in: bufio.NewReader(resp.Body), stop: func() { cancel(); resp.Body.Close() }}
	b.t.Cleanup(l.stop)
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/event-stream" {
		body, _ := io.ReadAll(resp.Body)
		b.t.Fatalf("%s: %s %s", at, resp.Status, body)
	}
	return l
}

// next is the next event; its name is empty at the end of the stream.
func (l *listening) next() (e told) {
	l.t.Helper()
	for {
		line, err := l.in.ReadString('\n')
		if errors.Is(err, io.EOF) {
			return told{}
		}
		if err != nil {
			l.t.Fatalf("after %q: %v", e.Event, err)
		}
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch name {
		case "event":
			e.Event = value
		case "id":
			l.last = value
		case "data":
			e.Raw = value
		case "":
			if e.Event == "" {
				continue // a comment, or what came before the first event
			}
			if err := json.Unmarshal([]byte(e.Raw), &e); err != nil {
				l.t.Fatalf("%s: %v in %s", e.Event, err, e.Raw)
			}
			return e
		}
	}
}

// expect is the next event, which must have that name; "" is the end.
func (l *listening) expect(name string) told {
	l.t.Helper()
	e := l.next()
	if e.Event != name {
		l.t.Fatalf("told %q %s, want %q", e.Event, e.Raw, name)
	}
	return e
}

func (e told) level(path string) *node { return document{SecurityLevels: e.SecurityLevels}.level(path) }

// look makes every stream look again now, instead of at its next heartbeat.
func (s *site) look() { s.host.Web().LevelsChanged() }

// listeners is a browser that is signed in at the wiki and the shop.
func listeners(t *testing.T, with settings) (*site, *browser) {
	t.Helper()
	with.Top += "\n" + trusting
	with.Rest += levels + applications
	s := newSite(t, hosttest.NewProvider(t), with)
	b := s.browser()
	b.echoed("https://wiki.example.test/")
	b.echoed(b.get("https://shop.example.test/").Header.Get("X-Doorward-Login"))
	return s, b
}

func TestEvents_TheFirstTellsWhatIsHeldAndNothingMore(t *testing.T) {
	t.Parallel()
	s, b := listeners(t, settings{Provider: "mappers: [{direct: {attribute: email, path: email}}]"})
	now := s.idp.Clock.Now()
	for _, at := range []string{publicEvents, wikiEvents} {
		l := b.listen(at, "")
		e := l.expect("session")
		if !e.Authenticated || e.Timestamp != now.UnixMilli() || e.Login.ReceivedAt != now.Unix() || *e.Login.AuthTime != now.Unix() {
			t.Errorf("%s: %s", at, e.Raw)
		}
		if fresh := e.level(freshLevel); fresh == nil || fresh.Until != now.Unix()+300 {
			t.Errorf("%s: levels %+v", at, e.SecurityLevels)
		}
		var members map[string]json.RawMessage
		var proof map[string]any
		if err := errors.Join(json.Unmarshal([]byte(e.Raw), &members), json.Unmarshal(members["login"], &proof)); err != nil {
			t.Fatal(err)
		}
		if got := slices.Sorted(maps.Keys(members)); !slices.Equal(got, []string{"authenticated", "login", "securityLevels", "timestamp"}) {
			t.Errorf("%s: told %q", at, got)
		}
		for name := range proof {
			if !slices.Contains([]string{"requestedAt", "receivedAt", "performed", "authTime", "challenged", "amr", "acr"}, name) {
				t.Errorf("%s: told login.%s", at, name)
			}
		}
		if h := l.resp.Header; h.Get("Cache-Control") != "no-store" || h.Get("X-Accel-Buffering") != "no" {
			t.Errorf("%s: %v", at, h)
		}
		if session := s.audited("login")[0].Session; !strings.HasPrefix(l.last, session+"-") {
			t.Errorf("%s: the id %s is not of session %s", at, l.last, session)
		}
	}
}

func TestEvents_LevelsEndInTheMiddleOfASession(t *testing.T) {
	t.Parallel()
	s, b := listeners(t, settings{})
	l := b.listen(wikiEvents, "")
	if l.expect("session").level(freshLevel) == nil {
		t.Fatal("not fresh")
	}
	s.look() // nothing has changed, and nothing is told
	s.idp.Clock.Advance(5 * time.Minute)
	s.look()
	e := l.expect("levels")
	if e.level(freshLevel) != nil || e.level("Authenticated") == nil || strings.Contains(e.Raw, "timestamp") {
		t.Errorf("told %s", e.Raw)
	}
}

func TestEvents_AStepUpInAnotherTabIsTold(t *testing.T) {
	t.Parallel()
	s, b := listeners(t, settings{})
	wiki, public := b.listen(wikiEvents, ""), b.listen(publicEvents, "")
	before := wiki.expect("session")
	public.expect("session")
	missed := wiki.last
	s.idp.Clock.Advance(10 * time.Minute)
	b.get(stepUp(freshLevel))
	e := wiki.expect("reauthenticated")
	if !e.Login.Performed || e.Timestamp <= before.Timestamp || e.level(freshLevel) == nil {
		t.Errorf("told %s after %s", e.Raw, before.Raw)
	}
	// The host's own origin has a new handle now: its page comes back with it.
	public.expect("")
	back := b.listen(publicEvents, public.last)
	back.expect("session")
	if e := back.expect("reauthenticated"); !e.Login.Performed || e.level(freshLevel) == nil {
		t.Errorf("told %s", e.Raw)
	}
	// So does a page that was cut off meanwhile; one that has seen it does not.
	late := b.listen(wikiEvents, missed)
	late.expect("session")
	late.expect("reauthenticated")
	again := b.listen(wikiEvents, late.last)
	again.expect("session")
	s.idp.Clock.Advance(5 * time.Minute)
	s.look()
	again.expect("levels")
}

func TestEvents_ASignInWithoutProofIsALogin(t *testing.T) {
	t.Parallel()
	s, b := listeners(t, settings{})
	wiki := b.listen(wikiEvents, "")
	before := wiki.expect("session")
	s.idp.Clock.Advance(10 * time.Minute)
	s.idp.Set(ignoresPrompt)
	b.signedIn("/login?idp=corp")
	if e := wiki.expect("login"); e.Login.Performed || e.Timestamp <= before.Timestamp || e.level(freshLevel) != nil {
		t.Errorf("told %s", e.Raw)
	}
}

func TestEvents_ALogoutAnywhereIsToldEverywhere(t *testing.T) {
	t.Parallel()
	s, b := listeners(t, settings{})
	all := []*listening{b.listen(wikiEvents, ""), b.listen(publicEvents, ""), b.listen(shopEvents, "")}
	for _, l := range all {
		l.expect("session")
	}
	r := b.request(http.MethodPost, "https://wiki.example.test/.doorward/logout", "")
	r.Header.Set("Origin", "https://wiki.example.test")
	b.do(r)
	for _, l := range all {
		if e := l.expect("logout"); e.Raw != "{}" {
			t.Errorf("told %s", e.Raw)
		}
		l.expect("")
	}
	s.refusedEvents(b, shopEvents, http.StatusUnauthorized, "session_missing")
}

// refusedEvents asks for a stream that must not be.
func (s *site) refusedEvents(b *browser, at string, status int, code string) {
	s.t.Helper()
	r := b.request(http.MethodGet, at, "")
	r.Header.Set("Accept", "text/event-stream")
	if a := b.do(r); a.StatusCode != status || a.code() != code {
		s.t.Errorf("%s: %s %s", at, a.Status, a.Body)
	}
}

// Somebody who only listens does nothing: the session ends when it is idle, and
// the page is told.
func TestEvents_ListeningKeepsNoSessionAlive(t *testing.T) {
	t.Parallel()
	s, b := listeners(t, settings{Top: "session: {idle: 10m, absolute: 1h}"})
	l := b.listen(wikiEvents, "")
	l.expect("session")
	for _, step := range []time.Duration{6 * time.Minute, 4*time.Minute - time.Second} {
		s.idp.Clock.Advance(step)
		s.look()
		if step == 6*time.Minute {
			l.expect("levels") // Fresh has ended
		}
	}
	s.idp.Clock.Advance(time.Second)
	s.look()
	l.expect("logout")
	l.expect("")
	if b.session().Authenticated {
		t.Error("the session is still there")
	}
}

func TestEvents_EndWithTheSessionsAbsoluteLifetime(t *testing.T) {
	t.Parallel()
	s, b := listeners(t, settings{Top: "session: {idle: 1h, absolute: 1h}"})
	l := b.listen(wikiEvents, "")
	l.expect("session")
	s.idp.Clock.Advance(40 * time.Minute)
	s.look()
	l.expect("levels")
	b.session() // a use
	s.idp.Clock.Advance(20 * time.Minute)
	s.look()
	l.expect("logout")
}

func TestEvents_AnotherOriginsHandleOpensNothing(t *testing.T) {
	t.Parallel()
	s, b := listeners(t, settings{})
	for from, others := range map[string][]string{
		"wiki.example.test":  {shopEvents, publicEvents, "https://office.example.test/.doorward/session/events"},
		"login.example.test": {wikiEvents, shopEvents},
	} {
		handle := b.at(from, sessionCookie)
		for _, at := range others {
			r := b.request(http.MethodGet, at, "")
			thief := s.browser()
			r.Header.Set("Accept", "text/event-stream")
			r.Header.Set("Cookie", sessionCookie+"="+handle)
			if a := thief.do(r); handle == "" || a.StatusCode != http.StatusUnauthorized || a.code() != "session_missing" {
				t.Errorf("%s's handle at %s: %s %s", from, at, a.Status, a.Body)
			}
		}
	}
	s.refusedEvents(s.browser(), publicEvents, http.StatusUnauthorized, "session_missing")
	s.refusedEvents(b, publicEvents+"?level=x", http.StatusBadRequest, "parameter_invalid")
}

func TestEvents_AReloadOfPoliciesIsTold(t *testing.T) {
	t.Parallel()
	s, b := listeners(t, settings{Rest: "policies: {path: policies}\n", Files: rego("grant contains \"Authenticated/Fresh\"\n")})
	l := b.listen(wikiEvents, "")
	if l.expect("session").level(freshLevel) == nil {
		t.Fatal("not fresh")
	}
	none := "package doorward.levels\n\ngrant contains \"Authenticated/Challenged\"\n"
	if err := os.WriteFile(filepath.Join(s.dir, "policies/levels.rego"), []byte(none), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.host.Reload(context.Background()); err != nil {
		t.Fatal(err)
	}
	if e := l.expect("levels"); e.level(freshLevel) != nil || e.level(challengedLevel) == nil {
		t.Errorf("told %s", e.Raw)
	}
}

// Reading from another origin is for pages of the applications, by exact origin.
func TestEvents_AreForApplicationsOrigins(t *testing.T) {
	t.Parallel()
	_, b := listeners(t, settings{})
	for origin, allowed := range map[string]string{
		"https://wiki.example.test": "https://wiki.example.test", "https://wiki.example.test.evil.test": "", "http://wiki.example.test": "", "null": "",
	} {
		r := b.request(http.MethodGet, publicEvents, "")
		r.Header.Set("Origin", origin)
		ctx, cancel := context.WithCancel(r.Context())
		resp, err := b.http.Do(r.WithContext(ctx))
		if err != nil {
			t.Fatal(err)
		}
		if got := resp.Header.Get("Access-Control-Allow-Origin"); got != allowed || (allowed != "") != (resp.Header.Get("Access-Control-Allow-Credentials") == "true") {
			t.Errorf("%s: allowed is %q", origin, got)
		}
		cancel()
		resp.Body.Close()
	}
}

func TestEvents_TheNinthPageTakesThePlaceOfTheFirst(t *testing.T) {
	t.Parallel()
	s, b := listeners(t, settings{})
	var open []*listening
	for range 9 {
		l := b.listen(wikiEvents, "")
		l.expect("session")
		open = append(open, l)
	}
	open[0].expect("")
	other := b.listen(shopEvents, "") // another application of the same session
	other.expect("session")
	s.idp.Clock.Advance(5 * time.Minute)
	s.look()
	for _, l := range append(open[1:], other) {
		l.expect("levels")
	}
	s.streams("9")
	for _, l := range append(open[1:], other) {
		l.stop()
	}
	s.streams("0")
	r := b.request(http.MethodHead, wikiEvents, "")
	if a := b.do(r); a.StatusCode != http.StatusMethodNotAllowed || a.Header.Get("Allow") != http.MethodGet {
		t.Errorf("HEAD: %s", a.Status)
	}
	s.streams("0")
}

// streams waits until so many streams are open, as the metrics tell it.
func (s *site) streams(want string) {
	s.t.Helper()
	for wait := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		if strings.Contains(s.metrics(), "\n"+gauge+want+"\n") {
			return
		}
		if time.Since(wait) > 10*time.Second {
			s.t.Fatalf("there are not %s streams", want)
		}
		s.look() // a client that has gone shows at a write
	}
}

// A host that stops does not wait for pages that listen, and is no logout.
func TestEvents_TheHostStopsWithoutThem(t *testing.T) {
	t.Parallel()
	s, b := listeners(t, settings{})
	l := b.listen(wikiEvents, "")
	l.expect("session")
	begun := time.Now()
	s.stop()
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("it took %s", took)
	}
	l.expect("")
	for _, host := range []string{"wiki.example.test", "shop.example.test", "login.example.test"} {
		if handle := b.at(host, sessionCookie); handle == "" || strings.Contains(s.log.String(), handle) {
			t.Errorf("the log has the handle of %s", host)
		}
	}
	s.start()
	back := b.listen(wikiEvents, l.last)
	back.expect("session")
}
