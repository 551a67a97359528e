package host_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/hosttest"
)

const twoZones = `zones:
  floor: {networks: [10.0.0.0/8]}
  here: {networks: [127.0.0.0/8], priority: 10}
`

func terminal() map[string]string {
	return rego(`grant contains "Terminal" if "floor" in input.request.zones
grant contains "Authenticated/Engineer" if "floor" in input.request.zones
`)
}

// from is GET /session with forwarding headers, without a session.
func (b *browser) from(headers ...string) document {
	b.t.Helper()
	r := b.request(http.MethodGet, "/session", "")
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Add(name, value)
	}
	return decode(b.t, b.do(r))
}

func TestLevels_ZonesWithoutATrustedProxyBelieveThePeerAlone(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{Rest: twoZones + manyLevels, Files: terminal()})
	b := s.browser()
	b.from().holds(t, "SecurityZones", "SecurityZones/here")
	for _, forged := range []string{
		"X-Forwarded-For: 10.1.2.3", "X-Forwarded-For: ", "X-Real-Ip: 10.1.2.3", "Forwarded: for=10.1.2.3", "X-Forwarded-Host: login.example.test", "X-Forwarded-Proto: https",
	} {
		d := b.from(forged)
		if d.SecurityLevels == nil || len(d.SecurityLevels) != 0 {
			t.Errorf("%s: %q is held", forged, d.paths())
		}
	}
	b.signedIn("/login?idp=corp")
	b.from("X-Forwarded-For: 10.1.2.3").holds(t, "Authenticated")
	b.from().holds(t, "Authenticated", "SecurityZones", "SecurityZones/here") // the forged request spoiled nothing
}

func TestLevels_ZonesBehindATrustedProxy(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{
		Top: "trusted_proxies: [127.0.0.1, 192.0.2.0/24]", Rest: twoZones + manyLevels, Files: terminal(),
	})
	b := s.browser()
	onTheFloor := []string{"SecurityZones", "SecurityZones/floor", "Terminal"}
	for _, c := range []struct {
		headers []string
		want    []string
	}{
		{[]string{"X-Forwarded-For: 10.1.2.3"}, onTheFloor},
		{[]string{"X-Forwarded-For: 198.51.100.9, 10.1.2.3"}, onTheFloor}, // what the client claims is left of it
		{[]string{"X-Forwarded-For: 10.1.2.3, 198.51.100.9"}, nil},
		{[]string{"X-Forwarded-For: 10.1.2.3, 192.0.2.7"}, onTheFloor}, // a second proxy of ours
		{[]string{"X-Forwarded-For: 10.1.2.3", "X-Forwarded-For: 198.51.100.9"}, nil},
		{[]string{"X-Forwarded-For: 10.1.2.3, unknown"}, nil},
		{[]string{"X-Forwarded-For: ::ffff:10.1.2.3"}, onTheFloor},
		{nil, nil}, // a proxy that names no client vouches for none
	} {
		if got := b.from(c.headers...).paths(); !slices.Equal(got, c.want) {
			t.Errorf("%q: held are %q, want %q", c.headers, got, c.want)
		}
	}
	// One session, another zone with each request.
	b.signedIn("/login?idp=corp")
	b.from("X-Forwarded-For: 10.1.2.3").holds(t, "Authenticated", "Authenticated/Engineer", "SecurityZones", "SecurityZones/floor", "Terminal")
	b.from("X-Forwarded-For: 198.51.100.9").holds(t, "Authenticated")
}

// Nobody is signed in: what lies inside Authenticated is granted to nobody.
func TestLevels_AnonymousRequestsHoldWhatLiesOutsideAuthenticated(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{Rest: manyLevels, Files: rego(`
grant contains "Terminal"
grant contains "Authenticated/Engineer"
grant contains "Authenticated/Active" if not input.sources.userInfo.suspended
`)})
	s.browser().session().holds(t, "Terminal")
}
