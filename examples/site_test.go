package examples_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/doorward/doorward/host"
	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/hosttest"
)

// The names of every example. Clients reach them at the proxy, whatever port it
// listens on.
const (
	loginHost = "login.example.com"
	wikiHost  = "wiki.example.com"
	notesHost = "notes.example.com"
)

// exampleSecret is what the examples' files called secret hold.
const exampleSecret = "a-secret-of-these-examples-and-no-other"

// place is an example that runs: a host with the example's own doorward.yaml,
// the example's proxy, and an application behind each of the two names.
type place struct {
	t           *testing.T
	example     string
	clock       *hosttest.Clock // the host's; certificates keep to the real time
	wiki, notes *echo
	doorward    string // where the host listens
	stopHost    func()
	front       string // where the proxy listens, with TLS
	log         string // a file that the proxy writes to, or ""
	audit       *text
}

// text is written by one side and read by the other.
type text struct {
	mu  sync.Mutex
	all strings.Builder
}

func (x *text) Write(p []byte) (int, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.all.Write(p)
}

func (x *text) String() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.all.String()
}

// newPlace starts the host and the applications of an example; the proxy is
// for the caller. change may change the example's doorward.yaml.
func newPlace(t *testing.T, example string, change ...func(yaml string) string) *place {
	t.Helper()
	return newPlaceOf(t, example, func(yaml string) string {
		for _, f := range change {
			yaml = f(yaml)
		}
		return swap(t, yaml, "config: {prefix: app-}", "config: {prefix: app-}, limits: {timeout: 30s}") // for machines that are busy with tests
	}, nil)
}

// newPlaceOf is newPlace for an example that is changed in other ways, and whose
// host reaches others through transport.
func newPlaceOf(t *testing.T, example string, change func(yaml string) string, transport http.RoundTripper) *place {
	t.Helper()
	p := &place{t: t, example: example, clock: hosttest.NewClock(time.Now()), wiki: newEcho(t), notes: newEcho(t), audit: &text{}}
	dir := t.TempDir()
	yaml := change(read(t, example, "doorward.yaml"))
	yaml = strings.ReplaceAll(yaml, "127.0.0.1:8080", "127.0.0.1:0")
	yaml = swap(t, yaml, "127.0.0.1:9090", "127.0.0.1:0")
	people, err := filepath.Abs("config/people.yaml")
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, "doorward.yaml", strings.ReplaceAll(yaml, "../config/people.yaml", people))
	write(t, dir, "secret", exampleSecret)
	cfg, err := config.Load(filepath.Join(dir, "doorward.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	h, err := host.New(ctx, host.Options{Config: cfg, Now: p.clock.Now, Transport: transport, Log: slog.New(slog.NewTextHandler(p.audit, nil))})
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	ready, done := make(chan host.Addresses, 1), make(chan error, 1)
	go func() { done <- h.Run(ctx, func(at host.Addresses) { ready <- at }) }()
	select {
	case at := <-ready:
		p.doorward = at.Public
	case err := <-done:
		cancel()
		t.Fatal(err)
	}
	p.stopHost = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("the host did not stop cleanly: %v", err)
		}
	})
	t.Cleanup(p.stopHost)
	t.Cleanup(func() {
		if !t.Failed() {
			return
		}
		if p.log != "" {
			said, _ := os.ReadFile(p.log)
			t.Logf("the proxy's log ends:\n%s", tail(string(said)))
		}
		t.Logf("the host's log ends:\n%s", tail(p.audit.String()))
	})
	return p
}

// upstreams puts the addresses of this run in place of the example's.
func (p *place) upstreams(text string) string {
	p.t.Helper()
	for was, is := range map[string]string{"127.0.0.1:8080": p.doorward, "127.0.0.1:3001": p.wiki.addr, "127.0.0.1:3002": p.notes.addr} {
		text = swap(p.t, text, was, is)
	}
	return text
}

// swap replaces text that must be there: an example that no longer says it is
// not the one that is tested.
func swap(t testing.TB, text, was, is string) string {
	t.Helper()
	if !strings.Contains(text, was) {
		t.Fatalf("the example does not mention %q", was)
	}
	return strings.ReplaceAll(text, was, is)
}

func read(t testing.TB, parts ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(parts...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func write(t testing.TB, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func tail(text string) string {
	if lines := strings.Split(text, "\n"); len(lines) > 20 {
		return fmt.Sprintf("(%d lines before)\n%s", len(lines)-20, strings.Join(lines[len(lines)-20:], "\n"))
	}
	return text
}
