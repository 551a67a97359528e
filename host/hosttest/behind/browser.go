package behind

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"time"
)

// Browser keeps cookies and follows redirects.
type Browser struct {
	site *Site
	http *http.Client
}

// Browser is a new one, of somebody who is not signed in.
func (s *Site) Browser() *Browser {
	jar, _ := cookiejar.New(nil)
	return &Browser{s, &http.Client{Jar: jar, Transport: s.Way(), Timeout: 30 * time.Second}}
}

// Answer is a response, read.
type Answer struct {
	*http.Response
	Body string
}

// Request is one that the browser would make, with its cookies; header lines
// are "Name: value".
func (b *Browser) Request(at string, lines ...string) *http.Request {
	b.site.t.Helper()
	r, err := http.NewRequest(http.MethodGet, at, nil)
	if err != nil {
		b.site.t.Fatal(err)
	}
	for _, c := range b.http.Jar.Cookies(r.URL) {
		r.AddCookie(c)
	}
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
	}
	return r
}

// Page opens an address, and is where that leads.
func (b *Browser) Page(at string, lines ...string) Answer {
	b.site.t.Helper()
	return b.do(at, append([]string{"Accept: text/html"}, lines...))
}

// Script fetches an address as a page's script does.
func (b *Browser) Script(at string, lines ...string) Answer {
	b.site.t.Helper()
	return b.do(at, append([]string{"Sec-Fetch-Mode: cors"}, lines...))
}

func (b *Browser) do(at string, lines []string) Answer {
	b.site.t.Helper()
	r := b.Request(at, lines...)
	r.Header.Del("Cookie") // the jar adds them
	resp, err := b.http.Do(r)
	if err != nil {
		b.site.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 4<<20))
	if err != nil {
		b.site.t.Fatal(err)
	}
	return Answer{resp, string(body)}
}
