// Accept: is this the answer to this request? Nothing is spent before that.

package oidcrp

import (
	"context"
	"regexp"
	"time"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/token"
)

const (
	maxParams   = 32
	maxParamLen = 8 << 10
)

// answer is an authorization response that was accepted.
type answer struct {
	code string
	meta *metadata
}

// accept looks at the response's form, its state, the time and provider it is
// for, its iss, its error and its code, in this order.
//
// See RFC 6749, section 4.1.2, and RFC 9207, section 2.4.
func (p *Provider) accept(ctx context.Context, req login.AuthRequest, cb login.Callback) (answer, error) {
	step := login.Begin(ctx, "accept")
	step.In("method", cb.Method)
	for _, name := range []string{"state", "code", "iss", "error"} {
		step.In(name, cb.Params.Has(name))
	}
	a, err := p.judge(ctx, req, cb)
	if err != nil {
		p.describeRefusal(step, req, cb, err)
	}
	return a, step.End(err)
}

// describeRefusal puts an error response into the trace, with the provider's
// own description; and whose answer was expected, when it was another's.
func (p *Provider) describeRefusal(step *login.Step, req login.AuthRequest, cb login.Callback, err error) {
	hidden := known(req.State, req.Nonce, req.Verifier, cb.Params.Get("code"), p.cfg.ClientSecret.Reveal())
	switch login.CodeOf(err) {
	case login.CodeLoginCancelled, login.CodeProviderError, login.CodeACRUnmet:
		step.Out("error", safeCode(cb.Params.Get("error")))
		step.Out("errorDescription", redact([]byte(cb.Params.Get("error_description")), hidden, descriptionShown))
	case login.CodeIssuerMismatch:
		step.In("issuer", p.cfg.Issuer)
		step.Out("iss", redact([]byte(cb.Params.Get("iss")), hidden, descriptionShown))
	}
}

func (p *Provider) judge(ctx context.Context, req login.AuthRequest, cb login.Callback) (answer, error) {
	if err := checkForm(cb); err != nil {
		return answer{}, err
	}
	if err := p.checkState(req, cb); err != nil {
		return answer{}, err
	}
	meta, err := p.meta.get(ctx)
	if err != nil {
		return answer{}, err
	}
	if err := checkIssuer(req, cb, meta); err != nil {
		return answer{}, err
	}
	if err := checkError(cb); err != nil {
		return answer{}, err
	}
	if p.cfg.ResponseMode == ModeFormPost && cb.Method != "POST" || p.cfg.ResponseMode == ModeQuery && cb.Method == "POST" {
		return answer{}, login.NewFault(login.CodeParameterInvalid, "the response did not come as %s, which was asked for", p.cfg.ResponseMode)
	}
	code := cb.Params.Get("code")
	if code == "" {
		return answer{}, login.NewFault(login.CodeCodeMissing, "the response has neither code nor error")
	}
	return answer{code: code, meta: meta}, nil
}

// checkForm bounds the response and refuses a parameter that comes twice: two
// readers might take different ones.
func checkForm(cb login.Callback) error {
	if len(cb.Params) > maxParams {
		return login.NewFault(login.CodeParameterInvalid, "the response has more than %d parameters", maxParams)
	}
	for name, values := range cb.Params {
		if len(values) > 1 {
			return login.NewFault(login.CodeParameterDuplicate, "a parameter of the response comes twice")
		}
		if len(name) > maxParamLen || len(values) == 1 && len(values[0]) > maxParamLen {
			return login.NewFault(login.CodeParameterInvalid, "a parameter of the response is longer than %d bytes", maxParamLen)
		}
	}
	return nil
}

func (p *Provider) checkState(req login.AuthRequest, cb login.Callback) error {
	state := cb.Params.Get("state")
	switch {
	case state == "":
		return login.NewFault(login.CodeStateMissing, "the response has no state")
	case req.State == "" || !token.Equal(state, req.State):
		return login.NewFault(login.CodeStateUnknown, "the response's state is not the one that was sent")
	case req.Provider != p.cfg.Name:
		return login.NewFault(login.CodeIssuerMismatch, "the response came to another provider's address than the request was for")
	case p.received(cb).Unix() >= req.Expiry:
		return login.NewFault(login.CodeStateExpired, "the login took longer than is allowed")
	}
	return nil
}

// checkIssuer is the defence against a mix-up of two providers.
func checkIssuer(req login.AuthRequest, cb login.Callback, meta *metadata) error {
	switch {
	case req.Issuer != meta.issuer:
		return login.NewFault(login.CodeIssuerMismatch, "the request was for another issuer")
	case cb.Params.Has("iss") && cb.Params.Get("iss") != meta.issuer:
		return login.NewFault(login.CodeIssuerMismatch, "the response's iss is not the provider's issuer")
	case !cb.Params.Has("iss") && meta.issPromised:
		return login.NewFault(login.CodeIssuerMismatch, "the response has no iss, which the provider promises")
	}
	return nil
}

// An error code is repeated only when it looks like those that are registered;
// error_description never is: it is anybody's text.
var errorCode = regexp.MustCompile(`^[a-z][a-z0-9_]{2,39}$`)

func checkError(cb login.Callback) error {
	if !cb.Params.Has("error") {
		return nil
	}
	code := cb.Params.Get("error")
	switch code {
	case "access_denied":
		return login.NewFault(login.CodeLoginCancelled, "the provider answered access_denied")
	case "unmet_authentication_requirements": // OpenID Connect Core Unmet Authentication Requirements 1.0
		return login.NewFault(login.CodeACRUnmet, "the provider answered that it cannot meet the authentication requirements")
	}
	return login.NewFault(login.CodeProviderError, "the provider answered with the error %s", safeCode(code))
}

func safeCode(code string) string {
	if errorCode.MatchString(code) {
		return code
	}
	return "(not a registered one)"
}

func (p *Provider) received(cb login.Callback) time.Time {
	if cb.ReceivedAt.IsZero() {
		return p.cfg.Now()
	}
	return cb.ReceivedAt
}
