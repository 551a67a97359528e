// Failures: what failed, in words, with what the provider answered and what
// usually causes it.

package console

import (
	"cmp"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/login"
)

// failure is a failed step as the page leads with it.
type failure struct {
	Title  string
	Code   login.Code
	Step   string
	Detail string
	Usual  []string // causes, the likeliest first
	Facts  []fact   // what was sent and expected
	Body   string   // of the provider's answer, its beginning, masked
}

// failures are the one that ended the login, if it did not pass, and those
// that it survived.
func failures(list []step, t Test, secrets attrs.Secrets) (ended *failure, survived []failure) {
	var at *step
	if t.Err != nil {
		code := login.CodeOf(t.Err)
		for i := range list {
			if list[i].Code == code {
				at = &list[i] // the last one is the innermost
			}
		}
		f := failureAt(cmp.Or(at, &step{}), list, code, secrets.MaskString(t.Err.Error()))
		ended = &f
	}
	for i := range list {
		s := &list[i]
		if s.Code == "" || ended != nil && s.Code == ended.Code || s.Code == login.CodePluginFailed {
			continue // a plugin that was skipped has a step that says so
		}
		survived = append(survived, failureAt(s, list, s.Code, s.Error))
	}
	return ended, survived
}

func failureAt(s *step, list []step, code login.Code, detail string) failure {
	say := causes[code]
	f := failure{
		Title: cmp.Or(say.title, "The login failed"), Code: code, Step: s.Name, Usual: say.usual,
		Detail: strings.TrimPrefix(detail, string(code)+": "), Body: indented([]byte(word(s.out, "body"))),
	}
	if f.Detail == string(code) {
		f.Detail = ""
	}
	switch s.Name {
	case "accept":
		f.answered(s)
		f.Usual = append(oauthCauses(word(s.out, "error"), ""), f.Usual...)
	case "exchange":
		f.answered(s)
		status, _ := strconv.Atoi(word(s.out, "status"))
		f.Usual = append(exchangeCauses(status, word(s.out, "error"), word(s.in, "redirectUri")), f.Usual...)
		f.add("Redirect URI sent", word(s.in, "redirectUri"), true)
		f.add("Client", word(s.in, "clientId"), true)
		f.add("Client authentication", word(s.in, "clientAuth"), true)
	case "verify":
		f.idToken(s)
	case "userinfo":
		f.answered(s)
		f.userInfo(s, find(list, "exchange"))
	}
	return f
}

func (f *failure) add(name, text string, mono bool) {
	if text != "" {
		f.Facts = append(f.Facts, fact{Name: name, Text: text, Mono: mono})
	}
}

// answered adds what the provider's answer said.
func (f *failure) answered(s *step) {
	f.add("Endpoint", word(s.in, "endpoint"), true)
	f.add("Method", word(s.in, "method"), true)
	f.add("Status", word(s.out, "status"), false)
	f.add("Content type", word(s.out, "contentType"), true)
	f.add("WWW-Authenticate", word(s.out, "wwwAuthenticate"), true)
	f.add("Error", word(s.out, "error"), true)
	f.add("Its description", word(s.out, "errorDescription"), false)
	f.add("iss expected", word(s.in, "issuer"), true)
	f.add("iss received", word(s.out, "iss"), true)
}

// idToken says which check failed, what was expected, and what the token says.
func (f *failure) idToken(s *step) {
	check := word(s.out, "check")
	f.Usual = append(checkCauses[check], f.Usual...)
	f.add("Failed check", check, true)
	f.add("Issuer expected", word(s.in, "issuer"), true)
	f.add("Audience expected", word(s.in, "clientId"), true)
	if now, ok := seconds(s.in["now"]); ok {
		f.Facts = append(f.Facts, fact{Name: "This host's clock", Time: secondOf(now)})
	}
	f.add("Skew allowed, in seconds", word(s.in, "skewSeconds"), false)
	f.token("ID token", s.out["idToken"])
}

// userInfo says what the access token is, because that is what userinfo
// usually refuses.
func (f *failure) userInfo(s, exchange *step) {
	status, _ := strconv.Atoi(word(s.out, "status"))
	f.Usual = append(userInfoCauses(status), f.Usual...)
	if exchange == nil {
		return
	}
	said, _ := exchange.out["accessToken"].(map[string]any)
	f.token("Access token", said)
	if status != 401 && status != 403 {
		return
	}
	if exp, ok := seconds(said["exp"]); ok && exp <= unix(s.At) {
		f.Usual = append([]string{"The access token had expired when it was sent: compare the clocks of this host and of the provider."}, f.Usual...)
	}
	if scope, has := said["scope"].(string); has && !strings.Contains(" "+scope+" ", " openid ") {
		f.Usual = append([]string{"The access token's scope has no openid, which userinfo needs: allow it for this client at the provider."}, f.Usual...)
	}
}

// token adds what a token says of itself: whom it is for, and how long.
func (f *failure) token(what string, described any) {
	said, _ := described.(map[string]any)
	switch word(said, "kind") {
	case "":
		return
	case "jwt":
		f.add(what, "a JWT, "+word(said, "alg"), false)
	case "encrypted":
		f.add(what, "an encrypted JWT: only the one it is for can read it", false)
		return
	default:
		f.add(what, "opaque: only the provider knows whom it is for and how long", false)
		return
	}
	for _, name := range []string{"aud", "iss", "azp", "client_id", "scope", "scp", "kid"} {
		if said[name] != nil {
			f.add("Its "+name, valueOf(said[name]), true)
		}
	}
	if said["aud"] == nil {
		f.add("Its aud", "none", false)
	}
	for _, name := range []string{"iat", "nbf", "exp"} {
		if at, ok := seconds(said[name]); ok {
			f.Facts = append(f.Facts, fact{Name: "Its " + name, Time: secondOf(at)})
		} else if said[name] != nil {
			f.add("Its "+name, valueOf(said[name]), true)
		}
	}
}

// seconds is a plausible time in Unix seconds.
func seconds(value any) (int64, bool) {
	number, ok := value.(json.Number)
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseInt(number.String(), 10, 64)
	return n, err == nil && n > 0 && n < 253402300800 // the year 10000
}

func unix(m moment) int64 {
	t, err := time.Parse(time.RFC3339, m.ISO)
	if err != nil {
		return 0
	}
	return t.Unix()
}
