package main

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// process is a running doorward.
type process struct {
	cmd  *exec.Cmd
	URL  string // public URL
	App  string // the demo's application
	mu   sync.Mutex
	said strings.Builder
}

// start runs the command line until the test ends, and waits until it prints
// the address that it serves.
func start(t *testing.T, args ...string) *process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{cmd: exec.Command(self, args...)}
	p.cmd.Args[0] = "doorward" // how the test binary knows that it is the command
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.cmd.Stderr = p.cmd.Stdout
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("doorward said:\n%s", p.output())
		}
	})
	ready := make(chan string, 1)
	go p.read(out, ready)
	select {
	case p.URL = <-ready:
	case <-time.After(2 * time.Minute):
	}
	if p.URL == "" {
		t.Fatalf("doorward %v did not come up:\n%s", args, p.output())
	}
	return p
}

var (
	serves = regexp.MustCompile(`(?:Host +|serves )(http://[^ ]+)`)
	opens  = regexp.MustCompile(`Open +(http://[^ ]+)`) // printed before
)

// startDemo runs the demo on ports that nobody has.
func startDemo(t *testing.T, args ...string) *process {
	t.Helper()
	return start(t, append([]string{"demo", "--data", t.TempDir(), "--listen", "127.0.0.1:0", "--application", "127.0.0.1:0"}, args...)...)
}

func (p *process) read(out io.Reader, ready chan<- string) {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		p.mu.Lock()
		p.said.WriteString(lines.Text() + "\n")
		p.mu.Unlock()
		if m := opens.FindStringSubmatch(lines.Text()); m != nil {
			p.App = m[1]
		}
		if m := serves.FindStringSubmatch(lines.Text()); m != nil {
			ready <- m[1]
		}
	}
	close(ready)
}

func (p *process) output() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.said.String()
}

// kill is kill -9, and waits until the process is gone.
func (p *process) kill() {
	_ = p.cmd.Process.Signal(syscall.SIGKILL)
	_ = p.cmd.Wait()
}

// visitor is a browser without a screen: it keeps cookies and follows
// redirects.
type visitor struct {
	t    *testing.T
	http *http.Client
	base string
}

func newVisitor(t *testing.T, base string) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{t: t, base: base, http: &http.Client{Jar: jar, Timeout: 30 * time.Second}}
}

func (v *visitor) get(path string) (*http.Response, string) {
	v.t.Helper()
	req, err := http.NewRequest(http.MethodGet, v.base+path, nil)
	if err != nil {
		v.t.Fatal(err)
	}
	req.Header.Set("Accept", "text/html")
	return v.do(req)
}

func (v *visitor) do(req *http.Request) (*http.Response, string) {
	v.t.Helper()
	resp, err := v.http.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		v.t.Fatal(err)
	}
	return resp, string(body)
}

var (
	formAction = regexp.MustCompile(`<form[^>]*action="([^"]+)"`)
	hidden     = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)"`)
)

// signIn fills in the sign-in page that body holds.
func (v *visitor) signIn(at *http.Response, body, name, password string) (*http.Response, string) {
	v.t.Helper()
	target := formAction.FindStringSubmatch(body)
	if target == nil {
		v.t.Fatalf("no form at %s:\n%s", at.Request.URL, body)
	}
	form := url.Values{"username": {name}, "password": {password}, "do": {"sign-in"}}
	for _, m := range hidden.FindAllStringSubmatch(body, -1) {
		form.Set(m[1], m[2])
	}
	to, err := at.Request.URL.Parse(target[1])
	if err != nil {
		v.t.Fatal(err)
	}
	req, err := http.NewRequest(http.MethodPost, to.String(), strings.NewReader(form.Encode()))
	if err != nil {
		v.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "text/html")
	req.Header.Set("Origin", to.Scheme+"://"+to.Host)
	return v.do(req)
}

// sessionDocument is GET /session, as far as these tests look.
type sessionDocument struct {
	Authenticated bool
	User          struct {
		UserName  string
		Roles     []string
		Timestamp int64
	}
	IdPAttributes map[string]map[string]any `json:"idpAttributes"`
}

func (v *visitor) session() (d sessionDocument) {
	v.t.Helper()
	req, err := http.NewRequest(http.MethodGet, v.base+"/session", nil)
	if err != nil {
		v.t.Fatal(err)
	}
	resp, body := v.do(req)
	if resp.StatusCode != http.StatusOK {
		v.t.Fatalf("GET /session: %s\n%s", resp.Status, body)
	}
	if err := json.Unmarshal([]byte(body), &d); err != nil {
		v.t.Fatalf("%v in %s", err, body)
	}
	return d
}
