package web

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/valyala/fasthttp"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/session"
)

// scene is a session that a test changes under a stream's eyes. The session
// itself is tested by the host's tests.
type scene struct {
	t   *testing.T
	all *streams

	mu       sync.Mutex
	record   session.Record
	decision login.Decision
	err      error // of peek
	lives    bool
	changed  chan struct{}
	watched  int
}

const sceneID = "0123456789abcdef0123456789abcdef"

func newScene(t *testing.T) *scene {
	base, stop := context.WithCancel(context.Background())
	t.Cleanup(stop)
	sc := &scene{t: t, all: newStreams(base, prometheus.NewRegistry()), changed: make(chan struct{}, 1)}
	sc.record = session.Record{ID: sceneID, Version: 7, Document: login.Document{
		ID: "a", ReceivedAt: time.UnixMilli(1700000000123), Login: login.Login{RequestedAt: 1699999990, ReceivedAt: 1700000000},
	}}
	sc.decision = held1("Authenticated", 0)
	return sc
}

func held1(path string, until int64) login.Decision {
	return login.Decision{Levels: []login.Level{{Path: path, Until: until}}, Until: until}
}

func (sc *scene) source() source {
	return source{
		peek: func(context.Context) (*session.Record, error) {
			sc.mu.Lock()
			defer sc.mu.Unlock()
			if sc.err != nil {
				return nil, sc.err
			}
			record := sc.record
			return &record, nil
		},
		levels: func(context.Context, *session.Record) (login.Decision, error) {
			sc.mu.Lock()
			defer sc.mu.Unlock()
			return sc.decision, nil
		},
		lives: func(_ context.Context, id string) (bool, error) {
			sc.mu.Lock()
			defer sc.mu.Unlock()
			return sc.lives && id == sceneID, nil
		},
		watch: func(string) (<-chan struct{}, func()) {
			sc.count(1)
			return sc.changed, func() { sc.count(-1) }
		},
		now: time.Now,
	}
}

// count counts those who watch the session.
func (sc *scene) count(add int) int {
	sc.mu.Lock()
	defer sc.mu.Unlock()
	sc.watched += add
	return sc.watched
}

// change changes the session and tells who watches it.
func (sc *scene) change(do func()) {
	sc.mu.Lock()
	do()
	sc.mu.Unlock()
	select {
	case sc.changed <- struct{}{}:
	default:
	}
}

// signIn continues the session by a sign-in, performed or not.
func (sc *scene) signIn(performed bool) {
	sc.change(func() {
		sc.record.Version++
		sc.record.Document.ID += "+"
		sc.record.Document.ReceivedAt = sc.record.Document.ReceivedAt.Add(time.Minute)
		sc.record.Document.Login.ChallengedTrusted, sc.record.Document.Login.Evidence.Challenged = true, &performed
	})
}

func (sc *scene) stream(set func(*stream)) *stream {
	sc.t.Helper()
	st := &stream{
		source: sc.source(), owner: "o", wake: make(chan struct{}, 1), leave: make(chan struct{}), all: sc.all,
		timeout: time.Second, beat: time.Hour, end: time.Now().Add(time.Hour), extend: func() {},
	}
	if set != nil {
		set(st)
	}
	if err := st.begin(context.Background(), ""); err != nil {
		sc.t.Fatal(err)
	}
	if err := sc.all.add(st); err != nil {
		sc.t.Fatal(err)
	}
	sc.t.Cleanup(func() { st.Close() })
	return st
}

// told is the next event or comment of r: its name, "" for a comment, "eof" at
// the end; and its data.
func told(t *testing.T, r *bufio.Reader) (name, data string) {
	t.Helper()
	for {
		line, err := r.ReadString('\n')
		switch {
		case err == io.EOF && line == "":
			return "eof", ""
		case err != nil:
			t.Fatalf("%q: %v", line, err)
		case line == "\n":
			return name, data
		}
		field, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch field {
		case "event":
			name = value
		case "data":
			data = value
		case "retry":
			if name == "" {
				name = "retry " + value
			}
		}
	}
}

func expect(t *testing.T, r *bufio.Reader, want string) (data string) {
	t.Helper()
	name, data := told(t, r)
	if name != want {
		t.Fatalf("told %q %s, want %q", name, data, want)
	}
	return data
}

