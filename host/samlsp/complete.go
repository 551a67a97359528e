// Complete: the steps from the provider's answer to a document.

package samlsp

import (
	"context"

	"github.com/doorward/doorward/host/login"
)

// Complete accepts the provider's answer, verifies the response and its one
// assertion, and makes the document of what the assertion says.
//
// The caller has found req in this browser and knows that it was not answered
// before. That, and an assertion whose signed InResponseTo names this very
// request, is why no list of used assertions is kept: an assertion can only
// answer the one request it was made for, and that request is spent with the
// login. Of the document's Login, Complete sets what it knows itself: the
// provider, the request's facts and the evidence.
//
// Every error is a *login.Fault that holds no attribute, name or key: a
// parameter's or state's own code; saml_unsolicited for an answer to another
// request, or to none; saml_response_invalid for every check that failed;
// login_cancelled, acr_unmet or provider_error for a status; provider_unavailable
// or provider_timeout. Complete is safe for concurrent use and stops when ctx is
// done.
//
// See SAML 2.0 Profiles, section 4.1.4.3.
func (p *Provider) Complete(ctx context.Context, req login.AuthRequest, cb login.Callback) (login.Document, error) {
	answer, err := p.accept(ctx, req, cb)
	if err != nil {
		return login.Document{}, err
	}
	found, err := p.response(ctx, req, answer)
	if err != nil {
		return login.Document{}, err
	}
	said, err := p.assertion(ctx, req, answer, found)
	if err != nil {
		return login.Document{}, err
	}
	return p.document(req, answer, said)
}
