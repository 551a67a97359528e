package examples_test

import (
	"net/http"
	"strings"
	"testing"
)

// spellings are paths at the notes, whose part /account wants a fresh proof, as
// they are sent. Doorward reads paths itself where applications share a host
// (host/web/testdata/addresses.json); here the proxies do.
var spellings = struct{ account, round, out, other []string }{
	// The part itself: it is there for whoever has the proof.
	account: []string{
		"/account", "/account/", "/account/x?y=1", "/%61ccount/x", "/%61%63count", "/account/%C3%A4",
		"/ACCOUNT/s", "/Account", "/%41ccount/s", "/account.json", "/Account.json?x=1", // to Express and IIS, to Rails
	},
	// What some server reads as the part. A proxy may ask for the proof or refuse.
	round: []string{
		"//account/x", "///account", "/./account/x", "/x/../account/x", "/../account", "/x//../account/s", "/.//account/s",
		"/%2e/account/x", "/x/%2e%2e/account/", "/x/.%2E/account/s", "/account%2fx", "/account%2F", "/%2faccount", "/x%2f..%2faccount/s", "/x%2F%2E%2E%2faccount",
		"/x/..;/account/", "/;a=b/account/x", "/account;x", "/account;/s", "/account%3bx", "/account%3B/s", "/x/..%3b/account/s",
		`/foo\..\account/s`, `/\account/s`, `/account\s`, `/account\`, `/x/..\account/s`, `\account/s`, "/%5caccount/s", "/foo%5C..%5caccount/s", "/account%5cs", // WHATWG's URL, and Windows
		"/account%00", "/account%00/s", "/account%00.png", "/account%09/s", "/account%0a", "/account%0D%0A/s", "/%0aaccount/s", "/acc%1fount", "/account%7f/s", "/account%1F",
		"/account\t/s", "/account\x01", "/account\x7f/s", "/account\x00/s",
		"/%2561ccount/s", "/%252faccount", "/x/%252e%252e/account/s", "/x%255c..%255caccount", "/account%252fs", "/account%2500", "/%252561ccount",
		"/x/%c0%ae%c0%ae/account/s", "/account%c0%afs", "/account%C1%9cs", "/account%e0%80%afs", "/account%E0%80%80", "/account%f0%80%80%afs", "/account%f8%80%80%80%afs", "/account%ff",
		"/account\xc0\xafs", "/x/\xc0\xae\xc0\xae/account/s", "/account\xff",
		"/account%20", "/account%20/s", "/account./s", "/account.", "/account.?x=1", "/account%2e/s", "/account%20?x", "/account...", "/account.%20/s", "/x%20/../account/s", "/ACCOUNT./s",
		"/account::$DATA", "/account::$INDEX_ALLOCATION/s", "/account:$i30:$INDEX_ALLOCATION/s", "/account%3a%3a$DATA", "/account:%24i30%3A$INDEX_ALLOCATION/s",
		"/account#x", "/account%23x", "/account%3fx", "/account%3Fx=/y", "/%u0061ccount/s", "/account%", "/account%2", "/account%zz/s",
		"https://" + notesHost + "/account/s", "https://" + notesHost + "//account/s", "https://" + notesHost + `/x/..\account/s`,
	},
	// What begins as the part, and leads out of it for servers that resolve more.
	// A proxy may resolve it itself, and pass it on so.
	out: []string{
		"/account/../x", "/account/./../x", "/account//../x", "/account/%2e%2e/x", "/ACCOUNT/../x", "/account/..;/x", `/account/..\x`, `/account\..\x`, "/account/..%2fx",
		"/account/..%2f..%2fx", "/account%2f..%2fx", "/account/..%5cx", "/account/%252e%252e/x", "/account/..", "/account/%2e%2e%2fx",
	},
	// Other paths, for which the old proof does.
	other: []string{
		"/", "/x", "/accounts", "/accounts/x", "/my/account/", "/acc", "/x?/account/;//..%2f%00", "/x?a=b.", "/page/%C3%A4%20b", "/%e4%b8%ad%E2%82%AC/%F0%9F%98%80", "/a.b/c", "/.well-known/x",
		"/100%25", "/100%25/x", "/a:b@c,d=e&f+g!h'i(j)k*~l$m-_", "/a%3ab%40c%24", "/Special:Pages", "/x%20y/z", "/..x/...y",
	},
}

// spelled sends a script's request for a path as it is, and returns the answer.
func (p *place) spelled(t *testing.T, b *browser, target string) string {
	t.Helper()
	return p.raw(t, notesHost, "GET "+target+" HTTP/1.1\r\nHost: "+notesHost+"\r\nCookie: "+b.cookies(notesHost)+"\r\nSec-Fetch-Mode: cors\r\nConnection: close\r\n\r\n")
}

// judged reports whether Doorward itself read the path, where the part is an
// application of its own, and refused it: the case of its letters decides.
func (p *place) judged(got string) bool {
	return p.example == "envoy" && strings.HasPrefix(got, "HTTP/1.1 403") && strings.Contains(got, "path_ambiguous")
}

// checkSpellings asks with a proof that has aged: no spelling of /account may
// get in, and no other path may be kept out.
func (p *place) checkSpellings(t *testing.T, b *browser) {
	p.notes.take()
	for _, spelling := range spellings.account {
		if got := p.spelled(t, b, spelling); p.judged(got) {
			continue
		} else if !strings.HasPrefix(got, "HTTP/1.1 401") || !strings.Contains(got, `acr_values="Authenticated/Fresh"`) {
			t.Errorf("%q: %.300q, want the question for a fresh proof", spelling, got)
		}
		p.nothingArrived(t)
	}
	for _, spelling := range spellings.round {
		got := p.spelled(t, b, spelling)
		if p.example == "envoy" && spelling == "/x//../account/s" && strings.HasSuffix(got, "echo /x/account/s") {
			p.notes.take() // Envoy resolves it so, and hands on what Doorward judged
			continue
		}
		if codes := statuses(got); len(codes) != 1 || codes[0] < 400 || codes[0] >= 500 {
			t.Errorf("%q: %.300q, want a refusal", spelling, got)
		}
		for _, a := range p.notes.take() {
			t.Errorf("%q arrived:\n%s", spelling, a.Head)
		}
	}
	for _, spelling := range spellings.out {
		got := p.spelled(t, b, spelling)
		for _, a := range p.notes.take() {
			if at := a.URL.EscapedPath(); at != "/x" && at != "/" {
				t.Errorf("%q arrived, and was answered %.100q:\n%s", spelling, got, a.Head)
			}
		}
	}
	for _, spelling := range spellings.other {
		got, seen := p.spelled(t, b, spelling), p.notes.take()
		if p.example == "traefik" && strings.Contains(spelling, "%25") {
			continue // it can refuse all of %25 or nothing
		}
		if !strings.HasPrefix(got, "HTTP/1.1 200") || len(seen) != 1 {
			t.Errorf("%q: %.300q, arrived %d times", spelling, got, len(seen))
		}
	}
}

// checkOwnAuth: /auth is Doorward's on its own host alone.
func (p *place) checkOwnAuth(t *testing.T) {
	b := p.browser(t).http1()
	b.signIn("https://"+wikiHost+"/", "ada")
	b.do(page(t, "https://"+notesHost+"/"))
	p.wiki.take()
	p.notes.take()
	for host, app := range map[string]*echo{wikiHost: p.wiki, notesHost: p.notes} {
		for _, at := range []string{"/auth", "/auth/", "/auth/callback?code=x", "/api/auth", "/Auth"} {
			if a := b.step(page(t, "https://"+host+at)); a.StatusCode != http.StatusOK || a.Body != "echo "+at {
				t.Errorf("%s at %s: %s %.100q", at, host, a.Status, a.Body)
			}
			told(t, app.one(t), identity{"X-Doorward-User": "ada"})
		}
	}
}
