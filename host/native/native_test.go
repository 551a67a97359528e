package native

import (
	"context"
	"errors"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/keyring"
	"github.com/doorward/doorward/host/store"
)

func newGrants(t testing.TB) (*Grants, *hosttest.Clock) {
	t.Helper()
	c := hosttest.NewClock(time.Unix(1_800_000_000, 0))
	s, err := store.Open(filepath.Join(t.TempDir(), "store.db"), store.Options{Now: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	keys, err := keyring.New([]byte(strings.Repeat("k", 32)))
	if err != nil {
		t.Fatal(err)
	}
	return New(Config{Store: s, Keys: keys, Now: c.Now}), c
}

func waiting1(t testing.TB, g *Grants) (Codes, Device) {
	t.Helper()
	codes, err := g.NewDevice(context.Background(), Ask{App: "cli"}, "192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	d, err := g.ByUserCode(context.Background(), codes.User)
	if err != nil {
		t.Fatal(err)
	}
	return codes, d
}

// One device is answered once, and its session is handed out once, however many
// ask at the same time.
func TestManyAtOnceGetOneHandle(t *testing.T) {
	t.Parallel()
	g, _ := newGrants(t)
	codes, d := waiting1(t, g)
	answered := atOnce(16, func() error { return g.Approve(context.Background(), d.ID, "the handle") })
	if answered != 1 {
		t.Errorf("%d approvals of one device", answered)
	}
	if err := g.Deny(context.Background(), d.ID); !errors.Is(err, ErrGrant) {
		t.Errorf("a refusal after the approval: %v", err)
	}
	handed := atOnce(16, func() error {
		handle, err := g.Poll(context.Background(), "cli", codes.Device)
		if err == nil && handle != "the handle" {
			t.Errorf("the handle is %q", handle)
		}
		return err
	})
	if handed != 1 {
		t.Errorf("%d polls got the handle", handed)
	}
	code, err := g.NewCode(context.Background(), Bound{App: "cli", RedirectURI: "x", Challenge: challengeFor, Session: "s"}, "another")
	if err != nil {
		t.Fatal(err)
	}
	redeemed := atOnce(16, func() error {
		_, err := g.Redeem(context.Background(), "cli", "x", code, verifierFor)
		var misused *MisusedError
		if err != nil && (!errors.As(err, &misused) || misused.Session != "s") {
			t.Errorf("a code that is used twice is %v", err)
		}
		return err
	})
	if redeemed != 1 {
		t.Errorf("%d redeemed one code", redeemed)
	}
}

const verifierFor = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" // RFC 7636, appendix B

const challengeFor = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

func atOnce(n int, do func() error) (went int) {
	errs := make(chan error, n)
	for range n {
		go func() { errs <- do() }()
	}
	for range n {
		if <-errs == nil {
			went++
		}
	}
	return went
}

// A box opens with its secret and for its device alone.
func TestABoxOpensForItsOwnSecret(t *testing.T) {
	t.Parallel()
	secret := newSecret()
	box, err := seal(lockOf(secret), "device", "handle")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := unseal(secret, "device", box); err != nil || got != "handle" {
		t.Errorf("it opens to %q, %v", got, err)
	}
	if _, err := unseal(newSecret(), "device", box); err == nil {
		t.Error("it opens with another secret")
	}
	if _, err := unseal(secret, "another device", box); err == nil {
		t.Error("it opens for another device")
	}
	box[len(box)-1] ^= 1
	if _, err := unseal(secret, "device", box); err == nil {
		t.Error("a changed one opens")
	}
}

// A rotation of the host's key leaves those who wait as they are.
func TestACodeIsFoundAfterARotation(t *testing.T) {
	t.Parallel()
	g, _ := newGrants(t)
	codes, _ := waiting1(t, g)
	rotated, err := keyring.New([]byte(strings.Repeat("n", 32)), []byte(strings.Repeat("k", 32)))
	if err != nil {
		t.Fatal(err)
	}
	g.keys = rotated
	d, err := g.ByUserCode(context.Background(), codes.User)
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Approve(context.Background(), d.ID, "handle"); err != nil {
		t.Fatal(err)
	}
	if got, err := g.Poll(context.Background(), "cli", codes.Device); err != nil || got != "handle" {
		t.Errorf("the handle is %q, %v", got, err)
	}
}

// However many addresses there are, no more wait than the store is to hold.
func TestNoMoreWaitThanThereIsRoomFor(t *testing.T) {
	t.Parallel()
	w := waiting{of: map[string][]int64{}}
	now := time.Unix(1_800_000_000, 0)
	for i := range maxWaiting {
		if !w.admit("network "+string(rune('a'+i%26))+string(rune('a'+i/26%26)), now) {
			t.Fatalf("number %d may not wait", i)
		}
	}
	if w.admit("another", now) {
		t.Error("one more may wait")
	}
	if !w.admit("another", now.Add(DeviceLife+time.Second)) {
		t.Error("nobody may wait when all have gone")
	}
	if len(w.of) != 1 || w.all != 1 {
		t.Errorf("%d networks and %d devices are kept", len(w.of), w.all)
	}
}

// Guesses of one network of IPv6 count together, and those of another not; a
// flood of others does not free the one that guesses.
func TestGuessesCountByNetwork(t *testing.T) {
	t.Parallel()
	g := guesses{of: map[string]tried{}}
	now := time.Unix(1_800_000_000, 0)
	for i := range freeGuesses {
		if err := g.take(now, []string{Guesser("2001:db8::" + string(rune('1'+i%9)))}); err != nil {
			t.Fatalf("guess %d: %v", i, err)
		}
	}
	var wait *Wait
	if err := g.take(now, []string{Guesser("2001:db8::ffff")}); !errors.As(err, &wait) || wait.For != guessEvery {
		t.Errorf("one more of the network: %v", err)
	}
	if err := g.take(now, []string{Guesser("2001:db8:0:1::1")}); err != nil {
		t.Errorf("another network: %v", err)
	}
	if err := g.take(now, []string{Guesser("192.0.2.1"), Guesser("2001:db8::1")}); err == nil {
		t.Error("a try counts under one of two alone")
	}
	for i := range 2 * maxGuessers {
		_ = g.take(now, []string{"address " + string(rune(i+1000))})
	}
	if len(g.of) > maxGuessers {
		t.Errorf("%d guessers are kept", len(g.of))
	}
}

// However a person writes a code, it is the device's.
func FuzzTyped(f *testing.F) {
	for _, text := range []string{"WDJB-MJHT", "wdjbmjht", " wdjb  mjht ", "WDJB‑MJHT", "", "AAAA-AAAA", strings.Repeat("B", 100), "wdjb-mjh\xff"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		code := typed(text)
		if code == "" {
			return
		}
		if len(code) != codeLength || strings.Trim(code, letters) != "" {
			t.Errorf("%q is read as %q", text, code)
		}
		if again := typed(ShownCode(text)); again != code {
			t.Errorf("%q is shown as %q, which is read as %q", text, ShownCode(text), again)
		}
	})
}

// What is taken for a loopback address is one to every parser, and the answer
// goes there with all of its parameters.
func FuzzLoopbackURI(f *testing.F) {
	for _, uri := range []string{"http://127.0.0.1:1/", "http://[::1]:65535/a?b=c", "http://127.0.0.1:80@evil/", "http://127.0.0.1:08/", "http://127.0.0.1:1?", "http://localhost:1/"} {
		f.Add(uri)
	}
	f.Fuzz(func(t *testing.T, uri string) {
		if !LoopbackURI(uri) {
			return
		}
		u, err := url.Parse(AnswerURI(uri, url.Values{"code": {"a b&c"}, "iss": {"https://login.example.com"}}))
		if err != nil {
			return // a query or path with a bad escape is the program's own business
		}
		if u.Scheme != "http" || u.User != nil || u.Fragment != "" || u.Port() == "" || u.Hostname() != "127.0.0.1" && u.Hostname() != "::1" {
			t.Errorf("%q leads to %v", uri, u)
		}
		if got := u.Query(); !strings.Contains(uri, "%") && !strings.Contains(uri, ";") && (!slices.Contains(got["code"], "a b&c") || !slices.Contains(got["iss"], "https://login.example.com")) {
			t.Errorf("the answer at %q is %v", uri, got)
		}
	})
}

func TestPKCEOfTheRFC(t *testing.T) {
	t.Parallel()
	if !proves(verifierFor, challengeFor) {
		t.Error("the verifier of RFC 7636, appendix B, does not prove its challenge")
	}
	for _, verifier := range []string{"", challengeFor, verifierFor[1:], verifierFor + "A", verifierFor + "\n", strings.Repeat("a", 129)} {
		if proves(verifier, challengeFor) {
			t.Errorf("%q proves it, too", verifier)
		}
	}
}
