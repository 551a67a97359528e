// Encrypted answers: what is in a token that is encrypted for this host.

package oidcrp

import (
	"crypto"
	"errors"
	"fmt"
	"slices"

	"github.com/doorward/doorward/host/token"
)

// Whether something may be encrypted.
const (
	EncryptionOff     = "off"
	EncryptionAccept  = "accept"
	EncryptionRequire = "require"
)

// Encryption is what a provider may, or must, encrypt for this host. Zero values
// mean the defaults named here.
type Encryption struct {
	PrivateKey crypto.Signer // RSA or EC; nil when only the client secret is used
	IDToken    string        // EncryptionOff
	UserInfo   string        // EncryptionOff
	KeyAlgs    []string      // those of token.KeyAlgs that use a private key
}

func (e Encryption) withDefaults() Encryption {
	fallback(&e.IDToken, EncryptionOff)
	fallback(&e.UserInfo, EncryptionOff)
	if len(e.KeyAlgs) == 0 {
		e.KeyAlgs = []string{"RSA-OAEP", "RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A256KW"}
	}
	return e
}

// decrypter is nil when nothing may be encrypted.
func (c Config) decrypter() (*token.Decrypter, error) {
	e := c.Encryption
	for _, mode := range []string{e.IDToken, e.UserInfo} {
		if !slices.Contains([]string{EncryptionOff, EncryptionAccept, EncryptionRequire}, mode) {
			return nil, fmt.Errorf("provider %s: encryption.id_token and encryption.userinfo must be off, accept or require", c.Name)
		}
	}
	if e.IDToken == EncryptionOff && e.UserInfo == EncryptionOff {
		return nil, nil
	}
	d, err := token.NewDecrypter(e.PrivateKey, c.ClientSecret, e.KeyAlgs)
	if err != nil {
		return nil, fmt.Errorf("provider %s: encryption: %w", c.Name, err)
	}
	return d, nil
}

// EncryptionKey is the public key that the provider encrypts with, as a JSON Web
// Key to publish; nil when there is none.
func (p *Provider) EncryptionKey() []byte {
	if p.decrypter == nil {
		return nil
	}
	return p.decrypter.JWK()
}

// opened is text, or what is in it when it is encrypted and mode allows that.
//
// See OpenID Connect Core 1.0, section 3.1.3.7, step 1.
func (p *Provider) opened(text, mode string) (string, error) {
	switch encrypted := token.IsEncrypted(text); {
	case encrypted && mode == EncryptionOff:
		return "", fmt.Errorf("%w: it is encrypted, which the provider's encryption setting does not accept", token.ErrMalformed)
	case !encrypted && mode == EncryptionRequire:
		return "", errors.New("it is not encrypted, which the provider's encryption setting requires")
	case encrypted:
		inner, err := p.decrypter.Decrypt(text)
		return string(inner), err
	}
	return text, nil
}

// hint is an ID token as it may be sent back to the provider, "" for none: an
// encrypted one is sent without its encryption, which was for us.
//
// See OpenID Connect RP-Initiated Logout 1.0, section 4.
func (p *Provider) hint(idToken string) string {
	if p.decrypter == nil || !token.IsEncrypted(idToken) {
		return idToken
	}
	inner, err := p.decrypter.Decrypt(idToken)
	if err != nil { // with a key that is no longer here
		return ""
	}
	return string(inner)
}
