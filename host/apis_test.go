package host_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/token"
)

const (
	stockSecret = "stock-secret-long-enough"
	reaching    = `
applications:
  stock:
    origins: ["https://stock.example.test"]
    secret: stock-secret-long-enough
    tokens: [access_token]
    resources:
      https://orders.example.com: {by: resource, scope: [read, write]}
      https://bills.example.com: {by: exchange}
      https://parts.example.com: {by: exchange, audience: parts-api}
      https://own.example.com: {by: same, audience: own-api}
  till: {origins: ["https://till.example.test"], secret: "till-secret: 100% +& long enough", tokens: [access_token]}
`
)

// newReaching is a site with applications that reach APIs, and a browser that is
// signed in at both.
func newReaching(t *testing.T, knobs func(*hosttest.Knobs)) (*site, *browser) {
	t.Helper()
	s := newSite(t, hosttest.NewProvider(t, func(k *hosttest.Knobs) {
		k.Refreshing = hosttest.Refreshing{Offered: true, Rotate: true}
		if knobs != nil {
			knobs(k)
		}
	}), settings{Top: trusting + "\nsession: {idle: 12h, absolute: 24h}", Rest: levels + reaching})
	b := s.browser()
	b.signedIn("/login?idp=corp")
	for _, app := range []string{"stock", "till"} {
		if got := b.handedOver("https://" + app + ".example.test/.doorward/start?return_to=/"); got != "https://"+app+".example.test/" {
			t.Fatalf("%s: %s", app, got)
		}
	}
	return s, b
}

// tokenFor asks for an access token as stock's server does, with the person's
// cookie.
func (b *browser) tokenFor(resource string) answer {
	b.t.Helper()
	body := ""
	if resource != "" {
		body = url.Values{"resource": {resource}}.Encode()
	}
	r := b.request(http.MethodPost, "https://stock.example.test/.doorward/session/token", body)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept", "application/json")
	r.Header.Set("Authorization", basic("stock", stockSecret))
	return b.do(r)
}

// handedToken is an answer of POST /session/token.
type handedToken struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int64  `json:"expires_in"`
	Scope       string
}

func (b *browser) mustHave(resource string) (got handedToken) {
	b.t.Helper()
	a := b.tokenFor(resource)
	if a.StatusCode != http.StatusOK || json.Unmarshal([]byte(a.Body), &got) != nil || got.AccessToken == "" || got.TokenType != "Bearer" || a.Header.Get("Cache-Control") != "no-store" {
		b.t.Fatalf("%s: %s %s", resource, a.Status, a.Body)
	}
	return got
}

func audOf(t *testing.T, compact string) string {
	t.Helper()
	jwt, err := token.Parse(compact)
	if err != nil {
		t.Fatal(err)
	}
	aud, _ := jwt.Claims["aud"].(string)
	return aud
}

// An application is handed a token for each API that it may reach, in the way
// that the API's is got, kept while it is good, and each hand-out is audited.
func TestAPIs_TokensForResources(t *testing.T) {
	t.Parallel()
	s, b := newReaching(t, nil)
	for _, want := range []struct {
		resource, audience string
		endpoint           hosttest.Endpoint
		life               int64
	}{
		{"https://bills.example.com", "https://bills.example.com", hosttest.Exchange, 600},
		{"https://parts.example.com", "parts-api", hosttest.Exchange, 600},
		{"https://orders.example.com", "https://orders.example.com", hosttest.Refresh, 3600}, // at its end the sign-in's own ends too
	} {
		resource := want.resource
		s.idp.ResetCalls()
		got := b.mustHave(resource)
		if aud := audOf(t, got.AccessToken); aud != want.audience || got.ExpiresIn != want.life || s.idp.Calls(want.endpoint) != 1 || s.idp.Calls(hosttest.Token) != 1 {
			t.Errorf("%s: aud %s, %d s, %d calls", resource, aud, got.ExpiresIn, s.idp.Calls(hosttest.Token))
		}
		if again := b.mustHave(resource); again.AccessToken != got.AccessToken || s.idp.Calls(hosttest.Token) != 1 {
			t.Errorf("%s: the provider was asked again", resource)
		}
		s.idp.Clock.Advance(time.Duration(want.life)*time.Second - 5*time.Second)
		if later := b.mustHave(resource); later.AccessToken == got.AccessToken || later.ExpiresIn != want.life {
			t.Errorf("%s: a token that ends in five seconds was handed out", resource)
		}
	}
	if form := s.idp.Last(hosttest.Refresh).Form; !slices.Equal(form["scope"], []string{"read write"}) {
		t.Errorf("scope %v", form["scope"])
	}
	events := s.audited("token")
	if len(events) != 9 {
		t.Fatalf("%d events", len(events))
	}
	for _, e := range events {
		if e.App != "stock" || e.Session == "" || e.Resource == "" || e.Audience == "" || e.Code != "" {
			t.Errorf("%+v", e)
		}
	}
}

