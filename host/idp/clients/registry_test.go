package clients

// What the registry is made of, and what it keeps.

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/store"
)

func TestConfiguredClientsAreChecked(t *testing.T) {
	good := func(change func(*Client)) []Client {
		c := Client{ID: "wiki", Secret: secret, RedirectURIs: []string{callback}}
		change(&c)
		return []Client{c}
	}
	own := keySetOf(hosttest.ECKey())
	for want, list := range map[string][]Client{
		"":                                            good(func(*Client) {}),
		"1 to 256 characters":                         good(func(c *Client) { c.ID = "" }),
		"authentication method":                       good(func(c *Client) { c.Auth = "client_secret_jwt" }),
		"at least 16":                                 good(func(c *Client) { c.Secret = "short" }),
		"has no secret":                               good(func(c *Client) { c.Auth = AuthNone }),
		"needs the client's public keys":              good(func(c *Client) { c.Auth, c.Secret = AuthKey, "" }),
		"signed request objects need":                 good(func(c *Client) { c.RequestAlg = "ES256" }),
		"remove one of them":                          good(func(c *Client) { c.Keys, c.KeysURL = own, "https://a.example/" }),
		"no key of the key set":                       good(func(c *Client) { c.Keys = json.RawMessage(`{"keys":[]}`) }),
		"one redirect URI":                            good(func(c *Client) { c.RedirectURIs = nil }),
		"the redirect URI":                            good(func(c *Client) { c.RedirectURIs = []string{"com.example:/cb"} }),
		"grant type \"implicit\"":                     good(func(c *Client) { c.GrantTypes = []string{"implicit"} }),
		"refresh_token needs":                         good(func(c *Client) { c.GrantTypes = []string{GrantRefresh} }),
		"client_credentials needs":                    good(func(c *Client) { c.Auth, c.Secret, c.GrantTypes = AuthNone, "", []string{GrantCredentials} }),
		"of ID tokens must be one of":                 good(func(c *Client) { c.IDTokenAlg = "none" }),
		"has no key for ES256":                        good(func(c *Client) { c.IDTokenAlg = "ES256" }),
		"of request objects":                          good(func(c *Client) { c.RequestAlg = "none" }),
		"of client assertions":                        good(func(c *Client) { c.AuthAlg = "HS256" }),
		"HS256 needs a client secret of at least 32":  good(func(c *Client) { c.UserInfoAlg = "HS256" }),
		"HS512 needs a client secret of at least 64":  good(func(c *Client) { c.UserInfoAlg, c.UserInfoKey = "HS512", Secret(strings.Repeat("k", 63)) }),
		"must be opaque or jwt":                       good(func(c *Client) { c.AccessTokens = "saml" }),
		"default_max_age":                             good(func(c *Client) { c.DefaultMaxAge = number(-1) }),
		"needs a backchannel_logout_uri":              good(func(c *Client) { c.BackChannelSession = true }),
		"backchannel_logout_uri: write an https":      good(func(c *Client) { c.BackChannelLogout = "http://a.example/" }),
		"jwks_uri: write an https":                    good(func(c *Client) { c.KeysURL = "ftp://a.example/" }),
		"request_uris: write an https":                good(func(c *Client) { c.RequestURIs = []string{"r"} }),
		"client wiki is configured twice":             append(good(func(*Client) {}), good(func(*Client) {})...),
		"initiate_login_uri: it has more than 2048 b": good(func(c *Client) { c.InitiateLoginURI = "https://a.example/" + strings.Repeat("x", 2048) }),
	} {
		_, err := New(Config{Configured: list})
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("want %q: %v", want, err)
		}
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("the secret is in %q", err)
		}
	}
	for _, c := range []func(*Client){
		func(c *Client) { c.UserInfoAlg, c.UserInfoKey = "HS512", Secret(strings.Repeat("k", 64)) },
		func(c *Client) { c.GrantTypes, c.RedirectURIs = []string{GrantCredentials}, nil },
		func(c *Client) { c.Native, c.RedirectURIs = true, []string{"com.example:/cb", "http://127.0.0.1/cb"} },
		func(c *Client) { c.BackChannelLogout = "https://10.0.0.1/out" },
		func(c *Client) { c.Auth, c.Secret, c.Keys = AuthKey, "", own },
	} {
		if _, err := New(Config{Configured: good(c)}); err != nil {
			t.Error(err)
		}
	}
}

