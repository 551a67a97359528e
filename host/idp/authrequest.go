package idp

// What a client may ask at /authorize, read strictly (OpenID Connect Core 1.0,
// section 3.1.2.1; RFC 7636). Display, locale, acr_values, claims and unknown
// parameters never cause an error.

import (
	"context"
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/zitadel/oidc/v3/pkg/oidc"

	"github.com/doorward/doorward/host/idp/clients"
	"github.com/doorward/doorward/host/login"
)

// authRequest is a checked request. It waits for a sign-in as a sealed value
// in the page, so it holds all that the answer needs.
type authRequest struct {
	ClientID    string   `json:"client"`
	RedirectURI string   `json:"uri"`
	State       string   `json:"state,omitempty"`
	Nonce       string   `json:"nonce,omitempty"`
	Scopes      []string `json:"scopes"`
	Challenge   string   `json:"challenge,omitempty"` // PKCE, S256
	HintSubject string   `json:"hint,omitempty"`      // only this person may answer
	LoginHint   string   `json:"loginHint,omitempty"`
	Expires     int64    `json:"exp"` // Unix seconds

	silent bool   // prompt=none
	force  bool   // prompt=login, or max_age=0
	maxAge *int64 // seconds
}

// refusal is an error that the client is told in its redirect URI.
type refusal struct{ code, description string }

const (
	maxLoginHint = 256
	maxNonce     = 1024
)

var challengeFormat = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`) // base64url of a SHA-256

// destination is the client and its redirect URI. Before both are known to
// belong together, no answer is a redirect.
func (p *Provider) destination(ctx context.Context, form url.Values) (clients.Client, string, *login.Fault) {
	client, err := p.clients.Client(ctx, form.Get("client_id"))
	if errors.Is(err, clients.ErrUnknown) {
		return clients.Client{}, "", login.NewFault(login.CodeParameterInvalid, "client_id names no client of this provider")
	}
	if err != nil {
		return clients.Client{}, "", unavailable("read the client", err)
	}
	uri := form.Get("redirect_uri")
	if !slices.Contains(client.RedirectURIs, uri) {
		return clients.Client{}, "", login.NewFault(login.CodeParameterInvalid, "redirect_uri is none of those configured for client %s", client.ID)
	}
	return client, uri, nil
}

// readRequest reads everything but the destination. The request is good for an
// answer (its State is set) even when there is a refusal.
func (p *Provider) readRequest(ctx context.Context, client clients.Client, uri string, form url.Values) (authRequest, *refusal) {
	req := authRequest{ClientID: client.ID, RedirectURI: uri, State: form.Get("state"), Nonce: form.Get("nonce")}
	for _, read := range []func(*authRequest, clients.Client, url.Values) *refusal{
		readUnsupported, readResponse, p.readScopes, readPKCE, readPrompt, readMaxAge, p.hintReader(ctx),
	} {
		if r := read(&req, client, form); r != nil {
			return req, r
		}
	}
	return req, nil
}

func readUnsupported(_ *authRequest, _ clients.Client, form url.Values) *refusal {
	for name, code := range map[string]string{
		"request": "request_not_supported", "request_uri": "request_uri_not_supported", "registration": "registration_not_supported",
	} {
		if form.Has(name) {
			return &refusal{code, "leave out the parameter " + name}
		}
	}
	return nil
}

func readResponse(_ *authRequest, _ clients.Client, form url.Values) *refusal {
	switch form.Get("response_type") {
	case "code":
	case "":
		return &refusal{"invalid_request", "response_type is missing"}
	default:
		return &refusal{"unsupported_response_type", "response_type must be code"}
	}
	if mode := form.Get("response_mode"); mode != "" && mode != "query" {
		return &refusal{"invalid_request", "response_mode must be query"}
	}
	return nil
}

func (p *Provider) readScopes(req *authRequest, client clients.Client, form url.Values) *refusal {
	for _, scope := range strings.Fields(form.Get("scope")) {
		if p.scopes.May(client.Scopes, scope) && !slices.Contains(req.Scopes, scope) {
			req.Scopes = append(req.Scopes, scope)
		}
	}
	if !slices.Contains(req.Scopes, oidc.ScopeOpenID) {
		return &refusal{"invalid_scope", "scope must contain openid"}
	}
	if len(req.Nonce) > maxNonce {
		return &refusal{"invalid_request", "nonce is too long"}
	}
	return nil
}

func readPKCE(req *authRequest, client clients.Client, form url.Values) *refusal {
	challenge, method := form.Get("code_challenge"), form.Get("code_challenge_method")
	switch {
	case challenge == "" && method == "" && !client.Public():
		return nil
	case challenge == "":
		return &refusal{"invalid_request", "code_challenge is missing"}
	case method != string(oidc.CodeChallengeMethodS256):
		return &refusal{"invalid_request", "code_challenge_method must be S256"}
	case !challengeFormat.MatchString(challenge):
		return &refusal{"invalid_request", "code_challenge is not the base64url form of a SHA-256"}
	}
	req.Challenge = challenge
	return nil
}

func readPrompt(req *authRequest, _ clients.Client, form url.Values) *refusal {
	prompts := strings.Fields(form.Get("prompt"))
	req.silent = slices.Contains(prompts, oidc.PromptNone)
	if req.silent && len(prompts) > 1 {
		return &refusal{"invalid_request", "prompt none goes with no other value"}
	}
	req.force = slices.Contains(prompts, oidc.PromptLogin) || slices.Contains(prompts, oidc.PromptSelectAccount)
	return nil
}

func readMaxAge(req *authRequest, _ clients.Client, form url.Values) *refusal {
	if !form.Has("max_age") {
		return nil
	}
	age, err := strconv.ParseUint(form.Get("max_age"), 10, 31)
	if err != nil {
		return &refusal{"invalid_request", "max_age must be a number of seconds, zero or more"}
	}
	seconds := int64(age)
	req.maxAge = &seconds
	req.force = req.force || age == 0
	return nil
}

func (p *Provider) hintReader(ctx context.Context) func(*authRequest, clients.Client, url.Values) *refusal {
	return func(req *authRequest, client clients.Client, form url.Values) *refusal {
		return p.readHints(ctx, req, client, form)
	}
}

func (p *Provider) readHints(ctx context.Context, req *authRequest, client clients.Client, form url.Values) *refusal {
	req.LoginHint = clip(form.Get("login_hint"), maxLoginHint)
	token := form.Get("id_token_hint")
	if token == "" {
		return nil
	}
	hint, err := p.readHint(ctx, token)
	if err != nil || hint.ClientID != client.ID {
		return &refusal{"invalid_request", "id_token_hint is no ID token of this provider for this client"}
	}
	req.HintSubject = hint.Subject
	return nil
}

// needsProof reports whether session is not enough to answer req at now.
func (req authRequest) needsProof(s *session, now int64) bool {
	return s == nil || req.force ||
		req.maxAge != nil && now-s.AuthTime > *req.maxAge ||
		req.HintSubject != "" && req.HintSubject != s.Subject
}
