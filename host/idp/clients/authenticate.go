package clients

// Who calls: a client proves itself by its one registered method.

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/doorward/doorward/host/token"
)

// Call is what client authentication reads of a request.
type Call struct {
	Header   http.Header
	Form     url.Values // of the body
	Endpoint string     // the URL that was called
}

// Refusal is an answer of RFC 6749, section 5.2, or RFC 7591, section 3.2.2. It
// is for the caller to read and holds nothing that was sent.
type Refusal struct{ Code, Description string }

func (e *Refusal) Error() string { return e.Code + ": " + e.Description }

// Codes of a Refusal.
const (
	InvalidClient   = "invalid_client" // status 401
	InvalidRequest  = "invalid_request"
	InvalidRedirect = "invalid_redirect_uri"
	InvalidMetadata = "invalid_client_metadata"
	InvalidToken    = "invalid_token" // status 401
	AccessDenied    = "access_denied" // status 403: there are too many clients
)

// errUnproved is one answer for clients that do not exist and for clients that
// are not who they say.
var errUnproved = &Refusal{InvalidClient, "the client is unknown, or did not authenticate as it is registered to"}

// presented is what a request offers as a proof: at most one method.
type presented struct {
	method    AuthMethod
	id        string
	secret    string
	assertion string
}

// Authenticate is the client that makes the call, proved by exactly the method
// that it is configured or registered with (OpenID Connect Core 1.0, section
// 9). A public client is whoever names it: that proves nothing.
//
// # Errors
//
// A *Refusal (InvalidClient, InvalidRequest), or one that wraps
// store.ErrUnavailable.
func (r *Registry) Authenticate(ctx context.Context, call Call) (Client, error) {
	with, err := read(call)
	if err != nil {
		return Client{}, err
	}
	c, err := r.Client(ctx, with.id)
	if errors.Is(err, ErrUnknown) {
		return Client{}, errUnproved
	}
	if err != nil {
		return Client{}, err
	}
	if c.Auth != with.method {
		return Client{}, errUnproved
	}
	switch c.Auth {
	case AuthNone:
		return c, nil
	case AuthKey:
		err = r.asserts(ctx, c, with.assertion, call.Endpoint)
	case AuthBasic, AuthPost:
		if !c.Secret.Is(with.secret) {
			err = errUnproved
		}
	default:
		err = errUnproved
	}
	if err != nil {
		return Client{}, err
	}
	return c, nil
}

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// read finds the one method that the call uses.
func read(call Call) (presented, error) {
	var found []presented
	for _, method := range []func(Call) (*presented, error){readBasic, readPost, readAssertion} {
		p, err := method(call)
		if err != nil {
			return presented{}, err
		}
		if p != nil {
			found = append(found, *p)
		}
	}
	id := call.Form.Get("client_id")
	switch {
	case len(found) > 1:
		return presented{}, &Refusal{InvalidRequest, "use one method of client authentication, not more"}
	case len(found) == 0 && id == "":
		return presented{}, &Refusal{InvalidClient, "client authentication is missing"}
	case len(found) == 0:
		return presented{method: AuthNone, id: id}, nil
	case id != "" && id != found[0].id:
		return presented{}, errUnproved
	}
	return found[0], nil
}

// readBasic decodes both halves as forms are (RFC 6749, section 2.3.1).
func readBasic(call Call) (*presented, error) {
	values := call.Header.Values("Authorization")
	if len(values) == 0 || len(values) == 1 && values[0] == "" {
		return nil, nil
	}
	scheme, text, _ := strings.Cut(values[0], " ")
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	id, secret, both := strings.Cut(string(raw), ":")
	if len(values) > 1 || !strings.EqualFold(scheme, "Basic") || err != nil || !both {
		return nil, errUnproved
	}
	p := &presented{method: AuthBasic}
	if p.id, err = url.QueryUnescape(id); err != nil {
		return nil, errUnproved
	}
	if p.secret, err = url.QueryUnescape(secret); err != nil {
		return nil, errUnproved
	}
	return p, nil
}

func readPost(call Call) (*presented, error) {
	secret := call.Form.Get("client_secret")
	if secret == "" {
		return nil, nil
	}
	return &presented{method: AuthPost, id: call.Form.Get("client_id"), secret: secret}, nil
}

// readAssertion also finds whose assertion it is: client_id may be left out.
func readAssertion(call Call) (*presented, error) {
	assertion, kind := call.Form.Get("client_assertion"), call.Form.Get("client_assertion_type")
	switch {
	case assertion == "" && kind == "":
		return nil, nil
	case assertion == "" || kind != assertionType:
		return nil, &Refusal{InvalidRequest, fmt.Sprintf("a client assertion needs client_assertion, and %s as client_assertion_type", assertionType)}
	}
	id, err := issuerOf(assertion)
	if err != nil {
		return nil, err
	}
	return &presented{method: AuthKey, id: id, assertion: assertion}, nil
}

// assertionAlgs are the algorithms that c may sign an assertion with.
func (c Client) assertionAlgs() []string {
	if c.AuthAlg != "" {
		return []string{c.AuthAlg}
	}
	return token.Asymmetric()
}