func TestStream_TellsWhatHappens(t *testing.T) {
	sc := newScene(t)
	r := bufio.NewReader(sc.stream(nil))
	const before = `{"authenticated":true,"timestamp":1700000000123,"securityLevels":[{"name":"Authenticated","children":[]}],` +
		`"login":{"requestedAt":1699999990,"receivedAt":1700000000,"performed":false}}`
	if got := expect(t, r, "session"); got != before {
		t.Errorf("told %s\nwant %s", got, before)
	}
	sc.signIn(true)
	const proved = `{"authenticated":true,"timestamp":1700000060123,"securityLevels":[{"name":"Authenticated","children":[]}],` +
		`"login":{"requestedAt":1699999990,"receivedAt":1700000000,"performed":true,"challenged":true}}`
	if got := expect(t, r, "reauthenticated"); got != proved {
		t.Errorf("told %s\nwant %s", got, proved)
	}
	sc.signIn(false)
	expect(t, r, "login")
	sc.change(func() { sc.record.Version++ })
	expect(t, r, "refreshed")
	sc.change(func() { sc.decision = held1("Other", 0) })
	if got := expect(t, r, "levels"); got != `{"securityLevels":[{"name":"Other","children":[]}]}` {
		t.Errorf("told %s", got)
	}
	sc.change(func() {})
	expect(t, r, "") // nothing has changed
	sc.change(func() { sc.err = session.ErrNone })
	if got := expect(t, r, "logout"); got != "{}" {
		t.Errorf("told %s", got)
	}
	expect(t, r, "eof")
}

// A handle that was replaced is no sign-out: the browser has another one.
func TestStream_OfAHandleThatWasReplacedEndsWithoutALogout(t *testing.T) {
	sc := newScene(t)
	r := bufio.NewReader(sc.stream(nil))
	expect(t, r, "session")
	sc.change(func() { sc.err, sc.lives = session.ErrNone, true })
	expect(t, r, "eof")
}

func TestStream_LevelsEndWhenTheySay(t *testing.T) {
	sc := newScene(t)
	sc.decision = held1("Authenticated", time.Now().Unix()+1)
	r := bufio.NewReader(sc.stream(nil))
	expect(t, r, "session")
	if got := expect(t, r, "levels"); got != `{"securityLevels":[]}` {
		t.Errorf("told %s", got)
	}
}

func TestStream_LooksAtTheLevelsWhenWoken(t *testing.T) {
	sc := newScene(t)
	r := bufio.NewReader(sc.stream(nil))
	expect(t, r, "session")
	sc.mu.Lock()
	sc.decision = held1("Other", 0)
	sc.mu.Unlock()
	sc.all.wakeAll()
	expect(t, r, "levels")
}

// While the store does not answer nothing is known, so nothing is told.
func TestStream_StaysWhileTheStoreDoesNotAnswer(t *testing.T) {
	sc := newScene(t)
	r := bufio.NewReader(sc.stream(func(st *stream) { st.beat = 5 * time.Millisecond }))
	expect(t, r, "session")
	sc.change(func() { sc.err = errors.New("the store does not answer") })
	for range 5 {
		expect(t, r, "")
	}
	sc.change(func() { sc.err = nil; sc.decision = held1("Other", 0) })
	for name := ""; name == ""; {
		if name, _ = told(t, r); name != "" && name != "levels" {
			t.Fatalf("told %q", name)
		}
	}
}

func TestStream_NoSessionBeginsNothing(t *testing.T) {
	sc := newScene(t)
	sc.err = session.ErrNone
	st := &stream{source: sc.source(), all: sc.all, timeout: time.Second}
	if err := st.begin(context.Background(), ""); !errors.Is(err, session.ErrNone) {
		t.Errorf("%v", err)
	}
	if sc.count(0) != 0 {
		t.Error("it is watched nevertheless")
	}
}

