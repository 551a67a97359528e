package idp

// A browser with cookies that walks the pages.

import (
	"crypto/sha256"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
)

// browser keeps cookies and follows no redirect.
type browser struct {
	b *bench
	http.Client
}

func (b *bench) browser() *browser {
	jar, _ := cookiejar.New(nil)
	return &browser{b, http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// answer is a response with its body read.
type result struct {
	*http.Response
	body string
}

func (c *browser) do(r *http.Request) result {
	c.b.t.Helper()
	resp, err := c.Do(r)
	must(c.b.t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	must(c.b.t, err)
	return result{resp, string(body)}
}

func (c *browser) get(path string, query url.Values) result {
	c.b.t.Helper()
	r, err := http.NewRequest(http.MethodGet, withQuery(c.b.issuer+path, query), nil)
	must(c.b.t, err)
	return c.do(r)
}

// post sends a form with header overrides; an empty override leaves it out.
func (c *browser) post(path string, form url.Values, headers ...string) result {
	c.b.t.Helper()
	r, err := http.NewRequest(http.MethodPost, c.b.issuer+path, strings.NewReader(form.Encode()))
	must(c.b.t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", strings.TrimSuffix(c.b.issuer, "/idp"))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
		if headers[i+1] == "" {
			r.Header.Del(headers[i])
		}
	}
	return c.do(r)
}

func (c *browser) cookie(name string) string {
	u, _ := url.Parse(c.b.issuer)
	for _, k := range c.Jar.Cookies(u) {
		if k.Name == name {
			return k.Value
		}
	}
	return ""
}

func (c *browser) setCookie(name, value string) {
	u, _ := url.Parse(c.b.issuer)
	c.Jar.SetCookies(u, []*http.Cookie{{Name: name, Value: value, Path: "/"}})
}

// setFor is the Set-Cookie header for the cookie called name, or "".
func setFor(h http.Header, name string) string {
	for _, set := range h.Values("Set-Cookie") {
		if strings.HasPrefix(set, name+"=") {
			return set
		}
	}
	return ""
}

func (c *browser) session() string { return c.cookie(c.b.provider.cfg.Cookies.Session) }

func (c *browser) setSession(value string) { c.setCookie(c.b.provider.cfg.Cookies.Session, value) }

// asking is a good authorization request of app with changes: name, value pairs;
// the value "-" removes the parameter.
func asking(changes ...string) url.Values {
	sum := sha256.Sum256([]byte(verifier))
	q := url.Values{"client_id": {"app"}, "redirect_uri": {callback}, "response_type": {"code"}, "scope": {"openid profile email groups"},
		"state": {"the state&="}, "nonce": {"the-nonce"}, "code_challenge": {b64.EncodeToString(sum[:])}, "code_challenge_method": {"S256"}}
	for i := 0; i < len(changes); i += 2 {
		q.Set(changes[i], changes[i+1])
		if changes[i+1] == "-" {
			q.Del(changes[i])
		}
	}
	return q
}

var hidden = regexp.MustCompile(`name="request" value="([^"]+)"`)

// sealedIn is the page's hidden request.
func (c *browser) sealedIn(page result) string {
	c.b.t.Helper()
	m := hidden.FindStringSubmatch(page.body)
	if page.StatusCode != http.StatusOK || m == nil {
		c.b.t.Fatalf("no form: %d %s %s", page.StatusCode, page.Header.Get("Location"), page.body)
	}
	return html.UnescapeString(m[1])
}

// submit fills in the sign-in page.
func (c *browser) submit(page result, user, password string) result {
	c.b.t.Helper()
	return c.post(pathSignIn, url.Values{"request": {c.sealedIn(page)}, "username": {user}, "password": {password}, "do": {"sign-in"}})
}

// signIn walks from /authorize to the client, allows what a registered one
// wants, and returns the code.
func (c *browser) signIn(user, password string, changes ...string) string {
	c.b.t.Helper()
	next := c.submit(c.get(pathAuthorize, asking(changes...)), user, password)
	if strings.Contains(next.body, `action="/idp`+pathConsent+`"`) {
		next = c.post(pathConsent, url.Values{"request": {c.sealedIn(next)}, "do": {"allow"}})
	}
	return c.back(next).Get("code")
}

// back is what the client is told at its redirect URI.
func (c *browser) back(r result) url.Values {
	c.b.t.Helper()
	location, err := url.Parse(r.Header.Get("Location"))
	must(c.b.t, err)
	if r.StatusCode/100 != 3 || location.Scheme+"://"+location.Host+location.Path != callback {
		c.b.t.Fatalf("not back at the client: %d %s %s", r.StatusCode, location, r.body)
	}
	q := location.Query()
	if q.Get("iss") != c.b.issuer || q.Get("state") != "the state&=" {
		c.b.t.Errorf("the answer has iss %q and state %q", q.Get("iss"), q.Get("state"))
	}
	return q
}
