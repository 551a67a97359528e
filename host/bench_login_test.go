package host_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/hosttest"
)

// BenchmarkLogin is the request that ends a sign-in, for each kind of provider,
// over HTTP through the whole host, with the same three mappers: what the
// provider does meanwhile is in it for code-flow, and nothing for the others.
func BenchmarkLogin(b *testing.B) {
	idp := hosttest.NewProvider(b)
	mappers := "    " + strings.ReplaceAll(strings.ReplaceAll(benchMappers, "userInfo", "idTokenClaims"), "\n", "\n    ") + "\n"
	s := newSite(b, idp, settings{Provider: benchMappers, Rest: partner(idp, partnerKeys) + mappers + benchPlugins, Quiet: true})
	for _, way := range []struct {
		name  string
		begin func() (end func() answer)
	}{
		{"code-flow", func() func() answer {
			who := s.browser()
			callback := who.approve(who.begin("/login?idp=corp"))
			return func() answer { return who.step(callback) }
		}},
		{"id-token", func() func() answer {
			who, token := s.browserWithoutRedirects(), s.minted(with{"groups": []string{"engineering", "staff"}})
			return func() answer {
				r := who.request(http.MethodPost, "/login/id-token/partner", "")
				r.Header["oidc_id_token"] = []string{token}
				return who.do(r)
			}
		}},
	} {
		b.Run(way.name, func(b *testing.B) {
			once := func() {
				b.StopTimer()
				end := way.begin()
				b.StartTimer()
				if a := end(); a.StatusCode != http.StatusSeeOther {
					b.Fatalf("%s\n%s", a.Status, a.Body)
				}
			}
			once() // discovery, keys, connections
			before := s.steps()
			b.ResetTimer()
			for range b.N {
				once()
			}
			b.StopTimer()
			for step, seconds := range s.steps() {
				if spent := (seconds - before[step]) / float64(b.N) * 1e6; spent > 0 {
					b.ReportMetric(spent, fmt.Sprintf("%s-µs/op", strings.ReplaceAll(step, " ", "-")))
				}
			}
		})
	}
}
