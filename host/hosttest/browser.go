package hosttest

import (
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"testing"
)

// Visit does what a browser does with the address of an authorization request:
// it goes there and returns the parameters and the method of the request that
// the provider sends it back with.
func (p *Provider) Visit(t testing.TB, address string) (url.Values, string) {
	t.Helper()
	res, err := p.Client().Get(address)
	if err != nil {
		t.Fatalf("visit the provider: %v", err)
	}
	defer res.Body.Close()
	page, _ := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	switch res.StatusCode {
	case http.StatusFound:
		target, err := res.Location()
		if err != nil {
			t.Fatalf("visit the provider: %v", err)
		}
		return target.Query(), http.MethodGet
	case http.StatusOK:
		_, fields := FormPost(string(page))
		return fields, http.MethodPost
	}
	t.Fatalf("the provider refused the authorization request: %d %s", res.StatusCode, page)
	return nil, ""
}

var (
	formAction = regexp.MustCompile(`action="([^"]*)"`)
	formField  = regexp.MustCompile(`name="([^"]*)" value="([^"]*)"`)
)

// FormPost reads the provider's self-submitting page: where it posts, and what.
func FormPost(page string) (action string, fields url.Values) {
	fields = url.Values{}
	if m := formAction.FindStringSubmatch(page); m != nil {
		action = html.UnescapeString(m[1])
	}
	for _, m := range formField.FindAllStringSubmatch(page, -1) {
		fields.Add(html.UnescapeString(m[1]), html.UnescapeString(m[2]))
	}
	return action, fields
}
