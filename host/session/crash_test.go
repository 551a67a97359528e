package session_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/keyring"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/session"
	"github.com/doorward/doorward/host/store"
)

// TestKillLosesNoAcknowledgedSession runs this binary again, which signs
// people in and out and prints each handle once that is acknowledged, and
// kills it with SIGKILL while it does.
func TestKillLosesNoAcknowledgedSession(t *testing.T) {
	dir := t.TempDir()
	alive, total := map[string]bool{}, 0
	for round := range 4 {
		total += killOnce(t, dir, time.Duration(20+37*round)*time.Millisecond, alive)
		sessions, closeAll := openHost(t, dir)
		for handle, want := range alive {
			_, err := sessions.Open(t.Context(), handle, "")
			if want && err != nil {
				t.Errorf("round %d: an acknowledged session is lost: %v", round, err)
			}
			if !want && !errors.Is(err, session.ErrNone) {
				t.Errorf("round %d: an acknowledged end is lost: %v", round, err)
			}
		}
		list, err := sessions.List(t.Context(), session.Filter{})
		if err != nil || len(list) < len(alive)/3 {
			t.Errorf("round %d: %d listed, %v", round, len(list), err)
		}
		closeAll()
	}
	if total < 20 {
		t.Errorf("only %d acknowledgements before the kills: the test shows little", total)
	}
}

// killOnce kills the child after at least one acknowledgement and a while.
func killOnce(t *testing.T, dir string, after time.Duration, alive map[string]bool) int {
	t.Helper()
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), "DOORWARD_TEST_CRASH="+dir)
	command.Stderr = os.Stderr
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	n, lines := 0, bufio.NewReader(out)
	for {
		line, err := lines.ReadString('\n')
		if err != nil { // a line without its end was not acknowledged whole
			break
		}
		if n++; n == 1 {
			time.AfterFunc(after, func() { command.Process.Kill() })
		}
		what, handle, _ := strings.Cut(strings.TrimSpace(line), " ")
		if alive[handle] = what == "issued"; what == "ending" {
			delete(alive, handle)
		}
	}
	if err := command.Wait(); err == nil || n == 0 {
		t.Fatalf("the child was not killed: %v, %d acknowledgements", err, n)
	}
	return n
}

func openHost(t *testing.T, dir string) (*session.Sessions, func()) {
	t.Helper()
	sessions, closeAll, err := hostIn(dir)
	if err != nil {
		t.Fatal(err)
	}
	return sessions, closeAll
}

func hostIn(dir string) (*session.Sessions, func(), error) {
	s, err := store.Open(filepath.Join(dir, "doorward.db"), store.Options{LockTimeout: 5 * time.Second})
	if err != nil {
		return nil, nil, err
	}
	keys, err := keyring.Open(filepath.Join(dir, "key"))
	if err != nil {
		return nil, nil, err
	}
	sessions := session.New(session.Config{Store: s, Keys: keys})
	return sessions, func() { sessions.Close(); s.Close() }, nil
}

// issueForever is the child. Standard output is not buffered: what was
// written before the kill arrives.
func issueForever(dir string) {
	sessions, _, err := hostIn(dir)
	mustNot(err)
	sources, err := attrs.Document{}.With(attrs.IDTokenClaims, []byte(`{"sub":"ann"}`))
	mustNot(err)
	doc := login.Document{Sources: sources, Person: login.Person{IdP: "corp", Issuer: issuer, Subject: "ann"}, ReceivedAt: time.Now()}
	for w := range 4 {
		go func() {
			for i := 0; ; i++ {
				req := login.AuthRequest{State: fmt.Sprint(os.Getpid(), ".", w, ".", i), Purpose: login.PurposeLogin, RequestedAt: time.Now().Unix()}
				s, err := sessions.Issue(context.Background(), req, doc, login.User{}, login.Decision{})
				mustNot(err)
				fmt.Fprintf(os.Stdout, "issued %s\n", s.Handle)
				if i%3 != 2 {
					continue
				}
				fmt.Fprintf(os.Stdout, "ending %s\n", s.Handle) // from here on it may be either
				_, err = sessions.End(context.Background(), s.Handle, "")
				mustNot(err)
				fmt.Fprintf(os.Stdout, "ended %s\n", s.Handle)
			}
		}()
	}
	time.Sleep(time.Minute)
	os.Exit(1)
}
