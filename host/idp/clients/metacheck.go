package clients

// What may be registered, beyond what every client must be.

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/doorward/doorward/host/token"
)

// Bounds of what strangers make us keep and show.
const (
	maxList   = 20  // of redirect URIs and the like
	maxName   = 128 // bytes of a client's name
	maxText   = 256 // bytes of a contact or an acr value
	maxScopes = 50

	maxDescription = 300 // bytes
)

// bad is the refusal of a document. Descriptions keep to the characters of RFC
// 6749, section 5.2, and to a line, whatever they quote.
func bad(format string, args ...any) *Refusal {
	text := plain(fmt.Sprintf(format, args...))
	return &Refusal{InvalidMetadata, text[:min(len(text), maxDescription)]}
}

func plain(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '"' || r == '\\':
			return '\''
		case r < ' ' || r > '~':
			return '?'
		}
		return r
	}, text)
}

// checkMetadata says what may not be registered; m has its defaults. vouched is
// a client that somebody with the initial access token registered.
func (r *Registry) checkMetadata(m Metadata, vouched bool) error {
	if !vouched && slices.Contains(m.GrantTypes, GrantCredentials) {
		return bad("client_credentials is not for clients that anybody can register")
	}
	for _, check := range []func(Metadata) error{
		checkSizes, checkResponses, checkKind, checkRedirects, r.checkLinks, r.checkCalls, r.checkSigning, checkKeysGiven,
	} {
		if err := check(m); err != nil {
			return err
		}
	}
	trial := r.clientOf(record{Metadata: m, Secret: secretFor(m, "")})
	if err := trial.check(); err != nil {
		return bad("%v", err)
	}
	return nil
}

func checkSizes(m Metadata) error {
	for name, list := range map[string][]string{
		"redirect_uris": m.RedirectURIs, "post_logout_redirect_uris": m.PostLogoutRedirectURIs, "request_uris": m.RequestURIs,
		"contacts": m.Contacts, "default_acr_values": m.DefaultACR, "response_types": m.ResponseTypes, "grant_types": m.GrantTypes,
	} {
		if len(list) > maxList {
			return bad("%s has more than %d items", name, maxList)
		}
	}
	for _, text := range slices.Concat(m.Contacts, m.DefaultACR) {
		if text == "" || len(text) > maxText || strings.ContainsFunc(text, hidden) {
			return bad("an item of contacts or default_acr_values is empty, too long or not printable")
		}
	}
	switch {
	case len(m.Name) > maxName || strings.ContainsFunc(m.Name, hidden):
		return bad("client_name has more than %d bytes, or characters that do not show", maxName)
	case m.Scope != plain(m.Scope):
		return bad("scope has characters that no scope has")
	case m.Scope == "" || len(strings.Fields(m.Scope)) > maxScopes || len(m.Scope) > maxAddress:
		return bad("scope names nothing that can be registered for, or more than %d", maxScopes)
	}
	return nil
}

// hidden are characters that change how a text reads without being seen.
func hidden(r rune) bool { return !unicode.IsPrint(r) }

func checkResponses(m Metadata) error {
	withCode := slices.Contains(m.GrantTypes, GrantCode)
	for _, t := range m.ResponseTypes {
		if t != "code" {
			return bad("response_types may hold code alone")
		}
	}
	if withCode != (len(m.ResponseTypes) > 0) {
		return bad("the response type code and the grant type authorization_code go together")
	}
	return nil
}

func checkKind(m Metadata) error {
	switch {
	case m.ApplicationType != "web" && m.ApplicationType != "native":
		return bad("application_type must be web or native")
	case m.SubjectType != "public":
		return bad("subject_type must be public")
	}
	return nil
}

