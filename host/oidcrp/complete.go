// Complete: the steps from the provider's answer to a document.

package oidcrp

import (
	"context"
	"slices"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/token"
)

// Complete accepts the provider's answer, exchanges its code, verifies the ID
// token, calls userinfo, and resolves claims that are elsewhere.
//
// The caller has found req in this browser and knows that it was not answered
// before. Of the document's Login, Complete sets what it knows itself: the
// provider, the request's facts and the evidence; of its sources, idTokenClaims
// and tokenEndpointResponse always, userInfo and claimSources when they were due
// and could be had.
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
	claimed := p.claimSources(ctx, answer.meta, reply, person, info)
	if claimed.fault != nil && p.cfg.ClaimSources.OnFailure == "refuse" {
		return login.Document{}, claimed.fault
	}
	return p.document(req, cb, reply, person, info, claimed)
}

// document puts together what the steps found.
func (p *Provider) document(req login.AuthRequest, cb login.Callback, reply reply, person person, info info, claimed claimed) (login.Document, error) {
	sources, err := sourcesOf(reply, person, info, claimed)
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
			Evidence: token.Evidence(person.claims),
		},
		ID:             req.ID,
		ReceivedAt:     received,
		ProviderSID:    token.SessionID(person.claims),
		VerifiedEmails: token.VerifiedEmails(person.claims, info.claims),
		TrustEmail:     p.cfg.TrustEmail,
		Missing:        missing(info, claimed),
		Warnings:       slices.Concat(info.warnings, claimed.warnings),
	}, nil
}

func sourcesOf(reply reply, person person, info info, claimed claimed) (attrs.Document, error) {
	sources, err := reply.sources.With(attrs.IDTokenClaims, person.payload)
	if err == nil && info.raw != nil {
		sources, err = sources.With(attrs.UserInfo, info.raw)
	}
	if err == nil && claimed.raw != nil {
		sources, err = sources.With(attrs.ClaimSources, claimed.raw)
	}
	if err != nil {
		return attrs.Document{}, &login.Fault{Code: login.CodeDocumentInvalid, Detail: "a source is not a json object within bounds", Err: err}
	}
	return sources, nil
}

// missing names the sources that were due and could not be had.
func missing(info info, claimed claimed) (names []string) {
	if info.fault != nil {
		names = append(names, attrs.UserInfo)
	}
	if claimed.fault != nil {
		names = append(names, attrs.ClaimSources)
	}
	return names
}
