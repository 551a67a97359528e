// Signing out: end_session, and logout tokens.

package hosttest

import (
	"net/http"
	"net/url"
)

// LogoutEvent is the member of events that makes a token a logout token.
const LogoutEvent = "http://schemas.openid.net/event/backchannel-logout"

// Notice changes a logout token, which is right otherwise: of the person and the
// session that the knobs name.
type Notice struct {
	Alg          string // RS256 when empty; none, HS256, PS256, ES256, EdDSA
	EditHeader   func(map[string]any)
	EditClaims   func(map[string]any)
	BadSignature bool
	Plain        bool // not encrypted, whatever the knobs say of ID tokens
}

// LogoutToken is a logout token with a jti of its own, encrypted where ID tokens
// are.
func (p *Provider) LogoutToken(n Notice) string {
	p.mu.Lock()
	k := p.knobs
	p.mu.Unlock()
	now := p.Clock.Now().Unix()
	claims := map[string]any{
		"iss": p.URL, "aud": p.ClientID, "iat": now, "exp": now + 120, "jti": random(),
		"sub": k.Subject, "sid": k.sid(), "events": map[string]any{LogoutEvent: map[string]any{}},
	}
	if n.EditClaims != nil {
		n.EditClaims(claims)
	}
	alg, kid, key := p.signer(n.Alg)
	header := map[string]any{"alg": alg, "typ": "logout+jwt", "kid": kid}
	if n.EditHeader != nil {
		n.EditHeader(header)
	}
	compact := Sign(alg, key, header, claims)
	if n.BadSignature {
		compact = Spoil(compact)
	}
	if k.EncryptIDToken != nil && !n.Plain {
		compact = p.encrypt(*k.EncryptIDToken, compact)
	}
	return compact
}

func (k Knobs) sid() string {
	if k.SessionID != "" {
		return k.SessionID
	}
	return "provider-session-1"
}

// endSession signs out: others are told first, as Knobs.Tell says, and then the
// browser goes back.
func (p *Provider) endSession(w http.ResponseWriter, r *http.Request, k Knobs) {
	p.mu.Lock()
	p.proved = 0
	p.mu.Unlock()
	if k.Tell != nil {
		k.Tell(p.LogoutToken(k.Notice))
	}
	target, err := url.Parse(r.Form.Get("post_logout_redirect_uri"))
	if err != nil || target.Host == "" {
		_, _ = w.Write([]byte("signed out"))
		return
	}
	q := target.Query()
	switch k.LogoutState {
	case Absent:
	case Wrong:
		q.Set("state", "another-state-"+random())
	default:
		q.Set("state", r.Form.Get("state"))
	}
	target.RawQuery = q.Encode()
	http.Redirect(w, r, target.String(), http.StatusFound)
}
