package host_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
	"github.com/valyala/fasthttp/fasthttputil"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/mapper"
	"github.com/doorward/doorward/host/plugin"
	"github.com/doorward/doorward/plugins"
)

// The mappers of the benchmarks: one of each kind.
const benchMappers = `mappers:
  - direct: {attribute: attributes.groups, source: userInfo, path: groups}
  - expression: {attribute: attributes.handle, value: 'coalesce(lower({attribute-source:userInfo:email}), "none")'}
  - plugin: groups-to-roles`

const benchPlugins = `
plugins:
  groups-to-roles: {module: "bundled:groups-to-roles"}
`

// BenchmarkCallback is the whole of GET /callback over HTTP, with a provider
// in process over TLS, and its split by step as the host's metrics tell it.
func BenchmarkCallback(b *testing.B) {
	s := newSite(b, hosttest.NewProvider(b), settings{Provider: benchMappers, Rest: benchPlugins})
	walk := func() (callback string, who *browser) {
		who = s.browser()
		return who.approve(who.begin("/login?idp=corp")), who
	}
	callback, who := walk() // discovery, keys, connections
	if a := who.step(callback); a.StatusCode != http.StatusSeeOther {
		b.Fatalf("%s\n%s", a.Status, a.Body)
	}
	before := s.steps()
	b.ResetTimer()
	for range b.N {
		b.StopTimer()
		callback, who := walk()
		b.StartTimer()
		if a := who.step(callback); a.StatusCode != http.StatusSeeOther {
			b.Fatalf("%s\n%s", a.Status, a.Body)
		}
	}
	b.StopTimer()
	for step, seconds := range s.steps() {
		b.ReportMetric((seconds-before[step])/float64(b.N)*1e6, strings.ReplaceAll(step, " ", "-")+"-µs/op")
	}
}

// steps reads the seconds that each step has taken so far from the metrics.
func (s *site) steps() map[string]float64 {
	s.t.Helper()
	resp, err := http.Get("http://" + s.admin + "/metrics")
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	sums := map[string]float64{}
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		rest, ok := strings.CutPrefix(lines.Text(), `doorward_login_step_seconds_sum{step="`)
		if !ok {
			continue
		}
		step, value, _ := strings.Cut(rest, `"} `)
		if sums[step], err = strconv.ParseFloat(value, 64); err != nil {
			s.t.Fatal(err)
		}
	}
	return sums
}

// BenchmarkMapping is one mapping of one document through each kind of mapper.
func BenchmarkMapping(b *testing.B) {
	ctx := context.Background()
	runtime, err := plugin.NewRuntime(ctx, plugin.RuntimeConfig{CacheDir: b.TempDir(), ReplayKey: make([]byte, 32), Bundled: plugins.Bundled})
	if err != nil {
		b.Fatal(err)
	}
	defer runtime.Close(ctx)
	guest, err := runtime.Open(ctx, plugin.Config{Name: "groups-to-roles", Module: "bundled:groups-to-roles"})
	if err != nil {
		b.Fatal(err)
	}
	for _, kind := range []struct {
		name string
		rule mapper.Rule
	}{
		{"direct", mapper.Direct{Attribute: "roles", Source: attrs.UserInfo, Path: "groups"}},
		{"expression", mapper.Expression{Attribute: "roles", Value: `{multi-attribute-source:userInfo:groups}.map(g, lower(g))`}},
		{"plugin", mapper.PluginRule{Name: "groups-to-roles", Plugin: guest}},
	} {
		b.Run(kind.name, func(b *testing.B) {
			pipeline, err := mapper.New(mapper.Config{Rules: []mapper.Rule{kind.rule}, Protocol: "oidc", UserInfoInUse: true})
			if err != nil {
				b.Fatal(err)
			}
			doc := benchDocument(b)
			b.ResetTimer()
			for range b.N {
				user, err := pipeline.Map(ctx, doc)
				if err != nil || len(user.Roles) != 20 {
					b.Fatal(len(user.Roles), err)
				}
			}
		})
	}
}

