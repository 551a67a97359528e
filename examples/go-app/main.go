// A small wiki whose server knows who is there by Doorward's signed assertion,
// asks for a fresh proof where that matters, and calls an API with the person's
// access token. README.md says how to start it.
package main

import (
	_ "embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"html/template"
	"io"
	"log"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/doorward/doorward/sdk/go/app"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:3001", "address to listen on")
	host := flag.String("host", "http://localhost:8080", "public_url of Doorward")
	origin := flag.String("origin", "http://127.0.0.1:8081", "where browsers reach this application")
	flag.Parse()
	doorward, err := app.New(app.Config{Host: *host, Name: "wiki", Origin: *origin, Secret: app.Secret(os.Getenv("WIKI_SECRET")), Log: slog.Default()})
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{Addr: *listen, Handler: newWiki(doorward, *host), ReadHeaderTimeout: 10 * time.Second}
	log.Fatal(server.ListenAndServe())
}

// wiki is the application.
type wiki struct {
	doorward *app.App
	api      string // the provider's userinfo: an API that takes its access tokens
}

func newWiki(doorward *app.App, host string) http.Handler {
	w := &wiki{doorward: doorward, api: host + "/idp/userinfo"}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", w.home)
	mux.Handle("GET /mine", doorward.RequireLevel("Authenticated", http.HandlerFunc(w.mine)))
	mux.Handle("GET /secrets", doorward.RequireLevel("Authenticated/Fresh", http.HandlerFunc(w.secrets)))
	mux.Handle("POST /api/note", doorward.RequireLevel("Authenticated/Fresh", http.HandlerFunc(w.note)))
	mux.Handle("GET /admin", doorward.RequireLevel("Authenticated/Roles/admin", http.HandlerFunc(w.admin)))
	mux.HandleFunc("GET /style.css", file("text/css; charset=utf-8", style))
	mux.HandleFunc("GET /note.js", file("text/javascript; charset=utf-8", script))
	return doorward.Identify(mux)
}

// home is open to everybody.
func (*wiki) home(w http.ResponseWriter, r *http.Request) {
	show(w, r, "Home", nil)
}

// mine shows what the host says of the session now, and what an API says that is
// called with the person's token.
func (a *wiki) mine(w http.ResponseWriter, r *http.Request) {
	session, err := a.doorward.Session(r.Context(), r)
	if errors.Is(err, app.ErrNoSession) {
		http.Redirect(w, r, "/", http.StatusSeeOther) // it ended a moment ago
		return
	}
	var answer string
	if err == nil {
		answer, err = a.ask(r)
	}
	if err != nil {
		log.Print(err)
		http.Error(w, "The sign-in service or the API does not answer. Try again in a moment.", http.StatusBadGateway)
		return
	}
	show(w, r, "My session", map[string]any{"Session": session, "API": answer})
}

// ask calls the API.
func (a *wiki) ask(r *http.Request) (string, error) {
	token, err := a.doorward.Token(r.Context(), r, "")
	if err != nil {
		return "", err
	}
	call, err := http.NewRequestWithContext(r.Context(), http.MethodGet, a.api, nil)
	if err != nil {
		return "", err
	}
	token.Authorize(call.Header)
	resp, err := http.DefaultClient.Do(call)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	var claims any
	if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&claims); err != nil || resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("the api answers %s", resp.Status)
	}
	text, err := json.MarshalIndent(claims, "", "  ")
	return string(text), err
}

// secrets is for people who proved who they are within the last minutes.
func (*wiki) secrets(w http.ResponseWriter, r *http.Request) {
	show(w, r, "Secrets", map[string]any{"Secret": "The cake is in the second drawer."})
}

// admin is for those who have the role.
func (*wiki) admin(w http.ResponseWriter, r *http.Request) {
	show(w, r, "Administration", nil)
}

// note is for scripts: without a fresh proof they get a challenge, and the
// browser script makes a step-up of it.
func (*wiki) note(w http.ResponseWriter, r *http.Request) {
	id, _ := app.IdentityOf(r.Context())
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]string{"saved": "for " + id.User})
}

var (
	//go:embed page.html
	page string
	//go:embed style.css
	style string
	//go:embed note.js
	script string

	pages = template.Must(template.New("page").Parse(page))
)

func file(mediaType, content string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", mediaType)
		_, _ = io.WriteString(w, content)
	}
}

func show(w http.ResponseWriter, r *http.Request, title string, data map[string]any) {
	id, _ := app.IdentityOf(r.Context())
	given := ""
	if id != nil {
		_ = json.Unmarshal(id.Claims["given"], &given) // a claim of the application's own
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'")
	if err := pages.Execute(w, map[string]any{"Title": title, "ID": id, "Given": given, "Data": data}); err != nil {
		log.Print(err)
	}
}
