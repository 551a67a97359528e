// What a provider says has ended: one way for back-channel logout and for SAML.

package web

import (
	"context"

	"github.com/doorward/doorward/host/login"
)

// providerEnded ends what the provider's notice says, refuses the logins of it
// that are under way, and returns how many sessions ended. A notice counts once:
// the second time it is logout_token_invalid. Pages that listen are told
// (logout); the audit log is, when a session ended.
func (s *Server) providerEnded(ctx context.Context, p *Provider, e login.Ended, requestID string) (int, error) {
	n, err := s.config.Sessions.ProviderEnded(ctx, e)
	if err == nil {
		s.config.Log.InfoContext(ctx, "the provider said that a session ended", "provider", p.Name, "sessions", n, "request", requestID)
	}
	if n == 0 {
		return 0, err
	}
	event := login.Event{Type: "provider_logout", Provider: p.Name, Sessions: n, RequestID: requestID}
	if e.Subject != "" {
		person := login.Person{IdP: p.Name, Issuer: e.Issuer, Subject: e.Subject}
		event.Subject = &login.Subject{Document: &login.Document{Person: person}}
	}
	s.config.Audit(ctx, event)
	return n, err
}
