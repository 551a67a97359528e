// Causes: what usually lies behind a failure, by its code, by the provider's
// own error code, by the check of the ID token, and by userinfo's status.

package console

import "github.com/doorward/doorward/host/login"

// cause says what failed and what usually causes it.
type cause struct {
	title string
	usual []string
}

var causes = map[login.Code]cause{
	login.CodeStateMissing:       {"The provider's answer has no state", []string{"The provider, or something before it, rewrote the answer's address and lost its parameters."}},
	login.CodeStateUnknown:       {"The answer belongs to no login of this browser", []string{"The cookie of the login was lost: another browser answered, or more than five logins were under way.", "The provider posts its answer from its own site (form_post), and the browser sent no cookie with it."}},
	login.CodeStateExpired:       {"The login took longer than ten minutes", []string{"The provider kept the person waiting. Begin the test again."}},
	login.CodeStateSpent:         {"The answer was used before", []string{"The page was loaded again after the login. Begin the test again."}},
	login.CodeCodeMissing:        {"The provider sent neither a code nor an error", []string{"The provider answers with another response type than code: allow the authorization code flow for this client.", "The answer came in the address's fragment (response_mode=fragment), which no server sees."}},
	login.CodeParameterDuplicate: {"A parameter of the answer came twice", []string{"The redirect URI that is registered holds parameters of its own that the provider repeats."}},
	login.CodeParameterInvalid:   {"The answer is malformed", []string{"The provider answered by another response mode than response_mode asks for."}},
	login.CodeIssuerMismatch:     {"The answer names another issuer", []string{"issuer in the configuration and the iss that the provider sends are not the same, octet by octet: a slash at the end, http for https, or another host name.", "The provider serves several tenants and answered for another one."}},
	login.CodeLoginCancelled:     {"The sign-in was cancelled", []string{"The person pressed cancel, or refused consent.", "The account may not use this client: assign it at the provider."}},
	login.CodeProviderError:      {"The provider answered with an error", nil},
	login.CodeProviderDown:       {"The provider does not answer properly", []string{"The provider is down, or this host has no way to it: try its discovery document from this machine.", "The discovery document is not where issuer says: it must lie at ISSUER/.well-known/openid-configuration.", "issuer in the configuration differs from the issuer in the discovery document, by a slash perhaps.", "This host does not trust the provider's certificate."}},
	login.CodeProviderTimeout:    {"The provider did not answer in time", []string{"A firewall drops the call instead of refusing it.", "The provider is overloaded."}},
	login.CodeExchangeFailed:     {"The token endpoint did not exchange the code", nil},
	login.CodeIDTokenMissing:     {"The token response has no ID token", []string{"The provider did not grant the scope openid: allow it for this client.", "The client is registered for OAuth 2.0 alone, not for OpenID Connect."}},
	login.CodeIDTokenInvalid:     {"The ID token failed a check", nil},
	login.CodeIDTokenHeader:      {"The request had no ID token", []string{"A proxy dropped the header, because of the underscore in its name: see id_token.header."}},
	login.CodeIDTokenRefused:     {"The ID token in the header failed a check", nil},
	login.CodeIDTokenReplayed:    {"The ID token was used before", []string{"The client keeps a token instead of getting one for each sign-in: see id_token.replay."}},
	login.CodeUserInfoFailed:     {"Userinfo could not be had", nil},
	login.CodeUserInfoSubject:    {"Userinfo names another person", []string{"The provider gives another sub at userinfo than in the ID token: pairwise subjects are configured for one of them only.", "The userinfo endpoint is another provider's: look at userinfo.endpoint."}},
	login.CodeClaimSourceFailed:  {"Claims that are kept elsewhere could not be had", []string{"claim_sources.allow does not have the address: the detail says which.", "The signature of the claims is not by the provider, or by one of claim_sources.issuers.", "The address needs a permission that the scopes do not ask for."}},
	login.CodeSAMLInvalid:        {"The SAML response failed a check", []string{"The detail says which one.", "The provider knows this host by other metadata: compare entity ID and ACS address with /saml/NAME/metadata.", "The provider signs with a certificate that its metadata here does not have."}},
	login.CodeSAMLUnsolicited:    {"The SAML response answers no request of this browser", []string{"The provider began the login itself: begin it here.", "The cookie of the login was lost: another browser answered, or the browser sent no cookie with the provider's form."}},
	login.CodeDocumentInvalid:    {"What the provider sent cannot be read", []string{"A source is larger than 1 MiB, nested deeper than 64 levels, or has a member twice."}},
	login.CodeMappingFailed:      {"A mapper failed", []string{"A claim has another type than the attribute wants: the detail names attribute, source and path.", "A path means two things: a structure, and a member of exactly that name."}},
	login.CodePluginFailed:       {"A mapper plugin failed", []string{"The plugin hit a limit: the detail says which, and which key raises it.", "The plugin asked for a source that plugins.NAME.sources does not grant.", "The plugin met a document that it was not written for: its log lines stand in the trace.", "The plugin kept failing and is left alone for a while: its page in this console says why."}},
	login.CodePluginSkipped:      {"A mapper plugin failed and was skipped", []string{"Its declaration says on_error: skip, so the login went on without it."}},
	login.CodeLoginDenied:        {"A plugin denied the login", []string{"It is a decision, not a failure: the plugin's reason stands beside the mapped user."}},
	login.CodePolicyFailed:       {"The levels could not be decided", []string{"The host had no time left to ask the policies."}},
	login.CodeReauthNotPerformed: {"The provider did not re-authenticate the person", []string{"The provider ignores prompt=login and max_age.", "The ID token has no auth_time: many providers send it only when it is configured as a claim.", "The clocks of this host and of the provider differ by more than reauth_skew."}},
	login.CodePersonMismatch:     {"Someone else answered", nil},
	login.CodeLevelNotReached:    {"The level that was asked for is not held", nil},
	login.CodeACRUnmet:           {"The provider cannot prove the person as asked", []string{"The level's acr_values are not among the provider's acr_values_supported.", "The account has no second factor at the provider."}},
	login.CodeSessionMissing:     {"The session ended meanwhile", nil},
	login.CodeStoreUnavailable:   {"The session store does not answer", []string{"The disk is full or failed: look at the host's log."}},
	login.CodeInternal:           {"Something broke in this host", []string{"Look for the request's id in the host's log."}},
}

