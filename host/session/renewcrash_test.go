package session_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/keyring"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/session"
	"github.com/doorward/doorward/host/store"
)

const shortLease = 300 * time.Millisecond

// hostsIn are n hosts over the store in dir, by the real clock.
func hostsIn(dir string, n int, clocks ...func() time.Time) (hosts []*session.Sessions, closeAll func(), err error) {
	s, err := store.Open(filepath.Join(dir, "doorward.db"), store.Options{LockTimeout: 5 * time.Second})
	if err != nil {
		return nil, nil, err
	}
	keys, err := keyring.Open(filepath.Join(dir, "key"))
	if err != nil {
		return nil, nil, err
	}
	for i := range n {
		c := session.Config{Store: s, Keys: keys, Lease: shortLease}
		if len(clocks) > 0 {
			c.Now = clocks[i]
		}
		hosts = append(hosts, session.New(c))
	}
	return hosts, func() {
		for _, host := range hosts {
			host.Close()
		}
		s.Close()
	}, nil
}

func openHosts(t *testing.T, dir string, n int) ([]*session.Sessions, func()) {
	t.Helper()
	hosts, closeAll, err := hostsIn(dir, n)
	if err != nil {
		t.Fatal(err)
	}
	return hosts, closeAll
}

// stoppable is a clock that goes until it is stopped.
type stoppable struct{ at atomic.Pointer[time.Time] }

func (c *stoppable) stop() { now := time.Now(); c.at.Store(&now) }

func (c *stoppable) now() time.Time {
	if at := c.at.Load(); at != nil {
		return *at
	}
	return time.Now()
}

// signedIn is the handle of a session that has a refresh token.
func signedIn(t *testing.T, host *session.Sessions) string {
	t.Helper()
	doc := login.Document{
		Sources: source(t, attrs.IDTokenClaims, `{"sub":"ann"}`, attrs.TokenEndpointResponse, `{"access_token":"a-0","refresh_token":"r-0"}`),
		Person:  login.Person{IdP: "corp", Issuer: issuer, Subject: "ann"}, ReceivedAt: time.Now(),
	}
	s, err := host.Issue(t.Context(), login.AuthRequest{Purpose: login.PurposeLogin, RequestedAt: time.Now().Unix()}, doc, login.User{}, login.Decision{})
	if err != nil {
		t.Fatal(err)
	}
	return s.Handle
}

func opensAt(t *testing.T, host *session.Sessions, handle string) *session.Record {
	t.Helper()
	r, err := host.Open(t.Context(), handle, "")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestT27_AProviderSlowerThanTheLease: the host that asks gives signs of life,
// and the other one waits for it.
func TestT27_AProviderSlowerThanTheLease(t *testing.T) {
	hosts, closeAll := openHosts(t, t.TempDir(), 2)
	defer closeAll()
	handle := signedIn(t, hosts[0])
	r := opensAt(t, hosts[0], handle)
	var calls atomic.Int32
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			got, err := hosts[i%2].Renew(t.Context(), r, login.Want{}, func(ctx context.Context, r *session.Record, _ int) (*session.Renewed, error) {
				calls.Add(1)
				time.Sleep(5 * shortLease)
				return newer(t, r, "slow"), ctx.Err()
			})
			if err != nil || got.Tokens.Refresh != "r-slow" {
				t.Errorf("%v, %v", got, err)
			}
		})
	}
	all.Wait()
	if calls.Load() != 1 {
		t.Errorf("the provider was asked %d times", calls.Load())
	}
}

// A host whose lease somebody else took, because it gave no sign of life, writes
// nothing any more.
func TestT27_AHostThatLostItsLeaseWritesNothing(t *testing.T) {
	clocks := []*stoppable{{}, {}}
	hosts, closeAll, err := hostsIn(t.TempDir(), 2, clocks[0].now, clocks[1].now)
	if err != nil {
		t.Fatal(err)
	}
	defer closeAll()
	handle := signedIn(t, hosts[0])
	got, err := hosts[0].Renew(t.Context(), opensAt(t, hosts[0], handle), login.Want{}, func(ctx context.Context, r *session.Record, _ int) (*session.Renewed, error) {
		clocks[0].stop() // its signs of life are of the past from here on
		time.Sleep(2 * shortLease)
		next, err := hosts[1].Renew(context.Background(), r, login.Want{}, func(_ context.Context, r *session.Record, tries int) (*session.Renewed, error) {
			if tries != 1 {
				t.Errorf("after %d tries", tries)
			}
			return newer(t, r, "second"), nil
		})
		if err != nil || next.User.ID != "second" {
			t.Errorf("%v, %v", next, err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(5 * time.Second):
			t.Error("the call goes on, though nothing can come of it")
		}
		return newer(t, r, "first"), nil
	})
	if err != nil || got.User.ID != "second" {
		t.Errorf("%v, %v", got, err)
	}
	if r := opensAt(t, hosts[0], handle); r.User.ID != "second" || r.Version != 2 {
		t.Errorf("it is %s, version %d", r.User.ID, r.Version)
	}
}

// TestT27_KillInTheMiddleOfARefresh runs this binary again, which renews a
// session, and kills it with SIGKILL while the provider is asked. The session
// is there, the old refresh token is tried once more, and after a second kill
// nobody tries it again.
func TestT27_KillInTheMiddleOfARefresh(t *testing.T) {
	dir := t.TempDir()
	hosts, closeAll := openHosts(t, dir, 1)
	handle := signedIn(t, hosts[0])
	closeAll()
	for kills := 1; kills <= 3; kills++ {
		killInRenewal(t, dir, handle, min(kills-1, 2))
	}
	hosts, closeAll = openHosts(t, dir, 1)
	defer closeAll()
	r := opensAt(t, hosts[0], handle)
	if r.Tokens.Refresh != "r-0" || r.Version != 1 {
		t.Errorf("the session changed: version %d", r.Version)
	}
	got, err := hosts[0].Renew(t.Context(), r, login.Want{}, func(_ context.Context, r *session.Record, tries int) (*session.Renewed, error) {
		if tries != 2 {
			t.Errorf("after %d tries", tries)
		}
		return newer(t, r, "known"), nil
	})
	if err != nil || got.User.ID != "known" {
		t.Errorf("%v, %v", got, err)
	}
}

// killInRenewal kills the child once it asks the provider, after so many tries.
func killInRenewal(t *testing.T, dir, handle string, tries int) {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), "DOORWARD_TEST_RENEW="+dir, "DOORWARD_TEST_HANDLE="+handle)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err == nil {
		err = child.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || line != fmt.Sprintf("spending %d\n", tries) {
		t.Errorf("the child said %q, %v", line, err)
	}
	_ = child.Process.Kill()
	if err := child.Wait(); err == nil {
		t.Fatal("the child was not killed")
	}
}

// renewForever is the child.
func renewForever(dir, handle string) {
	hosts, _, err := hostsIn(dir, 1)
	mustNot(err)
	r, err := hosts[0].Open(context.Background(), handle, "")
	mustNot(err)
	_, err = hosts[0].Renew(context.Background(), r, login.Want{}, func(_ context.Context, _ *session.Record, tries int) (*session.Renewed, error) {
		fmt.Fprintf(os.Stdout, "spending %d\n", tries)
		time.Sleep(time.Minute)
		return nil, errNoAnswer
	})
	mustNot(err)
	os.Exit(1)
}
