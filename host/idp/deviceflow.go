package idp

// The device's side of RFC 8628; the person's is devicepage.go.

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"

	"github.com/doorward/doorward/host/idp/clients"
	"github.com/doorward/doorward/host/idp/grants"
)

// DeviceAuthorization gives a device its two codes.
func (s server) DeviceAuthorization(ctx context.Context, r *op.ClientRequest[oidc.DeviceAuthorizationRequest]) (*op.Response, error) {
	e := newExchange(ctx, s.p, r)
	if !e.client.May(clients.GrantDevice) {
		return nil, oidc.ErrUnauthorizedClient().WithDescription("this client is not registered for device codes")
	}
	g := grants.Grant{ClientID: e.client.ID, Scopes: s.p.within(e.client, r.Data.Scopes), Resources: e.resources()}
	if _, err := e.audience(grants.Grant{}); err != nil {
		return nil, err
	}
	codes, err := s.p.grants.NewDevice(ctx, g)
	if errors.Is(err, grants.ErrBusy) {
		return nil, op.NewStatusError((&oidc.Error{ErrorType: "temporarily_unavailable"}).WithDescription("too many devices of this client wait for a person; try again in some minutes"), http.StatusServiceUnavailable)
	}
	if err != nil {
		return nil, s.p.down(ctx, err)
	}
	page := s.p.cfg.Issuer + pathDevice
	return op.NewResponse(&oidc.DeviceAuthorizationResponse{
		DeviceCode: codes.Device, UserCode: codes.User,
		VerificationURI: page, VerificationURIComplete: withQuery(page, url.Values{"user_code": {codes.User}}),
		ExpiresIn: int(grants.DeviceLifetime / time.Second), Interval: int(grants.DeviceInterval / time.Second),
	}), nil
}

// DeviceToken answers a device's poll.
func (s server) DeviceToken(ctx context.Context, r *op.ClientRequest[oidc.DeviceAccessTokenRequest]) (*op.Response, error) {
	e := newExchange(ctx, s.p, r)
	g, tokens, err := s.p.grants.Poll(ctx, e.client.ID, r.Data.DeviceCode, func(g grants.Grant) (grants.Want, error) {
		if err := s.p.stillSignedIn(ctx, g); err != nil { // signed out since they allowed it
			return grants.Want{}, err
		}
		return e.want(ctx, g, true)
	})
	switch {
	case errors.Is(err, grants.ErrPending):
		return nil, oidc.ErrAuthorizationPending().WithDescription("the person has not answered yet")
	case errors.Is(err, grants.ErrSlowDown):
		return nil, oidc.ErrSlowDown().WithDescription("wait five seconds longer between two polls from now on")
	case errors.Is(err, grants.ErrDenied):
		return nil, oidc.ErrAccessDenied().WithDescription("the person refused")
	case errors.Is(err, grants.ErrExpired):
		return nil, oidc.ErrExpiredDeviceCode().WithDescription("the device code has expired; begin again")
	case err != nil:
		return nil, e.refused(ctx, "device code", err)
	}
	return e.answer(ctx, g, tokens)
}
