package idp

// The front: routes, methods, sizes, duplicate parameters and the headers that
// every answer carries. Nothing behind it reads the request's body or query, but
// for registration, whose body is JSON.

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/doorward/doorward/host/idp/pages"
	"github.com/doorward/doorward/host/login"
)

const (
	maxQuery = 8 << 10  // bytes of a query
	maxBody  = 64 << 10 // bytes of a form
)

// Paths below the issuer.
const (
	pathDiscovery  = "/.well-known/openid-configuration"
	pathAuthorize  = "/authorize"
	pathSignIn     = "/sign-in"
	pathToken      = "/token"
	pathUserInfo   = "/userinfo"
	pathKeys       = "/keys"
	pathEndSession = "/end_session"
	pathSignOut    = "/sign-out"

	pathPushed        = "/par"                  // RFC 9126
	pathDeviceRequest = "/device_authorization" // RFC 8628
	pathIntrospect    = "/introspect"           // RFC 7662
	pathRevoke        = "/revoke"               // RFC 7009
	pathRegister      = "/register"             // RFC 7591
	pathDevice        = "/device"
	pathChoose        = "/choose"
	pathConsent       = "/consent"
	pathPasskey       = "/passkey"
	pathAccount       = "/account"
	pathSecondFactor  = "/second-factor"
	pathPassword      = "/password" // a forced change
	pathEnrol         = "/enrol"    // a second factor that everybody must have
	pathBrandSheet    = pages.StylesheetPath
	pathBrandLogo     = pages.LogoPath
)

type step func(http.ResponseWriter, *http.Request, url.Values)

// route is one path. A machine's route answers JSON, allows any origin (it
// reads no cookie), and takes no form from the query of a POST.
type route struct {
	methods []string
	machine bool
	public  bool // the same for everybody, so it may be kept for a while
	step    step
}

func (p *Provider) table() map[string]route {
	get, post, both := []string{http.MethodGet}, []string{http.MethodPost}, []string{http.MethodGet, http.MethodPost}
	back := p.backChannel()
	return map[string]route{
		pathDiscovery:  {methods: get, machine: true, public: true, step: back},
		pathKeys:       {methods: get, machine: true, public: true, step: back},
		pathToken:      {methods: post, machine: true, step: p.asClient(p.granting(back))},
		pathUserInfo:   {methods: both, machine: true, step: p.userInfo},
		pathAuthorize:  {methods: both, step: p.authorize},
		pathSignIn:     {methods: post, step: p.signIn},
		pathEndSession: {methods: both, step: p.endSession},
		pathSignOut:    {methods: post, step: p.signOut},

		pathPushed:        {methods: post, machine: true, step: p.asClient(p.push)},
		pathDeviceRequest: {methods: post, machine: true, step: p.asClient(back)},
		pathIntrospect:    {methods: post, machine: true, step: p.asClient(p.withCredentials(back))},
		pathRevoke:        {methods: post, machine: true, step: p.asClient(back)},
		pathRegister:      {methods: []string{http.MethodPost, http.MethodGet, http.MethodPut, http.MethodDelete}, machine: true, step: p.register},
		pathDevice:        {methods: both, step: p.devicePage},
		pathChoose:        {methods: post, step: p.choose},
		pathConsent:       {methods: post, step: p.consent},
		pathPasskey:       {methods: post, step: p.passkey},
		pathSecondFactor:  {methods: post, step: p.secondFactor},
		pathPassword:      {methods: post, step: p.forcedChange},
		pathEnrol:         {methods: post, step: p.enrol},
		pathAccount:       {methods: both, step: p.account},
		pathBrandSheet:    {methods: get, step: p.brandSheet},
		pathBrandLogo:     {methods: get, step: p.brandLogo},
	}
}

// ServeHTTP answers requests whose path is below the issuer's.
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin") // no-referrer would make the forms' Origin null
	path, below := strings.CutPrefix(r.URL.Path, p.base)
	rt, known := p.routes[path]
	switch {
	case !below || !known:
		p.fail(w, r, login.NewFault(login.CodeNotFound, "no such path of the identity provider"))
	case rt.machine:
		p.serveMachine(w, r, rt)
	default:
		p.servePerson(w, r, rt)
	}
}

