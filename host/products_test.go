package host_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/hosttest"
)

// product is a recorded product, played by a provider in process at the
// product's own addresses.
type product struct {
	name      string
	op        *hosttest.Provider
	discovery map[string]any
	pages     map[string]string // further answers, by address
	asked     []string          // what of pages was asked, with its Authorization
}

func productsAnswer(t *testing.T, name, file string) (out map[string]any) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("oidcrp", "testdata", "providers", name, file+".json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatalf("%s/%s: %v", name, file, err)
	}
	return out
}

func member(members map[string]any, name string) string {
	value, _ := members[name].(string)
	return value
}

// play makes a provider answer as the product was recorded, with the ID token
// of that file.
func play(t *testing.T, name, idToken string) *product {
	t.Helper()
	p := &product{name: name, discovery: productsAnswer(t, name, "discovery"), pages: map[string]string{}}
	claims, tokens, info := productsAnswer(t, name, idToken), productsAnswer(t, name, "token"), productsAnswer(t, name, "userinfo")
	p.op = hosttest.NewProvider(t, func(k *hosttest.Knobs) {
		k.Subject, k.UserClaims, k.IssParam = member(claims, "sub"), info, hosttest.Absent
		if promised, _ := p.discovery["authorization_response_iss_parameter_supported"].(bool); promised {
			k.IssParam = hosttest.Right
		}
		k.AccessToken = member(tokens, "access_token")
		k.EditClaims = func(own map[string]any) { p.speak(own, claims) }
		k.EditTokens = func(own map[string]any) {
			id := own["id_token"]
			clear(own)
			maps.Copy(own, tokens)
			own["id_token"] = id
		}
	})
	p.op.ClientID = clientOf(claims)
	return p
}

// clientOf is the client that an ID token was recorded for.
func clientOf(claims map[string]any) string {
	if azp := member(claims, "azp"); azp != "" {
		return azp
	}
	return member(claims, "aud")
}

// speak makes the claims of hosttest's ID token the recorded ones, at this
// time. Auth0 has auth_time only when max_age was asked for.
func (p *product) speak(own, claims map[string]any) {
	now := maps.Clone(own)
	clear(own)
	maps.Copy(own, claims)
	own["iat"], own["exp"], own["nonce"] = now["iat"], now["exp"], now["nonce"]
	if own["nbf"] != nil {
		own["nbf"] = now["iat"]
	}
	if own["at_hash"] != nil {
		own["at_hash"] = now["at_hash"]
	}
	if asked := len(p.op.Last(hosttest.Authorize).Form["max_age"]) > 0; own["auth_time"] != nil || p.name == "auth0" && asked {
		own["auth_time"] = now["auth_time"]
	}
}

// RoundTrip leads requests for the product's addresses to the provider.
func (p *product) RoundTrip(r *http.Request) (*http.Response, error) {
	address := r.URL.Scheme + "://" + r.URL.Host + r.URL.Path
	switch {
	case address == strings.TrimSuffix(member(p.discovery, "issuer"), "/")+"/.well-known/openid-configuration":
		raw, err := json.Marshal(p.discovery)
		return answered(string(raw)), err
	case p.pages[r.URL.String()] != "":
		p.asked = append(p.asked, r.URL.String()+" "+r.Header.Get("Authorization"))
		return answered(p.pages[r.URL.String()]), nil
	}
	for name, path := range map[string]string{
		"authorization_endpoint": "/authorize", "token_endpoint": "/token", "jwks_uri": "/jwks", "userinfo_endpoint": "/userinfo", "end_session_endpoint": "/logout",
	} {
		if address != member(p.discovery, name) {
			continue
		}
		in := r.Clone(r.Context())
		to, err := url.Parse(p.op.URL + path + "?" + r.URL.RawQuery)
		if err != nil {
			return nil, err
		}
		in.URL, in.Host = to, to.Host
		res, err := p.op.Client().Transport.RoundTrip(in)
		if err == nil && res.Header.Get("Location") != "" {
			res.Header.Set("Location", strings.ReplaceAll(res.Header.Get("Location"), url.QueryEscape(p.op.URL), url.QueryEscape(member(p.discovery, "issuer"))))
		}
		return res, err
	}
	return answered(""), nil
}

