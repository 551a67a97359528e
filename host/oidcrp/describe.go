// What the trace tells of tokens and of answers that were refused: enough to
// see what is wrong, and nothing that could be used again.

package oidcrp

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"regexp"
	"strings"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/token"
)

const (
	descriptionShown = 512      // bytes of an error description
	claimShown       = 256      // bytes of one claim of a described token
	claimItems       = 16       // of a claim that is a list
	describedToken   = 32 << 10 // bytes; a longer token is not taken apart
)

// describeRefused puts a refused answer of the token endpoint into the trace,
// without the secrets that were sent. The body of an answer that may have tokens
// in it is shown with its strings as digests.
func (p *Provider) describeRefused(step *login.Step, res token.Response, sent ...string) {
	if !step.Recording() {
		return
	}
	hidden := known(append(sent, p.cfg.ClientSecret.Reveal())...)
	step.Out("contentType", redact([]byte(res.Header.Get("Content-Type")), hidden, 128))
	if challenge := res.Header.Get("WWW-Authenticate"); challenge != "" {
		step.Out("wwwAuthenticate", redact([]byte(challenge), hidden, claimShown))
	}
	if members, err := token.Object(res.Body); err == nil && res.Status != http.StatusOK {
		if code, ok := members["error"].(string); ok {
			step.Out("error", safeCode(code))
		}
	}
	step.Out("body", redact(tokenless(res), hidden, bodyShown))
}

// tokenMember finds what stands behind the name of a token in a text that is
// no JSON object, or a broken one.
var tokenMember = regexp.MustCompile(`(?i)((?:access|refresh|id|device)_?token["']?\s*[:=>]\s*["']?)[^"'&\s<,}]+`)

// longRun is what any token looks like.
var longRun = regexp.MustCompile(`[A-Za-z0-9._~+/-]{16,}={0,2}`)

// explanations are the members of an error response that are there to be read;
// RFC 6749, section 5.2, and what providers add.
var explanations = []string{"error", "error_description", "error_uri", "error_hint", "error_debug", "message", "hint", "timestamp", "trace_id", "correlation_id"}

// tokenless is the answer's body without the tokens that it may hold: of a
// JSON object every string becomes a digest, but for those that are known to be
// public and those that explain an error.
func tokenless(res token.Response) []byte {
	doc, err := attrs.Document{}.With(attrs.TokenEndpointResponse, res.Body)
	if err != nil {
		return withoutTokens(res)
	}
	shown := maps.Clone(object(doc.Redacted()))
	if res.Status != http.StatusOK {
		for _, name := range explanations {
			if text, ok := object(doc)[name].(string); ok {
				shown[name] = text
			}
		}
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(shown) // what was parsed encodes
	return bytes.TrimSpace(out.Bytes())
}

// withoutTokens is the beginning of a body that is no strict JSON object. A text
// that explains a failure is shown as it is; what looks like an object, which a
// more generous reader would take for one, is not.
func withoutTokens(res token.Response) []byte {
	body := tokenMember.ReplaceAll(res.Body[:min(len(res.Body), 4*bodyShown)], []byte("${1}[redacted]"))
	if res.Status != http.StatusOK && !bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")) {
		return body
	}
	return longRun.ReplaceAll(body, []byte("[redacted]"))
}

func object(doc attrs.Document) map[string]any {
	members, _ := doc.Object(attrs.TokenEndpointResponse)
	return members
}

// describeInvalid puts into the trace which check of the ID token failed, what
// was expected and what the token says instead.
func (p *Provider) describeInvalid(step *login.Step, meta *metadata, r reply, check string) {
	step.Out("check", check)
	step.In("issuer", meta.issuer)
	step.In("clientId", p.cfg.ClientID)
	step.In("now", p.cfg.Now().Unix())
	step.In("skewSeconds", int64(p.cfg.Skew.Seconds()))
	step.Out("idToken", describeToken(r.idToken))
}

// describeToken says what kind a token is and, of a JWT, the claims that say
// whom it is for and how long: never the token, and nothing about the person.
// Nothing of it is verified.
func describeToken(compact string) map[string]any {
	if len(compact) > describedToken {
		return map[string]any{"kind": "long"}
	}
	if strings.Count(compact, ".") == 4 && strings.HasPrefix(compact, "eyJ") {
		return map[string]any{"kind": "encrypted"}
	}
	jwt, err := token.Parse(compact)
	if err != nil {
		return map[string]any{"kind": "opaque"}
	}
	said := map[string]any{"kind": "jwt", "alg": short(jwt.Alg)}
	if jwt.Type != "" {
		said["typ"] = short(jwt.Type)
	}
	if jwt.KeyID != "" {
		said["kid"] = short(jwt.KeyID)
	}
	for _, name := range []string{"iss", "aud", "azp", "client_id", "scope", "scp", "iat", "nbf", "exp"} {
		if value, present := jwt.Claims[name]; present {
			said[name] = shortClaim(value)
		}
	}
	return said
}

// shortClaim is a string, a number or a list of strings, bounded.
func shortClaim(value any) any {
	switch value := value.(type) {
	case string:
		return short(value)
	case json.Number:
		return json.Number(value[:min(len(value), 32)])
	case []any:
		list := []any{}
		for _, item := range value[:min(len(value), claimItems)] {
			list = append(list, shortClaim(item))
		}
		return list
	}
	return "(neither text nor number)"
}

func short(text string) string {
	return clean(string(bytes.ToValidUTF8([]byte(text), []byte("?"))), claimShown)
}
