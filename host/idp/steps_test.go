package idp

// Whatever comes to a step of a person, or in their cookie, grants nothing.

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// steps are the paths of forms that people send.
var steps = []string{pathSignIn, pathChoose, pathConsent, pathDevice, pathSignOut, pathEndSession, pathAuthorize, pathPushed}

func FuzzSteps(f *testing.F) {
	b := newBench(f, withThird, withDevice)
	c := b.browser()
	page := c.submit(c.get(pathAuthorize, asking("client_id", "third")), "ada", adaPass)
	for i := range steps {
		f.Add(i, "request="+c.sealedIn(page)+"&do=allow", "")
		f.Add(i, "request=x&account=y&do=other", c.session())
	}
	f.Add(0, asking().Encode(), "~~.~")
	f.Fuzz(func(t *testing.T, step int, form, cookie string) {
		r := &http.Request{
			Method: http.MethodPost, URL: &url.URL{Path: "/idp" + steps[uint(step)%uint(len(steps))]}, Body: io.NopCloser(bytes.NewBufferString(form)),
			Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Origin": {b.provider.origin}},
		}
		if !strings.ContainsAny(cookie, "; \",\\\r\n") {
			r.Header.Set("Cookie", b.provider.cfg.Cookies.Session+"="+cookie)
		}
		w := &answer{header: http.Header{}}
		b.provider.ServeHTTP(w, r)
		if location := w.sent.Get("Location"); w.status >= 500 || strings.Contains(location, "code=") {
			t.Errorf("%d, sent to %q", w.status, location)
		}
	})
}

// T08: a cookie that is not one opens nothing.
func FuzzSessionCookie(f *testing.F) {
	b := newBench(f)
	c := b.browser()
	c.signIn("ada", adaPass)
	good := c.session()
	f.Add(good + "x")
	f.Add(strings.Split(good, ".")[0] + "." + newSecret())
	f.Add("~" + strings.Repeat("A", partLength))
	f.Fuzz(func(t *testing.T, value string) {
		r := &http.Request{Header: http.Header{"Cookie": {b.provider.cfg.Cookies.Session + "=" + value}}}
		here, err := b.provider.present(r.WithContext(t.Context()))
		if err != nil || len(here) > 0 && !strings.Contains(value, good) {
			t.Errorf("%d sessions: %v", len(here), err)
		}
	})
}
