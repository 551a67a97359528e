package idp

// Clients are told (CONFORMANCE c.4, Back-Channel OP; REFERENCE b.5; T28, T46).

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/doorward/doorward/host/idp/clients"
	"github.com/doorward/doorward/host/idp/people"
)

// listener is a client's back-channel logout endpoint.
type listener struct {
	*httptest.Server
	mu     sync.Mutex
	tokens []string
	answer int
	came   chan struct{}
}

func newListener(t testing.TB) *listener {
	l := &listener{answer: http.StatusOK, came: make(chan struct{}, 100)}
	l.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l.mu.Lock()
		defer l.mu.Unlock()
		if r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" {
			t.Errorf("%s %s", r.Method, r.Header.Get("Content-Type"))
		}
		l.tokens = append(l.tokens, r.PostFormValue("logout_token"))
		w.WriteHeader(l.answer)
		l.came <- struct{}{}
	}))
	t.Cleanup(l.Close)
	return l
}

func (l *listener) answers(status int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.answer = status
}

// next is the token that comes, once the provider has noted how it went.
func (l *listener) next(b *bench, left int) string {
	b.t.Helper()
	select {
	case <-l.came:
	case <-time.After(5 * time.Second):
		b.t.Fatal("no logout token came")
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := 0; !noted(b, left, len(l.tokens)); i++ {
		if i > 2000 {
			b.t.Fatalf("%d logouts are stored, want %d", b.count(bucketLogouts), left)
		}
		time.Sleep(time.Millisecond)
	}
	return l.tokens[len(l.tokens)-1]
}

// noted reports whether as many logouts are left, tried so often.
func noted(b *bench, left, tries int) bool {
	items, err := b.store.Scan(context.Background(), bucketLogouts, "", "", 10)
	must(b.t, err)
	for _, item := range items {
		var held logout
		must(b.t, json.Unmarshal(item.Value, &held))
		if held.Tries != tries {
			return false
		}
	}
	return len(items) == left
}

// telling is a bench whose app and poster want to be told at l.
func telling(t testing.TB, l *listener, change ...func(*Config)) *bench {
	b := newBench(t, append(change, func(cfg *Config) {
		cfg.Clients[0].BackChannelLogout = l.URL + "/app"
		cfg.Clients[1].BackChannelLogout = l.URL + "/poster"
	})...)
	ctx, stop := context.WithCancel(t.Context())
	var done sync.WaitGroup
	done.Go(func() { b.provider.SendLogouts(ctx) })
	t.Cleanup(func() { stop(); done.Wait() })
	return b
}

func TestBackChannelLogout(t *testing.T) {
	l := newListener(t)
	b := telling(t, l)
	c := b.browser()
	got, claims := b.redeemed(c.signIn("ada", adaPass))
	c.get(pathEndSession, url.Values{"id_token_hint": {got.IDToken}})
	token := l.next(b, 0)
	if len(l.came) != 0 {
		t.Error("a client was told that was not signed in to")
	}
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.RS256})
	must(t, err)
	if typ := parsed.Headers[0].ExtraHeaders[jose.HeaderType]; typ != "logout+jwt" {
		t.Errorf("typ is %v", typ)
	}
	said, now := b.verified(token), float64(b.clock.Now().Unix())
	if said["jti"] == "" || said["jti"] == nil {
		t.Error("no jti")
	}
	delete(said, "jti")
	want := map[string]any{"iss": b.issuer, "aud": "app", "sub": "sub-ada", "sid": claims["sid"], "iat": now, "exp": now + 120,
		"events": map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}}}
	if !reflect.DeepEqual(said, want) {
		t.Errorf("\n got %v\nwant %v", said, want)
	}
	// It is no hint, and no access token.
	if r := c.get(pathEndSession, url.Values{"id_token_hint": {token}}); r.StatusCode != 400 {
		t.Errorf("a logout token is taken as a hint: %d", r.StatusCode)
	}
	if r := b.userInfo("Bearer " + got.AccessToken); r.StatusCode != 401 {
		t.Errorf("the access token still works: %d", r.StatusCode)
	}
}

