// All of sdk/go is vetted for guests too, where no host builds.

//go:build !wasip1

package app_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/hosttest/behind"
	"github.com/doorward/doorward/sdk/go/app"
)

// The package with a whole host behind a reverse proxy.
func TestHost(t *testing.T) {
	behind.Suite(t, func(t *testing.T, name string) behind.Server {
		server := httptest.NewUnstartedServer(nil)
		t.Cleanup(server.Close)
		return behind.Server{Upstream: server.Listener.Addr().String(), Start: func(s *behind.Site, a *behind.Application) {
			server.Config.Handler = application(t, s, a)
			server.Start()
		}}
	})
}

// application is what the suite asks for.
func application(t *testing.T, s *behind.Site, of *behind.Application) http.Handler {
	client := func(secret app.Secret, direct string) *app.App {
		a, err := app.New(app.Config{Host: s.Public, Name: of.Name, Origin: of.Origin, Now: s.Now, Secret: secret, Direct: direct})
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	secret := app.Secret("")
	if of.Name == "wiki" {
		secret = behind.Secret
	}
	usual, direct, wrong := client(secret, ""), client(secret, "http://"+s.Listen), client("wrong", "")
	asking := func(r *http.Request) *app.App {
		switch {
		case r.URL.Query().Has("direct"):
			return direct
		case r.URL.Query().Has("wrong"):
			return wrong
		}
		return usual
	}
	who := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, ok := app.IdentityOf(r.Context())
		if !ok {
			fmt.Fprint(w, "nobody")
			return
		}
		fmt.Fprintf(w, "%s of %s: %s, %s, %s, %s", id.User, id.IdP, id.Subject, id.Email, strings.Join(id.Roles, ","), orNull(id.Claims["team"]))
	})
	mux := http.NewServeMux()
	mux.Handle("/", who)
	for at, level := range map[string]string{"/in": "Authenticated", "/fresh": "Authenticated/Fresh", "/admin": "Authenticated/Roles/admin", "/plant": "SecurityZones/plant"} {
		mux.Handle(at, usual.RequireLevel(level, who))
	}
	mux.HandleFunc("/session", func(w http.ResponseWriter, r *http.Request) {
		session, err := asking(r).Session(r.Context(), r)
		if err != nil {
			fmt.Fprint(w, said(err))
			return
		}
		if !session.Holds("Authenticated/Fresh", s.Now()) || session.Holds("Authenticated/Fresh", s.Now().Add(6*60e9)) || session.Holds("Authenticated/Other", s.Now()) || !session.Holds("Public", s.Now()) {
			t.Errorf("the levels are %+v", session.Levels)
		}
		fmt.Fprintf(w, "%s of %s, %s, %s", session.User.UserName, session.IdP, strings.Join(session.User.Roles, ","), orNull(session.User.Attributes["team"]))
	})
	mux.HandleFunc("/token", func(w http.ResponseWriter, r *http.Request) {
		token, err := asking(r).Token(r.Context(), r, r.URL.Query().Get("resource"))
		if err != nil {
			fmt.Fprint(w, said(err))
			return
		}
		fmt.Fprintf(w, "%v %s %s", token, token.Type, token.Reveal())
	})
	return usual.Identify(mux)
}

func orNull(raw json.RawMessage) string {
	if raw == nil {
		return "null"
	}
	return string(raw)
}

func said(err error) string {
	var refused *app.HostError
	switch {
	case errors.Is(err, app.ErrNoSession):
		return "error: no session"
	case errors.As(err, &refused):
		return fmt.Sprintf("error: %d %s", refused.Status, refused.Code)
	}
	return "error: other"
}
