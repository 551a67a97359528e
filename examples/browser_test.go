package examples_test

import (
	"context"
	"crypto/tls"
	"html"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// browser is a person's: it keeps cookies, follows redirects, and reaches every
// name at the proxy.
type browser struct {
	t    *testing.T
	http *http.Client
}

func (p *place) browser(t *testing.T) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, p.front)
		},
		TLSClientConfig: &tls.Config{RootCAs: roots(t)}, ForceAttemptHTTP2: true,
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &browser{t: t, http: &http.Client{Jar: jar, Transport: transport, Timeout: 20 * time.Second}}
}

// http1 makes the browser speak HTTP/1.1.
func (b *browser) http1() *browser {
	transport := b.http.Transport.(*http.Transport)
	transport.ForceAttemptHTTP2 = false
	transport.TLSClientConfig.NextProtos = []string{"http/1.1"}
	return b
}

// answer is a response, read.
type answer struct {
	*http.Response
	Body string
}

func (b *browser) do(r *http.Request) answer {
	b.t.Helper()
	resp, err := b.http.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		b.t.Fatal(err)
	}
	return answer{resp, string(body)}
}

// step sends a request and follows nothing.
func (b *browser) step(r *http.Request) answer {
	b.t.Helper()
	follow := b.http.CheckRedirect
	b.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	defer func() { b.http.CheckRedirect = follow }()
	return b.do(r)
}

// page is a request for a page, as browsers make it.
func page(t *testing.T, at string) *http.Request {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, at, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
	return r
}

// script is a request that a page's script makes.
func script(t *testing.T, method, at, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequest(method, at, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", "application/json, text/html")
	r.Header.Set("Sec-Fetch-Mode", "cors")
	return r
}

// odd is a request for a page whose path is sent as it is.
func odd(t *testing.T, host, target string) *http.Request {
	t.Helper()
	r := page(t, "https://"+host+"/")
	if strings.HasPrefix(target, "//") {
		r.URL.Path = target // an opaque address would name another host
	} else {
		r.URL.Opaque = target
	}
	return r
}

var (
	form   = regexp.MustCompile(`<form[^>]*action="([^"]+)"`)
	hidden = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)"`)
)

// signIn opens a page, signs in where that leads, and is where that leads in
// turn.
func (b *browser) signIn(at, name string) answer {
	b.t.Helper()
	return b.signInAt(at, name, "https://"+loginHost)
}

// signInAt is signIn where Doorward's own origin is login.
func (b *browser) signInAt(at, name, login string) answer {
	b.t.Helper()
	shown := b.do(page(b.t, at))
	if shown.StatusCode != http.StatusOK || !strings.HasPrefix(shown.Request.URL.String(), login+"/") || !form.MatchString(shown.Body) {
		b.t.Fatalf("%s leads to no sign-in page: %s at %s\n%s", at, shown.Status, shown.Request.URL, shown.Body)
	}
	a := b.submit(shown, url.Values{"username": {name}, "password": {"try doorward, " + name}, "do": {"sign-in"}})
	if a.StatusCode >= 500 {
		b.t.Fatalf("%s could not sign in: %s at %s\n%s", name, a.Status, a.Request.URL, a.Body)
	}
	return a
}

// submit sends the first form of a page, with fields besides its hidden ones.
func (b *browser) submit(shown answer, fields url.Values) answer {
	b.t.Helper()
	action := form.FindStringSubmatch(shown.Body)
	if action == nil {
		b.t.Fatalf("%s has no form: %s\n%s", shown.Request.URL, shown.Status, shown.Body)
	}
	for _, m := range hidden.FindAllStringSubmatch(shown.Body, -1) {
		fields.Set(m[1], html.UnescapeString(m[2]))
	}
	to, err := shown.Request.URL.Parse(html.UnescapeString(action[1]))
	if err != nil {
		b.t.Fatal(err)
	}
	r, err := http.NewRequest(http.MethodPost, to.String(), strings.NewReader(fields.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Origin", shown.Request.URL.Scheme+"://"+shown.Request.URL.Host)
	return b.do(r)
}

// cookies are what the browser sends to a host.
func (b *browser) cookies(host string) string {
	var list []string
	for _, c := range b.http.Jar.Cookies(&url.URL{Scheme: "https", Host: host, Path: "/"}) {
		list = append(list, c.Name+"="+c.Value)
	}
	return strings.Join(list, "; ")
}
