// Begin: the authentication request.

package samlsp

import (
	"context"

	"github.com/beevik/etree"

	"github.com/doorward/doorward/host/login"
)

// Begin sets the request's Issuer (the provider's entity ID), RedirectURI (this
// host's assertion consumer service) and SAMLRequestID, and returns where the
// browser brings the AuthnRequest. req.State must be set: it is the RelayState.
//
// ForceAuthn is "true" when the request has ForceAuth, or a MaxAge, which SAML
// has no other word for: whether the person was asked anew is then for whoever
// judges the AuthnInstant. ACRValues, else Config.AuthnContext, are asked for as
// exact authentication contexts, the preferred one first. Everything is of this
// request alone: no state is shared between two.
//
// It returns a *login.Fault: provider_unavailable or provider_timeout when the
// provider's metadata cannot be had.
//
// See SAML 2.0 Core, section 3.4.1, and Profiles, section 4.1.
func (p *Provider) Begin(ctx context.Context, req login.AuthRequest) (login.AuthRequest, login.Redirect, error) {
	if req.State == "" {
		return req, login.Redirect{}, login.NewFault(login.CodeInternal, "the request has no state")
	}
	idp, err := p.source.get(ctx)
	if err != nil {
		return req, login.Redirect{}, err
	}
	step := login.Begin(ctx, "begin")
	req.Provider, req.Issuer, req.RedirectURI, req.SAMLRequestID = p.cfg.Name, idp.entityID, p.cfg.acs(), newID()
	binding := p.requestBinding(idp)
	sign := p.cfg.SignRequests || idp.wantsSigned
	force, contexts := req.ForceAuth || req.MaxAge != nil, req.ACRValues
	if len(contexts) == 0 {
		contexts = p.cfg.AuthnContext
	}
	step.Out("endpoint", idp.sso[binding])
	step.Out("forceAuthn", force)
	step.Out("signed", sign)
	if len(contexts) > 0 {
		step.Out("authnContext", contexts)
	}
	message := p.authnRequest(req.SAMLRequestID, idp.sso[binding], force, contexts)
	to, err := p.send(binding, idp.sso[binding], paramRequest, message, req.State, sign)
	return req, to, step.End(err)
}

// requestBinding is the configured one, when the provider has it.
func (p *Provider) requestBinding(idp *metadata) string {
	first, second := bindingRedirect, bindingPost
	if p.cfg.RequestBinding == Post {
		first, second = second, first
	}
	if idp.sso[first] == "" {
		return second
	}
	return first
}

func (p *Provider) authnRequest(id, destination string, force bool, contexts []string) *etree.Element {
	e := p.message("AuthnRequest", id, destination)
	if force {
		e.CreateAttr("ForceAuthn", "true")
	}
	e.CreateAttr("AssertionConsumerServiceURL", p.cfg.acs())
	e.CreateAttr("ProtocolBinding", bindingPost)
	policy := e.CreateElement("samlp:NameIDPolicy")
	policy.CreateAttr("Format", formats[p.cfg.NameIDFormat])
	policy.CreateAttr("AllowCreate", "true")
	if len(contexts) > 0 {
		asked := e.CreateElement("samlp:RequestedAuthnContext")
		asked.CreateAttr("Comparison", "exact")
		for _, context := range contexts {
			asked.CreateElement("saml:AuthnContextClassRef").SetText(context)
		}
	}
	return e
}