// benchDocument is a login of about 4 KB.
func benchDocument(b *testing.B) login.Document {
	b.Helper()
	groups := make([]string, 20)
	for i := range groups {
		groups[i] = fmt.Sprintf("%q", fmt.Sprintf("app-team-%02d", i))
	}
	userInfo := fmt.Sprintf(`{"sub":"alice","email":"Alice@Example.com","groups":[%s],"about":%q}`, strings.Join(groups, ","), strings.Repeat("x", 1500))
	claims := fmt.Sprintf(`{"iss":"https://idp.example.com","sub":"alice","aud":"doorward","exp":1900000000,"iat":1800000000,"about":%q}`, strings.Repeat("y", 1500))
	sources, err := attrs.Document{}.With(attrs.IDTokenClaims, []byte(claims))
	if err == nil {
		sources, err = sources.With(attrs.UserInfo, []byte(userInfo))
	}
	if err != nil {
		b.Fatal(err)
	}
	return login.Document{Sources: sources, ID: "0123456789abcdef", Person: login.Person{IdP: "corp", Issuer: "https://idp.example.com", Subject: "alice"}}
}

// BenchmarkSession is GET /session of a live session, and of nobody, beside a
// bare Fiber handler that sends as many bytes. All are asked over HTTP on a
// connection in memory.
func BenchmarkSession(b *testing.B) {
	s := newSite(b, hosttest.NewProvider(b), settings{Provider: benchMappers, Rest: benchPlugins})
	who := s.browser()
	if a := who.get("/login?idp=corp"); who.cookie("__Host-doorward") == nil {
		b.Fatalf("%s\n%s", a.Status, a.Body)
	}
	cookie := "__Host-doorward=" + who.cookie("__Host-doorward").Value
	served := fasthttputil.NewInmemoryListener()
	go func() { _ = s.host.Web().Serve(served) }() // until the host is closed
	body := ask(b, served, cookie)
	if !strings.Contains(body, `"authenticated":true`) {
		b.Fatal(body)
	}
	bare := fiber.New(fiber.Config{DisableStartupMessage: true})
	bare.Get("/session", func(c *fiber.Ctx) error {
		c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
		return c.SendString(body)
	})
	plain := fasthttputil.NewInmemoryListener()
	go func() { _ = bare.Listener(plain) }()
	defer plain.Close()
	for _, c := range []struct {
		name   string
		ln     *fasthttputil.InmemoryListener
		cookie string
	}{{"bare", plain, cookie}, {"live", served, cookie}, {"nobody", served, ""}} {
		b.Run(c.name, func(b *testing.B) { load(b, c.ln, c.cookie) })
	}
}

func ask(b *testing.B, ln *fasthttputil.InmemoryListener, cookie string) string {
	b.Helper()
	client := http.Client{Transport: &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return ln.Dial() }}}
	req, err := http.NewRequest(http.MethodGet, "http://login.example.test/session", nil)
	if err != nil {
		b.Fatal(err)
	}
	req.Header.Set("Cookie", cookie)
	resp, err := client.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.Fatal(err)
	}
	return string(body)
}

// load asks for /session again and again, on a connection for each processor.
func load(b *testing.B, ln *fasthttputil.InmemoryListener, cookie string) {
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		client := fasthttp.HostClient{Addr: "login.example.test", Dial: func(string) (net.Conn, error) { return ln.Dial() }}
		req, resp := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
		req.SetRequestURI("http://login.example.test/session")
		if cookie != "" {
			req.Header.Set("Cookie", cookie)
		}
		for pb.Next() {
			if err := client.Do(req, resp); err != nil || resp.StatusCode() != http.StatusOK {
				b.Error(resp.StatusCode(), err)
				return
			}
		}
	})
}
