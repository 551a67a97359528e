// Metadata: where a provider's endpoints are, from its discovery document or
// from the configuration.

package oidcrp

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/doorward/doorward/host/token"
)

// metadata is what is known of a provider. It is immutable.
type metadata struct {
	issuer        string
	authorization string
	token         string
	userInfo      string // "" for none
	endSession    string // "" for none
	push          string // "" for none; RFC 9126
	pushRequired  bool
	issPromised   bool // RFC 9207: every authorization response has iss
	keys          *token.KeySet
}

// metadata is what the configuration says itself; the rest is empty.
func (c Config) metadata() (*metadata, error) {
	m := &metadata{
		issuer: c.Issuer, authorization: c.Endpoints.Authorization, token: c.Endpoints.Token,
		userInfo: c.Endpoints.UserInfo, endSession: c.Endpoints.EndSession,
	}
	if c.Keys != nil {
		keys, err := token.NewStaticKeySet(c.Keys)
		if err != nil {
			return nil, fmt.Errorf("provider %s: keys: %w", c.Name, err)
		}
		m.keys = keys
	} else if c.Endpoints.JWKS != "" {
		m.keys = token.NewKeySet(c.HTTP, c.Endpoints.JWKS, c.Now)
	}
	return m, nil
}

// prefer replaces what was discovered by what is configured.
func (m *metadata) prefer(given *metadata) {
	if given.userInfo != "" {
		m.userInfo = given.userInfo
	}
	if given.endSession != "" {
		m.endSession = given.endSession
	}
	if given.keys != nil {
		m.keys = given.keys
	}
}

// parseMetadata reads a discovery response. The issuer in it must be issuer,
// octet by octet, and every endpoint must be one that client would call.
//
// See OpenID Connect Discovery 1.0, section 4.3.
func parseMetadata(res token.Response, issuer string, client *token.Client, now func() time.Time) (*metadata, error) {
	if res.Status != http.StatusOK {
		return nil, fmt.Errorf("the discovery document came with status %d", res.Status)
	}
	if !isJSON(res.Header) {
		return nil, errors.New("the discovery document is not application/json")
	}
	doc, err := token.Object(res.Body)
	if err != nil {
		return nil, errors.New("the discovery document is not a json object without duplicate members")
	}
	if got, _ := doc["issuer"].(string); got != issuer {
		return nil, errors.New("the issuer in the discovery document is another one than configured")
	}
	m := &metadata{issuer: issuer}
	var jwks string
	for _, e := range []struct {
		name     string
		into     *string
		required bool
	}{
		{"authorization_endpoint", &m.authorization, true},
		{"token_endpoint", &m.token, true},
		{"jwks_uri", &jwks, true},
		{"userinfo_endpoint", &m.userInfo, false},
		{"end_session_endpoint", &m.endSession, false},
		{"pushed_authorization_request_endpoint", &m.push, false},
	} {
		value, present := doc[e.name]
		if !present && !e.required {
			continue
		}
		address, _ := value.(string)
		if client.CheckURL(address) != nil {
			return nil, fmt.Errorf("%s in the discovery document is not an https address", e.name)
		}
		*e.into = address
	}
	m.issPromised, _ = doc["authorization_response_iss_parameter_supported"].(bool)
	m.pushRequired, _ = doc["require_pushed_authorization_requests"].(bool)
	m.keys = token.NewKeySet(client, jwks, now)
	return m, nil
}

// isJSON looks at Content-Type.
func isJSON(header http.Header) bool {
	kind := mediaType(header)
	return kind == "application/json" || strings.HasPrefix(kind, "application/") && strings.HasSuffix(kind, "+json")
}

// mediaType is the Content-Type without parameters, in lower case, or "".
func mediaType(header http.Header) string {
	kind, _, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return kind
}
