// Complete: the four steps from the provider's answer to a document.

package oidcrp

import (
	"context"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/login"
)

// Complete accepts the provider's answer, exchanges its code, verifies the ID
// token and calls userinfo.
//
// The caller has found req in this browser and knows that it was not answered
// before. Of the document's Login, Complete sets what it knows itself: the
// provider, the request's facts and the evidence; of its sources, idTokenClaims
// and tokenEndpointResponse always, userInfo when it was due and could be had.
//
// Every error is a *login.Fault that holds no token, secret or claim value.
// Complete is safe for concurrent use and stops when ctx is done.
func (p *Provider) Complete(ctx context.Context, req login.AuthRequest, cb login.Callback) (login.Document, error) {
	answer, err := p.accept(ctx, req, cb)
	if err != nil {
		return login.Document{}, err
	}
	reply, err := p.exchange(ctx, req, answer)
	if err != nil {
		return login.Document{}, err
	}
	person, err := p.verify(ctx, answer.meta, reply, nonce(req))
	if err != nil {
		return login.Document{}, err
	}
	info := p.userInfo(ctx, answer.meta, reply, person)
	if info.fault != nil && p.cfg.UserInfo.OnFailure == "refuse" {
		return login.Document{}, info.fault
	}
	return p.document(req, cb, reply, person, info)
}

// document puts together what the steps found.
func (p *Provider) document(req login.AuthRequest, cb login.Callback, reply reply, person person, info info) (login.Document, error) {
	sources, err := sourcesOf(reply, person, info)
	if err != nil {
		return login.Document{}, err
	}
	received := p.received(cb)
	return login.Document{
		Sources: sources,
		Person:  login.Person{IdP: p.cfg.Name, Issuer: person.issuer, Subject: person.subject},
		Login: login.Login{
			IdP: p.cfg.Name, Protocol: "oidc",
			RequestedAt: req.RequestedAt, ReceivedAt: received.Unix(),
			ForceAuth: req.ForceAuth, MaxAge: req.MaxAge, ACRValues: req.ACRValues,
			Evidence: evidence(person.claims),
		},
		ID:             req.ID,
		ReceivedAt:     received,
		ProviderSID:    sessionID(person.claims),
		VerifiedEmails: verifiedEmails(person.claims, info.claims),
		TrustEmail:     p.cfg.TrustEmail,
		Missing:        info.missing(),
		Warnings:       info.warnings,
	}, nil
}

func sourcesOf(reply reply, person person, info info) (attrs.Document, error) {
	sources, err := reply.sources.With(attrs.IDTokenClaims, person.payload)
	if err == nil && info.raw != nil {
		sources, err = sources.With(attrs.UserInfo, info.raw)
	}
	if err != nil {
		return attrs.Document{}, &login.Fault{Code: login.CodeDocumentInvalid, Detail: "a source is not a json object within bounds", Err: err}
	}
	return sources, nil
}
