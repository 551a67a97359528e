package session_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/session"
	"github.com/doorward/doorward/host/store"
)

const ben = "subject-of-ben"

func TestListShowsWhatTheIndexHolds(t *testing.T) {
	k := newKit(t)
	ctx := session.WithUserAgent(t.Context(), "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
	s, err := k.Issue(ctx, k.request(), k.document(subject, ""), user(), decided)
	if err != nil {
		t.Fatal(err)
	}
	k.clock.Advance(time.Minute)
	second := k.signIn(ben, "")
	k.clock.Advance(time.Minute)
	k.opens(s.Handle, "")
	k.settle()
	list, err := k.List(t.Context(), session.Filter{})
	if err != nil || len(list) != 2 || list[0].ID != second.ID {
		t.Fatalf("%+v, %v; want two, the newest first", list, err)
	}
	got := list[1]
	if got.ID != s.ID || got.IdP != "corp" || got.Device != "Firefox on Linux" || !got.CreatedAt.Equal(s.CreatedAt) ||
		!got.LastUsed.Equal(s.CreatedAt.Add(2*time.Minute)) || !slices.Equal(got.Levels, []string{"Authenticated", "Authenticated/Fresh"}) {
		t.Errorf("got %+v", got)
	}
	for name, c := range map[string]struct {
		person login.Person
		want   int
	}{
		"by person":                 {login.Person{IdP: "corp", Issuer: issuer, Subject: subject}, 1},
		"at any provider":           {login.Person{Issuer: issuer, Subject: subject}, 1},
		"at another provider":       {login.Person{IdP: "shop", Issuer: issuer, Subject: subject}, 0},
		"another subject":           {login.Person{IdP: "corp", Issuer: issuer, Subject: subject + "x"}, 0},
		"another issuer":            {login.Person{IdP: "corp", Issuer: issuer + "/", Subject: subject}, 0},
		"the same letters together": {login.Person{IdP: "corp", Issuer: issuer + subject[:1], Subject: subject[1:]}, 0},
		"nobody":                    {login.Person{}, 0},
	} {
		list, err := k.List(t.Context(), session.Filter{Person: &c.person})
		if err != nil || len(list) != c.want {
			t.Errorf("%s: %d listed, %v; want %d", name, len(list), err, c.want)
		}
	}
}

func TestRevocation(t *testing.T) {
	ctx := context.Background()
	const ann1, ann2, ann3, ben1 = 0, 1, 2, 3
	for name, c := range map[string]struct {
		revoke func(*kit, []login.Session) (int, error)
		gone   []int
	}{
		"one": {func(k *kit, s []login.Session) (int, error) { return 1, k.Revoke(ctx, s[ann2].ID) }, []int{ann2}},
		"a person": {func(k *kit, _ []login.Session) (int, error) { return k.RevokePerson(ctx, issuer, subject) },
			[]int{ann1, ann2, ann3}},
		"a provider's session": {func(k *kit, _ []login.Session) (int, error) { return k.RevokeProviderSession(ctx, issuer, "sid-2") },
			[]int{ann2}},
		"all":              {func(k *kit, _ []login.Session) (int, error) { return k.RevokeAll(ctx) }, []int{ann1, ann2, ann3, ben1}},
		"nobody":           {func(k *kit, _ []login.Session) (int, error) { return k.RevokePerson(ctx, issuer, "nobody") }, nil},
		"a sid as subject": {func(k *kit, _ []login.Session) (int, error) { return k.RevokePerson(ctx, issuer, "sid-2") }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKit(t)
			s := []login.Session{
				k.issue(k.request(), k.document(subject, "sid-1")), k.issue(k.request(), k.document(subject, "sid-2")),
				k.issue(k.request(), k.document(subject, "")), k.issue(k.request(), k.document(ben, "sid-3")),
			}
			for i := range s {
				if i%2 == 0 { // some are in memory
					k.opens(s[i].Handle, "")
				}
			}
			n, err := c.revoke(k, s)
			if err != nil || n != len(c.gone) {
				t.Errorf("revoked %d, %v; want %d", n, err, len(c.gone))
			}
			for i := range s {
				if slices.Contains(c.gone, i) {
					k.opensNone(s[i].Handle, "")
				} else {
					k.opens(s[i].Handle, "")
				}
			}
			if got, want := k.sessions(), len(s)-len(c.gone); got[0] != want || got[1] != want || got[2] != want {
				t.Errorf("left %v; want %d", got, want)
			}
		})
	}
}

func TestRevokeOfWhatIsNoSession(t *testing.T) {
	k := newKit(t)
	s := k.signIn(subject, "")
	for _, id := range []string{"", "x", strings.Repeat("0", 32), strings.ToUpper(s.ID) + "0", s.Handle, strings.Repeat("a", 1000)} {
		if err := k.Revoke(t.Context(), id); !errors.Is(err, session.ErrNone) {
			t.Errorf("%.40q: %v", id, err)
		}
	}
	k.opens(s.Handle, "")
}

func TestRevokeAllOfMany(t *testing.T) {
	k := newKit(t)
	for i := range 620 { // more than a page
		k.signIn(fmt.Sprint("subject-", i), "")
	}
	if list, err := k.List(t.Context(), session.Filter{}); err != nil || len(list) != 620 {
		t.Errorf("%d listed, %v", len(list), err)
	}
	if n, err := k.RevokeAll(t.Context()); n != 620 || err != nil {
		t.Errorf("revoked %d, %v", n, err)
	}
	if got := k.sessions(); got != [4]int{} {
		t.Errorf("left %v", got)
	}
}

