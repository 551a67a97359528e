// Before the token is verified: which login it asks for.

package idtoken

import (
	"context"
	"strings"
	"time"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/token"
)

var (
	_ login.Provider = (*Provider)(nil)
	_ login.Direct   = (*Provider)(nil)
	_ login.Prober   = (*Provider)(nil)
)

// Begin is always a *login.Fault (not_interactive): there is nowhere to send a
// browser.
func (p *Provider) Begin(_ context.Context, req login.AuthRequest) (login.AuthRequest, login.Redirect, error) {
	return req, login.Redirect{}, &login.Fault{
		Code: login.CodeNotInteractive, Detail: "the provider takes an ID token in a header, and no browser",
		Hint: "Send POST /login/id-token/" + p.cfg.Name + " with the token in the header " + p.cfg.Header + ", or in Authorization: Bearer. To raise a session, send a token of a newer sign-in.",
	}
}

// Bring implements login.Direct. A token that cannot be read brings nothing:
// Complete refuses it.
func (p *Provider) Bring(req login.AuthRequest, cb login.Callback) login.AuthRequest {
	req.Brought = &login.Brought{}
	jwt, err := token.Parse(cb.Params.Get(login.BroughtParam))
	if err != nil {
		return req
	}
	if !p.cfg.Reuse {
		req.Brought.Digest = "id-token " + jwt.Digest()
	}
	req.Brought.IssuedAt, _, _ = token.Time(jwt.Claims, "iat")
	req.Expiry = p.lastUse(jwt.Claims).Unix()
	return req
}

// lastUse is when the token is refused at the latest, whatever skew is set later:
// so long it must be known that it was used.
func (p *Provider) lastUse(claims map[string]any) time.Time {
	longest := p.cfg.Now().Add(p.cfg.MaxLifetime + 2*p.cfg.Skew)
	if exp, ok, err := token.Time(claims, "exp"); ok && err == nil && exp < longest.Unix() {
		longest = time.Unix(exp, 0)
	}
	return longest.Add(maxSkew)
}

// Ready is nil when the keys are there, or could be had now.
func (p *Provider) Ready(ctx context.Context) error {
	if p.cfg.Keys == nil {
		return nil
	}
	if err := p.cfg.Keys.Ready(ctx); err != nil {
		return noKeys(err)
	}
	return nil
}

// missing is the answer to a request without a token. Most often it had one, and
// a proxy took it away.
func (p *Provider) missing() error {
	hint := "Send the token in the header " + p.cfg.Header + ", or in Authorization: Bearer."
	if strings.Contains(p.cfg.Header, "_") {
		hint += " nginx drops a header with an underscore in its name, unless underscores_in_headers is on; other proxies can be told to. Turn that on, or set id_token.header to a name with dashes."
	}
	return &login.Fault{Code: login.CodeIDTokenHeader, Check: checkMissing, Detail: "no ID token in the header", Hint: hint}
}
