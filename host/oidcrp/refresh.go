// Refresh: a refresh token becomes new tokens, and with them new claims.

package oidcrp

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/token"
)

const movedMessage = "The refreshed ID token has another auth_time; that of the sign-in stays"

var _ login.Refresher = (*Provider)(nil)

// Refresh spends tokens.Refresh, verifies the ID token that comes back, if one
// does, calls userinfo again when it is in use, and resolves claims that are
// elsewhere. What the answer leaves out stays as it was: the refresh token, the
// ID token and its claims. Userinfo and claims that cannot be had are left out
// of the document, which says so, whatever on_failure says: there is no login to
// refuse, and the levels that rest on them are withheld.
//
// With want.Resource the answer is an access token for that API, which the
// tokens then have, and the document stays. Tokens of a sign-in at another
// issuer are sent nowhere.
//
// The errors are those of login.Refresher, and token_unavailable when the
// provider does not issue a token for want. None holds a token, a secret or a
// claim's value. Refresh is safe for concurrent use and stops when ctx is done.
//
// See RFC 6749, section 6, OpenID Connect Core 1.0, section 12, and RFC 8707.
func (p *Provider) Refresh(ctx context.Context, doc login.Document, tokens login.Tokens, want login.Want) (login.Renewal, error) {
	meta, err := p.ofSession(ctx, doc)
	if err != nil {
		return login.Renewal{}, err
	}
	asked := p.cfg.Now()
	reply, err := p.refresh(ctx, meta, tokens, want)
	if err != nil {
		return login.Renewal{}, err
	}
	person, err := p.verifyRefreshed(ctx, meta, reply, doc)
	if err = unusable(err); err != nil && login.CodeOf(err) != login.CodeRefreshFailed {
		// The token that was spent is good no more: the next try, which checks
		// what it brings, needs the one that came.
		return login.Renewal{Document: doc, Tokens: rotated(tokens, reply)}, err
	}
	if err != nil {
		return login.Renewal{}, err
	}
	if want.Resource != "" {
		granted := login.Granted{Token: reply.accessToken, Type: "Bearer", Expires: reply.expires(asked), Scope: reply.scope}
		return login.Renewal{Document: doc, Tokens: rotated(tokens, reply).Granting(want, granted, asked.Unix())}, nil
	}
	info := p.userInfo(ctx, meta, reply, person)
	if login.CodeOf(info.fault) == login.CodeUserInfoSubject { // it may be another person's access token
		return login.Renewal{}, unusable(info.fault)
	}
	doc, err = p.renewed(ctx, doc, reply, person, info, p.claimSources(ctx, meta, reply, person, info))
	if err != nil {
		return login.Renewal{}, unusable(err)
	}
	tokens = rotated(tokens, reply).Lasting(asked.Unix())
	tokens.Access, tokens.Expires, tokens.Refreshed = reply.accessToken, reply.expires(asked), asked.Unix()
	if reply.idToken != "" {
		tokens.IDToken = reply.idToken
	}
	return login.Renewal{Document: doc, Tokens: tokens}, nil
}

// ofSession is the provider's metadata, if it is still the one that doc's person
// signed in at: its tokens are nobody else's.
func (p *Provider) ofSession(ctx context.Context, doc login.Document) (*metadata, error) {
	if doc.Person.IdP != p.cfg.Name || doc.Person.Issuer != p.cfg.Issuer {
		return nil, login.NewFault(login.CodeRefreshRefused, "the session is of another issuer than is configured now")
	}
	return p.meta.get(ctx)
}

// refresh spends the refresh token, once.
func (p *Provider) refresh(ctx context.Context, meta *metadata, tokens login.Tokens, want login.Want) (reply, error) {
	step := p.tokenStep(ctx, "refresh", meta)
	if tokens.Refresh == "" {
		return reply{}, step.End(login.NewFault(login.CodeTokenUnavailable, "the session has no refresh token"))
	}
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tokens.Refresh}}
	if want.Resource != "" {
		form.Set("resource", want.Resource)
		step.In("resource", want.Resource)
	}
	if want.Scope != "" {
		form.Set("scope", want.Scope)
		step.In("scope", want.Scope)
	}
	res, err := p.post(ctx, meta, meta.token, form, "the token response")
	if err != nil {
		return reply{}, step.End(err)
	}
	step.Out("status", res.Status)
	r, err := readRefreshed(res, want)
	if err != nil {
		p.describeRefused(step, res, tokens.Refresh)
		return reply{}, step.End(err)
	}
	describeReply(step, r)
	return r, step.End(nil)
}

