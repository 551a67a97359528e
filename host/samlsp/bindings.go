// Bindings: how a message travels in a browser, there and back.

package samlsp

import (
	"bytes"
	"compress/flate"
	"crypto"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"

	"github.com/beevik/etree"

	"github.com/doorward/doorward/host/login"
)

// Parameters of both bindings.
const (
	paramRequest    = "SAMLRequest"
	paramResponse   = "SAMLResponse"
	paramRelayState = "RelayState"
)

// send is how the browser brings message to location: deflated in the query, or
// as a form.
func (p *Provider) send(binding, location, param string, message *etree.Element, relayState string, sign bool) (login.Redirect, error) {
	if binding == bindingPost && sign {
		if err := p.enveloped(message); err != nil {
			return login.Redirect{}, internal(err)
		}
	}
	raw, err := etree.NewDocumentWithRoot(message).WriteToBytes()
	if err != nil {
		return login.Redirect{}, internal(err)
	}
	if binding == bindingPost {
		form := url.Values{param: {base64.StdEncoding.EncodeToString(raw)}}
		if relayState != "" {
			form.Set(paramRelayState, relayState)
		}
		return login.Redirect{URL: location, Form: form}, nil
	}
	query := param + "=" + url.QueryEscape(base64.StdEncoding.EncodeToString(deflate(raw)))
	if relayState != "" {
		query += "&" + paramRelayState + "=" + url.QueryEscape(relayState)
	}
	if sign {
		if query, err = p.querySignature(query); err != nil {
			return login.Redirect{}, internal(err)
		}
	}
	separator := "?"
	if strings.Contains(location, "?") {
		separator = "&"
	}
	return login.Redirect{URL: location + separator + query}, nil
}

func internal(err error) *login.Fault {
	return &login.Fault{Code: login.CodeInternal, Detail: err.Error(), Err: err}
}

func deflate(raw []byte) []byte {
	var out bytes.Buffer
	w, _ := flate.NewWriter(&out, flate.DefaultCompression) // never fails for this level
	_, _ = w.Write(raw)
	_ = w.Close()
	return out.Bytes()
}

// inflate unpacks at most as much as a message may have.
func inflate(raw []byte) ([]byte, error) {
	out, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(raw)), int64(messageLimits.bytes)+1))
	switch {
	case len(out) > messageLimits.bytes:
		return nil, fmt.Errorf("the message is longer than %d KiB", messageLimits.bytes>>10)
	case err != nil:
		return nil, errors.New("the message is not deflated")
	}
	return out, nil
}

// fromForm is the message of a form.
func fromForm(encoded string) ([]byte, error) {
	if len(encoded) > 2*messageLimits.bytes {
		return nil, fmt.Errorf("the message is longer than %d KiB", messageLimits.bytes>>10)
	}
	raw, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(encoded), ""))
	if err != nil {
		return nil, errors.New("the message is not base64")
	}
	return raw, nil
}

// query is a query of the redirect binding, with its values as they were sent:
// the signature is over that text, not over what it decodes to.
type query struct{ sent map[string]string }

var queryParams = []string{paramRequest, paramResponse, paramRelayState, "SigAlg", "Signature", "SAMLEncoding"}

func parseQuery(raw string) (query, error) {
	q := query{sent: map[string]string{}}
	for _, pair := range strings.Split(raw, "&") {
		name, sent, _ := strings.Cut(pair, "=")
		for _, known := range queryParams {
			if name != known {
				continue
			}
			if _, twice := q.sent[name]; twice {
				return q, errors.New("a parameter comes twice")
			}
			q.sent[name] = sent
		}
	}
	if _, is := q.sent["SAMLEncoding"]; is && q.get("SAMLEncoding") != "urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE" {
		return q, errors.New("the message is encoded in another way than DEFLATE")
	}
	return q, nil
}

// get is a value, decoded; "" when it is absent or broken.
func (q query) get(name string) string {
	decoded, err := url.QueryUnescape(q.sent[name])
	if err != nil {
		return ""
	}
	return decoded
}

// message is what the parameter param holds.
func (q query) message(param string) ([]byte, error) {
	raw, err := fromForm(q.get(param))
	if err != nil {
		return nil, err
	}
	return inflate(raw)
}

// verify is nil when one of keys signed the query's message param; errUnsigned
// when nobody did.
func (q query) verify(param string, keys []crypto.PublicKey) error {
	if q.get("Signature") == "" {
		return errUnsigned
	}
	m, err := methodNamed(q.get("SigAlg"))
	if err != nil {
		return err
	}
	content := param + "=" + q.sent[param]
	if state, is := q.sent[paramRelayState]; is {
		content += "&" + paramRelayState + "=" + state
	}
	content += "&SigAlg=" + q.sent["SigAlg"]
	signature, err := fromForm(q.get("Signature"))
	if err != nil {
		return errors.New("the signature of the query is not base64")
	}
	return m.verify([]byte(content), signature, keys)
}
