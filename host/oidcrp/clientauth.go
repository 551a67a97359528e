// Client authentication at the token endpoint.

package oidcrp

import (
	"crypto"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/doorward/doorward/host/token"
)

const (
	assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	assertionLife = time.Minute
)

// authenticate adds the client's credentials to a token request, by one method
// only.
//
// See RFC 6749, section 2.3.1, and OpenID Connect Core 1.0, section 9.
func (p *Provider) authenticate(header http.Header, form url.Values, meta *metadata) error {
	switch p.cfg.AuthMethod {
	case ClientSecretBasic:
		r := http.Request{Header: header}
		r.SetBasicAuth(url.QueryEscape(p.cfg.ClientID), url.QueryEscape(p.cfg.ClientSecret.Reveal()))
	case ClientSecretPost:
		form.Set("client_id", p.cfg.ClientID)
		form.Set("client_secret", p.cfg.ClientSecret.Reveal())
	case PrivateKeyJWT:
		assertion, err := p.signer.sign(p.cfg.ClientID, meta.issuer, p.cfg.Now())
		if err != nil {
			return err
		}
		form.Set("client_id", p.cfg.ClientID)
		form.Set("client_assertion_type", assertionType)
		form.Set("client_assertion", assertion)
	default:
		form.Set("client_id", p.cfg.ClientID)
	}
	return nil
}

// assertionSigner signs client assertions.
type assertionSigner struct{ jose jose.Signer }

func newAssertionSigner(key crypto.Signer, id string) (*assertionSigner, error) {
	alg, err := token.SigningAlg(key)
	if err != nil {
		return nil, err
	}
	signer, err := jose.NewSigner(
		jose.SigningKey{Algorithm: jose.SignatureAlgorithm(alg), Key: jose.JSONWebKey{Key: key, KeyID: id}},
		(&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return nil, fmt.Errorf("the private key cannot sign: %w", err)
	}
	return &assertionSigner{signer}, nil
}

// sign makes an assertion for one request. aud is the issuer as a plain
// string: a list, or the token endpoint's address, can be replayed elsewhere.
func (s *assertionSigner) sign(client, issuer string, now time.Time) (string, error) {
	claims, err := json.Marshal(map[string]any{
		"iss": client, "sub": client, "aud": issuer, "jti": rand.Text(),
		"iat": now.Unix(), "exp": now.Add(assertionLife).Unix(),
	})
	if err != nil {
		return "", err
	}
	jws, err := s.jose.Sign(claims)
	if err != nil {
		return "", err
	}
	return jws.CompactSerialize()
}
