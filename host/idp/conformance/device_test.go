package conformance_test

// Devices without a browser (RFC 8628).

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// device is a device that waits for a person.
type device struct {
	*client
	code, user, at, complete string
	interval, lasts          time.Duration
}

func (c *client) device(scope string) *device {
	c.Helper()
	r := c.call("device_authorization_endpoint", url.Values{"scope": {scope}})
	if r.StatusCode != http.StatusOK {
		c.Fatalf("device authorization: %d %s", r.StatusCode, r.body)
	}
	c.op.jsonAnswer("device authorization", r)
	o := r.object(c)
	d := &device{client: c, code: text(o, "device_code"), user: text(o, "user_code"), at: text(o, "verification_uri"), complete: text(o, "verification_uri_complete"), interval: 5 * time.Second}
	d.lasts = time.Duration(number(c, o, "expires_in")) * time.Second
	if _, there := o["interval"]; there {
		d.interval = time.Duration(number(c, o, "interval")) * time.Second
	}
	if entropy(d.code) <= 96 || !regexp.MustCompile(`^[A-Z0-9-]{8,12}$`).MatchString(d.user) || d.lasts <= 0 || d.lasts > time.Hour {
		c.Errorf("the device code has %.0f bits, the user code is %q, both last %s", entropy(d.code), d.user, d.lasts)
	}
	if !strings.HasPrefix(d.at, c.op.issuer) || !strings.HasPrefix(d.complete, d.at) || !strings.Contains(d.complete, url.QueryEscape(d.user)) {
		c.Errorf("the device shows %q and %q", d.at, d.complete)
	}
	return d
}

// poll asks for tokens once the interval has passed.
func (d *device) poll() reply {
	d.Helper()
	d.op.clock.advance(d.interval)
	return d.ask()
}

func (d *device) ask() reply {
	d.Helper()
	return d.call("token_endpoint", url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}, "device_code": {d.code}})
}

func (d *device) waits(want string) {
	d.Helper()
	d.op.oauthError("the device's poll", d.poll(), http.StatusBadRequest, want)
}

// approves is a person who types the code in, or opens the whole address.
func (b *browser) approves(d *device, address string) arrival {
	b.Helper()
	b.code = d.user
	return b.open(address)
}

func TestDeviceFlow(t *testing.T) {
	op := startProvider(t)
	for _, whole := range []bool{false, true} {
		d := op.client("device").device("openid email")
		d.waits("authorization_pending")
		address := d.at
		if whole {
			address = d.complete
		}
		a := op.ada().approves(d, address)
		if a.last == nil || a.last.StatusCode != http.StatusOK || !a.saw("sign-in") {
			t.Fatalf("the person ends at %v after %v", a.last.StatusCode, a.shown)
		}
		got := d.issued(d.poll())
		if got.id == "" {
			t.Fatal("no ID token")
		}
		if info := d.userInfo(got, byGet); info["email"] == nil {
			t.Errorf("userinfo is %v", info)
		}
		d.waits("invalid_grant") // the code is good once
	}
}

// A person who did not type the code is asked before the device is let in:
// somebody may have sent them the address (section 5.4).
func TestDeviceIsConfirmed(t *testing.T) {
	op := startProvider(t)
	b := op.ada()
	op.client("second").request().tokens(b)
	d := op.client("device").device("openid")
	a := b.approves(d, d.complete)
	if a.silent() {
		t.Error("nobody was asked")
	}
	d.issued(d.poll())
}

func TestDeviceDenied(t *testing.T) {
	op := startProvider(t)
	b := op.ada()
	op.client("second").request().tokens(b)
	d := op.client("device").device("openid")
	b.decline = true
	b.approves(d, d.complete)
	d.waits("access_denied")
}

func TestDevicePolling(t *testing.T) {
	op := startProvider(t)
	d := op.client("device").device("openid")
	d.waits("authorization_pending")
	op.oauthError("too fast", d.ask(), http.StatusBadRequest, "slow_down")
	d.interval += 5 * time.Second // section 3.5
	d.waits("authorization_pending")
	other := *d
	other.client = op.client("api")
	op.oauthError("another client", other.poll(), http.StatusBadRequest, "invalid_grant", "unauthorized_client")
	op.clock.advance(d.lasts)
	d.waits("expired_token")
}

func TestDeviceRequests(t *testing.T) {
	op := startProvider(t)
	op.oauthError("not registered for it", op.client("first").call("device_authorization_endpoint", url.Values{"scope": {"openid"}}), http.StatusBadRequest, "unauthorized_client")
	op.oauthError("unknown client", op.postForm(op.discover().text("device_authorization_endpoint"), url.Values{"client_id": {"nobody"}}), http.StatusUnauthorized, "invalid_client")
	d := op.client("device").device("openid")
	d.code = random()
	op.oauthError("unknown device code", d.ask(), http.StatusBadRequest, "invalid_grant", "expired_token")
}

// Guessing user codes is slow (section 5.1).
func TestDeviceCodesCannotBeGuessed(t *testing.T) {
	op := startProvider(t)
	b := op.ada()
	op.client("second").request().tokens(b)
	d := op.client("device").device("openid")
	limited := false
	for i := 0; i < 40 && !limited; i++ {
		d.user = "BBBB-BBB" + string("BCDFGHJKLM"[i%10])
		limited = b.tries(d) == http.StatusTooManyRequests
	}
	if !limited {
		t.Error("forty wrong codes in a row, and no end")
	}
}

// tries sends the code page once and returns the answer's status.
func (b *browser) tries(d *device) int {
	b.Helper()
	b.stopAt, b.code = "device", d.user
	a := b.open(d.at)
	if a.last == nil || a.last.main() == nil {
		b.Fatal("no page to type the code in")
	}
	resp := b.send(b.fillIn(a.last), a.last)
	_ = resp.Body.Close()
	return resp.StatusCode
}
