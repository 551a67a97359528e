// Accept: is this the answer to this request? Nothing is parsed before that.

package samlsp

import (
	"context"
	"time"

	"github.com/beevik/etree"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/token"
)

const maxParams = 8

// answer is a response that was accepted, as it came.
type answer struct {
	root     *etree.Element
	idp      *metadata
	received time.Time
}

// accept looks at the form, its RelayState, the time and provider it is for, in
// this order, and then parses the response.
//
// See SAML 2.0 Bindings, section 3.5.
func (p *Provider) accept(ctx context.Context, req login.AuthRequest, cb login.Callback) (answer, error) {
	step := login.Begin(ctx, "accept")
	step.In("method", cb.Method)
	step.In("bytes", len(cb.Params.Get(paramResponse)))
	a, err := p.judge(ctx, req, cb)
	return a, step.End(err)
}

func (p *Provider) judge(ctx context.Context, req login.AuthRequest, cb login.Callback) (answer, error) {
	a := answer{received: cb.ReceivedAt}
	if a.received.IsZero() {
		a.received = p.cfg.Now()
	}
	if err := checkForm(cb); err != nil {
		return a, err
	}
	state := cb.Params.Get(paramRelayState)
	switch {
	case state == "":
		return a, login.NewFault(login.CodeStateMissing, "the response has no RelayState")
	case req.State == "" || !token.Equal(state, req.State):
		return a, login.NewFault(login.CodeStateUnknown, "the response's RelayState is not the one that was sent")
	case req.Provider != p.cfg.Name:
		return a, login.NewFault(login.CodeIssuerMismatch, "the response came to another provider's address than the request was for")
	case a.received.Unix() >= req.Expiry:
		return a, login.NewFault(login.CodeStateExpired, "the login took longer than is allowed")
	}
	var err error
	if a.idp, err = p.source.get(ctx); err != nil {
		return a, err
	}
	if req.Issuer != a.idp.entityID {
		return a, login.NewFault(login.CodeIssuerMismatch, "the request was for another identity provider")
	}
	raw, err := fromForm(cb.Params.Get(paramResponse))
	if err == nil {
		a.root, err = parse(raw, messageLimits)
	}
	if err != nil {
		return a, invalid("%w", err)
	}
	return a, nil
}

// invalid is a check of the response that failed. Its text is of this package,
// never of the response.
func invalid(format string, args ...any) *login.Fault {
	return login.NewFault(login.CodeSAMLInvalid, format, args...)
}

// checkForm bounds the form and refuses a parameter that comes twice: two
// readers might take different ones.
func checkForm(cb login.Callback) error {
	if cb.Method != "POST" {
		return login.NewFault(login.CodeParameterInvalid, "the response did not come as a form")
	}
	if len(cb.Params) > maxParams {
		return login.NewFault(login.CodeParameterInvalid, "the response has more than %d parameters", maxParams)
	}
	for _, values := range cb.Params {
		if len(values) > 1 {
			return login.NewFault(login.CodeParameterDuplicate, "a parameter of the response comes twice")
		}
	}
	if cb.Params.Get(paramResponse) == "" {
		return login.NewFault(login.CodeParameterInvalid, "the form has no SAMLResponse")
	}
	return nil
}
