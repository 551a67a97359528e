// Complete: from the header to a document.

package idtoken

import (
	"context"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/token"
)

// Complete verifies the one token of cb.Params[login.BroughtParam] and makes the document of
// its claims. Evidence is set only of a token that passed every check.
//
// Every error is a *login.Fault that holds nothing of the token:
// id_token_header_missing; parameter_duplicate for more than one;
// provider_unavailable or provider_timeout when the keys could not be had;
// id_token_refused, whose Check says which check failed. Complete is safe for
// concurrent use and stops when ctx is done.
func (p *Provider) Complete(ctx context.Context, req login.AuthRequest, cb login.Callback) (login.Document, error) {
	compact, err := p.accept(ctx, cb)
	if err != nil {
		return login.Document{}, err
	}
	jwt, err := p.verify(ctx, compact)
	if err != nil {
		return login.Document{}, err
	}
	return p.document(req, cb, jwt)
}

// accept finds the one token.
func (p *Provider) accept(ctx context.Context, cb login.Callback) (string, error) {
	step := login.Begin(ctx, "accept")
	step.In("header", p.cfg.Header)
	switch values := cb.Params[login.BroughtParam]; {
	case len(values) > 1:
		return "", step.End(&login.Fault{
			Code: login.CodeParameterDuplicate, Check: checkTwice, Detail: "the request has more than one ID token",
			Hint: "Send the token once: in the header " + p.cfg.Header + ", or in Authorization: Bearer.",
		})
	case len(values) == 0 || values[0] == "":
		return "", step.End(p.missing())
	default:
		return values[0], step.End(nil)
	}
}

func (p *Provider) document(req login.AuthRequest, cb login.Callback, jwt *token.JWT) (login.Document, error) {
	sources, err := attrs.Document{}.With(attrs.IDTokenClaims, jwt.Payload)
	if err != nil {
		return login.Document{}, &login.Fault{Code: login.CodeDocumentInvalid, Detail: "the claims are not a json object within bounds", Err: err}
	}
	issuer, _ := jwt.Claims["iss"].(string)
	subject, _ := jwt.Claims["sub"].(string)
	return login.Document{
		Sources: sources,
		Person:  login.Person{IdP: p.cfg.Name, Issuer: issuer, Subject: subject},
		Login: login.Login{
			IdP: p.cfg.Name, Protocol: "id-token",
			RequestedAt: req.RequestedAt, ReceivedAt: cb.ReceivedAt.Unix(),
			ForceAuth: req.ForceAuth, MaxAge: req.MaxAge,
			Evidence: token.Evidence(jwt.Claims),
		},
		ID:             req.ID,
		ReceivedAt:     cb.ReceivedAt,
		ProviderSID:    token.SessionID(jwt.Claims),
		VerifiedEmails: token.VerifiedEmails(jwt.Claims),
		TrustEmail:     p.cfg.TrustEmail,
	}, nil
}
