package host_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/hosttest"
)

// BenchmarkLogin is what the host does for one login, over HTTP, by protocol:
// the request to the provider and the answer to its session, with the same
// mapper. What the provider does is not measured.
func BenchmarkLogin(b *testing.B) {
	const mapped = "mappers:\n  - expression: {attribute: attributes.handle, value: '\"none\"'}"
	b.Run("code", func(b *testing.B) {
		s := newSite(b, hosttest.NewProvider(b), settings{Quiet: true, Provider: mapped})
		loop(b, func() func() {
			who := s.browser()
			begun := who.begin("/login?idp=corp")
			callback := who.approve(begun)
			return func() { landed(b, who.step(callback)) }
		}, func() { s.browser().begin("/login?idp=corp") })
	})
	b.Run("id-token", func(b *testing.B) {
		idp := hosttest.NewProvider(b)
		mappers := "    " + strings.ReplaceAll(mapped, "\n", "\n    ") + "\n"
		s := newSite(b, idp, settings{Quiet: true, Rest: partner(idp, partnerKeys) + mappers})
		loop(b, func() func() {
			who, token := s.browserWithoutRedirects(), s.minted(with{})
			r := who.request(http.MethodPost, "/login/id-token/partner", "")
			r.Header["oidc_id_token"] = []string{token}
			return func() { landed(b, who.do(r)) }
		}, func() {}) // it begins nothing
	})
	for name, knobs := range map[string]func(*hosttest.SAMLKnobs){
		"saml":           func(*hosttest.SAMLKnobs) {},
		"saml-encrypted": func(k *hosttest.SAMLKnobs) { k.Encrypt = "aes256-gcm" },
	} {
		b.Run(name, func(b *testing.B) {
			p := newSAMLPartner(b, "", settings{Quiet: true, SAML: mapped}, knobs)
			loop(b, func() func() {
				who := p.browser()
				action, fields := p.asks(who, atPartner)
				return func() { landed(b, p.answers(who, action, fields)) }
			}, func() { p.browser().step(atPartner) })
		})
	}
}

// loop measures the beginning and the end of a login; what lies between is
// prepared while the clock stands.
func loop(b *testing.B, prepare func() (finish func()), begin func()) {
	b.Helper()
	prepare()() // discovery, keys, connections
	b.ResetTimer()
	for range b.N {
		b.StopTimer()
		finish := prepare()
		b.StartTimer()
		begin()
		finish()
	}
}

func landed(b *testing.B, a answer) {
	b.Helper()
	if a.StatusCode != http.StatusSeeOther {
		b.Fatalf("%s\n%s", a.Status, a.Body)
	}
}
