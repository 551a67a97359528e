package host_test

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"testing"

	"github.com/doorward/doorward/host/hosttest"
)

// TestT19_BodiesAreNotUnpacked sends forms that are packed: a few bytes could
// become hundreds of megabytes before any of our limits looks at them.
func TestT19_BodiesAreNotUnpacked(t *testing.T) {
	s := newSite(t, hosttest.NewProvider(t), settings{})
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = w.Write([]byte("return_to=%2F"))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for _, at := range []string{"/logout", "/backchannel-logout/corp", "/login/initiate", "/session/token", "/callback/corp"} {
		b := s.browser()
		r := b.request(http.MethodPost, at, packed.String())
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Content-Encoding", "gzip")
		r.Header.Set("Origin", publicURL)
		if a := b.do(r); a.StatusCode < 400 || a.StatusCode >= 500 {
			t.Errorf("%s answered a packed form with %s", at, a.Status)
		}
	}
}
