package conformance_test

// A browser with a person in front of it: it keeps cookies, follows redirects
// one by one, fills in the forms that it is shown, and stops where an address
// is the relying party's.

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// browser is one, with the credentials of the person who uses it.
type browser struct {
	testing.TB
	op       *provider
	jar      *cookiejar.Jar
	user     string
	password string
	decline  bool   // the person says no to what they are asked
	stopAt   string // the kind of page that the browser stops at
	code     string // what a device shows
}

// arrival is where the browser ends: at the relying party, or at a page.
type arrival struct {
	target *url.URL   // the relying party's address, without what came with it
	params url.Values // what came with it
	mode   string     // query, fragment or form_post
	last   *page      // the page it ends at; nil at the relying party
	shown  []string   // kinds of the pages on the way
}

const steps = 20 // a sign-in has fewer

func (m *module) browser() *browser { return m.op.ada() }

// ada is a browser that ada uses.
func (op *provider) ada() *browser { return op.browser(adaName, adaPassword) }

func (op *provider) browser(user, password string) *browser {
	jar, err := cookiejar.New(nil)
	must(op, err)
	return &browser{TB: op.TB, op: op, jar: jar, user: user, password: password}
}

// open goes to an address by hand or by a redirect.
func (b *browser) open(address string) arrival {
	b.Helper()
	r, err := http.NewRequest(http.MethodGet, address, nil)
	must(b, err)
	return b.walk(r, nil)
}

// postFrom sends a form that another site's page holds. Cookies with SameSite
// Lax stay at home then.
func (b *browser) postFrom(origin, address string, fields url.Values) arrival {
	b.Helper()
	r := formRequest(b, address, fields)
	r.Header.Set("Origin", origin)
	return b.walk(r, nil)
}

func formRequest(t testing.TB, address string, fields url.Values) *http.Request {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, address, strings.NewReader(fields.Encode()))
	must(t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

// walk goes on until the relying party is reached or a page needs nothing.
// from is the page whose form was submitted.
func (b *browser) walk(r *http.Request, from *page) (a arrival) {
	b.Helper()
	for range steps {
		if target, ours := b.op.relying(r.URL); ours {
			return a.at(target, r)
		}
		resp := b.send(r, from)
		if location := resp.Header.Get("Location"); resp.StatusCode/100 == 3 && location != "" {
			_ = resp.Body.Close()
			r = b.redirected(r, location, from)
			continue
		}
		p := b.look(resp)
		if p.kind() == "" || p.kind() == b.stopAt || p.StatusCode >= http.StatusBadRequest {
			a.last = p
			return a
		}
		a.shown = append(a.shown, p.kind())
		r, from = b.fillIn(p), p
	}
	b.Fatalf("after %d steps the browser is still not there: %v", steps, a.shown)
	return a
}

func (a arrival) at(target string, r *http.Request) arrival {
	a.mode, a.params = "query", r.URL.Query()
	if r.URL.Fragment != "" {
		a.mode = "fragment"
		a.params, _ = url.ParseQuery(r.URL.EscapedFragment())
	}
	if r.Method == http.MethodPost {
		a.mode = "form_post"
		_ = r.ParseForm()
		a.params = r.PostForm
	}
	a.target, _ = url.Parse(target)
	return a
}

// send sends r with the cookies a browser would send.
func (b *browser) send(r *http.Request, from *page) *http.Response {
	b.Helper()
	if r.Method != http.MethodPost || from != nil {
		for _, c := range b.jar.Cookies(r.URL) {
			r.AddCookie(c)
		}
	}
	resp, err := b.op.http.Do(r)
	must(b, err)
	b.jar.SetCookies(r.URL, resp.Cookies())
	return resp
}

// redirected is the request that follows one that was redirected. A browser
// holds the form-action policy against every redirect behind a form.
func (b *browser) redirected(r *http.Request, location string, from *page) *http.Request {
	b.Helper()
	target, err := r.URL.Parse(location)
	must(b, err)
	if from != nil && !from.allowsForm(target) {
		b.Errorf("the policy of the page %q would stop the browser on its way to %s://%s", from.kind(), target.Scheme, target.Host)
	}
	next, err := http.NewRequest(http.MethodGet, target.String(), nil)
	must(b, err)
	return next
}

// look reads a page and holds it against what every page must do.
func (b *browser) look(r *http.Response) *page {
	b.Helper()
	if kind := r.Header.Get("Content-Type"); !strings.HasPrefix(kind, "text/html") {
		b.Errorf("%s shows a browser %q", r.Request.URL.Path, kind)
	}
	p := readPage(b, r)
	if ancestors, _ := p.policy("frame-ancestors"); ancestors != "'none'" && p.Header.Get("X-Frame-Options") != "DENY" {
		b.Errorf("the page %q can be framed", p.kind())
	}
	if !strings.Contains(p.Header.Get("Cache-Control"), "no-store") {
		b.Errorf("the page %q may be kept in a cache", p.kind())
	}
	for _, load := range p.loads {
		if u, err := p.at.Parse(load); load != "" && (err != nil || u.Scheme != "data" && u.Host != p.at.Host) {
			b.Errorf("the page %q loads something from elsewhere: %s", p.kind(), load)
		}
	}
	return p
}

// fillIn does what the page asks for.
func (b *browser) fillIn(p *page) *http.Request {
	b.Helper()
	f := p.main()
	if _, ours := b.op.relying(f.action); ours { // form_post
		if !p.allowsForm(f.action) {
			b.Error("the policy of the form_post page would stop its form")
		}
		if len(f.buttons) == 0 {
			b.Error("the form_post page has no button for a browser without scripts")
		}
		return formRequest(b, f.action.String(), f.fields)
	}
	for name, kind := range f.inputs {
		switch {
		case kind == "password":
			f.fields.Set(name, b.password)
		case name == "username":
			f.fields.Set(name, b.user)
		case name == "code" && b.code != "":
			f.fields.Set(name, b.code)
		}
	}
	if b.decline {
		f.press("deny", "cancel")
	} else {
		f.press()
	}
	r := formRequest(b, f.action.String(), f.fields)
	r.Header.Set("Origin", p.at.Scheme+"://"+p.at.Host)
	return r
}

// saw reports whether the person was shown a page of that kind.
func (a arrival) saw(kind string) bool { return slices.Contains(a.shown, kind) }

// silent reports whether the person was shown nothing to do.
func (a arrival) silent() bool {
	for _, kind := range a.shown {
		if kind != formPostPage {
			return false
		}
	}
	return true
}

// goOn fills in the page that the browser stopped at, and walks on.
func (b *browser) goOn(p *page) arrival {
	b.Helper()
	b.stopAt = ""
	return b.walk(b.fillIn(p), p)
}
