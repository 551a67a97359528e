package config

import (
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// designApplication is the application of the design.
const designApplication = `applications:
  wiki:
    origins: [https://wiki.example.com]
    paths: [/]
    force_auth: project
    require: [Authenticated]
    forward_auth: redirect              # or status
    secret_file: /run/secrets/wiki      # for server-to-server calls
    tokens: [access_token]              # what it may be handed
    headers: {X-Wiki-Team: attributes.team}
`

func TestTheDesignsApplicationIsRead(t *testing.T) {
	text := strings.Replace(designFile, "applications: {}                          # Applications\n", designApplication, 1)
	c := must(t, "doorward.yaml", strings.Replace(text, "trusted_proxies: []", "trusted_proxies: [10.0.0.5]", 1))
	got := c.Applications["wiki"]
	want := Application{
		Origins: []string{"https://wiki.example.com"}, Paths: []string{"/"}, ForceAuth: "project", Require: []string{"Authenticated"},
		ForwardAuth: "redirect", Secret: NewSecret("wiki's own secret"), Tokens: []string{"access_token"},
		Headers: map[string]string{"X-Wiki-Team": "attributes.team"}, Resources: map[string]Resource{}, Clients: []string{}, Assertion: map[string]string{},
	}
	if !reflect.DeepEqual(got, want) || len(c.Warnings) > 0 || c.Console != nil {
		t.Errorf("got %+v\nwant %+v\n%v", got, want, c.Warnings)
	}
	least := must(t, "d.yaml", base+"applications: {w: {origins: [https://w.example.com]}}\n").Applications["w"]
	want = Application{
		Origins: []string{"https://w.example.com"}, Paths: []string{"/"}, ForceAuth: "project", Require: []string{"Authenticated"},
		ForwardAuth: "redirect", Tokens: []string{}, Headers: map[string]string{}, Resources: map[string]Resource{}, Clients: []string{}, Assertion: map[string]string{},
	}
	if !reflect.DeepEqual(least, want) {
		t.Errorf("got %+v\nwant %+v", least, want)
	}
}

func TestApplicationsThatWorkInPartAreWarnedOf(t *testing.T) {
	const trusted = "trusted_proxies: [10.0.0.5]\n"
	for _, c := range []struct{ name, text, want string }{
		{"nothing odd", base + trusted + "applications: {w: {origins: [https://w.example.com, https://x.example.com], paths: [/wiki, /wikis, /wiki2/a]}}\n", ""},
		{"public_url's own origin", base + trusted + "applications: {w: {origins: [https://w.example.com, https://login.example.com], paths: [/wiki]}}\n",
			"d.yaml:4:53: applications.w.origins[1]: the application shares public_url's origin, so that its scripts can act as their person in the console and on the host's pages; give it an origin of its own"},
		{"no application", base, ""},
		{"programs alone", base + "applications: {w: {clients: [device], tokens: [access_token]}}\n", ""},
		{"no proxy", base + "applications: {w: {origins: [https://w.example.com]}}\n",
			"d.yaml:3:15: applications: trusted_proxies is empty, and /auth answers trusted proxies alone: no application is reached through it; write the addresses of your proxies there"},
		{"plain http", base + trusted + "applications: {w: {origins: ['http://localhost:3000']}}\n",
			"d.yaml:4:30: applications.w.origins[0]: plain http on a loopback address: whatever listens there on a person's own machine gets a session of the application; write https:// unless this is a trial"},
		{"trial on one machine", "public_url: http://localhost:8080\nproviders: {b: {type: builtin}}\n" + trusted + "applications: {w: {origins: ['http://127.0.0.1:3000', 'https://w.localhost']}}\n", ""},
		{"public_url on loopback", "public_url: http://localhost:8080\nproviders: {b: {type: builtin}}\n" + trusted + "applications: {w: {origins: ['https://w.example.com']}}\n",
			"d.yaml:4:30: applications.w.origins[0]: public_url is a loopback address, so nobody on another machine can sign in for the application; write the address that their browsers use in public_url"},
		{"covered path", base + trusted + "applications: {w: {origins: [https://w.example.com], paths: [/wiki/a/b, /, /wiki/a]}}\n",
			"d.yaml:4:62: applications.w.paths[0]: changes nothing, because /wiki/a of the same application holds it; remove it\n" +
				"d.yaml:4:76: applications.w.paths[2]: changes nothing, because / of the same application holds it; remove it"},
		{"path that another would take", base + trusted + "applications:\n  w: {origins: [https://w.example.com], paths: [/, /wiki/public]}\n  v: {origins: [https://w.example.com], paths: [/wiki]}\n", ""},
		{"path that another would take at one origin", base + trusted + "applications:\n  w: {origins: [https://x.example.com, https://w.example.com], paths: [/, /wiki/public]}\n  v: {origins: [https://w.example.com], paths: [/wiki]}\n", ""},
		{"shared secret", base + trusted + "applications:\n  w: {origins: [https://w.example.com], secret_env: CORP_SECRET}\n  v: {origins: [https://v.example.com], secret_env: CORP_SECRET}\n",
			"d.yaml:6:53: applications.v.secret_env: the application w has the same secret, so that each can act as the other; give each its own"},
		{"console for all who sign in", base + "console: {level: Authenticated}\n",
			"d.yaml:3:18: console.level: many people hold this level, and the console shows every session and ends any; write a level that few hold"},
		{"console for any role", base + "console: {level: Authenticated/Roles}\n",
			"d.yaml:3:18: console.level: many people hold this level, and the console shows every session and ends any; write a level that few hold"},
		{"console for one role", base + "console: {level: Authenticated/Roles/operator}\n", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := must(t, "d.yaml", c.text).Warnings.Error(); got != c.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, c.want)
			}
		})
	}
}