// Whatever ends a session, the clients are told.
func TestEveryEndIsTold(t *testing.T) {
	for name, end := range map[string]func(*bench, *browser){
		"confirmed":                  func(_ *bench, c *browser) { c.press(pathSignOut, c.get(pathEndSession, nil)) },
		"somebody else signs in":     func(_ *bench, c *browser) { c.signIn("bob", bobPass, "prompt", "login", "client_id", "poster") },
		"from the person's own list": func(b *bench, _ *browser) { must(b.t, b.provider.endSessionsOf(b.t.Context(), "sub-ada", "")) },
	} {
		t.Run(name, func(t *testing.T) {
			l := newListener(t)
			b := telling(t, l)
			c := b.browser()
			c.signIn("ada", adaPass)
			end(b, c)
			if said := b.verified(l.next(b, 0)); said["sub"] != "sub-ada" || said["aud"] != "app" {
				t.Errorf("%v", said)
			}
		})
	}
}

func TestAClientThatIsDownIsToldLater(t *testing.T) {
	l := newListener(t)
	b := telling(t, l)
	l.answers(http.StatusServiceUnavailable)
	b.browser().signIn("ada", adaPass)
	must(t, b.provider.endSessionsOf(t.Context(), "sub-ada", ""))
	first := b.verified(l.next(b, 1))
	for _, pause := range retries[:2] {
		b.clock.advance(pause - time.Second)
		b.provider.wakeLogouts() // too early: nothing may come
		b.clock.advance(time.Second)
		b.provider.wakeLogouts()
		l.next(b, 1)
	}
	l.answers(http.StatusNoContent)
	b.clock.advance(retries[2])
	b.provider.wakeLogouts()
	if last := b.verified(l.next(b, 0)); last["jti"] == first["jti"] || last["sid"] != first["sid"] || len(l.tokens) != 4 {
		t.Errorf("the last of %d: %v, the first %v", len(l.tokens), last, first)
	}
}

func TestAClientThatRefusesIsNotToldAgain(t *testing.T) {
	l := newListener(t)
	b := telling(t, l)
	l.answers(http.StatusBadRequest)
	b.browser().signIn("ada", adaPass)
	must(t, b.provider.endSessionsOf(t.Context(), "sub-ada", ""))
	l.next(b, 0)
}

func TestAClientThatIsNeverThereIsGivenUp(t *testing.T) {
	l := newListener(t)
	b := telling(t, l)
	l.answers(http.StatusInternalServerError)
	b.browser().signIn("ada", adaPass)
	must(t, b.provider.endSessionsOf(t.Context(), "sub-ada", ""))
	for _, pause := range retries {
		l.next(b, 1)
		b.clock.advance(pause)
		b.provider.wakeLogouts()
	}
	l.next(b, 0)
}

// What was not told before a restart is told after it.
func TestLogoutsSurviveARestart(t *testing.T) {
	l := newListener(t)
	b := newBench(t, func(cfg *Config) { cfg.Clients[0].BackChannelLogout = l.URL })
	b.browser().signIn("ada", adaPass)
	must(t, b.provider.endSessionsOf(t.Context(), "sub-ada", ""))
	if b.count(bucketLogouts) != 1 {
		t.Fatalf("%d logouts are stored", b.count(bucketLogouts))
	}
	again, err := New(b.provider.cfg)
	must(t, err)
	ctx, stop := context.WithCancel(t.Context())
	var done sync.WaitGroup
	done.Go(func() { again.SendLogouts(ctx) })
	l.next(b, 0)
	stop()
	done.Wait()
}

// T46, T50: what a client named that registered itself leads to no private
// address.
func TestT46_LogoutsLeadToNoPrivateAddress(t *testing.T) {
	l := newListener(t)
	b := telling(t, l)
	client := clients.Client{ID: "dyn", Registered: 1, BackChannelLogout: l.URL}
	for _, at := range []string{l.URL, "https://127.0.0.1:1/", "https://10.0.0.1/", "https://[::1]/", "https://169.254.169.254/latest"} {
		r, err := http.NewRequest(http.MethodPost, at, strings.NewReader("logout_token=x"))
		must(t, err)
		if _, err := b.provider.clients.Outgoing(client).Do(r); err == nil {
			t.Errorf("%s was called", at)
		}
	}
	if len(l.came) != 0 {
		t.Error("something came")
	}
}

