// Describe: this host's own metadata for the provider.

package samlsp

import (
	"encoding/base64"

	"github.com/beevik/etree"

	"github.com/doorward/doorward/host/login"
)

// MetadataType is the media type of metadata (SAML 2.0 Metadata, appendix A).
const MetadataType = "application/samlmetadata+xml"

// Describe returns this host's metadata as the provider's administrator needs
// it: its entity ID, its certificate for signing and encryption, its endpoints
// and the NameID that it asks for. It says nothing of how long it is valid, as
// it changes only with the configuration. The error is a *login.Fault.
//
// See SAML 2.0 Metadata, section 2.4.4.
func (p *Provider) Describe() (mediaType string, document []byte, err error) {
	if p.cfg.Key == nil {
		return "", nil, login.NewFault(login.CodeInternal, "this host has no key for the provider")
	}
	root := etree.NewElement("md:EntityDescriptor")
	root.CreateAttr("xmlns:md", nsMetadata)
	root.CreateAttr("xmlns:ds", nsSignature)
	root.CreateAttr("entityID", p.cfg.EntityID)
	sp := root.CreateElement("md:SPSSODescriptor")
	sp.CreateAttr("protocolSupportEnumeration", nsProtocol)
	sp.CreateAttr("AuthnRequestsSigned", boolean(p.cfg.SignRequests))
	sp.CreateAttr("WantAssertionsSigned", "true")
	p.describeKey(sp, "signing")
	p.describeKey(sp, "encryption", nsEnc11+"aes256-gcm", nsEnc11+"aes128-gcm", nsEncrypted+"aes256-cbc", nsEncrypted+"aes128-cbc", nsEncrypted+"rsa-oaep-mgf1p")
	if !p.cfg.NoLogout {
		for _, binding := range []string{bindingRedirect, bindingPost} {
			endpoint(sp, "SingleLogoutService", binding, p.cfg.slo())
		}
	}
	sp.CreateElement("md:NameIDFormat").SetText(formats[p.cfg.NameIDFormat])
	acs := endpoint(sp, "AssertionConsumerService", bindingPost, p.cfg.acs())
	acs.CreateAttr("index", "0")
	acs.CreateAttr("isDefault", "true")
	doc := etree.NewDocumentWithRoot(root)
	doc.Indent(2)
	document, err = doc.WriteToBytes()
	if err != nil {
		return "", nil, internal(err)
	}
	return MetadataType, document, nil
}

func (p *Provider) describeKey(sp *etree.Element, use string, methods ...string) {
	key := sp.CreateElement("md:KeyDescriptor")
	key.CreateAttr("use", use)
	key.CreateElement("ds:KeyInfo").CreateElement("ds:X509Data").CreateElement("ds:X509Certificate").
		SetText(base64.StdEncoding.EncodeToString(p.cfg.Key.certificate))
	for _, method := range methods {
		key.CreateElement("md:EncryptionMethod").CreateAttr("Algorithm", method)
	}
}

func endpoint(sp *etree.Element, tag, binding, location string) *etree.Element {
	e := sp.CreateElement("md:" + tag)
	e.CreateAttr("Binding", binding)
	e.CreateAttr("Location", location)
	return e
}

func boolean(b bool) string {
	if b {
		return "true"
	}
	return "false"
}
