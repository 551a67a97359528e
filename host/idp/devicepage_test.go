package idp

// The person's side of device codes (RFC 8628).

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/idp/clients"
	"github.com/doorward/doorward/host/idp/grants"
)

// withDevice adds a client that is a device.
func withDevice(cfg *Config) {
	cfg.Clients = append(cfg.Clients, clients.Client{
		ID: "tv", Name: "The TV", Auth: clients.AuthNone, RedirectURIs: []string{callback}, GrantTypes: []string{clients.GrantDevice, clients.GrantRefresh},
	})
}

// waitingDevice is a device that waits for a person.
type waitingDevice struct {
	b          *bench
	code, user string
	complete   string
}

func (b *bench) device(scope string) waitingDevice {
	b.t.Helper()
	r := b.browser().post(pathDeviceRequest, url.Values{"client_id": {"tv"}, "scope": {scope}})
	got := object(b.t, r.body)
	if r.StatusCode != http.StatusOK || got["verification_uri"] != b.issuer+pathDevice {
		b.t.Fatalf("%d %s", r.StatusCode, r.body)
	}
	return waitingDevice{b, got["device_code"].(string), got["user_code"].(string), got["verification_uri_complete"].(string)}
}

func (d waitingDevice) poll() map[string]any {
	d.b.t.Helper()
	d.b.clock.advance(10e9)
	form := url.Values{"grant_type": {clients.GrantDevice}, "device_code": {d.code}, "client_id": {"tv"}}
	return object(d.b.t, d.b.browser().post(pathToken, form).body)
}

// typed sends the code.
func (c *browser) typed(code string) result {
	c.b.t.Helper()
	return c.press(pathDevice, c.get(pathDevice, nil), "do", "next", "code", code)
}

func TestDevice(t *testing.T) {
	b := newBench(t, withDevice)
	c := b.browser()
	d := b.device("openid profile")
	if got := d.poll(); got["error"] != "authorization_pending" {
		t.Errorf("before: %v", got)
	}
	_, query, _ := strings.Cut(d.complete, "?")
	q, err := url.ParseQuery(query)
	must(t, err)
	page := c.get(pathDevice, q)
	if !strings.Contains(page.body, `value="`+d.user+`"`) {
		t.Errorf("the code is not filled in: %s", page.body)
	}
	page = c.press(pathDevice, page, "do", "next", "code", strings.ToLower(strings.ReplaceAll(d.user, "-", " ")))
	page = c.submit(page, "ada", adaPass)
	for _, want := range []string{d.user, "The TV", "Ada"} {
		if !asks(page) || !strings.Contains(page.body, want) {
			t.Fatalf("the page has no %q: %s", want, page.body)
		}
	}
	if got := d.poll(); got["error"] != "authorization_pending" {
		t.Errorf("signed in, but not allowed: %v", got)
	}
	proved := float64(b.clock.Now().Unix()) - 10
	if r := c.press(pathDevice, page, "do", "allow"); r.StatusCode != 200 || asks(r) {
		t.Errorf("%d %s", r.StatusCode, r.body)
	}
	claims := b.verified(d.poll()["id_token"].(string))
	if claims["sub"] != "sub-ada" || claims["aud"] != "tv" || claims["challenged"] != true || claims["auth_time"] != proved || claims["sid"] != c.sids()[0] {
		t.Errorf("%v", claims)
	}
	if got := d.poll(); got["error"] == nil {
		t.Errorf("a second time: %v", got)
	}
}

// Even who is signed in is asked: somebody else may have sent the code (section
// 5.4).
func TestDeviceAsksWhoIsSignedIn(t *testing.T) {
	b := newBench(t, withDevice)
	c := b.browser()
	c.signIn("ada", adaPass)
	d := b.device("openid")
	page := c.typed(d.user)
	if !asks(page) {
		t.Fatalf("%d %s", page.StatusCode, page.body)
	}
	c.press(pathDevice, page, "do", "allow")
	if claims := b.verified(d.poll()["id_token"].(string)); claims["challenged"] != false {
		t.Errorf("%v", claims)
	}
	if r := c.press(pathDevice, page, "do", "allow"); r.StatusCode != http.StatusForbidden {
		t.Errorf("allowed twice: %d", r.StatusCode)
	}
}