// A user attribute in one of these could move the request, frame it anew, or be
// taken for a credential, by a proxy or by the application's server.
func TestT02_HeadersOfOthersCarryNoAttribute(t *testing.T) {
	for _, name := range []string{
		"X-Doorward-Subject", "x-doorward-anything", "Connection", "Transfer-Encoding", "TE", "Trailer", "Upgrade", "Keep-Alive",
		"Proxy-Authorization", "Proxy-Connection", "Host", "Content-Length", "Content-Type", "Content-Encoding", "Expect", "Cookie", "Set-Cookie",
		"Authorization", "WWW-Authenticate", "Forwarded", "X-Forwarded", "X-Forwarded-For", "X-Forwarded-User", "x-forwarded-host", "X-Real-IP",
		"X-Original-URL", "X-Rewrite-URL", "X-HTTP-Method-Override", "Via", "Origin", "Sec-Fetch-Site", "Cache-Control", "Location", "Vary",
		"X-Accel-Redirect", "X-Sendfile", "Access-Control-Allow-Origin",
	} {
		for _, written := range []string{name, strings.ToLower(name), strings.ToUpper(name), http.CanonicalHeaderKey(name)} {
			_, err := usual.parse("d.yaml", app+"    headers: {'"+written+"': email}\n")
			if err == nil || !strings.HasPrefix(err.Error(), "d.yaml:6:15: applications.w.headers."+written+": this header cannot carry a user attribute: ") {
				t.Errorf("%s: %v", written, err)
			}
		}
	}
	for _, name := range []string{"X-Wiki-Team", "Remote-User", "Remote-Groups", "X-WEBAUTH-USER", "X-Auth-Request-Email", "X-User", "Hosts", "Teams", "From", "X-Forward-User"} {
		c := must(t, "d.yaml", app+"    headers: {"+name+": email}\n")
		if c.Applications["w"].Headers[name] != "email" {
			t.Errorf("%s was not read", name)
		}
	}
}

// Every name that is accepted is one that net/http and proxies take as it is.
func FuzzHeaderNamesAreTokens(f *testing.F) {
	for _, name := range []string{"X-Team", "X_Team", "X Team", "X-Team:", "Équipe", "X-Team\r\nHost", "", "X-\x00", "!#$%&'*+-.^`|~9"} {
		f.Add(name)
	}
	token := regexp.MustCompile("^[!#$%&'*+.^`|~0-9A-Za-z-]{1,64}$")
	f.Fuzz(func(t *testing.T, name string) {
		if strings.ContainsAny(name, "\"\\") || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r > 0x7e }) {
			return // other YAML than the one that follows
		}
		c, err := usual.parse("d.yaml", app+"    headers: {\""+name+"\": email}\n")
		if err == nil && (len(c.Applications["w"].Headers) != 1 || !token.MatchString(name)) {
			t.Errorf("%q was taken", name)
		}
	})
}

// Whatever stands below a path of the host is refused on public_url's origin,
// and only there; what merely begins like one is not.
func TestPathsOfTheHostAreNoApplications(t *testing.T) {
	at := func(origin, path string) bool {
		_, err := usual.parse("d.yaml", base+"applications: {w: {origins: ["+origin+"], paths: ["+path+"]}}\n")
		return err == nil
	}
	for _, own := range slices.Concat(HostPaths, []string{HandOverPath}) {
		if at("https://login.example.com", own) || at("https://LOGIN.example.com:443", own+"/x") {
			t.Errorf("%s is taken on public_url's origin", own)
		}
		if !at("https://login.example.com", own+"x") || !at("https://login.example.com", "/x"+own) {
			t.Errorf("a path like %s is refused", own)
		}
		if other := at("https://w.example.com", own); other != (own != HandOverPath) {
			t.Errorf("%s on another origin: taken %v", own, other)
		}
	}
}