func TestStream_ReachesTheReaderInAnyPieces(t *testing.T) {
	sc := newScene(t)
	long := strings.Repeat("x", 10_000)
	sc.decision = held1(long, 0)
	r := bufio.NewReader(iotest.OneByteReader(sc.stream(nil)))
	if got := expect(t, r, "session"); !strings.Contains(got, long) {
		t.Errorf("told %d bytes", len(got))
	}
	sc.signIn(true)
	if got := expect(t, r, "reauthenticated"); !strings.Contains(got, long) {
		t.Errorf("told %d bytes", len(got))
	}
}

func TestStream_EndsAfterItsLife(t *testing.T) {
	sc := newScene(t)
	r := bufio.NewReader(sc.stream(func(st *stream) { st.beat, st.end = 5*time.Millisecond, time.Now() }))
	expect(t, r, "session")
	expect(t, r, "eof")
}

func TestStream_EndsWithTheServerAndIsNoLogout(t *testing.T) {
	sc := newScene(t)
	r := bufio.NewReader(sc.stream(nil))
	expect(t, r, "session")
	sc.all.stop()
	expect(t, r, "eof")
}

func TestStream_CloseLetsGo(t *testing.T) {
	sc := newScene(t)
	st := sc.stream(nil)
	if sc.count(0) != 1 || sc.all.count() != 1 {
		t.Fatalf("watched %d, open %d", sc.count(0), sc.all.count())
	}
	st.Close()
	st.Close()
	if sc.count(0) != 0 || sc.all.count() != 0 || len(sc.all.open) != 0 || st.source.peek != nil {
		t.Errorf("watched %d, open %d, %v", sc.count(0), sc.all.count(), sc.all.open)
	}
}

func TestStreams_TheNinthTakesThePlaceOfTheFirst(t *testing.T) {
	sc := newScene(t)
	var open []*stream
	for range maxPerOwner {
		open = append(open, sc.stream(nil))
	}
	other := bufio.NewReader(sc.stream(func(st *stream) { st.owner = "somebody else" }))
	first, second := bufio.NewReader(open[0]), bufio.NewReader(open[1])
	for _, r := range []*bufio.Reader{first, second, other} {
		expect(t, r, "session")
	}
	ninth := bufio.NewReader(sc.stream(nil))
	expect(t, ninth, "session")
	expect(t, first, "retry 60000")
	expect(t, first, "eof")
	if sc.all.count() != maxPerOwner+2 {
		t.Errorf("%d are counted: the first one is not closed yet", sc.all.count())
	}
	open[0].Close()
	if sc.all.count() != maxPerOwner+1 {
		t.Errorf("%d are counted", sc.all.count())
	}
	sc.all.wakeAll()
	for _, r := range []*bufio.Reader{second, other, ninth} {
		expect(t, r, "")
	}
}

// Whoever signs in again and again does not take everybody's places.
func TestStreams_ThereIsALimitForAPerson(t *testing.T) {
	sc := newScene(t)
	var mine []*stream
	for i := range maxPerPerson + 1 {
		st := &stream{owner: fmt.Sprint("session ", i), person: login.Person{Subject: "eve"}, all: sc.all}
		mine = append(mine, st)
		if err := sc.all.add(st); (login.CodeOf(err) == login.CodeRateLimited) != (i == maxPerPerson) {
			t.Fatalf("stream %d: %v", i, err)
		}
	}
	if err := sc.all.add(&stream{owner: "another", person: login.Person{Subject: "ada"}, all: sc.all}); err != nil {
		t.Errorf("somebody else: %v", err)
	}
	sc.all.remove(mine[0])
	sc.all.remove(mine[0])
	if err := sc.all.add(mine[maxPerPerson]); err != nil {
		t.Errorf("with a place left: %v", err)
	}
}

func TestStreams_ThereIsALimitInAll(t *testing.T) {
	sc := newScene(t)
	sc.all.limit = 2
	a := sc.stream(func(st *stream) { st.owner = "a" })
	sc.stream(func(st *stream) { st.owner = "b" })
	refused := &stream{owner: "c", all: sc.all}
	if err := sc.all.add(refused); login.CodeOf(err) != login.CodeRateLimited {
		t.Errorf("%v", err)
	}
	a.Close()
	if err := sc.all.add(refused); err != nil {
		t.Errorf("with a place left: %v", err)
	}
}

