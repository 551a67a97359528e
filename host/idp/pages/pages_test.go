package pages

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

func newPages(t *testing.T, change ...func(*Config)) *Pages {
	t.Helper()
	cfg := Config{Base: "/idp", Zone: time.UTC}
	for _, c := range change {
		c(&cfg)
	}
	p, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// show renders v for somebody who reads the languages of accept.
func show(t *testing.T, p *Pages, v Page, accept string, targets ...string) *httptest.ResponseRecorder {
	t.Helper()
	r, w := httptest.NewRequest(http.MethodGet, "/idp/x", nil), httptest.NewRecorder()
	r.Header.Set("Accept-Language", accept)
	if err := p.Show(w, r, http.StatusOK, v, targets...); err != nil {
		t.Fatal(err)
	}
	return w
}

func TestGallery(t *testing.T) {
	p := newPages(t)
	for _, s := range gallery() {
		show(t, p, s.page, "en")
	}
}
