// Sign-out: this host asks the provider to end its session too.

package samlsp

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"github.com/beevik/etree"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/login"
)

// SignOut is a signed LogoutRequest for the document's NameID and SessionIndex.
// It is empty when the provider has no single logout service, or single logout
// is off, or the assertion had no NameID. The answer comes to this host's single
// logout service with state as its RelayState, whatever postLogoutRedirectURI
// says; Hear reads it.
//
// See SAML 2.0 Profiles, section 4.4.
func (p *Provider) SignOut(ctx context.Context, doc login.Document, _ login.Tokens, _, state string) (login.Redirect, error) {
	if p.cfg.NoLogout {
		return login.Redirect{}, nil
	}
	idp, err := p.source.get(ctx)
	if err != nil {
		return login.Redirect{}, err
	}
	binding, has := logoutBinding(idp)
	name, sessionIndex := signedInAs(doc)
	if !has || name.value == "" || doc.Person.Issuer != idp.entityID {
		return login.Redirect{}, nil
	}
	to := idp.slo[binding].Location
	message := p.message("LogoutRequest", requestID(state), to)
	message.AddChild(name.element())
	if sessionIndex != "" {
		message.CreateElement("samlp:SessionIndex").SetText(sessionIndex)
	}
	return p.send(binding, to, paramRequest, message, state, true)
}

// logoutBinding is the binding that this host sends sign-out messages by: a
// redirect needs no script and works in a frame.
func logoutBinding(idp *metadata) (binding string, has bool) {
	for _, binding := range []string{bindingRedirect, bindingPost} {
		if idp.slo[binding].Location != "" {
			return binding, true
		}
	}
	return "", false
}

// requestID is the ID of the LogoutRequest that goes out with state: whoever
// brings state back can be held to it, and nothing has to be kept.
func requestID(state string) string {
	sum := sha256.Sum256([]byte("logout " + state))
	return "_" + hex.EncodeToString(sum[:20])
}

// signedInAs is what the sign-in's assertion called the person and the session.
func signedInAs(doc login.Document) (n nameID, sessionIndex string) {
	source, _ := doc.Sources.Object(attrs.AuthnResponse)
	read := func(name string) string { text, _ := source[name].(string); return text }
	return nameID{
		value: read("nameId"), format: read("nameIdFormat"),
		nameQualifier: read("nameQualifier"), spNameQualifier: read("spNameQualifier"),
	}, read("sessionIndex")
}

// element is the NameID as it was received.
func (n nameID) element() *etree.Element {
	e := etree.NewElement("saml:NameID")
	for _, a := range []struct{ name, value string }{
		{"NameQualifier", n.nameQualifier}, {"SPNameQualifier", n.spNameQualifier}, {"Format", n.format},
	} {
		if a.value != "" {
			e.CreateAttr(a.name, a.value)
		}
	}
	e.SetText(n.value)
	return e
}