// readRefreshed takes the answer apart. Only invalid_grant says anything of the
// refresh token.
func readRefreshed(res token.Response, want login.Want) (reply, error) {
	code := errorOf(res.Body)
	switch {
	case overloaded(res.Status):
		return reply{}, login.NewFault(login.CodeProviderDown, "the token endpoint answered with status %d", res.Status)
	case res.Status == http.StatusOK:
		r, err := readTokens(res.Body)
		if err != nil {
			return reply{}, login.NewFault(login.CodeRefreshFailed, "%v", err)
		}
		return r, nil
	case code == "invalid_grant":
		return reply{}, login.NewFault(login.CodeRefreshRefused, "the token endpoint answered with the error invalid_grant")
	case want.Resource != "" && code != "" && code != "invalid_client":
		return reply{}, notIssued(res)
	}
	return reply{}, login.NewFault(login.CodeProviderDown, "the token endpoint answered with status %d%s", res.Status, errorIn(res.Body))
}

// verifyRefreshed checks the ID token, when there is one, against the one
// before; without one the person is still the one of the sign-in.
//
// See OpenID Connect Core 1.0, section 12.2.
func (p *Provider) verifyRefreshed(ctx context.Context, meta *metadata, r reply, doc login.Document) (person, error) {
	before, _ := doc.Sources.Object(attrs.IDTokenClaims)
	if r.idToken == "" {
		raw, _ := doc.Sources.Raw(attrs.IDTokenClaims)
		return person{issuer: meta.issuer, subject: doc.Person.Subject, claims: before, payload: raw}, nil
	}
	return p.verify(ctx, meta, r,
		check{"sub", func(jwt *token.JWT) error { return token.CheckSubject(jwt.Claims, doc.Person.Subject) }},
		check{"aud", func(jwt *token.JWT) error { return token.CheckSameAudience(jwt.Claims, before) }},
		check{"iat", func(jwt *token.JWT) error { return token.CheckNotOlder(jwt.Claims, before, p.cfg.Skew) }},
		check{"nonce", func(jwt *token.JWT) error { return token.CheckSameNonce(jwt.Claims, before) }},
	)
}

// renewed is the sign-in's document with the new sources.
func (p *Provider) renewed(ctx context.Context, doc login.Document, r reply, who person, in info, elsewhere claimed) (login.Document, error) {
	sources, err := sourcesOf(r, who, in, elsewhere)
	if err != nil {
		return doc, err
	}
	doc.Sources, doc.Missing = sources, missing(in, elsewhere)
	doc.VerifiedEmails, doc.TrustEmail = token.VerifiedEmails(who.claims, in.claims), p.cfg.TrustEmail
	doc.Warnings = slices.Concat(in.warnings, elsewhere.warnings)
	if moved(doc.Login.Evidence.AuthTime, who.claims) {
		p.cfg.Log.WarnContext(ctx, movedMessage, "idp", p.cfg.Name, "code", login.CodeAuthTimeMoved)
		doc.Warnings = append(doc.Warnings, login.Warning{Code: login.CodeAuthTimeMoved, Message: movedMessage, Audit: true})
	}
	return doc, nil
}

// moved reports whether claims say another time of authentication than the
// sign-in did. One that they leave out is none.
func moved(signedIn *int64, claims map[string]any) bool {
	if _, present := claims["auth_time"]; !present {
		return false
	}
	now := token.Evidence(claims).AuthTime
	return now == nil || signedIn == nil || *now != *signedIn
}

// rotated is tokens with the refresh token to use next.
func rotated(tokens login.Tokens, r reply) login.Tokens {
	if r.refreshToken != "" {
		tokens.Refresh = r.refreshToken
	}
	return tokens
}

// unusable is the Fault for an answer that failed a check. What only kept it
// from being checked stays what it is.
func unusable(err error) error {
	if err == nil {
		return nil
	}
	switch login.CodeOf(err) {
	case login.CodeProviderDown, login.CodeProviderTimeout:
		return err
	}
	return login.NewFault(login.CodeRefreshFailed, "the refreshed answer is not used: %w", err)
}