// checkRedirects holds redirect URIs against the application's type: a server
// has https, and only an application on the person's device has a loopback
// name or a scheme of its own (RFC 8252, section 7).
func checkRedirects(m Metadata) error {
	no := &Refusal{InvalidRedirect, "redirect URIs are absolute https URLs without user info and fragment; those of native applications may be on a loopback name, or have a scheme of their own with a dot in it"}
	if slices.Contains(m.GrantTypes, GrantCode) && len(m.RedirectURIs) == 0 {
		return &Refusal{InvalidRedirect, "redirect_uris is missing"}
	}
	for _, uri := range m.RedirectURIs {
		if !m.redirects(uri) {
			return no
		}
	}
	for _, uri := range m.PostLogoutRedirectURIs {
		if !m.redirects(uri) {
			return bad("post_logout_redirect_uris: %s", no.Description)
		}
	}
	return nil
}

func (m Metadata) redirects(uri string) bool {
	if m.ApplicationType == "native" {
		return checkRedirect(uri, true) == nil
	}
	u, err := url.Parse(uri)
	return err == nil && u.Scheme == "https" && !token.IsLoopback(u.Hostname()) && checkRedirect(uri, false) == nil
}

// checkLinks are addresses for people's browsers.
func (r *Registry) checkLinks(m Metadata) error {
	for name, address := range map[string]string{
		"client_uri": m.URI, "logo_uri": m.LogoURI, "policy_uri": m.PolicyURI, "tos_uri": m.TermsURI, "initiate_login_uri": m.InitiateLoginURI,
	} {
		if address == "" {
			continue
		}
		if _, err := r.link(address); err != nil {
			return bad("%s: %v", name, err)
		}
	}
	return nil
}

// checkCalls are addresses that we call.
func (r *Registry) checkCalls(m Metadata) error {
	addresses := map[string][]string{
		"jwks_uri": {m.JWKSURI}, "sector_identifier_uri": {m.SectorURI}, "backchannel_logout_uri": {m.BackChannelLogout},
	}
	for _, uri := range m.RequestURIs {
		bare, _, _ := strings.Cut(uri, "#")
		if bare == "" {
			return bad("request_uris: an item is empty")
		}
		addresses["request_uris"] = append(addresses["request_uris"], bare)
	}
	for name, list := range addresses {
		for _, address := range list {
			if address == "" {
				continue
			}
			u, err := r.link(address)
			if err == nil && !r.cfg.Registration.AllowPrivate {
				err = checkPublic(u)
			}
			if err != nil {
				return bad("%s: %v", name, err)
			}
		}
	}
	return nil
}

// link is a registered address: https, and where private addresses are allowed
// also http on a loopback name.
func (r *Registry) link(address string) (*url.URL, error) {
	if err := checkLink(address); err != nil {
		return nil, err
	}
	u, err := url.Parse(address)
	if err == nil && u.Scheme != "https" && !r.cfg.Registration.AllowPrivate {
		err = fmt.Errorf("write an https URL")
	}
	return u, err
}

func (r *Registry) checkSigning(m Metadata) error {
	signs, public := r.cfg.Algorithms, m.Auth == AuthNone
	for _, member := range []struct {
		name, alg string
		can       []string
	}{
		{"id_token_signed_response_alg", m.IDTokenAlg, signs},
		{"userinfo_signed_response_alg", m.UserInfoAlg, slices.Concat(signs, token.HMAC())},
		{"request_object_signing_alg", m.RequestAlg, token.Asymmetric()},
		{"token_endpoint_auth_signing_alg", m.AuthAlg, token.Asymmetric()},
	} {
		if member.alg != "" && !slices.Contains(member.can, member.alg) {
			return bad("%s must be one of %s", member.name, strings.Join(member.can, ", "))
		}
	}
	if public && slices.Contains(token.HMAC(), m.UserInfoAlg) {
		return bad("userinfo_signed_response_alg needs a secret, which a public client does not keep")
	}
	return nil
}

func checkKeysGiven(m Metadata) error {
	switch {
	case len(m.JWKS) > 0 && m.JWKSURI != "":
		return bad("give jwks or jwks_uri, not both")
	case m.RequestAlg != "" && len(m.JWKS) == 0 && m.JWKSURI == "":
		return bad("request_object_signing_alg needs jwks or jwks_uri")
	}
	return nil
}