func answered(body string) *http.Response {
	w := httptest.NewRecorder()
	w.Header().Set("Content-Type", "application/json")
	if body == "" {
		w.WriteHeader(http.StatusNotFound)
	}
	_, _ = w.WriteString(body)
	return w.Result()
}

// documented is the configuration on the product's page.
func documented(t *testing.T, name string) string {
	t.Helper()
	page, err := os.ReadFile(filepath.Join("..", "docs", "providers", name+".md"))
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```yaml\n(providers:.*?)```").FindSubmatch(page)
	if block == nil {
		t.Fatalf("docs/providers/%s.md has no configuration", name)
	}
	return string(block[1])
}

// site is a host with the documented configuration, and a browser in front of
// it.
func (p *product) site(t *testing.T) (*site, *browser) {
	t.Helper()
	s := &site{t: t, idp: p.op, out: p, dir: t.TempDir(), log: &lines{}}
	file := "public_url: " + publicURL + "\nlisten: 127.0.0.1:0\nadmin_listen: 127.0.0.1:0\ninsecure_inline_secrets: true\n" +
		strings.ReplaceAll(documented(t, p.name), "client_secret_file: /run/secrets/"+p.name, "client_secret: "+p.op.ClientSecret) + levels
	if err := os.WriteFile(filepath.Join(s.dir, "doorward.yaml"), []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(filepath.Join(s.dir, "doorward.yaml"))
	if err != nil || len(cfg.Warnings) > 0 {
		t.Fatalf("the configuration of docs/providers/%s.md: %v %v", p.name, err, cfg.Warnings)
	}
	s.start()
	b := s.browser()
	b.http = &http.Client{Jar: b.jar, Transport: around{p, way{s}}}
	return s, b
}

// around is a browser's way: to the host, or to the product.
type around struct {
	product *product
	host    way
}

func (a around) RoundTrip(r *http.Request) (*http.Response, error) {
	if "https://"+r.URL.Host == publicURL {
		return a.host.RoundTrip(r)
	}
	return a.product.RoundTrip(r)
}

// login signs in, submitting the product's form if it sends one.
func (b *browser) login(at string) answer {
	b.t.Helper()
	a := b.get(at)
	if action, fields := hosttest.FormPost(a.Body); len(fields) > 0 && strings.Contains(action, "/callback/") {
		return b.do(b.request(http.MethodPost, action, fields.Encode()))
	}
	return a
}

// Whoever configures a product as its page says gets the person, their roles,
// and what the product's answers are worth as proof: the whole way, with the
// answers that the product is documented to give.
func TestProductsAsTheyAre(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct {
		user, email, first string
		roles              []string
		fresh              bool // a sign-in is proof
		again              bool // and a re-authentication is
		userInfo           int  // calls
	}{
		"entra":    {user: "ada@example.com", email: "ada@example.com", first: "Ada", roles: []string{"operator", "engineer"}, fresh: true, again: true},
		"google":   {email: "ada@example.com", first: "Ada", roles: []string{"google"}, userInfo: 1},
		"okta":     {user: "ada@example.com", email: "ada@example.com", first: "Ada", roles: []string{"operator"}, fresh: true, again: true, userInfo: 1},
		"keycloak": {user: "ada", email: "ada@example.com", first: "Ada", roles: []string{"operator", "reader"}, fresh: true, again: true, userInfo: 1},
		"auth0":    {user: "ada", email: "ada@example.com", first: "Ada", roles: []string{"operator"}, again: true, userInfo: 1},
		"ping":     {user: "ada", email: "ada@example.com", first: "Ada", roles: []string{"operator"}, fresh: true, again: true, userInfo: 1},
		"zitadel":  {user: "ada", email: "ada@example.com", first: "Ada", roles: []string{"operator"}, fresh: true, again: true, userInfo: 1},
		"dex":      {user: "ada", email: "ada@example.com", roles: []string{"operator"}, userInfo: 1},
		"adfs":     {user: "ada@example.com", email: "ada@example.com", first: "Ada", roles: []string{"operator"}, fresh: true, again: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := play(t, name, "id_token")
			s, b := p.site(t)
			b.login("/login?idp=" + name)
			d := b.session()
			if !d.Authenticated || d.User.ID != member(productsAnswer(t, name, "id_token"), "sub") {
				t.Fatalf("signed in: %t as %q\n%s", d.Authenticated, d.User.ID, s.log)
			}
			if d.User.UserName != want.user || d.User.Email != want.email || d.User.FirstName != want.first || !slices.Equal(d.User.Roles, want.roles) {
				t.Errorf("the user is %+v", d.User)
			}
			if fresh := d.level("Authenticated/Fresh") != nil; fresh != want.fresh {
				t.Errorf("a sign-in is proof: %t", fresh)
			}
			if got := p.op.Calls(hosttest.UserInfo); got != want.userInfo {
				t.Errorf("userinfo was called %d times", got)
			}
			b.login("/login?idp=" + name + "&force_auth=true")
			if again := b.session().level("Authenticated/Fresh") != nil; again != want.again {
				t.Errorf("a re-authentication is proof: %t", again)
			}
			if len(p.asked) > 0 {
				t.Errorf("it was asked %v", p.asked)
			}
		})
	}
	if len(config.Presets()) != 9 {
		t.Errorf("there are presets without a test: %v", config.Presets())
	}
}

