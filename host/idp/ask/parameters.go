package ask

// The parameters, one step each (OpenID Connect Core 1.0, section 3.1.2.1; RFC
// 7636; RFC 8707; RFC 9449, section 10).

import (
	"cmp"
	"context"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/doorward/doorward/host/idp/clients"
)

// Bounds of what a Request holds; each is more than honest clients need.
const (
	maxState     = 4 << 10 // bytes
	maxNonce     = 1024
	maxScopes    = 64
	maxLoginHint = 256
	maxResources = 8
	maxWishes    = 16 // acr_values or locales
	maxWish      = 128
)

// Modes are the response modes.
var Modes = []string{"query", "fragment", "form_post"}

// Displays are the values of display that change nothing but the page's size,
// which follows the window anyway.
var Displays = []string{"page", "popup", "touch", "wap"}

func readResponse(_ context.Context, req *Request, client clients.Client, form url.Values) *Refusal {
	if !client.May(clients.GrantCode) {
		return &Refusal{Code: "unauthorized_client", Description: "the client is not registered for codes"}
	}
	switch form.Get("response_type") {
	case "code":
	case "":
		return invalid("response_type is missing")
	default:
		return &Refusal{Code: "unsupported_response_type", Description: "response_type must be code"}
	}
	mode := cmp.Or(form.Get("response_mode"), "query")
	target, err := url.Parse(req.RedirectURI)
	switch {
	case !slices.Contains(Modes, mode):
		return invalid("response_mode must be query, fragment or form_post")
	case mode == "form_post" && (err != nil || target.Host == ""):
		req.ResponseMode = ""
		return invalid("response_mode form_post needs a redirect_uri of a web server")
	case form.Has("registration"):
		return &Refusal{Code: "registration_not_supported", Description: "leave out the parameter registration"}
	case len(req.State) > maxState:
		req.State = ""
		return invalid("state is too long")
	}
	req.ResponseMode = mode
	return nil
}

// readScopes keeps the scopes that the client may have and leaves the others
// out, as section 3.1.2.1 says.
func (r Reader) readScopes(_ context.Context, req *Request, client clients.Client, form url.Values) *Refusal {
	for _, scope := range strings.Fields(form.Get("scope")) {
		if r.Allows(client, scope) && !slices.Contains(req.Scopes, scope) {
			req.Scopes = append(req.Scopes, scope)
		}
	}
	switch {
	case !slices.Contains(req.Scopes, "openid"):
		return &Refusal{Code: "invalid_scope", Description: "scope must contain openid"}
	case len(req.Scopes) > maxScopes:
		return &Refusal{Code: "invalid_scope", Description: "scope has too many values"}
	}
	return nil
}

// Allows reports whether the client may have the scope.
func (r Reader) Allows(client clients.Client, scope string) bool {
	switch {
	case scope == "openid":
		return true
	case scope == "offline_access" && !client.May(clients.GrantRefresh):
		return false
	case len(client.Scopes) > 0:
		return slices.Contains(client.Scopes, scope)
	}
	return slices.Contains(r.Scopes, scope)
}

// thumbprint is the base64url form of a SHA-256.
var thumbprint = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)

func readPKCE(_ context.Context, req *Request, client clients.Client, form url.Values) *Refusal {
	if req.Nonce = form.Get("nonce"); len(req.Nonce) > maxNonce {
		return invalid("nonce is too long")
	}
	if req.Thumbprint = form.Get("dpop_jkt"); req.Thumbprint != "" && !thumbprint.MatchString(req.Thumbprint) {
		return invalid("dpop_jkt is not the base64url form of a SHA-256")
	}
	challenge, method := form.Get("code_challenge"), form.Get("code_challenge_method")
	switch {
	case challenge == "" && method == "" && !client.Public():
		return nil
	case challenge == "":
		return invalid("code_challenge is missing")
	case method != "S256":
		return invalid("code_challenge_method must be S256")
	case !thumbprint.MatchString(challenge):
		return invalid("code_challenge is not the base64url form of a SHA-256")
	}
	req.Challenge = challenge
	return nil
}

func readPrompt(_ context.Context, req *Request, _ clients.Client, form url.Values) *Refusal {
	prompts := strings.Fields(form.Get("prompt"))
	req.Silent = slices.Contains(prompts, "none")
	if req.Silent && len(prompts) > 1 {
		return invalid("prompt none goes with no other value")
	}
	req.Force = slices.Contains(prompts, "login")
	req.Consent = slices.Contains(prompts, "consent")
	req.Select = slices.Contains(prompts, "select_account")
	return nil
}

func readMaxAge(_ context.Context, req *Request, client clients.Client, form url.Values) *Refusal {
	req.MaxAge = client.DefaultMaxAge
	if form.Has("max_age") {
		age, err := strconv.ParseUint(form.Get("max_age"), 10, 31)
		if err != nil {
			return invalid("max_age must be a number of seconds, zero or more")
		}
		seconds := int64(age)
		req.MaxAge = &seconds
	}
	req.Force = req.Force || req.MaxAge != nil && *req.MaxAge == 0
	return nil
}

// readResources takes the audiences that access tokens are asked for.
func readResources(_ context.Context, req *Request, client clients.Client, form url.Values) *Refusal {
	for _, resource := range form["resource"] {
		u, err := url.Parse(resource)
		if err != nil || !u.IsAbs() || u.Fragment != "" || !slices.Contains(client.Audiences, resource) || len(req.Resources) == maxResources {
			return &Refusal{Code: "invalid_target", Description: "resource is none of the audiences that the client is registered for"}
		}
		if !slices.Contains(req.Resources, resource) {
			req.Resources = append(req.Resources, resource)
		}
	}
	return nil
}

// readWishes takes what never causes an error.
func readWishes(_ context.Context, req *Request, client clients.Client, form url.Values) *Refusal {
	req.ACRValues = Words(form.Get("acr_values"))
	if len(req.ACRValues) == 0 {
		req.ACRValues = client.DefaultACR
	}
	req.Locales = Words(form.Get("ui_locales"))
	if display := form.Get("display"); slices.Contains(Displays, display) {
		req.Display = display
	}
	req.LoginHint = clip(form.Get("login_hint"), maxLoginHint)
	return nil
}

// Words are the first few words of a list such as ui_locales, without those
// that are too long or stand there twice.
func Words(list string) (out []string) {
	for _, word := range strings.Fields(list) {
		if len(word) <= maxWish && len(out) < maxWishes && !slices.Contains(out, word) {
			out = append(out, word)
		}
	}
	return out
}

func clip(s string, n int) string {
	if len(s) > n {
		s = s[:n]
	}
	return strings.ToValidUTF8(s, "")
}

// readHints takes who may answer: the person of the id_token_hint, and of a
// sub that the claims parameter asks for by value.
func (r Reader) readHints(ctx context.Context, req *Request, client clients.Client, form url.Values) *Refusal {
	if hint := form.Get("id_token_hint"); hint != "" {
		subject, err := "", error(nil)
		if r.Hint != nil {
			subject, err = r.Hint(ctx, client, hint)
		}
		if err != nil || subject == "" {
			return invalid("id_token_hint is no ID token of this provider for this client")
		}
		req.HintSubject = subject
	}
	for _, asked := range []map[string]Claim{req.Claims.IDToken, req.Claims.UserInfo} {
		for _, subject := range asked["sub"].texts() {
			if req.HintSubject != "" && req.HintSubject != subject {
				return invalid("the claims parameter and id_token_hint name more than one subject")
			}
			req.HintSubject = subject
		}
	}
	return nil
}
