package ask

// Request objects, by value and by reference (OpenID Connect Core 1.0, section
// 6; RFC 9101). They are signed: an unsigned one is refused as not supported,
// as it says nothing that plain parameters do not.

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"math"
	"net/url"
	"slices"
	"strings"

	"github.com/doorward/doorward/host/idp/clients"
	"github.com/doorward/doorward/host/token"
)

const (
	maxObject     = 64 << 10 // bytes
	maxRequestURI = 512
)

// ObjectAlgs are the algorithms that may sign request objects.
func ObjectAlgs() []string { return token.Asymmetric() }

// open is form with the members of its request object, which win. With a
// Refusal it is form itself.
func (r Reader) open(ctx context.Context, client clients.Client, form url.Values) (url.Values, *Refusal) {
	object, uri := form.Get("request"), form.Get("request_uri")
	switch {
	case object == "" && uri == "":
		return form, nil
	case object != "" && uri != "":
		return form, invalid("request and request_uri do not go together")
	}
	unsupported := "request_not_supported"
	if uri != "" {
		var refused *Refusal
		if object, refused = r.fetch(ctx, client, uri); refused != nil {
			return form, refused
		}
		unsupported = "request_uri_not_supported"
	}
	members, err := r.verified(ctx, client, object)
	if errors.Is(err, errUnsigned) {
		return form, &Refusal{Code: unsupported, Description: "sign the request object; the algorithm none is not supported"}
	}
	if err != nil {
		return form, &Refusal{Code: "invalid_request_object", Description: err.Error()}
	}
	return merge(form, members)
}

// fetch gets what stands at uri, which the client has registered.
func (r Reader) fetch(ctx context.Context, client clients.Client, uri string) (string, *Refusal) {
	switch {
	case r.Fetch == nil || len(client.RequestURIs) == 0:
		return "", &Refusal{Code: "request_uri_not_supported", Description: "the client has no request_uris registered"}
	case len(uri) > maxRequestURI || !slices.Contains(client.RequestURIs, uri):
		return "", &Refusal{Code: "invalid_request_uri", Description: "request_uri is none of those registered for the client"}
	}
	at, sum, hashed := strings.Cut(uri, "#")
	object, err := r.Fetch(ctx, client, at)
	if err != nil {
		return "", &Refusal{Code: "invalid_request_uri", Description: "nothing could be had from request_uri"}
	}
	got := sha256.Sum256([]byte(object))
	if hashed && base64.RawURLEncoding.EncodeToString(got[:]) != sum {
		return "", &Refusal{Code: "invalid_request_uri", Description: "what stands at request_uri has another hash than its fragment says"}
	}
	return strings.TrimSpace(object), nil
}

var errUnsigned = errors.New("the request object is not signed")

// verified are the members of a request object that client signed for this
// provider. Its errors are for the client.
func (r Reader) verified(ctx context.Context, client clients.Client, object string) (map[string]any, error) {
	if len(object) > maxObject {
		return nil, errors.New("the request object is too long")
	}
	jwt, err := token.Parse(object)
	switch {
	case err != nil:
		return nil, errors.New("the request object is no compact JWS with JSON members that stand once")
	case strings.EqualFold(jwt.Alg, "none"):
		return nil, errUnsigned
	case !slices.Contains([]string{"", "jwt", "oauth-authz-req+jwt"}, strings.ToLower(strings.TrimPrefix(jwt.Type, "application/"))):
		return nil, errors.New("the typ of the request object must be oauth-authz-req+jwt")
	}
	algs := ObjectAlgs()
	if client.RequestAlg != "" {
		algs = []string{client.RequestAlg}
	}
	if !slices.Contains(algs, jwt.Alg) {
		return nil, errors.New("the request object is signed with an algorithm that the client is not registered for")
	}
	if r.Verify != nil {
		jwt, err = r.Verify(ctx, client, object, algs...)
	}
	if r.Verify == nil || err != nil {
		return nil, errors.New("the request object's signature does not verify with the client's keys")
	}
	return jwt.Claims, r.checkObject(client, jwt.Claims)
}

// checkObject holds the claims about the object itself against the request
// (RFC 9101, sections 5 and 10.8).
func (r Reader) checkObject(client clients.Client, members map[string]any) error {
	for _, name := range []string{"iss", "client_id"} {
		if value, there := members[name]; there && value != client.ID {
			return errors.New("the request object's " + name + " is not the client")
		}
	}
	for _, name := range []string{"request", "request_uri"} {
		if _, there := members[name]; there {
			return errors.New("a request object holds no other one")
		}
	}
	if members["sub"] == client.ID { // a client assertion looks like this
		return errors.New("a request object has no sub that is the client")
	}
	if aud, there := members["aud"]; there && !names(aud, r.Issuer) {
		return errors.New("the request object's aud is not this provider")
	}
	now := float64(r.Now().Unix())
	if exp, there := members["exp"]; there && !(number(exp) > now) {
		return errors.New("the request object has expired")
	}
	if nbf, there := members["nbf"]; there && !(number(nbf) <= now+skew) {
		return errors.New("the request object is not good yet")
	}
	return nil
}

const skew = 60 // seconds that a client's clock may be ahead

var nan = math.NaN()

func names(aud any, issuer string) bool {
	if list, ok := aud.([]any); ok {
		return slices.Contains(list, any(issuer))
	}
	return aud == issuer
}

// number is a NumericDate, or NaN's equal in effect: a value that fails every
// comparison of checkObject.
func number(v any) float64 {
	n, ok := v.(json.Number)
	if !ok {
		return nan
	}
	f, err := n.Float64()
	if err != nil {
		return nan
	}
	return f
}

// merge is form with the members of a request object in the place of its own.
func merge(form url.Values, members map[string]any) (url.Values, *Refusal) {
	out := maps.Clone(form)
	out.Del("request")
	out.Del("request_uri")
	for name, value := range members {
		texts, ok := parameter(name, value)
		if !ok {
			continue // no parameter of ours looks like that
		}
		if name == "response_type" && form.Has(name) && form.Get(name) != texts[0] {
			return form, invalid("response_type inside and outside the request object differ")
		}
		out[name] = texts
	}
	return out, nil
}

// parameter is a member of a request object as the parameter of that name.
func parameter(name string, value any) ([]string, bool) {
	switch v := value.(type) {
	case string:
		return []string{v}, true
	case json.Number:
		return []string{v.String()}, true
	case map[string]any:
		text, err := json.Marshal(v)
		return []string{string(text)}, err == nil
	case []any:
		var out []string
		if name != "resource" { // of the others there is one
			return nil, false
		}
		for _, item := range v {
			text, ok := item.(string)
			if !ok {
				return nil, false
			}
			out = append(out, text)
		}
		return out, len(out) > 0
	}
	return nil, false
}
