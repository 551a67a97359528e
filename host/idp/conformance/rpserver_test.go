package conformance_test

// What the relying party has on the web: keys, request objects, lists of
// redirect URIs, and the place where it is told of a logout.

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// rpServer serves documents by path, and keeps the logout tokens it is sent.
type rpServer struct {
	*httptest.Server
	mu      sync.Mutex
	docs    map[string]document
	asked   map[string]int // how often a path was asked for
	logouts chan logout
}

type document struct{ kind, body string }

// logout is a back-channel logout request as it came.
type logout struct {
	path, method, kind string
	form               url.Values
}

const (
	jwksPath       = "/jwks.json"
	requestPath    = "/request.jwt"
	sectorPath     = "/sector.json"
	logoPath       = "/logo.png"
	backLogoutPath = "/backchannel_logout"
)

func startRP(t testing.TB) *rpServer {
	rp := &rpServer{docs: map[string]document{}, asked: map[string]int{}, logouts: make(chan logout, 16)}
	rp.Server = httptest.NewTLSServer(rp)
	rp.URL = "https://rp.example.com"
	t.Cleanup(rp.Close)
	return rp
}

func (rp *rpServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, backLogoutPath) {
		_ = r.ParseForm()
		rp.logouts <- logout{r.URL.Path, r.Method, r.Header.Get("Content-Type"), r.PostForm}
		w.Header().Set("Cache-Control", "no-store")
		return
	}
	rp.mu.Lock()
	defer rp.mu.Unlock()
	rp.asked[r.URL.Path]++
	doc, there := rp.docs[r.URL.Path]
	if !there {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", doc.kind)
	_, _ = w.Write([]byte(doc.body))
}

// publish makes body the document at path and returns its address.
func (rp *rpServer) publish(path, kind, body string) string {
	rp.mu.Lock()
	defer rp.mu.Unlock()
	rp.docs[path] = document{kind, body}
	return rp.URL + path
}

// fetched is how often path was asked for.
func (rp *rpServer) fetched(path string) int {
	rp.mu.Lock()
	defer rp.mu.Unlock()
	return rp.asked[path]
}
