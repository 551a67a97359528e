package host_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"testing"
	"time"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/policy"
	"github.com/doorward/doorward/host/web"
)

// A policy that gives no answer within the time of a request lets nobody in at
// any application, not even where everybody may come in.
func TestForwardAuth_PolicyFailed(t *testing.T) {
	t.Parallel()
	const runaway = `package doorward.levels

grant contains "Slow" if count([1 |
	some a in numbers.range(1, 1000)
	some b in numbers.range(1, 1000)
	some c in numbers.range(1, 1000)
	a + b + c == 0
]) > 0
`
	engine, err := policy.New(t.Context(), policy.Config{
		Levels: map[string]policy.Level{"Slow": {}}, Modules: map[string]string{"levels.rego": runaway}, Deadline: time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	public := mustParse(t, publicURL)
	server := web.New(web.Config{
		PublicURL: public, Peers: web.Peers{Trusted: []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")}},
		Origins: web.NewOrigins(public, []web.Application{
			{Name: "open", Origins: []string{"https://open.example.test"}, Paths: []string{"/"}, Require: []string{"Public"}},
			{Name: "wiki", Origins: []string{"https://wiki.example.test"}, Paths: []string{"/"}, Require: []string{"Authenticated"}, ForwardAuth: "status"},
		}),
		Known: func(string) bool { return true }, Levels: policy.NewLive(policy.NewSlot(engine).Engine, 0),
		Log: slog.New(slog.DiscardHandler), Now: time.Now, DecideTimeout: 30 * time.Millisecond,
	})
	for _, origin := range []string{"https://open.example.test", "https://wiki.example.test"} {
		for _, mode := range []string{"navigate", "cors"} {
			for _, query := range []string{"", "?" + url.Values{"level": {"Public"}}.Encode()} {
				r := httptest.NewRequest(http.MethodGet, publicURL+"/auth"+query, nil)
				r.Header = having(pageAt(origin+"/page"), "Sec-Fetch-Mode", mode)
				resp, err := server.Test(r)
				if err != nil {
					t.Fatal(err)
				}
				body, err := io.ReadAll(resp.Body)
				if err != nil {
					t.Fatal(err)
				}
				resp.Body.Close()
				a := answer{resp, string(body)}
				denied(t, a, http.StatusServiceUnavailable, login.CodePolicyFailed)
				if a.Header.Get("Location")+a.Header.Get("X-Doorward-Login")+a.Header.Get("WWW-Authenticate") != "" {
					t.Errorf("%s: nobody is to sign in for that: %v", origin, a.Header)
				}
			}
		}
	}
}
