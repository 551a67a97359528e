// Pushed authorization requests (RFC 9126).

package hosttest

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// pushed is a request that waits for its browser.
type pushed struct {
	form    url.Values
	expires time.Time
}

const pushedLife = time.Minute

func (p *Provider) push(w http.ResponseWriter, r *http.Request, k Knobs) {
	switch form := r.PostForm; {
	case r.Method != http.MethodPost:
		writeError(w, http.StatusMethodNotAllowed, "invalid_request")
	case !p.authenticated(r, k):
		writeError(w, http.StatusUnauthorized, "invalid_client")
	case form.Has("request_uri"), form.Get("client_id") != p.ClientID, form.Get("redirect_uri") == "":
		writeError(w, http.StatusBadRequest, "invalid_request")
	default:
		name := "urn:ietf:params:oauth:request_uri:" + random()
		form := maps.Clone(form)
		for _, secret := range []string{"client_secret", "client_assertion", "client_assertion_type"} {
			delete(form, secret)
		}
		p.mu.Lock()
		p.pushed[name] = pushed{form: form, expires: p.Clock.Now().Add(pushedLife)}
		p.mu.Unlock()
		writeJSON(w, http.StatusCreated, map[string]any{"request_uri": name, "expires_in": int(pushedLife.Seconds())})
	}
}

// unfold replaces a request that names a pushed one by it, once. Beside
// request_uri it may have client_id alone.
func (p *Provider) unfold(r *http.Request, k Knobs) bool {
	name := r.Form.Get("request_uri")
	if name == "" {
		return !k.PushRequired
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	found, ok := p.pushed[name]
	delete(p.pushed, name)
	if !ok || !p.Clock.Now().Before(found.expires) || r.Form.Get("client_id") != found.form.Get("client_id") ||
		!slices.Equal(slices.Sorted(maps.Keys(r.Form)), []string{"client_id", "request_uri"}) {
		return false
	}
	r.Form = found.form
	return true
}