func (p *Provider) servePerson(w http.ResponseWriter, r *http.Request, rt route) {
	if !slices.Contains(rt.methods, r.Method) {
		w.Header().Set("Allow", strings.Join(rt.methods, ", "))
		p.fail(w, r, login.NewFault(login.CodeMethodNotAllowed, "method %s", clip(r.Method, 16)))
		return
	}
	form, fault := readForm(w, r)
	if fault != nil {
		p.fail(w, r, fault)
		return
	}
	rt.step(w, r, form)
}

func (p *Provider) serveMachine(w http.ResponseWriter, r *http.Request, rt route) {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Access-Control-Expose-Headers", "WWW-Authenticate, DPoP-Nonce")
	switch {
	case r.Method == http.MethodOptions:
		preflight(w, rt.methods)
		return
	case !slices.Contains(rt.methods, r.Method):
		w.Header().Set("Allow", strings.Join(rt.methods, ", "))
		writeOAuthError(w, http.StatusMethodNotAllowed, "invalid_request", "this endpoint takes "+strings.Join(rt.methods, " or "))
		return
	case r.Method == http.MethodPost && r.URL.RawQuery != "", r.URL.Query().Has("access_token"):
		p.badRequest(w, r, "send parameters in the body or headers, not in the address")
		return
	}
	form, fault := readForm(w, r)
	if fault != nil {
		p.badRequest(w, r, fault.Detail)
		return
	}
	if rt.public {
		w.Header().Set("Cache-Control", "public, max-age=300")
	}
	rt.step(w, r, form)
}

// badRequest refuses a request as it came; where access tokens open something,
// with the challenge that RFC 6750, section 3, asks for.
func (p *Provider) badRequest(w http.ResponseWriter, r *http.Request, what string) {
	if r.URL.Path == p.base+pathUserInfo {
		p.deny(w, denial{status: http.StatusBadRequest, code: "invalid_request", description: strings.Map(describable, what)})
		return
	}
	writeOAuthError(w, http.StatusBadRequest, "invalid_request", what)
}

func preflight(w http.ResponseWriter, methods []string) {
	w.Header().Set("Access-Control-Allow-Methods", strings.Join(methods, ", "))
	w.Header().Set("Access-Control-Allow-Headers", "Authorization, Content-Type, DPoP")
	w.Header().Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
}

// readForm is the request's query and form, bounded, each parameter once.
func readForm(w http.ResponseWriter, r *http.Request) (url.Values, *login.Fault) {
	if len(r.URL.RawQuery) > maxQuery {
		return nil, login.NewFault(login.CodeRequestTooLarge, "the query has more than %d bytes", maxQuery)
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	if err := r.ParseForm(); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return nil, login.NewFault(login.CodeRequestTooLarge, "the form has more than %d bytes", maxBody)
		}
		return nil, login.NewFault(login.CodeParameterInvalid, "the parameters cannot be parsed") // err quotes them
	}
	if r.Method == http.MethodPost && r.URL.RawQuery != "" {
		return nil, login.NewFault(login.CodeParameterInvalid, "a form has its parameters in the body, not in the address")
	}
	for name, values := range r.Form {
		if len(values) > 1 && name != "resource" { // RFC 8707, section 2: one for each resource
			return nil, login.NewFault(login.CodeParameterDuplicate, "the parameter %q is there more than once", clip(name, 64))
		}
	}
	return r.Form, nil
}

// writeOAuthError writes an error document (RFC 6749, section 5.2), whose
// description may hold neither quotes nor backslashes.
func writeOAuthError(w http.ResponseWriter, status int, code, description string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	description = strings.Map(describable, description)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": code, "error_description": description})
}

func describable(c rune) rune {
	switch {
	case c == '"' || c == '\\':
		return '\''
	case c < ' ' || c > '~':
		return '?'
	}
	return c
}

// redirect sends the browser to target without repeating it in a body.
func redirect(w http.ResponseWriter, r *http.Request, target string) {
	w.Header().Set("Location", target)
	if r.Method == http.MethodPost {
		w.WriteHeader(http.StatusSeeOther)
		return
	}
	w.WriteHeader(http.StatusFound)
}

// withQuery is uri with params added to its query, the rest left byte by byte.
func withQuery(uri string, params url.Values) string {
	if len(params) == 0 {
		return uri
	}
	separator := "?"
	if strings.Contains(uri, "?") {
		separator = "&"
	}
	return uri + separator + params.Encode()
}

func clip(s string, n int) string {
	if len(s) > n {
		s = s[:n]
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}
