// What is told of a userinfo call that failed: to the trace, the log, the
// login.

package oidcrp

import (
	"context"
	"encoding/json"
	"html"
	"net/url"
	"regexp"
	"strings"
	"unicode"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/token"
)

// bodyShown is how much of a failed response's body the trace keeps, in bytes.
const bodyShown = 1 << 10

// describe puts what is no secret about a response into the trace.
func (p *Provider) describe(step *login.Step, res token.Response, r reply) {
	if res.Status == 0 {
		return
	}
	step.Out("status", res.Status)
	kind := mediaType(res.Header)
	if kind != "application/json" && kind != "application/jwt" { // anything may be written there
		kind = redact([]byte(res.Header.Get("Content-Type")), p.secrets(r), 128)
	}
	step.Out("contentType", kind)
}

// failed ends the step with a fault, and a warning for a login that goes on.
func (p *Provider) failed(ctx context.Context, step *login.Step, code login.Code, res token.Response, r reply, reason string) info {
	secrets := p.secrets(r)
	if res.Header != nil {
		step.Out("wwwAuthenticate", redact([]byte(res.Header.Get("WWW-Authenticate")), secrets, 256))
		step.Out("body", redact(res.Body, secrets, bodyShown))
	}
	fault := &login.Fault{Code: code, Detail: reason}
	_ = step.End(fault)
	message, audit := failedMessage, false
	if code == login.CodeUserInfoSubject {
		message, audit = subjectMessage, true
	}
	p.cfg.Log.WarnContext(ctx, message, "idp", p.cfg.Name, "status", res.Status, "code", code, "reason", reason)
	return info{fault: fault, warnings: []login.Warning{{Code: code, Message: message, Audit: audit}}}
}

// secrets are the strings that a body may repeat and a trace may not: the
// token response's, the client's, in the forms that they take in texts.
func (p *Provider) secrets(r reply) []string {
	plain := []string{r.accessToken, r.idToken, p.cfg.ClientSecret.Reveal()}
	members, _ := r.sources.Object(attrs.TokenEndpointResponse)
	for name, value := range members {
		if text, ok := value.(string); ok && name != "token_type" && name != "scope" {
			plain = append(plain, text)
		}
	}
	return known(plain...)
}

// known is every form of the secrets that is long enough to be found.
func known(secrets ...string) (out []string) {
	for _, s := range secrets {
		for _, form := range forms(s) {
			if len(form) >= 4 {
				out = append(out, form)
			}
		}
	}
	return out
}

// forms are the ways in which an error page may repeat a secret: as it is, and
// escaped for a URL, JSON or HTML.
func forms(secret string) []string {
	quoted, _ := json.Marshal(secret)
	inJSON := strings.Trim(string(quoted), `"`)
	inQuery, inPath := url.QueryEscape(secret), url.PathEscape(secret)
	return []string{
		secret, inQuery, inPath, strings.ToLower(inQuery), strings.ToLower(inPath),
		inJSON, strings.ReplaceAll(inJSON, "/", `\/`),
		html.EscapeString(secret), strings.ReplaceAll(html.EscapeString(secret), "+", "&#43;"),
	}
}

// jwtLike is any signed token: a body may hold one that is not ours.
var jwtLike = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*(\.[A-Za-z0-9_-]*)*`)

// redact is the first size bytes of text, in printable characters, with
// "[redacted]" for each secret that is or begins within them.
func redact(text []byte, secrets []string, size int) string {
	s := string(text)
	hidden := make([]bool, min(len(s), size))
	hide := func(from, to int) {
		for i := from; i < min(to, len(hidden)); i++ {
			hidden[i] = true
		}
	}
	for _, secret := range secrets {
		for at := 0; at < len(hidden); {
			i := strings.Index(s[at:min(len(s), len(hidden)+len(secret))], secret)
			if i < 0 {
				break
			}
			hide(at+i, at+i+len(secret))
			at += i + 1
		}
	}
	for _, m := range jwtLike.FindAllStringIndex(s[:min(len(s), 4*size)], -1) {
		hide(m[0], m[1])
	}
	var out strings.Builder
	for i := range hidden {
		if !hidden[i] {
			out.WriteByte(s[i])
		} else if i == 0 || !hidden[i-1] {
			out.WriteString("[redacted]")
		}
	}
	return clean(out.String(), 2*size)
}

// clean makes text fit for a line of a log: valid UTF-8, no controls, at most
// size bytes.
func clean(text string, size int) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
	return strings.ToValidUTF8(text[:min(len(text), size)], "")
}
