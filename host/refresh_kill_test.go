package host_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host"
	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/hosttest"
)

// childEnv names the folder of a host that runs in a process of its own. By its
// clock it is an hour later once there is a file of that name in the folder.
const (
	childEnv = "DOORWARD_TEST_HOST"
	later    = "an-hour-later"
)

// serveChild runs that host until it is killed.
func serveChild() {
	dir := os.Getenv(childEnv)
	if dir == "" {
		return
	}
	fail := func(err error) {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	cfg, err := config.Load(filepath.Join(dir, "doorward.yaml"))
	fail(err)
	text, err := os.ReadFile(filepath.Join(dir, "ca.pem"))
	fail(err)
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(text)
	h, err := host.New(context.Background(), host.Options{
		Config: cfg, Now: func() time.Time {
			if _, err := os.Stat(filepath.Join(dir, later)); err == nil {
				return time.Now().Add(tokenLife)
			}
			return time.Now()
		},
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}, Log: slog.New(slog.NewJSONHandler(os.Stderr, nil)),
	})
	fail(err)
	fail(h.Run(context.Background(), func(at host.Addresses) { fmt.Printf("listens %s\n", at.Public) }))
	os.Exit(0)
}

// child runs the site's host in a process of its own, and returns what kills it
// with SIGKILL.
func (s *site) child() (kill func()) {
	s.t.Helper()
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), childEnv+"="+s.dir)
	command.Stderr = s.log
	out, err := command.StdoutPipe()
	if err == nil {
		err = command.Start()
	}
	if err != nil {
		s.t.Fatal(err)
	}
	kill = func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	}
	s.t.Cleanup(kill)
	line, err := bufio.NewReader(out).ReadString('\n')
	s.listen = strings.TrimSpace(strings.TrimPrefix(line, "listens "))
	if err != nil || s.listen == "" {
		s.t.Fatalf("the child said %q, %v\n%s", line, err, s.log)
	}
	return kill
}

// certificate writes down what the provider is known by.
func (s *site) certificate() {
	s.t.Helper()
	resp, err := s.idp.Client().Get(s.idp.URL + "/.well-known/openid-configuration")
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: resp.TLS.PeerCertificates[0].Raw})
	if err := os.WriteFile(filepath.Join(s.dir, "ca.pem"), text, 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// TestT27_KillInTheMiddleOfARefresh kills a host, a process of its own, while
// the provider is asked. The session is there afterwards. The old refresh token
// is tried once more: a provider that takes it back yields what it said; one that
// detects reuse leaves the session frozen. When the host is killed again, it is
// frozen without a third try.
func TestT27_KillInTheMiddleOfARefresh(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rotate bool
		kills  int
		held   bool
	}{"good once": {true, 1, false}, "good again": {false, 1, true}, "killed again": {false, 2, false}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, refreshable(t, func(k *hosttest.Knobs) {
				k.Refreshing.Rotate, k.Refreshing.Slow = c.rotate, time.Minute
			}), refreshing(""))
			s.stop()
			s.certificate()
			kill := s.child()
			b := s.browser()
			if d := b.signedIn("/login?idp=corp"); d.level("Authenticated") == nil {
				t.Fatal("nobody is signed in")
			}
			s.idp.Clock.Advance(tokenLife)
			if err := os.WriteFile(filepath.Join(s.dir, later), nil, 0o600); err != nil {
				t.Fatal(err)
			}
			for i := range c.kills {
				waits := b.request(http.MethodGet, "/session", "")
				go func() { // until the kill
					if resp, err := b.http.Do(waits); err == nil {
						resp.Body.Close()
					}
				}()
				s.asked(hosttest.Refresh, i+1)
				kill()
				kill = s.child()
			}
			s.idp.Set(func(k *hosttest.Knobs) { k.Refreshing.Slow = 0 })
			d := b.session() // waits until the dead host's lease is over
			if !d.Authenticated || s.refreshes() != 2 {
				t.Fatalf("signed in: %t, asked %d times\n%s", d.Authenticated, s.refreshes(), s.log)
			}
			if held := d.level(engineer) != nil && d.level(adminRole) != nil; held != c.held {
				t.Errorf("held are %q", d.paths())
			}
			if !c.held {
				d.holds(t, "Authenticated")
				b.session().holds(t, "Authenticated")
				if s.refreshes() != 2 {
					t.Errorf("asked %d times", s.refreshes())
				}
			}
		})
	}
}