// exchangeCauses says why the token endpoint usually refuses.
func exchangeCauses(status int, code, redirectURI string) []string {
	switch {
	case code != "":
		return oauthCauses(code, redirectURI)
	case status == 200:
		return []string{"The answer is no token response that can be used: look at its beginning below. An endpoint that answers with a page is not the token endpoint."}
	case status >= 300 && status < 400:
		return []string{"The token endpoint redirects, which is not followed with a code: configure the address that it leads to."}
	case status == 404 || status == 405:
		return []string{"The token endpoint's address is not the provider's: compare token_endpoint in the discovery document."}
	case status == 401 || status == 403:
		return oauthErrors["invalid_client"]
	case status >= 500 || status == 429:
		return []string{"The provider failed or limits calls: look into its own log."}
	}
	return nil
}

// oauthCauses says what an error code of the provider usually means.
// redirectURI is the one that was sent, when it is known.
func oauthCauses(code, redirectURI string) []string {
	if code == "invalid_grant" && redirectURI != "" {
		return []string{
			"The redirect URI at the token endpoint is not the one that the code was given for: register exactly " + redirectURI + " at the provider.",
			"The code was used before, or took too long to arrive.",
			"PKCE: the provider lost or changed the code_challenge.",
		}
	}
	return oauthErrors[code]
}

