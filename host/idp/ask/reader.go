package ask

// The one way from parameters to a Request: the request object is opened, the
// destination checked, then everything else.

import (
	"context"
	"net/url"
	"regexp"
	"slices"
	"time"

	"github.com/doorward/doorward/host/idp/clients"
	"github.com/doorward/doorward/host/token"
)

// Reader reads authorization requests. Its functions may be nil where a
// deployment has no use for them: then what needs them is refused. It is safe
// for concurrent use if they are.
type Reader struct {
	Issuer string
	// Scopes are those that every client may ask for which names none.
	Scopes []string
	// Hint is the subject of an id_token_hint of this provider for client,
	// whether or not it has expired.
	Hint func(ctx context.Context, client clients.Client, token string) (subject string, err error)
	// Verify is a request object, its signature checked with client's keys.
	Verify func(ctx context.Context, client clients.Client, compact string, algs ...string) (*token.JWT, error)
	// Fetch gets what stands at a registered request_uri, within bounds.
	Fetch func(ctx context.Context, client clients.Client, uri string) (string, error)
	Now   func() time.Time
}

// step reads one part of the parameters.
type step func(ctx context.Context, req *Request, client clients.Client, form url.Values) *Refusal

// Read checks what client asks with form, in which every parameter but
// resource stands once. Unknown parameters are ignored. With a Refusal that is
// not Local the Request is good for telling the client: RedirectURI,
// ResponseMode and State are set.
//
// See OpenID Connect Core 1.0, sections 3.1.2.1, 5.5 and 6, RFC 7636 and RFC
// 9101.
func (r Reader) Read(ctx context.Context, client clients.Client, form url.Values) (Request, *Refusal) {
	form, refused := r.open(ctx, client, form)
	req := Request{ClientID: client.ID, State: form.Get("state"), RedirectURI: form.Get("redirect_uri")}
	if !Registered(client, req.RedirectURI) {
		if refused != nil { // the object's fault is why there is none
			refused.Local = true
			return req, refused
		}
		return req, &Refusal{"invalid_request", "redirect_uri is none of those registered for the client", true}
	}
	if mode := form.Get("response_mode"); slices.Contains(Modes, mode) {
		req.ResponseMode = mode // also for the refusals that follow
	}
	if refused != nil {
		return req, refused
	}
	for _, read := range []step{
		readResponse, r.readScopes, readPKCE, readPrompt, readMaxAge, readResources, readClaims, readWishes, r.readHints,
	} {
		if refused := read(ctx, &req, client, form); refused != nil {
			return req, refused
		}
	}
	return req, nil
}

// Registered reports whether uri is one of client's redirect URIs, byte by
// byte; but a public client may choose the port on the loopback interface (RFC
// 8252, section 7.3).
func Registered(client clients.Client, uri string) bool {
	if uri == "" || slices.Contains(client.RedirectURIs, uri) {
		return uri != ""
	}
	asked := withoutPort(uri)
	return client.Public() && asked != "" && slices.ContainsFunc(client.RedirectURIs, func(r string) bool { return withoutPort(r) == asked })
}

var loopback = regexp.MustCompile(`^(http://(?:127\.0\.0\.1|\[::1\]))(?::[0-9]{1,5})?((?:[/?].*)?)$`)

// withoutPort is a URI on the loopback interface, by address, without its
// port; "" for any other.
func withoutPort(uri string) string {
	m := loopback.FindStringSubmatch(uri)
	if m == nil {
		return ""
	}
	return m[1] + m[2]
}
