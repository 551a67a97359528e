// Response: whose answer it is, to which request, and the one assertion in it
// that a signature covers.

package samlsp

import (
	"context"
	"crypto"
	"errors"
	"regexp"
	"strings"

	"github.com/beevik/etree"

	"github.com/doorward/doorward/host/login"
)

// response checks the response and returns its assertion, made of signed bytes
// alone.
//
// See SAML 2.0 Core, section 3.2.2, and Profiles, section 4.1.4.2.
func (p *Provider) response(ctx context.Context, req login.AuthRequest, a answer) (*etree.Element, error) {
	step := login.Begin(ctx, "response")
	step.In("requestId", req.SAMLRequestID)
	assertion, err := p.open(step, req, a)
	if err != nil && login.CodeOf(err) == login.CodeInternal { // of a step below, which knows no codes
		err = invalid("%w", err)
	}
	return assertion, step.End(err)
}

func (p *Provider) open(step *login.Step, req login.AuthRequest, a answer) (*etree.Element, error) {
	root := a.root
	if !is(root, nsProtocol, "Response") || value(root, "Version") != "2.0" || value(root, "ID") == "" {
		return nil, errors.New("the message is no SAML 2.0 response with an ID")
	}
	switch to := value(root, "InResponseTo"); {
	case to == "":
		return nil, login.NewFault(login.CodeSAMLUnsolicited, "the response answers no request")
	case to != req.SAMLRequestID:
		return nil, login.NewFault(login.CodeSAMLUnsolicited, "the response answers another request")
	}
	holder, err := placed(root)
	if err != nil {
		return nil, err
	}
	whole, err := signed(root, a.idp.keys, messageLimits)
	isSigned := err == nil
	switch {
	case isSigned:
		root = whole
	case !errors.Is(err, errUnsigned):
		return nil, label("the response's signature", err)
	}
	step.Out("responseSigned", isSigned)
	if err := p.addressed(root, a.idp, isSigned); err != nil {
		return nil, err
	}
	if err := status(step, root); err != nil {
		return nil, err
	}
	if holder == nil {
		return nil, errors.New("the response has no assertion")
	}
	return p.covered(step, root, holder, a.idp.keys, isSigned)
}

// covered is the response's assertion as signed bytes have it: the assertion's
// own signature is checked where it has one, and it must have one unless the
// response around it is signed. holder is the element in the response as it
// came, root the response as far as it is believed.
func (p *Provider) covered(step *login.Step, root, holder *etree.Element, keys []crypto.PublicKey, isSigned bool) (*etree.Element, error) {
	encrypted := holder.Tag == "EncryptedAssertion"
	step.Out("encrypted", encrypted)
	if !encrypted && p.cfg.RequireEncryption {
		return nil, errors.New("the assertion is not encrypted, which require_encryption asks for")
	}
	believed := holder
	if isSigned {
		var err error
		if believed, err = required(root, nsAssertion, holder.Tag); err != nil {
			return nil, err
		}
	}
	if encrypted {
		opened, err := decrypt(believed, p.cfg.Key.rsa())
		if err != nil {
			return nil, err
		}
		if err := alone(opened); err != nil {
			return nil, err
		}
		holder, believed = opened, opened
	}
	own, err := signed(holder, keys, messageLimits)
	step.Out("assertionSigned", err == nil)
	switch {
	case err == nil:
		return own, nil
	case errors.Is(err, errUnsigned) && isSigned:
		return believed, nil
	case errors.Is(err, errUnsigned):
		return nil, errors.New("neither the response nor the assertion is signed")
	}
	return nil, label("the assertion's signature", err)
}

func label(what string, err error) error { return invalid("%s: %w", what, err) }

// addressed holds the response to this host's address and the provider's name.
// A response that is signed must have a Destination (SAML 2.0 Bindings, section
// 3.5.5.2); in one that is not, nobody vouches for it, and the assertion's
// Recipient counts.
func (p *Provider) addressed(root *etree.Element, idp *metadata, isSigned bool) error {
	to, has := attribute(root, "Destination")
	if to != p.cfg.acs() && (has && to != "" || isSigned) {
		return errors.New("the response's Destination is not this host's assertion consumer service")
	}
	issuer, err := child(root, nsAssertion, "Issuer")
	if err != nil || issuer == nil {
		return err
	}
	return issuedBy(issuer, idp)
}

// issuedBy holds an Issuer to the provider's entity ID.
func issuedBy(issuer *etree.Element, idp *metadata) error {
	name, err := text(issuer)
	if err != nil {
		return err
	}
	if format := value(issuer, "Format"); format != "" && format != formatEntity {
		return errors.New("the Issuer is not an entity ID")
	}
	if strings.TrimSpace(name) != idp.entityID {
		return errors.New("the Issuer is another identity provider than the metadata's")
	}
	return nil
}

// status is nil for Success.
func status(step *login.Step, root *etree.Element) error {
	holder, err := required(root, nsProtocol, "Status")
	if err != nil {
		return err
	}
	var codes []string
	for e := holder; e != nil && len(codes) < 4; {
		if e, err = child(e, nsProtocol, "StatusCode"); err != nil {
			return err
		}
		if e != nil {
			codes = append(codes, value(e, "Value"))
		}
	}
	if len(codes) == 0 {
		return errors.New("the Status has no StatusCode")
	}
	if codes[0] == statusSuccess {
		return nil
	}
	last := codes[len(codes)-1]
	step.Out("status", safeStatus(last))
	switch last {
	case statusAuthnFailed:
		return login.NewFault(login.CodeLoginCancelled, "the provider answered AuthnFailed")
	case statusNoAuthnContext:
		return login.NewFault(login.CodeACRUnmet, "the provider answered NoAuthnContext: it cannot meet the authentication contexts that were asked for")
	}
	return login.NewFault(login.CodeProviderError, "the provider answered with the status %s", safeStatus(last))
}

// A status is repeated only when it looks like those of the specification; the
// StatusMessage never is: it is anybody's text.
var statusName = regexp.MustCompile(`^[A-Z][A-Za-z]{2,39}$`)

func safeStatus(code string) string {
	name, is := strings.CutPrefix(code, statusPrefix)
	if is && statusName.MatchString(name) {
		return name
	}
	return "(not one of the specification)"
}