// A token whose end the provider does not tell is good for the request that it
// was got for: each asks once.
func TestAPIs_TokensThatDoNotSayWhenTheyEnd(t *testing.T) {
	t.Parallel()
	s, b := newReaching(t, func(k *hosttest.Knobs) {
		k.APIs.EditTokens = func(m map[string]any) { delete(m, "expires_in") }
		k.Refreshing.Omit = []string{"expires_in"}
	})
	for resource, endpoint := range map[string]hosttest.Endpoint{"https://bills.example.com": hosttest.Exchange, "https://orders.example.com": hosttest.Refresh} {
		first, second := b.mustHave(resource), b.mustHave(resource)
		if first.AccessToken == second.AccessToken || first.ExpiresIn != 0 || s.idp.Calls(endpoint) != 2 {
			t.Errorf("%s: %d calls", resource, s.idp.Calls(endpoint))
		}
	}
}

// Many requests for the same token at once make one call to the provider.
func TestT27_ManyAskForOneAPIAtOnce(t *testing.T) {
	t.Parallel()
	s, b := newReaching(t, func(k *hosttest.Knobs) { k.Refreshing.Slow = 200 * time.Millisecond })
	for resource, endpoint := range map[string]hosttest.Endpoint{"https://bills.example.com": hosttest.Exchange, "https://orders.example.com": hosttest.Refresh} {
		tokens := make(chan answer, 20)
		for range cap(tokens) {
			go func() {
				var a answer
				defer func() { tokens <- a }() // also when it fails
				a = b.tokenFor(resource)
			}()
		}
		seen := map[string]bool{}
		for range cap(tokens) {
			a := <-tokens
			seen[a.Body] = true
		}
		if len(seen) != 1 || s.idp.Calls(endpoint) != 1 {
			t.Errorf("%s: %d calls, %d answers: %v", resource, s.idp.Calls(endpoint), len(seen), seen)
		}
	}
}

// What an application may not have it is not handed, and is told why.
func TestAPIs_Refusals(t *testing.T) {
	t.Parallel()
	s, b := newReaching(t, func(k *hosttest.Knobs) { k.APIs.Known = []string{"https://bills.example.com"} })
	for resource, code := range map[string]login.Code{
		"https://other.example.com":  login.CodeResourceUnknown,
		"https://orders.example.com": login.CodeTokenUnavailable, // the provider answers invalid_target
		"https://parts.example.com":  login.CodeTokenUnavailable,
		"HTTPS://bills.example.com":  login.CodeResourceUnknown,
		"https://bills.example.com/": login.CodeResourceUnknown,
	} {
		a := b.tokenFor(resource)
		if a.code() != string(code) || strings.Contains(a.Body, "access_token") {
			t.Errorf("%s: %s %q", resource, a.Status, a.code())
		}
	}
	refused := s.audited("token_refused")
	if len(refused) != 5 || len(s.audited("token")) != 0 {
		t.Errorf("%d refusals are audited", len(refused))
	}
	for _, e := range refused {
		if e.Code == login.CodeResourceUnknown && e.Resource != "" {
			t.Errorf("what anybody wrote is in the audit log: %+v", e)
		}
	}
	for body, code := range map[string]login.Code{
		"resource=": login.CodeResourceUnknown, "resource=a&resource=b": login.CodeParameterDuplicate, "audience=x": login.CodeParameterInvalid, "scope=admin": login.CodeParameterInvalid,
	} {
		r := b.request(http.MethodPost, "https://stock.example.test/.doorward/session/token", body)
		r.Header.Set("Accept", "application/json")
		r.Header.Set("Authorization", basic("stock", stockSecret))
		if a := b.do(r); a.code() != string(code) {
			t.Errorf("%s: %s %q", body, a.Status, a.code())
		}
	}
	r := b.request(http.MethodPost, "https://stock.example.test/.doorward/session/token?resource=https%3A%2F%2Fbills.example.com", "")
	r.Header.Set("Accept", "application/json")
	r.Header.Set("Authorization", basic("stock", stockSecret))
	if a := b.do(r); a.code() != string(login.CodeParameterInvalid) {
		t.Errorf("a resource in the address: %s %q", a.Status, a.code())
	}
	// Another application has no APIs, and its own secret opens none of these.
	r = b.request(http.MethodPost, "https://till.example.test/.doorward/session/token", "resource=https%3A%2F%2Fbills.example.com")
	r.Header.Set("Accept", "application/json")
	r.Header.Set("Authorization", basic("till", tillSecret))
	if a := b.do(r); a.code() != string(login.CodeResourceUnknown) {
		t.Errorf("till: %s %q", a.Status, a.code())
	}
}

