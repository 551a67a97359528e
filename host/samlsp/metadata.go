// Metadata: what is known of an identity provider, from its own document.

package samlsp

import (
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/beevik/etree"
	"github.com/crewjam/saml"

	"github.com/doorward/doorward/host/token"
)

const maxSigningKeys = 16

// metadata is what is known of a provider. It is immutable.
type metadata struct {
	entityID    string
	sso         map[string]string        // locations by binding
	slo         map[string]saml.Endpoint // by binding
	keys        []crypto.PublicKey       // that its signatures are verified with
	wantsSigned bool                     // requests
	validUntil  time.Time                // zero when it does not say
	cacheFor    time.Duration            // zero when it does not say
}

// parseMetadata reads an EntityDescriptor, or the one called entityID of an
// EntitiesDescriptor; entityID may be empty when only one of them is an identity
// provider. With keys, one of them must have signed the document, and what is
// read is what was signed.
//
// See SAML 2.0 Metadata, section 2.
func parseMetadata(raw []byte, entityID string, keys []crypto.PublicKey, client *token.Client) (*metadata, error) {
	root, err := parse(raw, metadataLimits)
	if err != nil {
		return nil, err
	}
	if len(keys) > 0 {
		if root, err = signed(root, keys, metadataLimits); err != nil {
			return nil, fmt.Errorf("the signature of the metadata: %w", err)
		}
	}
	chosen, until, cache, err := choose(root, entityID)
	if err != nil {
		return nil, err
	}
	m, err := describe(chosen, client)
	if err != nil {
		return nil, err
	}
	m.validUntil, m.cacheFor = earlier(m.validUntil, until), shorter(m.cacheFor, cache)
	return m, nil
}

// choose finds the identity provider's descriptor.
func choose(root *etree.Element, entityID string) (*saml.EntityDescriptor, time.Time, time.Duration, error) {
	var list []saml.EntityDescriptor
	var until time.Time
	var cache time.Duration
	switch {
	case is(root, nsMetadata, "EntityDescriptor"):
		var one saml.EntityDescriptor
		if err := decode(root, &one); err != nil {
			return nil, until, cache, err
		}
		list = append(list, one)
	case is(root, nsMetadata, "EntitiesDescriptor"):
		var many saml.EntitiesDescriptor
		if err := decode(root, &many); err != nil {
			return nil, until, cache, err
		}
		if many.ValidUntil != nil {
			until = *many.ValidUntil
		}
		if many.CacheDuration != nil {
			cache = *many.CacheDuration
		}
		list = flatten(many)
	default:
		return nil, until, cache, errors.New("the document is no SAML metadata: its root is neither EntityDescriptor nor EntitiesDescriptor")
	}
	var found []saml.EntityDescriptor
	for _, e := range list {
		if len(e.IDPSSODescriptors) > 0 && (entityID == "" || e.EntityID == entityID) {
			found = append(found, e)
		}
	}
	switch {
	case len(found) == 1:
		return &found[0], until, cache, nil
	case len(found) == 0 && entityID != "":
		return nil, until, cache, errors.New("no identity provider of the metadata has the entity ID of idp_entity_id")
	case len(found) == 0:
		return nil, until, cache, errors.New("the metadata describes no identity provider")
	}
	return nil, until, cache, errors.New("the metadata describes several identity providers: name one with idp_entity_id")
}

func flatten(many saml.EntitiesDescriptor) []saml.EntityDescriptor {
	list := many.EntityDescriptors
	for _, inner := range many.EntitiesDescriptors {
		list = append(list, flatten(inner)...)
	}
	return list
}

func decode(root *etree.Element, into any) error {
	doc := etree.NewDocumentWithRoot(root.Copy())
	raw, err := doc.WriteToBytes()
	if err == nil {
		err = xml.Unmarshal(raw, into)
	}
	if err != nil {
		return errors.New("the metadata does not have the shape of its schema")
	}
	return nil
}

// describe takes out of a descriptor what is used of it. Endpoints that are not
// https are left out.
func describe(e *saml.EntityDescriptor, client *token.Client) (*metadata, error) {
	m := &metadata{
		entityID: e.EntityID, sso: map[string]string{}, slo: map[string]saml.Endpoint{},
		validUntil: e.ValidUntil, cacheFor: e.CacheDuration,
	}
	if m.entityID == "" || len(m.entityID) > maxEntityID {
		return nil, fmt.Errorf("the metadata has no entityID of at most %d bytes", maxEntityID)
	}
	for _, d := range e.IDPSSODescriptors {
		if !contains(d.ProtocolSupportEnumeration, nsProtocol) {
			continue
		}
		for _, at := range d.SingleSignOnServices {
			if _, have := m.sso[at.Binding]; !have && client.CheckURL(at.Location) == nil {
				m.sso[at.Binding] = at.Location
			}
		}
		for _, at := range d.SingleLogoutServices {
			if at.ResponseLocation == "" {
				at.ResponseLocation = at.Location
			}
			if _, have := m.slo[at.Binding]; !have && client.CheckURL(at.Location) == nil && client.CheckURL(at.ResponseLocation) == nil {
				m.slo[at.Binding] = at
			}
		}
		m.wantsSigned = m.wantsSigned || d.WantAuthnRequestsSigned != nil && *d.WantAuthnRequestsSigned
		m.keys = append(m.keys, signingKeys(d.KeyDescriptors)...)
		if d.ValidUntil != nil {
			m.validUntil = earlier(m.validUntil, *d.ValidUntil)
		}
	}
	switch {
	case m.sso[bindingRedirect] == "" && m.sso[bindingPost] == "":
		return nil, errors.New("the metadata has no https SingleSignOnService with the redirect or the post binding")
	case len(m.keys) == 0:
		return nil, errors.New("the metadata has no signing certificate with an RSA key of 2048 bits or more, or an ECDSA key")
	case len(m.keys) > maxSigningKeys:
		return nil, fmt.Errorf("the metadata has more than %d signing certificates", maxSigningKeys)
	}
	return m, nil
}

const maxEntityID = 1024 // bytes

// signingKeys are the keys in the certificates. When a certificate begins and
// ends, and who made it, is not looked at: it holds the key, and the metadata
// vouches for it.
func signingKeys(list []saml.KeyDescriptor) (keys []crypto.PublicKey) {
	for _, k := range list {
		if k.Use != "" && k.Use != "signing" {
			continue
		}
		for _, text := range k.KeyInfo.X509Data.X509Certificates {
			der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text.Data), ""))
			if err != nil {
				continue
			}
			if c, err := x509.ParseCertificate(der); err == nil && usable(c.PublicKey) {
				keys = append(keys, c.PublicKey)
			}
		}
	}
	return keys
}

// contains reports whether a list with spaces between its items has item.
func contains(list, item string) bool {
	for _, have := range strings.Fields(list) {
		if have == item {
			return true
		}
	}
	return false
}

// earlier and shorter take zero for not said.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

func shorter(a, b time.Duration) time.Duration {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}
