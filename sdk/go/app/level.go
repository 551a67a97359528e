package app

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

const (
	startPath   = "/.doorward/start"
	maxReturnTo = 1024 // bytes of an address that the host takes
)

// RequireLevel lets requests through whose person holds the level at path, such
// as Authenticated/Fresh, and sends the others to reach it, as the host's /auth
// does: a page is redirected to /.doorward/start and comes back, a script gets
// 401 with the challenge of RFC 9470, which doorward.stepUp understands.
//
// The level must be Authenticated, or declared with step_up: true. One that no
// login gives (a role, a zone) is 403 for somebody who is signed in. It stands
// behind Identify; where it does not, every request is answered with 500.
func (a *App) RequireLevel(path string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, signedIn := IdentityOf(r.Context())
		switch {
		case r.Context().Value(contextKey{}) == nil:
			a.config.Log.ErrorContext(r.Context(), "RequireLevel does not stand behind Identify")
			a.refuse(w, r, Refusal{Code: "not_identified", Status: http.StatusInternalServerError})
		case id.Holds(path):
			next.ServeHTTP(w, r)
		case under(path, "SecurityZones"), signedIn && under(path, "Authenticated/Roles"):
			a.refuse(w, r, Refusal{Code: "level_missing", Status: http.StatusForbidden, Level: path})
		default:
			a.send(w, r, path, signedIn)
		}
	})
}

func under(path, prefix string) bool { return path == prefix || strings.HasPrefix(path, prefix+"/") }

// send leads a page to the login, and tells a script what is missing.
func (a *App) send(w http.ResponseWriter, r *http.Request, level string, signedIn bool) {
	if level == "Authenticated" || under(level, "Authenticated/Roles") {
		level = "" // any login will do, for as much as one can do
	}
	if (r.Method == http.MethodGet || r.Method == http.MethodHead) && navigates(r) {
		never(w)
		http.Redirect(w, r, startURL(r, level), http.StatusSeeOther)
		return
	}
	why := Refusal{Code: "session_missing", Status: http.StatusUnauthorized, Level: level}
	challenge := "Bearer"
	if signedIn {
		why.Code = "step_up_needed"
		challenge = fmt.Sprintf(`Bearer error="insufficient_user_authentication", error_description="the person must prove who they are again", acr_values="%s"`, contextOf(level))
	}
	w.Header().Set("WWW-Authenticate", challenge)
	a.refuse(w, r, why)
}

// navigates reports whether a person's browser opens a page (Fetch Metadata
// Request Headers, section 2.3).
func navigates(r *http.Request) bool {
	if mode := r.Header.Get("Sec-Fetch-Mode"); mode != "" {
		return mode == "navigate"
	}
	return strings.Contains(r.Header.Get("Accept"), "text/html")
}

// never keeps an answer that depends on who asks out of every cache.
func never(w http.ResponseWriter) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Vary", "*")
}

// startURL begins a login that comes back to the request. What cannot come back
// whole loses its query, and else leads to the application's first page.
func startURL(r *http.Request, level string) string {
	query := url.Values{}
	if level != "" {
		query.Set("level", level)
	}
	to := sendable(r.RequestURI)
	fits := func(to string) bool {
		return strings.HasPrefix(to, "/") && !strings.HasPrefix(to, "//") && len("https://")+len(r.Host)+len(to) <= maxReturnTo
	}
	if !fits(to) {
		to, _, _ = strings.Cut(to, "?")
	}
	if fits(to) {
		query.Set("return_to", to)
	}
	if len(query) == 0 {
		return startPath
	}
	return startPath + "?" + query.Encode()
}

// sendable is a path and query as an address can carry it.
func sendable(uri string) string { return encoded(uri, `\`) }

// contextOf is a level's path as the host's challenges name it: without the
// characters that end a quoted string or an item of a list.
func contextOf(level string) string { return encoded(level, `%,"\`) }

// encoded percent-encodes what is no visible ASCII, and the characters of also.
func encoded(text, also string) string {
	var out strings.Builder
	for _, b := range []byte(text) {
		if b <= ' ' || b >= 0x7f || strings.IndexByte(also, b) >= 0 {
			fmt.Fprintf(&out, "%%%02X", b)
		} else {
			out.WriteByte(b)
		}
	}
	return out.String()
}