// A JWT for somebody else than the API is not handed out: the answer and the
// audit log say for whom it is.
func TestAPIs_TheWrongAudienceIsExplained(t *testing.T) {
	t.Parallel()
	s, b := newReaching(t, func(k *hosttest.Knobs) { k.APIs.Audience = "https://another.example.com/\u0007<script>" })
	for _, resource := range []string{"https://orders.example.com", "https://bills.example.com"} {
		a := b.tokenFor(resource)
		var problem struct{ Code, Detail string }
		if json.Unmarshal([]byte(a.Body), &problem) != nil || a.StatusCode != http.StatusConflict || problem.Code != string(login.CodeTokenAudience) {
			t.Fatalf("%s %s", a.Status, a.Body)
		}
		if says := "This token is for https://another.example.com/?<script>, the API expects " + resource + "."; !strings.HasSuffix(problem.Detail, says) {
			t.Errorf("%s", problem.Detail)
		}
		r := b.request(http.MethodPost, "https://stock.example.test/.doorward/session/token", url.Values{"resource": {resource}}.Encode())
		r.Header.Set("Authorization", basic("stock", stockSecret)) // as a page
		if page := b.do(r); !strings.Contains(page.Body, "the API expects "+resource) || strings.Contains(page.Body, "<script>") {
			t.Errorf("%s", page.Body)
		}
	}
	events := s.audited("token_refused")
	if len(events) != 4 || events[0].Code != login.CodeTokenAudience || !strings.Contains(events[0].Reason, "the API expects https://") || len(s.audited("token")) != 0 {
		t.Errorf("%+v", events)
	}
	// The sign-in's own token, which the provider issues for an API.
	jwt := func(aud any) string {
		return hosttest.Sign("RS256", s.idp.SigningKey().Private, map[string]any{"alg": "RS256", "typ": "at+jwt"}, map[string]any{"aud": aud, "sub": "alice-7f3a"})
	}
	for aud, code := range map[string]string{"own-api": "", "graph": string(login.CodeTokenAudience)} {
		s, b := newReaching(t, func(k *hosttest.Knobs) { k.AccessToken, k.AtHash = jwt([]string{"other", aud}), hosttest.Absent })
		if a := b.tokenFor("https://own.example.com"); a.code() != code {
			t.Errorf("%s: %s %s", aud, a.Status, a.Body)
		}
		if b.mustHave("").AccessToken == "" || s.idp.Calls(hosttest.Token) != 1 {
			t.Error("the sign-in's own token is not handed out as it is")
		}
	}
}

// The cookie that a browser has for one application opens nothing at another,
// whatever secret comes with it.
func TestACookieOfAnotherApplicationIsRefusedAtSessionToken(t *testing.T) {
	t.Parallel()
	s, b := newReaching(t, nil)
	for _, from := range []string{"till.example.test", strings.TrimPrefix(publicURL, "https://")} {
		b.jar.mu.Lock()
		stolen := b.jar.kept[from]["__Host-doorward"]
		b.jar.mu.Unlock()
		if stolen == nil {
			t.Fatalf("no cookie of %s", from)
		}
		thief := s.browser()
		thief.jar.SetCookies(mustParse(t, "https://stock.example.test/"), []*http.Cookie{stolen})
		for _, resource := range []string{"", "https://bills.example.com"} {
			if a := thief.tokenFor(resource); a.StatusCode != http.StatusUnauthorized || a.code() != string(login.CodeSessionMissing) || strings.Contains(a.Body, "access_token") {
				t.Errorf("%s: %s %s", from, a.Status, a.Body)
			}
		}
	}
	if len(s.audited("token")) != 0 {
		t.Error("a token was handed out")
	}
	if b.mustHave("").AccessToken == "" {
		t.Error("its own cookie opens nothing")
	}
}

// A page's script gets no token: neither from the application's own origin nor
// across origins, with or without the application's name.
func TestNoBrowserGetsAToken(t *testing.T) {
	t.Parallel()
	_, b := newReaching(t, nil)
	for _, at := range []string{"https://stock.example.test/.doorward/session/token", publicURL + "/session/token"} {
		for _, origin := range []string{"https://stock.example.test", "https://till.example.test", "https://evil.example", "null"} {
			r := b.request(http.MethodPost, at, "resource=https%3A%2F%2Fbills.example.com")
			r.Header.Set("Accept", "application/json")
			r.Header.Set("Origin", origin)
			a := b.do(r)
			if a.StatusCode != http.StatusUnauthorized || strings.Contains(a.Body, "access_token") || a.Header.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s from %s: %s %s", at, origin, a.Status, a.Body)
			}
			r = b.request(http.MethodOptions, at, "")
			r.Header.Set("Origin", origin)
			r.Header.Set("Access-Control-Request-Method", "POST")
			r.Header.Set("Access-Control-Request-Headers", "authorization")
			if a := b.do(r); a.Header.Get("Access-Control-Allow-Origin") != "" || a.Header.Get("Access-Control-Allow-Headers") != "" {
				t.Errorf("a preflight of %s at %s: %v", origin, at, a.Header)
			}
		}
	}
}