// Entra ID's groups that do not fit into a token come from Microsoft Graph, in
// pages, with nothing configured but the preset.
func TestProductsEntraOverage(t *testing.T) {
	t.Parallel()
	p := play(t, "entra", "id_token_overage")
	next := ""
	for _, file := range []string{"groups", "groups_next"} {
		page := productsAnswer(t, "entra", file)
		raw, err := json.Marshal(page)
		if err != nil {
			t.Fatal(err)
		}
		if next == "" {
			next = "https://graph.microsoft.com/v1.0/me/transitiveMemberOf?$select=id&$top=999"
		}
		p.pages[next] = string(raw)
		next = member(page, "@odata.nextLink")
	}
	s, b := p.site(t)
	b.login("/login?idp=entra")
	d := b.session()
	if !d.Authenticated || !slices.Equal(d.User.Roles, []string{"operator", "engineer"}) {
		t.Errorf("authenticated %t, roles %v\n%s", d.Authenticated, d.User.Roles, s.log)
	}
	access := member(productsAnswer(t, "entra", "token"), "access_token")
	for _, asked := range p.asked {
		if !strings.HasPrefix(asked, "https://graph.microsoft.com/v1.0/") || !strings.HasSuffix(asked, " Bearer "+access) {
			t.Errorf("asked %s", asked)
		}
	}
	if len(p.asked) != 2 {
		t.Errorf("asked %v", p.asked)
	}
}

// Who has no role at a product signs in without one.
func TestProductsWithoutRoles(t *testing.T) {
	t.Parallel()
	for _, name := range config.Presets() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := play(t, name, "id_token")
			p.op.Set(func(k *hosttest.Knobs) {
				full := k.EditClaims
				drop := func(claims map[string]any) {
					for _, claim := range []string{"roles", "groups", "group", "realm_access", "resource_access", "https://plant.example.com/roles", "urn:zitadel:iam:org:project:roles"} {
						delete(claims, claim)
					}
				}
				k.EditClaims = func(claims map[string]any) { full(claims); drop(claims) }
				drop(k.UserClaims)
			})
			s, b := p.site(t)
			b.login("/login?idp=" + name)
			if d := b.session(); !d.Authenticated || len(d.User.Roles) > 0 && name != "google" {
				t.Errorf("authenticated %t, roles %v\n%s", d.Authenticated, d.User.Roles, s.log)
			}
		})
	}
}
