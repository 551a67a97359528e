package host_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host"
	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/store"
)

const neverMatched = "nobody has ever signed in as this person"

// granted makes a site with grants to alice and to bob.
func granted(t *testing.T) *site {
	t.Helper()
	idp := hosttest.NewProvider(t)
	return operators(t, idp, settings{Rest: fmt.Sprintf("grants:\n  - {idp: corp, iss: %q, sub: alice-7f3a, levels: [Authenticated/Fresh]}\n  - {idp: corp, iss: %q, sub: bob-canary, levels: [Authenticated/Fresh]}\n", idp.URL, idp.URL) + levels})
}

// unmatched are the places of the grants that doorward check warns of.
func (s *site) unmatched() (found []string) {
	s.t.Helper()
	cfg, err := config.Load(filepath.Join(s.dir, "doorward.yaml"))
	if err != nil {
		s.t.Fatal(err)
	}
	warnings, err := host.Check(context.Background(), host.Options{Config: cfg, Transport: s.idp.Client().Transport}, nil, false)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, w := range warnings {
		if at, _, is := strings.Cut(w, neverMatched); is {
			found = append(found, at[strings.Index(at, "grants["):len(at)-len(": ")])
		}
	}
	return found
}

func (s *site) unmatchedAre(want ...string) {
	s.t.Helper()
	if got := s.unmatched(); fmt.Sprint(got) != fmt.Sprint(want) {
		s.t.Errorf("unmatched are %v, want %v", got, want)
	}
}

// A grant to somebody who never came is most often misspelt: check says so, by
// the running host or by its store, and forgets nobody over a restart or a
// change of keys.
func TestGrants_ThatNobodyEverMatchedAreListed(t *testing.T) {
	t.Parallel()
	s := granted(t)
	s.unmatchedAre("grants[0]", "grants[1]")
	b := s.operator()
	s.unmatchedAre("grants[1]")
	s.idp.Set(func(k *hosttest.Knobs) { k.Subject = "bob-canary" })
	b.test(nil)
	s.unmatchedAre("grants[1]") // a test login is no sign-in
	s.stop()
	s.unmatchedAre("grants[1]") // from the store
	content, err := os.ReadFile(filepath.Join(s.dir, "data", "doorward.db"))
	if err != nil || bytes.Contains(content, []byte("bob-canary")) {
		t.Errorf("the store names a person: %v", err)
	}
	s.start()
	s.unmatchedAre("grants[1]")
	cfg := s.options().Config
	for range 3 { // two keys are accepted
		if _, err := host.RotateKeys(context.Background(), cfg); err != nil {
			t.Fatal(err)
		}
	}
	s.stop()
	for range 2 {
		s.start()
		s.unmatchedAre("grants[1]")
		s.stop()
		if _, err := host.RotateKeys(context.Background(), cfg); err != nil {
			t.Fatal(err)
		}
	}
	s.unmatchedAre("grants[1]")
}

// Who signs in all day is written once a day.
func TestGrants_AreWrittenOnceADay(t *testing.T) {
	t.Parallel()
	s := granted(t)
	b := s.browser()
	b.signedIn("/login?idp=corp")
	for range 3 {
		s.idp.Clock.Advance(time.Hour)
		s.browser().signedIn("/login?idp=corp")
	}
	if n := s.grantWrites(); n != 1 {
		t.Errorf("%d writes in four hours", n)
	}
	s.start()
	s.idp.Clock.Advance(time.Hour)
	s.browser().signedIn("/login?idp=corp")
	s.idp.Clock.Advance(24 * time.Hour)
	s.browser().signedIn("/login?idp=corp")
	if n := s.grantWrites(); n != 2 {
		t.Errorf("%d writes in two days", n)
	}
}

// grantWrites stops the host and counts how often its store was written about
// alice, who has the one record.
func (s *site) grantWrites() int {
	s.t.Helper()
	s.stop()
	st, err := store.Open(filepath.Join(s.dir, "data", "doorward.db"), store.Options{})
	if err != nil {
		s.t.Fatal(err)
	}
	items, err := st.Scan(context.Background(), "grant", "", "", 10)
	if err := st.Close(); err != nil {
		s.t.Fatal(err)
	}
	if err != nil || len(items) != 1 {
		s.t.Fatalf("%d records, %v", len(items), err)
	}
	return int(items[0].Version)
}

// Check neither needs a host that ran nor leaves traces of one, and says
// nothing when it is told to ask nobody.
func TestGrants_CheckSaysNothingWhereNobodyKnows(t *testing.T) {
	t.Parallel()
	s := granted(t)
	cfg, err := config.Load(filepath.Join(s.dir, "doorward.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	warnings, err := host.Check(context.Background(), host.Options{Config: cfg}, nil, true)
	if err != nil || strings.Contains(strings.Join(warnings, "\n"), neverMatched) {
		t.Errorf("offline: %v %v", warnings, err)
	}
	s.stop()
	if err := os.RemoveAll(filepath.Join(s.dir, "data")); err != nil {
		t.Fatal(err)
	}
	s.unmatchedAre()
	if _, err := os.Stat(filepath.Join(s.dir, "data")); err == nil {
		t.Error("check made a folder")
	}
}

// A grant that is taken away takes its trace with it.
func TestGrants_OfNobodyAreForgotten(t *testing.T) {
	t.Parallel()
	s := granted(t)
	s.browser().signedIn("/login?idp=corp")
	s.stop()
	file := filepath.Join(s.dir, "doorward.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range [][]byte{bytes.ReplaceAll(text, []byte("alice-7f3a"), []byte("carol")), text} {
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		s.start()
		s.unmatchedAre("grants[0]", "grants[1]")
		s.stop()
	}
}