func TestStream_MissedChanges(t *testing.T) {
	sc := newScene(t)
	sc.signIn(true)
	for last, want := range map[string]string{
		"": "", "garbage": "", sceneID + "-8-1700000060123": "",
		sceneID + "-7-1700000000123":                           "reauthenticated",
		sceneID + "-7-1700000060123":                           "refreshed", // the sign-in was seen
		"ffffffffffffffffffffffffffffffff-8-1700000060123":     "login",     // of another session
		sceneID + "-7":                                         "",
		sceneID + "-7-x":                                       "",
		"0123456789abcdef0123456789abcdeX-7-1700000000123":     "",
		sceneID + "-7-1700000000123" + strings.Repeat("0", 99): "",
	} {
		st := &stream{source: sc.source(), wake: make(chan struct{}, 1), leave: make(chan struct{}), all: sc.all, timeout: time.Second}
		if err := st.begin(context.Background(), last); err != nil {
			t.Fatal(err)
		}
		st.close()
		r := bufio.NewReader(bytes.NewReader(st.rest))
		expect(t, r, "session")
		if name, _ := told(t, r); name != want && !(want == "" && name == "eof") {
			t.Errorf("%q: told %q, want %q", last, name, want)
		}
	}
}

func FuzzStanding(f *testing.F) {
	f.Add(sceneID + "-7-1700000000123")
	f.Add("--")
	f.Fuzz(func(t *testing.T, text string) {
		at, ok := parseStanding(text)
		if !ok {
			return
		}
		if again, ok := parseStanding(at.String()); !ok || again != at {
			t.Errorf("%q became %q", text, at)
		}
	})
}

// serve answers every request with a stream of sc, on connections that end a
// whole answer after limit.
func (sc *scene) serve(ln net.Listener, limit, write time.Duration) {
	server := &fasthttp.Server{WriteTimeout: limit, Logger: discard{}, Handler: func(c *fasthttp.RequestCtx) {
		conn := c.Conn()
		c.SetBodyStream(sc.stream(func(st *stream) {
			st.beat = 10 * time.Millisecond
			st.extend = func() { _ = conn.SetWriteDeadline(time.Now().Add(write)) }
		}), -1)
	}}
	go func() { _ = server.Serve(ln) }()
	sc.t.Cleanup(func() { ln.Close() })
}

type discard struct{}

func (discard) Printf(string, ...any) {}

func TestStream_OutlivesTheServersWriteTimeout(t *testing.T) {
	sc := newScene(t)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	const limit = 100 * time.Millisecond
	sc.serve(ln, limit, 5*time.Second)
	resp, err := http.Get("http://" + ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	r := bufio.NewReader(resp.Body)
	expect(t, r, "session")
	for begun := time.Now(); time.Since(begun) < 4*limit; {
		expect(t, r, "")
	}
	sc.change(func() { sc.err = session.ErrNone })
	for name := ""; name != "logout"; name, _ = told(t, r) {
	}
	expect(t, r, "eof") // the last chunk came, too
}

// pipes is a listener of connections that hold nothing back.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) {
	if c, ok := <-p; ok {
		return c, nil
	}
	return nil, io.EOF
}
func (p pipes) Close() error   { close(p); return nil }
func (p pipes) Addr() net.Addr { return &net.TCPAddr{} }

func TestStream_LeavesAClientThatReadsNothing(t *testing.T) {
	sc := newScene(t)
	ln := make(pipes)
	sc.serve(ln, time.Hour, 50*time.Millisecond)
	client, server := net.Pipe()
	defer client.Close()
	ln <- server
	fmt.Fprint(client, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	r := bufio.NewReaderSize(client, 16)
	if line, err := r.ReadString('\n'); err != nil || !strings.HasPrefix(line, "HTTP/1.1 200") {
		t.Fatalf("%q, %v", line, err)
	}
	for wait := time.Now(); sc.all.count() != 0; time.Sleep(5 * time.Millisecond) {
		if time.Since(wait) > 5*time.Second {
			t.Fatal("the stream waits for a client that reads nothing")
		}
	}
	if sc.count(0) != 0 {
		t.Error("the session is still watched")
	}
	if _, err := io.ReadAll(client); err != nil && !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("the connection: %v", err)
	}
}
