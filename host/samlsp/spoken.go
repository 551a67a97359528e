// Spoken: a sign-out message as it came, with its signature verified.

package samlsp

import (
	"errors"
	"fmt"
	"time"

	"github.com/beevik/etree"

	"github.com/doorward/doorward/host/login"
)

// spoken is a sign-out message whose signature, where it has one, was verified.
type spoken struct {
	param    string
	root     *etree.Element
	signed   bool
	state    string // RelayState
	received time.Time
}

func (p *Provider) read(n login.Notice, idp *metadata) (spoken, error) {
	if n.Form == nil {
		return p.readQuery(n, idp)
	}
	m := spoken{received: n.ReceivedAt, state: n.Form.Get(paramRelayState)}
	for name, values := range n.Form {
		if len(values) > 1 {
			return m, login.NewFault(login.CodeParameterDuplicate, "a parameter of the message comes twice")
		}
		if name == paramRequest || name == paramResponse {
			m.param += name
		}
	}
	if err := oneMessage(m.param); err != nil {
		return m, err
	}
	raw, err := fromForm(n.Form.Get(m.param))
	if err != nil {
		return m, err
	}
	root, err := parse(raw, noticeLimits)
	if err != nil {
		return m, err
	}
	if err := errors.Join(distinct(root), onlyIn(root, root)); err != nil {
		return m, err
	}
	m.root, err = signed(root, idp.keys, noticeLimits)
	if m.signed = err == nil; errors.Is(err, errUnsigned) {
		m.root, err = root, nil
	}
	return m, err
}

func (p *Provider) readQuery(n login.Notice, idp *metadata) (spoken, error) {
	m := spoken{received: n.ReceivedAt}
	q, err := parseQuery(n.Query)
	if err != nil {
		return m, login.NewFault(login.CodeParameterInvalid, "%w", err)
	}
	m.state = q.get(paramRelayState)
	for _, name := range []string{paramRequest, paramResponse} {
		if _, has := q.sent[name]; has {
			m.param += name
		}
	}
	if err := oneMessage(m.param); err != nil {
		return m, err
	}
	err = q.verify(m.param, idp.keys)
	if m.signed = err == nil; err != nil && !errors.Is(err, errUnsigned) {
		return m, err
	}
	raw, err := q.message(m.param)
	if err != nil {
		return m, err
	}
	m.root, err = parse(raw, noticeLimits)
	return m, err
}

func oneMessage(param string) error {
	if param != paramRequest && param != paramResponse {
		return login.NewFault(login.CodeParameterInvalid, "there is not one SAMLRequest or SAMLResponse")
	}
	return nil
}

// head checks what both messages have: their name, the provider, this host's
// address, and that they are recent.
func (p *Provider) head(m spoken, name string, idp *metadata) error {
	if !is(m.root, nsProtocol, name) || value(m.root, "Version") != "2.0" {
		return fmt.Errorf("the message is no SAML 2.0 %s", name)
	}
	issuer, err := required(m.root, nsAssertion, "Issuer")
	if err != nil {
		return err
	}
	if err := issuedBy(issuer, idp); err != nil {
		return err
	}
	if to, has := attribute(m.root, "Destination"); to != p.cfg.slo() && (has || m.signed) {
		return errors.New("the message's Destination is not this host's single logout service")
	}
	issued, err := readInstant(value(m.root, "IssueInstant"))
	if err != nil {
		return err
	}
	if age := m.received.Sub(issued); age > noticeLife+p.cfg.Skew || age < -p.cfg.Skew {
		return fmt.Errorf("the message is %d s old", int64(age.Seconds()))
	}
	return nil
}
