package policy

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/login"
)

// counting returns a Live whose engine is looked up through a counter of
// decisions: OnFailure hears of the one rule that always fails.
func counting(t *testing.T, rules string, max int) (*Live, *Slot, func() int) {
	t.Helper()
	var mu sync.Mutex
	count := 0
	cfg := Config{
		Levels: standard(), DefaultPolicy: true,
		Modules: levelsFile("grant contains \"Authenticated/Engineer/Lead\" if to_number(\"x\") == 1\n" + rules),
		OnFailure: func(error) {
			mu.Lock()
			defer mu.Unlock()
			count++
		},
	}
	slot := NewSlot(newEngine(t, cfg))
	return NewLive(slot.Engine, max), slot, func() int {
		mu.Lock()
		defer mu.Unlock()
		return count
	}
}

func ask(t *testing.T, live *Live, key string, facts login.Facts) login.Decision {
	t.Helper()
	d, err := live.Levels(context.Background(), key, facts)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestLiveKeepsADecisionUntilItsFirstEnd(t *testing.T) {
	live, _, decided := counting(t, ``, 0)
	facts := signedIn(t, login.Evidence{AuthTime: at(received)})
	for _, step := range []struct {
		second int64
		want   int
	}{{0, 1}, {1, 1}, {299, 1}, {300, 2}, {301, 2}, {86400, 2}} {
		facts.Now = time.Unix(received+step.second, 0)
		ask(t, live, "s", facts)
		if got := decided(); got != step.want {
			t.Errorf("after %d s: decided %d times, want %d", step.second, got, step.want)
		}
	}
}

func TestLiveAsksVolatilePoliciesAgainAfterASecond(t *testing.T) {
	live, _, decided := counting(t, `grant contains "Terminal" if input.now >= 1311281005`, 0)
	facts := signedIn(t, login.Evidence{})
	start := facts.Now
	for _, step := range []struct {
		later time.Duration
		want  int
		held  bool
	}{{0, 1, false}, {999 * time.Millisecond, 1, false}, {time.Second, 2, false}, {4999 * time.Millisecond, 3, false}, {6 * time.Second, 4, true}} {
		facts.Now = start.Add(step.later)
		d := ask(t, live, "s", facts)
		if got := decided(); got != step.want {
			t.Errorf("after %s: decided %d times, want %d", step.later, got, step.want)
		}
		if d.Holds("Terminal", facts.Now) != step.held {
			t.Errorf("after %s: held is not %v", step.later, step.held)
		}
	}
}

func TestLiveTellsRequestsApart(t *testing.T) {
	live, slot, decided := counting(t, ``, 0)
	base := signedIn(t, login.Evidence{})
	ask(t, live, "s", base)
	want := 1
	change := func(name string, edit func(*login.Facts)) {
		facts := base
		doc := *base.Document
		facts.Document = &doc
		edit(&facts)
		want++
		for range 2 {
			ask(t, live, "s", facts)
		}
		if got := decided(); got != want {
			t.Errorf("%s: decided %d times, want %d", name, got, want)
			want = got
		}
	}
	change("zones", func(f *login.Facts) { f.Request.Zones = []string{"plant"} })
	change("two zones", func(f *login.Facts) { f.Request.Zones = []string{"plant", "office"} })
	change("one zone of both names", func(f *login.Facts) { f.Request.Zones = []string{"plantoffice"} })
	change("app", func(f *login.Facts) { f.Request.App = "wiki" })
	change("user agent", func(f *login.Facts) { f.Request.UserAgent = "wiki" })
	change("sign-in", func(f *login.Facts) { f.Document.ID = "another" })
	change("response", func(f *login.Facts) { f.Document.ReceivedAt = time.Unix(received+1, 0) })
	ask(t, live, "other session", base)
	want++

	// The address counts only when a policy reads it.
	moved := base
	moved.Request.IP = "10.0.0.9"
	ask(t, live, "s", moved)
	if got := decided(); got != want {
		t.Errorf("address: decided %d times, want %d", got, want)
	}

	if err := slot.Reload(context.Background(), Config{Levels: standard(), Modules: levelsFile(`grant contains "Terminal"`)}); err != nil {
		t.Fatal(err)
	}
	if d := ask(t, live, "s", base); !d.Holds("Terminal", base.Now) {
		t.Error("the decision of the policy before the reload is used")
	}
}

func TestLiveTellsAddressesApartWhenAPolicyReadsThem(t *testing.T) {
	live, _, _ := counting(t, `grant contains "Terminal" if input.request.ip == "10.0.0.1"`, 0)
	facts := signedIn(t, login.Evidence{})
	facts.Request.IP = "10.0.0.1"
	if d := ask(t, live, "s", facts); !d.Holds("Terminal", facts.Now) {
		t.Fatal("not held at its address")
	}
	facts.Request.IP = "10.0.0.2"
	if d := ask(t, live, "s", facts); d.Holds("Terminal", facts.Now) {
		t.Error("held at another address")
	}
}

func TestLiveForgets(t *testing.T) {
	live, _, decided := counting(t, ``, 0)
	facts := signedIn(t, login.Evidence{})
	ask(t, live, "s", facts)
	ask(t, live, "t", facts)
	live.Forget("s")
	live.Forget("never seen")
	if live.Len() != 1 {
		t.Errorf("keeps %d", live.Len())
	}
	ask(t, live, "t", facts)
	ask(t, live, "s", facts)
	if got := decided(); got != 3 {
		t.Errorf("decided %d times, want 3", got)
	}
}

func TestLiveIsBounded(t *testing.T) {
	live, _, _ := counting(t, ``, 40)
	facts := signedIn(t, login.Evidence{})
	for i := range 30 { // one session cannot fill the memory
		facts.Request.UserAgent = fmt.Sprint(i)
		ask(t, live, "s", facts)
	}
	if live.Len() != perSession {
		t.Errorf("one session has %d entries, want %d", live.Len(), perSession)
	}
	for i := range 30 { // nor can requests without a session
		nobody := anonymous()
		nobody.Request.UserAgent = fmt.Sprint(i)
		ask(t, live, "", nobody)
	}
	if live.Len() != perSession+10 {
		t.Errorf("%d entries, want %d", live.Len(), perSession+10)
	}
	for i := range 100 {
		ask(t, live, fmt.Sprint("session", i), facts)
	}
	if live.Len() != 40 {
		t.Errorf("%d entries, want 40", live.Len())
	}
	if len(live.entries.byID) != 40 || len(live.entries.bySession) != 40 {
		t.Errorf("the index holds %d and %d", len(live.entries.byID), len(live.entries.bySession))
	}
}

func TestLiveDropsWhatWasUsedLongestAgo(t *testing.T) {
	live, _, decided := counting(t, ``, 3)
	facts := signedIn(t, login.Evidence{})
	for _, key := range []string{"a", "b", "c", "a", "d", "a"} { // d takes the place of b
		ask(t, live, key, facts)
	}
	if got := decided(); got != 4 {
		t.Errorf("decided %d times, want 4", got)
	}
	ask(t, live, "b", facts)
	if got := decided(); got != 5 {
		t.Errorf("decided %d times, want 5", got)
	}
}

// The conversion is kept for one document only.
func TestLiveNeverShowsOnePersonsClaimsToAnother(t *testing.T) {
	live, _, _ := counting(t, `grant contains "Terminal" if input.sources.idTokenClaims.sub == "ada"
grant contains "Authenticated/Engineer" if input.now > 0`, 0)
	facts := signedIn(t, login.Evidence{}, idToken, `{"sub": "ada"}`)
	if d := ask(t, live, "s", facts); !d.Holds("Terminal", facts.Now) {
		t.Fatal("not held")
	}
	other := *facts.Document
	other.Sources, _ = attrs.Document{}.With(idToken, []byte(`{"sub": "bob"}`))
	facts.Document = &other
	facts.Now = facts.Now.Add(2 * time.Second)
	if d := ask(t, live, "s", facts); d.Holds("Terminal", facts.Now) {
		t.Error("held by the claims of the document before")
	}
}

func TestLiveKeepsNoFailure(t *testing.T) {
	live, _, _ := counting(t, ``, 0)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := live.Levels(ctx, "s", signedIn(t, login.Evidence{})); err == nil {
		t.Fatal("no error")
	}
	if live.Len() != 0 {
		t.Error("a failure is kept")
	}
}

func TestLiveIsSafeForConcurrentUse(t *testing.T) {
	live, slot, _ := counting(t, `grant contains "Terminal" if {
	input.request.ip == "10.0.0.1"
	input.sources.userInfo.groups[_] == "staff"
	input.now > 0
}`, 20)
	shared := signedIn(t, login.Evidence{AuthTime: at(received)}, userInfo, `{"groups": ["a", "staff"], "z": 1, "y": 2}`)
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			facts := shared
			for i := range 100 {
				facts.Request.IP = fmt.Sprintf("10.0.0.%d", i%3)
				facts.Now = shared.Now.Add(time.Duration(i) * 300 * time.Millisecond)
				key := fmt.Sprint("session", (worker+i)%7)
				d, err := live.Levels(context.Background(), key, facts)
				if err != nil || d.Holds("Terminal", facts.Now) != (i%3 == 1) {
					t.Errorf("%v, %v", paths(d), err)
				}
				if i%20 == 0 {
					live.Forget(key)
				}
			}
		})
	}
	wg.Go(func() {
		for range 3 {
			if err := slot.Reload(context.Background(), slot.Engine().cfg); err != nil {
				t.Error(err)
			}
		}
	})
	wg.Wait()
}
