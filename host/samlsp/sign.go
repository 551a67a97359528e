// Sign: what this host says to a provider, in the tree or in the query.

package samlsp

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/url"
	"time"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
)

// message is the root of a protocol message, with the Issuer that it begins
// with.
func (p *Provider) message(name, id, destination string) *etree.Element {
	e := etree.NewElement("samlp:" + name)
	e.CreateAttr("xmlns:samlp", nsProtocol)
	e.CreateAttr("xmlns:saml", nsAssertion)
	e.CreateAttr("ID", id)
	e.CreateAttr("Version", "2.0")
	e.CreateAttr("IssueInstant", instant(p.cfg.Now()))
	e.CreateAttr("Destination", destination)
	e.CreateElement("saml:Issuer").SetText(p.cfg.EntityID)
	return e
}

// instant is a time as SAML writes it (SAML 2.0 Core, section 1.3.3).
func instant(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// newID is 160 random bits that begin like an XML name.
func newID() string {
	raw := make([]byte, 20)
	_, _ = rand.Read(raw) // never fails (crypto/rand)
	return "_" + hex.EncodeToString(raw)
}

// enveloped puts a signature behind the message's Issuer.
func (p *Provider) enveloped(message *etree.Element) error {
	if p.cfg.Key == nil {
		return errors.New("this host has no key for the provider")
	}
	signing, err := dsig.NewSigningContext(p.cfg.Key.private, [][]byte{p.cfg.Key.certificate})
	if err != nil {
		return err
	}
	signing.Canonicalizer = dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList("")
	signature, err := signing.ConstructSignature(message.Copy(), true) // canonicalizing changes what it reads
	if err != nil {
		return err
	}
	message.InsertChildAt(1, signature)
	return nil
}

// querySignature is the SigAlg and Signature of a query (SAML 2.0 Bindings,
// section 3.4.4.1).
func (p *Provider) querySignature(query string) (string, error) {
	if p.cfg.Key == nil {
		return "", errors.New("this host has no key for the provider")
	}
	query += "&SigAlg=" + url.QueryEscape(dsig.RSASHA256SignatureMethod)
	digest := sha256.Sum256([]byte(query))
	signature, err := rsa.SignPKCS1v15(nil, p.cfg.Key.private, crypto.SHA256, digest[:])
	if err != nil {
		return "", err
	}
	return query + "&Signature=" + url.QueryEscape(base64.StdEncoding.EncodeToString(signature)), nil
}
