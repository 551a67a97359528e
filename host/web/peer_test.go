package web

import (
	"net/http"
	"net/netip"
	"testing"
)

func TestClientBehindProxies(t *testing.T) {
	peers := Peers{Trusted: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/24"), netip.MustParsePrefix("fd00::/64")}}
	for name, c := range map[string]struct {
		peer   string
		header http.Header
		want   string // empty: not to be told
	}{
		"nobody between":                     {"192.0.2.7", nil, "192.0.2.7"},
		"mapped address":                     {"::ffff:192.0.2.7", nil, "192.0.2.7"},
		"untrusted peer with a claim":        {"192.0.2.7", http.Header{"X-Forwarded-For": {"10.9.9.9"}}, ""},
		"untrusted peer with another claim":  {"192.0.2.7", http.Header{"X-Real-Ip": {"10.9.9.9"}}, ""},
		"untrusted peer naming a host":       {"192.0.2.7", http.Header{"X-Forwarded-Host": {"a"}}, ""},
		"one proxy":                          {"10.0.0.5", http.Header{"X-Forwarded-For": {"192.0.2.7"}}, "192.0.2.7"},
		"the client's own claim is ignored":  {"10.0.0.5", http.Header{"X-Forwarded-For": {"10.0.0.99, 172.16.0.1, 192.0.2.7"}}, "192.0.2.7"},
		"two proxies, one line":              {"10.0.0.5", http.Header{"X-Forwarded-For": {"192.0.2.7, 10.0.0.6"}}, "192.0.2.7"},
		"two proxies, two lines":             {"10.0.0.5", http.Header{"X-Forwarded-For": {"192.0.2.7", "10.0.0.6"}}, "192.0.2.7"},
		"IPv6":                               {"fd00::1", http.Header{"X-Forwarded-For": {"2001:db8::7"}}, "2001:db8::7"},
		"a proxy that names nobody":          {"10.0.0.5", nil, ""},
		"a proxy that names only proxies":    {"10.0.0.5", http.Header{"X-Forwarded-For": {"10.0.0.6, 10.0.0.7"}}, ""},
		"a proxy that names nonsense":        {"10.0.0.5", http.Header{"X-Forwarded-For": {"192.0.2.7, unknown"}}, ""},
		"a proxy with an empty hop":          {"10.0.0.5", http.Header{"X-Forwarded-For": {"192.0.2.7,"}}, ""},
		"nonsense left of the client":        {"10.0.0.5", http.Header{"X-Forwarded-For": {"nonsense, 192.0.2.7"}}, "192.0.2.7"},
		"more hops than anybody needs":       {"10.0.0.5", http.Header{"X-Forwarded-For": make([]string, maxHops+1)}, ""},
		"a header that is not ours to trust": {"10.0.0.5", http.Header{"Forwarded": {"for=192.0.2.7"}}, ""},
	} {
		got, ok := peers.Client(netip.MustParseAddr(c.peer), c.header)
		if ok != (c.want != "") || ok && got.String() != c.want {
			t.Errorf("%s: %v, %t", name, got, ok)
		}
	}
}