// A redirect is not followed, and the token stays where it was sent.
func TestLogoutTokensAreNotRedirected(t *testing.T) {
	l := newListener(t)
	front := httptest.NewServer(http.RedirectHandler(l.URL, http.StatusTemporaryRedirect))
	t.Cleanup(front.Close)
	b := newBench(t, func(cfg *Config) { cfg.Clients[0].BackChannelLogout = front.URL })
	again := b.provider.send(t.Context(), logout{ClientID: "app", Subject: "sub-ada", SID: people.NewID(), key: "x", Ends: b.clock.Now().Add(time.Hour).Unix()})
	if !again || len(l.came) != 0 {
		t.Errorf("again %v, %d came", again, len(l.came))
	}
}

// An offline grant outlasts the session; others end with it.
func TestWhatRestsOnASessionEndsWithIt(t *testing.T) {
	b := newBench(t, withThird)
	c := b.browser()
	refresh := func(scope string) string {
		t.Helper()
		r := c.get(pathAuthorize, asking("client_id", "offline", "scope", scope))
		if asks(r) {
			r = c.press(pathConsent, r, "do", "allow")
		}
		got := object(t, b.token(c.back(r).Get("code"), "client_id", "offline", "client_secret", appSecret).body)
		token, _ := got["refresh_token"].(string)
		return token
	}
	c.signIn("ada", adaPass)
	bound, offline := refresh("openid"), refresh("openid offline_access")
	must(t, b.provider.endSessionsOf(t.Context(), "sub-ada", ""))
	for name, test := range map[string]struct {
		token string
		want  int
	}{"bound to the session": {bound, 400}, "offline": {offline, 200}} {
		form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {test.token}, "client_id": {"offline"}, "client_secret": {appSecret}}
		if r := b.browser().post(pathToken, form); test.token == "" || r.StatusCode != test.want {
			t.Errorf("%s: %d %s", name, r.StatusCode, r.body)
		}
	}
}

// A client in this process is told by a call, once it did what it was told, and
// needs no address.
func TestAClientInThisProcessIsTold(t *testing.T) {
	for name, test := range map[string]struct {
		answers []error // nil at the end
		tries   int
	}{
		"at once":      {nil, 1},
		"at the third": {[]error{errors.New("the store is away"), errors.New("still")}, 3},
		"never":        {[]error{ErrLogoutRefused}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			came := make(chan string, 10)
			l := newListener(t)
			b := telling(t, l, func(cfg *Config) {
				cfg.Inside = map[string]func(context.Context, string) error{cfg.Clients[0].ID: func(_ context.Context, token string) error {
					came <- token
					if len(test.answers) == 0 {
						return nil
					}
					err := test.answers[0]
					test.answers = test.answers[1:]
					return err
				}}
			})
			c := b.browser()
			got, claims := b.redeemed(c.signIn("ada", adaPass))
			c.get(pathEndSession, url.Values{"id_token_hint": {got.IDToken}})
			for try := 1; try <= test.tries; try++ {
				select {
				case token := <-came:
					if said := b.verified(token); said["sub"] != claims["sub"] || said["sid"] != claims["sid"] || said["aud"] != "app" {
						t.Errorf("told %v", said)
					}
				case <-time.After(5 * time.Second):
					t.Fatalf("try %d did not come", try)
				}
				for i := 0; try < test.tries && !noted(b, 1, try); i++ {
					if i > 2000 {
						t.Fatal("the try was not noted")
					}
					time.Sleep(time.Millisecond)
				}
				b.clock.advance(time.Minute)
				b.provider.wakeLogouts()
			}
			for i := 0; b.count(bucketLogouts) != 0; i++ {
				if i > 2000 {
					t.Fatal("it is told again and again")
				}
				time.Sleep(time.Millisecond)
			}
			if len(came) != 0 || len(l.came) != 0 {
				t.Errorf("told %d times more, %d times over the network", len(came), len(l.came))
			}
		})
	}
}
