package host_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/keyring"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/session"
	"github.com/doorward/doorward/host/store"
)

// fill stops the host, makes n sessions that are like the one that handle
// opens, but each of another person, and starts the host again. It returns the
// file with their handles, which are good on the host's own origin.
func (s *site) fill(n int, handle string) (handles string) {
	s.t.Helper()
	handles = filepath.Join(s.dir, "handles")
	if n == 0 {
		return handles
	}
	s.stop()
	cfg, err := config.Load(filepath.Join(s.dir, "doorward.yaml"))
	if err != nil {
		s.t.Fatal(err)
	}
	st, err := store.Open(cfg.Store.Path, store.Options{InsecureNoSync: true})
	if err != nil {
		s.t.Fatal(err)
	}
	keys, err := keyring.Open(cfg.HostKeyFile)
	if err != nil {
		s.t.Fatal(err)
	}
	sessions := session.New(session.Config{Store: st, Keys: keys, Idle: cfg.Session.Idle, Absolute: cfg.Session.Absolute})
	record, err := sessions.Open(context.Background(), handle, "")
	if err != nil {
		s.t.Fatal(err)
	}
	list, err := copies(sessions, record, n)
	sessions.Close()
	if err = errors.Join(err, st.Close(), os.WriteFile(handles, []byte(strings.Join(list, "\n")), 0o600)); err != nil {
		s.t.Fatal(err)
	}
	s.start()
	return handles
}

// copies issues n sessions. As many writers as the store takes share each write.
func copies(sessions *session.Sessions, like *session.Record, n int) ([]string, error) {
	handles, errs := make([]string, n), make([]error, 256)
	var wg sync.WaitGroup
	for w := range errs {
		wg.Go(func() {
			for i := w; i < n && errs[w] == nil; i += len(errs) {
				now := time.Now().Unix()
				req := login.AuthRequest{State: fmt.Sprint("copy-", i), Purpose: login.PurposeLogin, RequestedAt: now, Expiry: now + 600}
				doc := like.Document
				doc.Person.Subject = fmt.Sprint("subject-", i)
				var made login.Session
				made, errs[w] = sessions.Issue(context.Background(), req, doc, like.User, login.Decision{})
				handles[i] = made.Handle
			}
		})
	}
	wg.Wait()
	return handles, errors.Join(errs...)
}

// tick makes the host's clock go: levels end, and assertions are made anew.
func tick(b *testing.B, clock *hosttest.Clock) {
	stop := make(chan bool)
	b.Cleanup(func() { close(stop) })
	go func() {
		for ticks := time.NewTicker(5 * time.Millisecond); ; {
			select {
			case <-stop:
				ticks.Stop()
				return
			case now := <-ticks.C:
				clock.Set(now)
			}
		}
	}()
}

func heapInUse() float64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}