var oauthErrors = map[string][]string{
	"invalid_client": {
		"client_id or the client's secret is wrong, or the secret has expired.",
		"The provider wants another client authentication: set client_auth to client_secret_basic, client_secret_post or private_key_jwt, as the client is registered.",
	},
	"invalid_grant":             {"The code was used before, took too long, or was given for another redirect URI."},
	"unauthorized_client":       {"The client may not use the authorization code flow: allow it at the provider."},
	"unsupported_response_type": {"The provider does not offer the authorization code flow to this client."},
	"unsupported_grant_type":    {"The token endpoint is not the provider's, or does not take authorization_code."},
	"invalid_scope":             {"The provider does not know one of the scopes, or the client may not ask for it: look at scopes."},
	"invalid_request": {
		"The provider does not like a parameter: its own description often says which.",
		"The provider refuses PKCE (code_challenge), which every login here uses.",
		"The redirect URI is not registered exactly as it was sent.",
	},
	"invalid_redirect_uri":       {"The redirect URI is not registered exactly as it was sent."},
	"redirect_uri_mismatch":      {"The redirect URI is not registered exactly as it was sent."},
	"access_denied":              {"The person cancelled, or the account may not use this client."},
	"login_required":             {"The provider was asked not to show a page, and nobody is signed in there."},
	"interaction_required":       {"The provider wants something from the person first, such as a second factor or new terms."},
	"consent_required":           {"Consent is missing: give it, or let an administrator give it for everyone."},
	"account_selection_required": {"The person is signed in with several accounts at the provider."},
	"server_error":               {"The provider failed: look into its own log."},
	"temporarily_unavailable":    {"The provider is overloaded or being maintained."},
}

// checkCauses says why a check of the ID token usually fails.
var checkCauses = map[string][]string{
	"form":      {"The ID token is no signed JWT: the provider encrypts ID tokens for this client, which is not supported."},
	"iss":       {"issuer in the configuration is not the iss of the ID token, octet by octet: a slash at the end, another host name, or a tenant's placeholder.", "The provider issues tokens for an older version of itself: look for a version switch of the client."},
	"aud":       {"client_id is not the client that the token was issued to.", "The token names further audiences: list those that you know under trusted_audiences."},
	"azp":       {"The token was issued to another client (azp) than client_id."},
	"signature": {"The provider signs with an algorithm that id_token_algs does not list.", "The signing key is not in the provider's key set, or jwks in the configuration is out of date.", "The provider signs with the client's secret (HS256): ask it for RS256 or ES256."},
	"times":     {"The clocks of this host and of the provider differ by more than skew: set both by NTP.", "The token's lifetime at the provider is shorter than the way to here."},
	"nonce":     {"The provider does not repeat the nonce, or answered from its cache.", "The answer belongs to another login."},
	"at_hash":   {"The access token is not the one that the ID token was issued with: something between rewrites the token response."},
	"sub":       {"The ID token has no sub, or one that is longer than 255 bytes."},
}

// userInfoCauses says what a status of the userinfo endpoint usually means.
func userInfoCauses(status int) []string {
	switch {
	case status == 401:
		return []string{
			"The access token is not meant for userinfo: it was issued for another audience (an API). Ask for no other resource or audience, or set userinfo.endpoint to the one that takes it.",
			"The scope openid or profile was not granted: look at scopes, and at the scopes that the client may have at the provider.",
			"The endpoint wants another method, or lies on another host: try userinfo.method: POST, and compare userinfo_endpoint in the discovery document.",
			"A proxy before the provider takes the Authorization header away.",
		}
	case status == 403:
		return []string{
			"The scope profile or email was not granted, or the client may not call userinfo.",
			"A firewall or gateway before the provider refused the call.",
		}
	case status == 404 || status == 410:
		return []string{"userinfo.endpoint is not the provider's: use auto, or compare userinfo_endpoint in the discovery document."}
	case status == 405:
		return []string{"The endpoint wants another method: set userinfo.method to GET or POST."}
	case status >= 300 && status < 400:
		return []string{"The endpoint redirects, which is not followed with a token: set userinfo.endpoint to the address that it leads to."}
	case status == 429:
		return []string{"The provider limits how often it is asked."}
	case status >= 500:
		return []string{"The provider failed: look into its own log."}
	case status == 200:
		return []string{
			"The answer is neither a JSON object nor a JWT of this provider: a sign-in page, perhaps, because the endpoint is not the right one.",
			"A signed answer was refused: the detail says which check failed.",
		}
	}
	return []string{"This host has no way to the endpoint, or it was too slow: try its address from this machine."}
}
