package idp

// The pages: sign in, sign out, and failures.

import (
	"net/http"

	"github.com/doorward/doorward/host/idp/ask"
	"github.com/doorward/doorward/host/idp/clients"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/page"
)

var signInPage = page.Parse(`<section class="card">
<h1>Sign in</h1>
<p class="hint">to continue to {{.Client}}</p>
{{with .Form.Error}}<p class="error" role="alert" id="sign-in-error">{{.}}</p>{{end}}
<form class="stack" method="post" action="{{.Action}}">
<input type="hidden" name="request" value="{{.Form.Request}}">
<label>User name<input name="username" value="{{.Form.UserName}}" autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="256" required{{if not .Form.UserName}} autofocus{{end}}{{if .Form.Error}} aria-invalid="true" aria-describedby="sign-in-error"{{end}}></label>
<label>Password<input type="password" name="password" autocomplete="current-password" maxlength="1024" required{{if .Form.UserName}} autofocus{{end}}{{if .Form.Error}} aria-invalid="true" aria-describedby="sign-in-error"{{end}}></label>
{{if .CanRemember}}<label><input type="checkbox" name="remember" value="yes"{{if .Form.Remember}} checked{{end}}> Keep me signed in on this device</label>{{end}}
<button class="primary" name="do" value="sign-in">Sign in</button>
<button name="do" value="cancel" formnovalidate>Cancel</button>
</form>
</section>`)

// signInForm is what the form shows.
type signInForm struct {
	Request, UserName, Error string
	Remember                 bool
}

func (p *Provider) showSignIn(w http.ResponseWriter, r *http.Request, client clients.Client, req ask.Request, form signInForm, status int) {
	p.show(w, r, status, page.Policy(p.targets(req)...), signInPage, "Sign in", map[string]any{
		"Client": client.Title(), "Action": p.base + pathSignIn, "Form": form, "CanRemember": p.cfg.RememberMe > 0,
	})
}

func (p *Provider) show(w http.ResponseWriter, r *http.Request, status int, policy string, t *page.Template, title string, data any) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Frame-Options", "DENY")
	w.WriteHeader(status)
	if err := t.Write(w, page.Head{Title: title}, data); err != nil {
		p.cfg.Log.WarnContext(r.Context(), "a page was not written", "page", title)
	}
}

var failurePage = page.Parse(`<section class="card">
<h1>{{.Title}}</h1>
<p class="error" role="alert">{{.Text}}</p>
<p class="hint">Code: {{.Code}}</p>
</section>`)

// failPage is Config.Fail without a host around.
func failPage(w http.ResponseWriter, _ *http.Request, f *login.Fault) {
	status, text := http.StatusBadRequest, "The address or the form is not one that this identity provider can answer. Go back to the application and start again."
	switch f.Code {
	case login.CodeNotFound:
		status, text = http.StatusNotFound, "There is nothing at this address."
	case login.CodeMethodNotAllowed:
		status, text = http.StatusMethodNotAllowed, "This address is part of a sign-in. Go back to the application and start there."
	case login.CodeOriginRefused:
		status, text = http.StatusForbidden, "The form did not come from a page of this site, so it was refused."
	case login.CodeStateExpired:
		text = "This took too long. Go back to the application and start again."
	case login.CodeStateMissing, login.CodeStateUnknown:
		text = "This step was not begun in this browser. Go back to the application and start again."
	case login.CodeRequestTooLarge:
		status = http.StatusRequestEntityTooLarge
	case login.CodeStoreUnavailable:
		status, text = http.StatusServiceUnavailable, "The store does not answer, so nobody can sign in. Try again in a moment."
	case login.CodeInternal:
		status, text = http.StatusInternalServerError, "Something broke here. Nothing was granted."
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", page.Policy())
	h.Set("X-Frame-Options", "DENY")
	w.WriteHeader(status)
	_ = failurePage.Write(w, page.Head{Title: "Sign-in"}, map[string]any{"Title": "That did not work", "Text": text, "Code": f.Code})
}
