// Assertion: whom it is from, whom it is for, how long, and what it says.

package samlsp

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/beevik/etree"

	"github.com/doorward/doorward/host/login"
)

// said is what a verified assertion says.
type said struct {
	nameID       nameID // zero when there is none
	sessionIndex string
	instant      string // of the authentication, as it was written
	at           time.Time
	context      string // class of the authentication
	sessionEnd   string // of the provider's session, as it was written; "" when it does not say
	attributes   map[string][]any
}

// assertion checks what the assertion says of itself, and reads the rest.
//
// See SAML 2.0 Core, sections 2.3.3, 2.4 and 2.5, and Profiles, section 4.1.4.3.
func (p *Provider) assertion(ctx context.Context, req login.AuthRequest, a answer, e *etree.Element) (said, error) {
	step := login.Begin(ctx, "assertion")
	step.In("now", a.received.Unix())
	step.In("skewSeconds", int64(p.cfg.Skew.Seconds()))
	step.In("entityId", p.cfg.EntityID)
	s, err := p.examine(req, a, e)
	if err != nil {
		return said{}, step.End(invalid("%w", err))
	}
	step.Out("nameIdFormat", s.nameID.format)
	step.Out("authnInstant", s.instant)
	step.Out("authnContextClassRef", s.context)
	step.Out("attributes", len(s.attributes))
	return s, step.End(nil)
}

func (p *Provider) examine(req login.AuthRequest, a answer, e *etree.Element) (s said, err error) {
	if value(e, "Version") != "2.0" || value(e, "ID") == "" {
		return s, errors.New("the assertion is no SAML 2.0 assertion with an ID")
	}
	issuer, err := required(e, nsAssertion, "Issuer")
	if err != nil {
		return s, err
	}
	if err := issuedBy(issuer, a.idp); err != nil {
		return s, err
	}
	subject, err := required(e, nsAssertion, "Subject")
	if err != nil {
		return s, err
	}
	if s.nameID, err = readSubject(subject); err != nil {
		return s, err
	}
	if err := p.confirmed(req, a, subject); err != nil {
		return s, err
	}
	if err := p.conditions(a, e); err != nil {
		return s, err
	}
	if err := p.authentication(a, e, &s); err != nil {
		return s, err
	}
	s.attributes, err = readAttributes(e)
	return s, err
}

// confirmed is nil when one bearer confirmation holds: for this host's address,
// this request, and now.
func (p *Provider) confirmed(req login.AuthRequest, a answer, subject *etree.Element) error {
	why := errors.New("the assertion has no bearer SubjectConfirmation")
	for _, c := range children(subject, nsAssertion, "SubjectConfirmation") {
		if value(c, "Method") != methodBearer {
			continue
		}
		if why = p.confirms(req, a, c); why == nil {
			return nil
		}
	}
	return why
}

func (p *Provider) confirms(req login.AuthRequest, a answer, c *etree.Element) error {
	data, err := required(c, nsAssertion, "SubjectConfirmationData")
	if err != nil {
		return err
	}
	if value(data, "Recipient") != p.cfg.acs() {
		return errors.New("the confirmation's Recipient is not this host's assertion consumer service")
	}
	if value(data, "InResponseTo") != req.SAMLRequestID {
		return errors.New("the confirmation's InResponseTo is not this request")
	}
	if _, has := attribute(data, "NotOnOrAfter"); !has {
		return errors.New("the confirmation has no NotOnOrAfter")
	}
	return p.within(a, data)
}

// conditions must name this host as an audience and hold now. A condition that
// is not known may be one that does not hold (SAML 2.0 Core, section 2.5.1.1).
func (p *Provider) conditions(a answer, e *etree.Element) error {
	holder, err := required(e, nsAssertion, "Conditions")
	if err != nil {
		return err
	}
	if err := p.within(a, holder); err != nil {
		return err
	}
	restricted := false
	for _, condition := range holder.ChildElements() {
		switch {
		case is(condition, nsAssertion, "AudienceRestriction"):
			if err := p.audience(condition); err != nil {
				return err
			}
			restricted = true
		case is(condition, nsAssertion, "OneTimeUse"), is(condition, nsAssertion, "ProxyRestriction"):
		default:
			return errors.New("the Conditions hold one that is not known")
		}
	}
	if !restricted {
		return errors.New("the assertion is for no audience")
	}
	return nil
}

func (p *Provider) audience(restriction *etree.Element) error {
	for _, audience := range children(restriction, nsAssertion, "Audience") {
		if name, err := text(audience); err == nil && strings.TrimSpace(name) == p.cfg.EntityID {
			return nil
		}
	}
	return errors.New("the assertion is for another audience than this host's entity ID")
}

// within holds e's NotBefore and NotOnOrAfter, where it has them, against the
// time of the answer, with the skew on the lenient side of both.
func (p *Provider) within(a answer, e *etree.Element) error {
	if text, has := attribute(e, "NotBefore"); has {
		from, err := readInstant(text)
		if err != nil {
			return err
		}
		if a.received.Add(p.cfg.Skew).Before(from) {
			return fmt.Errorf("the %s is not yet valid: NotBefore is %d s ahead", e.Tag, int64(from.Sub(a.received).Seconds()))
		}
	}
	if text, has := attribute(e, "NotOnOrAfter"); has {
		until, err := readInstant(text)
		if err != nil {
			return err
		}
		if !a.received.Add(-p.cfg.Skew).Before(until) {
			return fmt.Errorf("the %s is past its NotOnOrAfter by %d s", e.Tag, int64(a.received.Sub(until).Seconds()))
		}
	}
	return nil
}

// authentication reads the one AuthnStatement.
func (p *Provider) authentication(a answer, e *etree.Element, s *said) error {
	statement, err := required(e, nsAssertion, "AuthnStatement")
	if err != nil {
		return err
	}
	s.instant = value(statement, "AuthnInstant")
	if s.at, err = readInstant(s.instant); err != nil {
		return fmt.Errorf("AuthnInstant: %w", err)
	}
	if s.sessionIndex = value(statement, "SessionIndex"); len(s.sessionIndex) > maxName {
		return fmt.Errorf("the SessionIndex is longer than %d bytes", maxName)
	}
	if until, has := attribute(statement, "SessionNotOnOrAfter"); has {
		end, err := readInstant(until)
		if err != nil {
			return fmt.Errorf("SessionNotOnOrAfter: %w", err)
		}
		if !a.received.Add(-p.cfg.Skew).Before(end) {
			return errors.New("the provider's session is past its SessionNotOnOrAfter")
		}
		s.sessionEnd = until
	}
	holder, err := required(statement, nsAssertion, "AuthnContext")
	if err != nil {
		return err
	}
	class, err := child(holder, nsAssertion, "AuthnContextClassRef")
	if err != nil || class == nil {
		return err
	}
	s.context, err = text(class)
	s.context = strings.TrimSpace(s.context)
	return err
}

// readInstant reads an xs:dateTime with a time zone (SAML 2.0 Core, section
// 1.3.3, which wants UTC; some providers write an offset).
func readInstant(text string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil || len(text) > 64 {
		return time.Time{}, errors.New("a time is not written like 2026-01-02T15:04:05Z")
	}
	return t, nil
}
