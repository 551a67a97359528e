// Document: the source authnResponse, the person and the evidence.

package samlsp

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/login"
)

// authnResponse is the source of that name. Attributes keep the names that the
// provider gave them.
type authnResponse struct {
	Issuer          string           `json:"issuer"`
	NameID          string           `json:"nameId,omitempty"`
	NameIDFormat    string           `json:"nameIdFormat,omitempty"`
	NameQualifier   string           `json:"nameQualifier,omitempty"`
	SPNameQualifier string           `json:"spNameQualifier,omitempty"`
	SessionIndex    string           `json:"sessionIndex,omitempty"`
	AuthnInstant    string           `json:"authnInstant"`
	SessionEnd      string           `json:"sessionNotOnOrAfter,omitempty"`
	ClassRef        string           `json:"authnContextClassRef,omitempty"`
	Attributes      map[string][]any `json:"attributes"`
}

// document puts together what the assertion said.
func (p *Provider) document(req login.AuthRequest, a answer, s said) (login.Document, error) {
	subject, err := p.person(a.idp, s)
	if err != nil {
		return login.Document{}, invalid("%w", err)
	}
	sources, err := asSource(a, s)
	if err != nil {
		return login.Document{}, &login.Fault{Code: login.CodeDocumentInvalid, Detail: "the assertion does not fit into a source", Err: err}
	}
	return login.Document{
		Sources: sources,
		Person:  login.Person{IdP: p.cfg.Name, Issuer: a.idp.entityID, Subject: subject},
		Login: login.Login{
			IdP: p.cfg.Name, Protocol: "saml",
			RequestedAt: req.RequestedAt, ReceivedAt: a.received.Unix(),
			ForceAuth: req.ForceAuth, MaxAge: req.MaxAge, ACRValues: req.ACRValues,
			Evidence: s.evidence(),
		},
		ID:          req.ID,
		ReceivedAt:  a.received,
		ProviderSID: p.providerSID(a.idp, s.nameID, s.sessionIndex),
		TrustEmail:  p.cfg.TrustEmail,
	}, nil
}

func asSource(a answer, s said) (attrs.Document, error) {
	var raw bytes.Buffer
	encoder := json.NewEncoder(&raw)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(authnResponse{
		Issuer: a.idp.entityID, NameID: s.nameID.value, NameIDFormat: s.nameID.format,
		NameQualifier: s.nameID.nameQualifier, SPNameQualifier: s.nameID.spNameQualifier,
		SessionIndex: s.sessionIndex, AuthnInstant: s.instant, SessionEnd: s.sessionEnd, ClassRef: s.context, Attributes: s.attributes,
	})
	if err != nil {
		return attrs.Document{}, err
	}
	return attrs.Document{}.With(attrs.AuthnResponse, raw.Bytes())
}

const maxContext = 255 // bytes, as of an OpenID Connect acr

// evidence is when the person proved their credentials (AuthnInstant, in whole
// seconds) and how. A time in the future is kept: policies call it undefined for
// good, and the error page can say what the provider sent.
func (s said) evidence() login.Evidence {
	e := login.Evidence{}
	if at := s.at.Unix(); at > 0 {
		e.AuthTime = &at
	}
	if len(s.context) <= maxContext {
		e.ACR = s.context
	}
	return e
}

// providerSID names the provider's session. A SessionIndex alone does not: it
// may be a small number that many people's sessions have (SAML 2.0 Core, section
// 2.7.2), so the name goes into it. It is empty without a SessionIndex.
func (p *Provider) providerSID(idp *metadata, n nameID, sessionIndex string) string {
	if sessionIndex == "" {
		return ""
	}
	pair, _ := json.Marshal([2]string{n.subject(idp.entityID, p.cfg.EntityID), sessionIndex}) // strings always encode
	sum := sha256.Sum256(pair)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
