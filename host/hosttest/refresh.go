// The refresh grant: rotation, reuse detection, and what can go wrong.

package hosttest

import (
	"maps"
	"net/http"
	"slices"
	"time"
)

// Refreshing is how the provider refreshes. The zero value hands out no refresh
// tokens.
type Refreshing struct {
	Offered bool // token responses have a refresh token
	Rotate  bool // a refresh token is good once; used again, its whole family is revoked

	Slow       time.Duration        // waits before it answers, after the refresh token is spent
	Lose       int                  // so many refreshes are made and their answers lost: the connection is dropped
	Error      string               // the 400 error of every refresh
	Omit       []string             // members that its answers leave out
	EditTokens func(map[string]any) // last change of its answers
	EditClaims func(map[string]any) // last change of its ID tokens' claims
	Claims     map[string]any       // of its ID tokens, besides
}

// family is the refresh tokens that come from one sign-in.
type family struct {
	grant   grant
	current string // the one that is good
	revoked bool
}

// RevokeRefresh ends every refresh token, as an administrator does.
func (p *Provider) RevokeRefresh() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range p.families {
		f.revoked = true
	}
}

// offer is a refresh token for a sign-in: the knob's, or a new one; empty for
// none.
func (p *Provider) offer(g grant, k Knobs) string {
	name := k.RefreshToken
	if name == "" && k.Refreshing.Offered {
		name = "rt-" + random()
	}
	if name != "" {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.families[name] = &family{grant: g, current: name}
	}
	return name
}

// spend is the sign-in of a refresh token and the one to use next. A token
// that was rotated away revokes its family (RFC 9700, section 4.14.2).
func (p *Provider) spend(name string, k Knobs) (g grant, next string, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := p.families[name]
	if f == nil || f.revoked {
		return grant{}, "", false
	}
	if f.current != name {
		f.revoked = true
		return grant{}, "", false
	}
	if k.Refreshing.Rotate {
		f.current = "rt-" + random()
		p.families[f.current] = f
	}
	return f.grant, f.current, true
}

func (p *Provider) refresh(w http.ResponseWriter, r *http.Request, k Knobs) {
	if k.Refreshing.Error != "" {
		writeError(w, http.StatusBadRequest, k.Refreshing.Error)
		return
	}
	g, next, ok := p.spend(r.PostForm.Get("refresh_token"), k)
	if !ok {
		writeError(w, http.StatusBadRequest, "invalid_grant")
		return
	}
	g.nonce = "" // it need not come back
	access, ok := p.access(r, g, k)
	if !ok {
		writeError(w, http.StatusBadRequest, "invalid_target")
		return
	}
	p.keepAs(access, g)
	k.Claims = merged(k.Claims, k.Refreshing.Claims)
	k.EditClaims = both(k.EditClaims, k.Refreshing.EditClaims)
	out := p.tokens(g, k, access)
	if k.Refreshing.Rotate {
		out["refresh_token"] = next
	}
	maps.DeleteFunc(out, func(name string, _ any) bool { return slices.Contains(k.Refreshing.Omit, name) })
	if k.Refreshing.EditTokens != nil {
		k.Refreshing.EditTokens(out)
	}
	p.wait(r, k.Refreshing.Slow)
	if p.lose() {
		panic(http.ErrAbortHandler)
	}
	writeJSON(w, http.StatusOK, out)
}

// lose counts down Refreshing.Lose.
func (p *Provider) lose() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.knobs.Refreshing.Lose == 0 {
		return false
	}
	p.knobs.Refreshing.Lose--
	return true
}

func (p *Provider) wait(r *http.Request, long time.Duration) {
	if long > 0 {
		select {
		case <-time.After(long):
		case <-r.Context().Done():
		}
	}
}

func merged(a, b map[string]any) map[string]any {
	out := maps.Clone(a)
	if out == nil {
		out = map[string]any{}
	}
	maps.Copy(out, b)
	return out
}

func both(a, b func(map[string]any)) func(map[string]any) {
	return func(m map[string]any) {
		for _, change := range []func(map[string]any){a, b} {
			if change != nil {
				change(m)
			}
		}
	}
}