func TestRegistrationPolicyIsChecked(t *testing.T) {
	for want, policy := range map[string]Registration{
		"":                        {},
		"must be closed, open or": {Mode: "public"},
		"needs an initial access token of at least 16": {Mode: RegistrationClosed, InitialAccessToken: "short"},
		"must be positive": {Mode: RegistrationOpen, MaxClients: -1},
	} {
		_, err := New(Config{Registration: policy})
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("want %q: %v", want, err)
		}
	}
}

func TestClientLooksWhereTheClientMayBe(t *testing.T) {
	r := newRig(t, configured)
	made := r.registered("client_name", "Wiki")
	for id, want := range map[string]string{"basic": "basic", made.ID: "Wiki"} {
		if c, err := r.Client(t.Context(), id); err != nil || c.Title() != want {
			t.Errorf("%s: %v %v", id, c, err)
		}
	}
	for _, id := range []string{"", "nobody", made.ID[1:], made.ID + "A", strings.ToUpper(made.ID) + "!", strings.Repeat("x", 10_000)} {
		if _, err := r.Client(t.Context(), id); !errors.Is(err, ErrUnknown) {
			t.Errorf("%.20q: %v", id, err)
		}
	}
}

// A record that was put under another client's id, or damaged, is nobody.
func TestDamagedRecords(t *testing.T) {
	r := newRig(t)
	one, two := r.registered(), r.registered()
	item, err := r.store.Get(t.Context(), bucketClients, one.ID)
	must(t, err)
	must(t, r.store.Apply(t.Context(), store.Op{Bucket: bucketClients, Key: two.ID, Value: item.Value}))
	if c, err := r.Client(t.Context(), two.ID); err == nil || errors.Is(err, ErrUnknown) {
		t.Errorf("a swapped record is %v, %v", c.ID, err)
	}
	must(t, r.store.Apply(t.Context(), store.Op{Bucket: bucketClients, Key: two.ID, Value: r.cfg.Keys.Seal(purposeClients, []byte("{}"), []byte(two.ID))}))
	if c, err := r.Client(t.Context(), two.ID); err == nil {
		t.Errorf("a damaged record is %v", c.ID)
	}
}

func TestQuotaHoldsInARace(t *testing.T) {
	r := newRig(t, func(c *Config) { c.Registration.MaxClients = 3 })
	var all sync.WaitGroup
	for range 12 {
		all.Go(func() {
			if _, err := r.Register(t.Context(), initial, with()); err != nil && codeOf(err) != AccessDenied {
				t.Error(err)
			}
		})
	}
	all.Wait()
	items, err := r.store.Scan(t.Context(), bucketClients, "", "", 100)
	must(t, err)
	if len(items) != 3 {
		t.Errorf("%d clients, at most 3", len(items))
	}
}

func TestQuotaCountsPages(t *testing.T) {
	r := newRig(t, func(c *Config) { c.Registration.MaxClients = resealed + 5 })
	var ops []store.Op
	for i := range resealed + 4 {
		ops = append(ops, store.Op{Bucket: bucketClients, Key: fmt.Sprintf("%022d", i), Value: []byte("x")})
	}
	must(t, r.store.Apply(t.Context(), ops...))
	r.registered()
	if _, err := r.Register(t.Context(), initial, with()); codeOf(err) != AccessDenied {
		t.Errorf("one too many: %v", err)
	}
}