func TestDeviceDenied(t *testing.T) {
	b := newBench(t, withDevice)
	c := b.browser()
	c.signIn("ada", adaPass)
	d := b.device("openid")
	c.press(pathDevice, c.typed(d.user), "do", "deny")
	if got := d.poll(); got["error"] != "access_denied" {
		t.Errorf("%v", got)
	}
}

func TestDeviceForSomebodyElse(t *testing.T) {
	b := newBench(t, withDevice)
	c := b.browser()
	c.signIn("ada", adaPass)
	d := b.device("openid")
	page := c.submit(c.press(pathDevice, c.typed(d.user), "do", "other"), "bob", bobPass)
	c.press(pathDevice, page, "do", "allow")
	if claims := b.verified(d.poll()["id_token"].(string)); claims["sub"] != "sub-bob" || len(c.sids()) != 2 {
		t.Errorf("%v", claims)
	}
}

func TestDeviceOfflineAccess(t *testing.T) {
	b := newBench(t, withDevice)
	c := b.browser()
	c.signIn("ada", adaPass)
	d := b.device("openid offline_access")
	c.press(pathDevice, c.typed(d.user), "do", "allow")
	token, _ := d.poll()["refresh_token"].(string)
	must(t, b.provider.endSessionsOf(t.Context(), "sub-ada", ""))
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}, "client_id": {"tv"}}
	if r := b.browser().post(pathToken, form); r.StatusCode != 200 {
		t.Errorf("%d %s", r.StatusCode, r.body)
	}
}

func TestUserCodesCannotBeGuessed(t *testing.T) {
	b := newBench(t, withDevice)
	c := b.browser()
	d := b.device("openid")
	var status int
	for range 60 {
		if status = c.press(pathDevice, c.get(pathDevice, nil), "do", "next", "code", "BCDF-GHJK").StatusCode; status != http.StatusForbidden {
			break
		}
	}
	if status != http.StatusTooManyRequests {
		t.Errorf("after many guesses: %d", status)
	}
	if r := c.typed(d.user); r.StatusCode != http.StatusTooManyRequests || r.Header.Get("Retry-After") == "" {
		t.Errorf("then the right one: %d", r.StatusCode)
	}
}

func TestT22_DeviceStepsOutOfOrder(t *testing.T) {
	b := newBench(t, withDevice)
	c, other := b.browser(), b.browser()
	c.signIn("ada", adaPass)
	other.signIn("bob", bobPass)
	d := b.device("openid")
	page := c.typed(d.user)
	allow := url.Values{"request": {c.sealedIn(page)}, "do": {"allow"}}
	code := url.Values{"request": {c.sealedIn(c.get(pathDevice, nil))}, "code": {d.user}}
	for name, r := range map[string]result{
		"another browser":          other.post(pathDevice, allow),
		"another origin":           c.post(pathDevice, allow, "Origin", "https://evil.example"),
		"no origin":                c.post(pathDevice, allow, "Origin", ""),
		"empty":                    c.post(pathDevice, nil),
		"the code's request":       c.post(pathDevice, with(code, url.Values{"do": {"allow"}})),
		"the answer's for a code":  c.post(pathDevice, with(allow, url.Values{"do": {"next"}, "code": {d.user}})),
		"a code from elsewhere":    c.post(pathDevice, with(code, url.Values{"do": {"next"}}), "Origin", "https://evil.example"),
		"as a consent":             c.post(pathConsent, allow),
		"a consent by its address": c.get(pathConsent, allow),
	} {
		if r.StatusCode/100 != 4 || r.Header.Get("Location") != "" {
			t.Errorf("%s: %d", name, r.StatusCode)
		}
	}
	if got := d.poll(); got["error"] != "authorization_pending" {
		t.Errorf("%v", got)
	}
	b.clock.advance(grants.DeviceLifetime)
	if r := c.post(pathDevice, allow); r.StatusCode/100 != 4 {
		t.Errorf("too late: %d", r.StatusCode)
	}
}