// TestAMarkRefusesLoginsUnderWay lets a login be asked for, then the provider
// end the person's sessions at second 0, then the login finish.
func TestAMarkRefusesLoginsUnderWay(t *testing.T) {
	type marked struct{ sub, sid string }
	for name, c := range map[string]struct {
		mark    marked
		login   marked
		asked   time.Duration
		refused bool
	}{
		"the person, before":                     {marked{subject, ""}, marked{subject, ""}, -time.Second, true},
		"the person, any provider's session":     {marked{subject, ""}, marked{subject, "sid-9"}, -time.Second, true},
		"the person, at that moment":             {marked{subject, ""}, marked{subject, ""}, 0, false},
		"the person, later":                      {marked{subject, ""}, marked{subject, ""}, time.Second, false},
		"someone else":                           {marked{subject, ""}, marked{ben, ""}, -time.Second, false},
		"the provider's session":                 {marked{"", "sid-1"}, marked{subject, "sid-1"}, -time.Second, true},
		"another provider's session":             {marked{"", "sid-1"}, marked{subject, "sid-2"}, -time.Second, false},
		"both, that session":                     {marked{subject, "sid-1"}, marked{subject, "sid-1"}, -time.Second, true},
		"both, the person's other session":       {marked{subject, "sid-1"}, marked{subject, "sid-2"}, -time.Second, false},
		"both, the person's login without a sid": {marked{subject, "sid-1"}, marked{subject, ""}, -time.Second, true},
		"both, later":                            {marked{subject, "sid-1"}, marked{subject, "sid-1"}, time.Second, false},
	} {
		for _, rotated := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, rotated %v", name, rotated), func(t *testing.T) {
				k := newKit(t)
				if err := k.MarkNotBefore(t.Context(), issuer, c.mark.sub, c.mark.sid, k.clock.Now()); err != nil {
					t.Fatal(err)
				}
				if rotated {
					if err := k.keys.Rotate(); err != nil {
						t.Fatal(err)
					}
				}
				req := k.request()
				req.RequestedAt += int64(c.asked / time.Second)
				k.clock.Advance(9 * time.Minute)
				_, err := k.Issue(t.Context(), req, k.document(c.login.sub, c.login.sid), user(), decided)
				if !c.refused {
					if err != nil {
						t.Errorf("refused: %v", err)
					}
					return
				}
				wantCode(t, err, login.CodeSessionMissing)
				if got := k.count(); got["session"] != 0 || got["session-spent"] != 0 {
					t.Errorf("left %v", got)
				}
			})
		}
	}
}

func TestAnEarlierMarkChangesNothingAndALaterOneDoes(t *testing.T) {
	k := newKit(t)
	now := k.clock.Now()
	for _, at := range []time.Time{now, now.Add(-time.Minute), now.Add(2 * time.Second), now.Add(time.Second)} {
		if err := k.MarkNotBefore(t.Context(), issuer, subject, "", at); err != nil {
			t.Fatal(err)
		}
	}
	for after, refused := range map[int64]bool{1: true, 2: false} {
		req := k.request()
		req.RequestedAt = now.Unix() + after
		if _, err := k.Issue(t.Context(), req, k.document(subject, ""), user(), decided); (err != nil) != refused {
			t.Errorf("asked for %d s later: %v", after, err)
		}
	}
	if err := k.MarkNotBefore(t.Context(), issuer, "", "", now); err == nil {
		t.Error("a mark for nobody is accepted")
	}
}

// TestAMarkBeatsALoginThatIsBeingWritten leaves the first mark, and then a
// later one, between a login's reading and its write.
func TestAMarkBeatsALoginThatIsBeingWritten(t *testing.T) {
	for _, earlier := range []bool{false, true} {
		k := newKit(t)
		if earlier {
			if err := k.MarkNotBefore(t.Context(), issuer, subject, "", k.clock.Now().Add(-time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
		k.store.next(func([]store.Op) error {
			return k.MarkNotBefore(context.Background(), issuer, subject, "", k.clock.Now().Add(time.Second))
		})
		_, err := k.Issue(t.Context(), k.request(), k.document(subject, ""), user(), decided)
		wantCode(t, err, login.CodeSessionMissing)
		if got := k.sessions(); got != [4]int{} {
			t.Errorf("left %v", got)
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	k := newKit(t)
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			ctx := context.Background()
			sub := fmt.Sprint("subject-", w%2)
			for range 10 {
				req := k.request()
				s, err := k.Issue(ctx, req, k.document(sub, ""), user(), decided)
				if err != nil {
					t.Error(err)
					return
				}
				var opens sync.WaitGroup
				for range 3 {
					opens.Go(func() {
						k.clock.Advance(time.Second)
						if _, err := k.Open(ctx, s.Handle, ""); err != nil && !errors.Is(err, session.ErrNone) {
							t.Error(err)
						}
					})
				}
				if _, err := k.RevokePerson(ctx, issuer, sub); err != nil {
					t.Error(err)
				}
				if _, err := k.Open(ctx, s.Handle, ""); !errors.Is(err, session.ErrNone) {
					t.Errorf("a revoked session opens: %v", err)
				}
				opens.Wait()
			}
		})
	}
	wg.Wait()
	if got := k.sessions(); got != [4]int{} {
		t.Errorf("left %v", got)
	}
}
