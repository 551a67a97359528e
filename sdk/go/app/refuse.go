package app

import (
	"encoding/json"
	"html/template"
	"net/http"
)

// Refusal is why a request was not let through.
type Refusal struct {
	// Code is assertion_invalid, keys_unavailable, session_missing,
	// step_up_needed, level_missing or not_identified.
	Code   string
	Status int
	Level  string // that is missing; empty when it is not about one
}

// sentences are for the person who sees them.
var sentences = map[string][2]string{
	"assertion_invalid": {"This request cannot be trusted", "What it says of you is not from the sign-in service, or not for this application. Open the page again; if that does not help, tell your administrator."},
	"keys_unavailable":  {"Sign-in cannot be checked just now", "The sign-in service does not answer, so nobody is let in. Try again in a moment."},
	"session_missing":   {"You are not signed in", "Open the page again and sign in."},
	"step_up_needed":    {"This needs a fresh proof of who you are", "Open the page again and sign in when you are asked."},
	"not_identified":    {"Something is set up wrongly", "It is not your doing, and nothing was granted. Tell your administrator."},
	"level_missing":     {"You may not open this", "Your session lacks a security level that this needs. Ask your administrator for it."},
}

// refuse answers instead of the application.
func (a *App) refuse(w http.ResponseWriter, r *http.Request, why Refusal) {
	never(w)
	if a.config.Refuse != nil {
		a.config.Refuse(w, r, why)
		return
	}
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if navigates(r) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'sha256-"+styleHash+"'; frame-ancestors 'none'")
		w.WriteHeader(why.Status)
		_ = page.Execute(w, map[string]string{"Title": sentences[why.Code][0], "Detail": sentences[why.Code][1], "Code": why.Code})
		return
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(why.Status)
	_ = json.NewEncoder(w).Encode(map[string]any{"type": "about:blank", "title": sentences[why.Code][0], "status": why.Status, "detail": sentences[why.Code][1], "code": why.Code})
}

// The page's one style, and its hash for the page's own policy.
const (
	style     = `body{font:1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:3rem auto;padding:0 1.25rem}h1{font-size:1.5rem}code{overflow-wrap:anywhere}`
	styleHash = "BsBnvpG2ih1J9CTBTpQNaPXrGSe+GT/uvxFe8MPoO1s="
)

var page = template.Must(template.New("refusal").Parse(`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{{.Title}}</title>
<style>` + style + `</style>
</head>
<body>
<main>
<h1>{{.Title}}</h1>
<p>{{.Detail}}</p>
<p>Code <code>{{.Code}}</code></p>
</main>
</body>
</html>
`))
