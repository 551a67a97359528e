// Authorization: everybody is approved at once, as Knobs.Subject.

package hosttest

import (
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

func (p *Provider) authorize(w http.ResponseWriter, r *http.Request, k Knobs) {
	if !p.unfold(r, k) {
		http.Error(w, "the request was not pushed, or its request_uri is not good", http.StatusBadRequest)
		return
	}
	q := r.Form
	switch {
	case q.Get("client_id") != p.ClientID || q.Get("redirect_uri") == "":
		http.Error(w, "the client or its redirect_uri is unknown", http.StatusBadRequest)
		return
	case k.Error != "":
		p.respond(w, r, k, url.Values{"error": {k.Error}, "error_description": {k.ErrorDescription}})
		return
	case q.Get("response_type") != "code", !slices.Contains(strings.Fields(q.Get("scope")), "openid"),
		k.RequirePKCE && (q.Get("code_challenge") == "" || q.Get("code_challenge_method") != "S256"),
		k.RefusePKCE && q.Get("code_challenge") != "":
		p.respond(w, r, k, url.Values{"error": {"invalid_request"}})
		return
	}
	authTime, fresh := p.prove(q)
	p.respond(w, r, k, url.Values{"code": {p.keep(grant{
		subject: k.Subject, scope: q.Get("scope"), nonce: q.Get("nonce"), redirect: q.Get("redirect_uri"),
		challenge: q.Get("code_challenge"), authTime: authTime, fresh: fresh && k.AuthTime == Honest,
	})}})
}

// prove is when the person proved their credentials, and whether for this
// request: the first time, at prompt=login, and when max_age has passed.
func (p *Provider) prove(q url.Values) (int64, bool) {
	now := p.Clock.Now().Unix()
	p.mu.Lock()
	defer p.mu.Unlock()
	maxAge, err := strconv.ParseInt(q.Get("max_age"), 10, 64)
	tooOld := err == nil && now-p.proved > maxAge
	asked := q.Get("prompt") == "login" || tooOld
	if p.proved != 0 && (!asked || p.knobs.AuthTime == IgnoresPrompt) {
		return p.proved, false
	}
	p.proved = now
	return now, true
}

func (p *Provider) respond(w http.ResponseWriter, r *http.Request, k Knobs, out url.Values) {
	q := r.Form
	switch k.StateParam {
	case Absent:
	case Wrong:
		out.Set("state", "another-state-"+random())
	default:
		out.Set("state", q.Get("state"))
	}
	switch k.IssParam {
	case Right:
		out.Set("iss", p.URL)
	case Wrong:
		out.Set("iss", "https://attacker.example")
	}
	if q.Get("response_mode") == "form_post" {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_ = formPost.Execute(w, map[string]any{"Action": q.Get("redirect_uri"), "Fields": out})
		return
	}
	target, err := url.Parse(q.Get("redirect_uri"))
	if err != nil {
		http.Error(w, "the redirect_uri is no address", http.StatusBadRequest)
		return
	}
	params := target.Query()
	for name, values := range out {
		params[name] = values
	}
	target.RawQuery = params.Encode()
	http.Redirect(w, r, target.String(), http.StatusFound)
}

var formPost = template.Must(template.New("").Parse(`<!doctype html><html lang="en"><title>Signing in</title>
<body onload="document.forms[0].submit()"><form method="post" action="{{.Action}}">
{{range $name, $values := .Fields}}{{range $values}}<input type="hidden" name="{{$name}}" value="{{.}}">
{{end}}{{end}}<button>Continue</button></form></body></html>
`))