// What a client that nobody vouched for lives from is people who sign in; it
// writes at most once a day.
func TestUsed(t *testing.T) {
	r := newRig(t, func(c *Config) { c.Registration = Registration{Mode: RegistrationOpen, InitialAccessToken: initial} })
	made, err := r.Register(t.Context(), "", with())
	must(t, err)
	version := func() (uint64, time.Duration) {
		item, err := r.store.Get(t.Context(), bucketClients, made.ID)
		must(t, err)
		return item.Version, item.Expires.Sub(r.clock.Now())
	}
	c, err := r.Client(t.Context(), made.ID)
	must(t, err)
	if _, left := version(); left != untried {
		t.Errorf("a new one lives for %s", left)
	}
	for range 5 {
		must(t, r.Used(t.Context(), c))
	}
	if v, left := version(); v != 2 || left != unused {
		t.Errorf("version %d lives for %s", v, left)
	}
	r.clock.advance(25 * time.Hour)
	must(t, r.Used(t.Context(), c))
	if v, left := version(); v != 3 || left != unused {
		t.Errorf("a day later, version %d lives for %s", v, left)
	}
	vouched := r.registered()
	must(t, r.Used(t.Context(), vouched))
	if item, err := r.store.Get(t.Context(), bucketClients, vouched.ID); err != nil || !item.Expires.IsZero() {
		t.Errorf("a client that was vouched for ends %s", item.Expires)
	}
	r.clock.advance(unused)
	if err := r.Used(t.Context(), c); err != nil {
		t.Errorf("one that is gone: %v", err)
	}
}

// FuzzRegister: whatever is taken is a client in order, says of itself what
// holds, and says the same when it registers with that.
func FuzzRegister(f *testing.F) {
	f.Add(with())
	f.Add(with("jwks", keySetOf(hosttest.ECKey()), "token_endpoint_auth_method", "private_key_jwt", "scope", "a b"))
	f.Add(with("application_type", "native", "redirect_uris", []string{"com.example:/cb"}, "token_endpoint_auth_method", "none"))
	f.Add(with("userinfo_signed_response_alg", "HS256", "default_max_age", 5, "client_name", "ä"))
	f.Add([]byte(`{"redirect_uris":["https://a/"],"Redirect_uris":["javascript:x"],"jwks":null}`))
	r := newRig(f, func(c *Config) {
		c.Registration = Registration{Mode: RegistrationOpen}
		c.Transport = nowhere{}
	})
	f.Fuzz(func(t *testing.T, body []byte) {
		m, _, err := r.readDocument(t.Context(), body, false)
		if err != nil {
			if code := codeOf(err); code != InvalidMetadata && code != InvalidRedirect {
				t.Fatalf("not a refusal: %v", err)
			}
			return
		}
		c := r.clientOf(record{ID: "x", Metadata: m, Secret: secretFor(m, ""), Registered: 1})
		if err := c.Check(); err != nil {
			t.Fatalf("taken, and not in order: %v", err)
		}
		if len(c.Scopes) == 0 || !c.Consent || c.May(GrantCredentials) || c.May(GrantCode) && len(c.RedirectURIs) == 0 {
			t.Fatalf("taken with more than it may have: %+v", c)
		}
		for _, uri := range append(c.RedirectURIs, c.PostLogoutRedirectURIs...) {
			if strings.ContainsAny(uri, "#\\ \r\n") || !c.Native && !strings.HasPrefix(strings.ToLower(uri), "https://") {
				t.Fatalf("a browser may be sent to %q", uri)
			}
		}
		text, err := json.Marshal(m)
		must(t, err)
		again, _, err := r.readDocument(t.Context(), text, false)
		if err != nil || normal(again) != string(text) {
			t.Fatalf("what it says of itself is not taken the same:\n%s\n%v\n%+v", text, err, again)
		}
	})
}

// normal is m as it is answered.
func normal(m Metadata) string {
	text, _ := json.Marshal(m)
	return string(text)
}
