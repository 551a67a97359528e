package program

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"
)

// Wish is what a sign-in is asked for.
type Wish struct {
	App   string // the application whose program this is: the client_id
	Level string // a security level that the session must hold, or ""
}

// Session is a session of this program's own. Bearer is its secret: nothing
// that prints a Session shows it.
type Session struct {
	Issuer  string    `json:"issuer"`
	App     string    `json:"app"`
	Bearer  Secret    `json:"bearer"`
	Expires time.Time `json:"expires"` // when it ends at the latest
}

// Secret is a text that prints as nothing.
type Secret string

func (Secret) String() string   { return "secret" }
func (Secret) GoString() string { return "secret" }

// granted is an answer of the token endpoint.
type granted struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int64  `json:"expires_in"`
}

func (h *Host) session(w Wish, g granted) (Session, error) {
	if g.AccessToken == "" || g.TokenType != "Bearer" {
		return Session{}, errors.New("the host handed out no session")
	}
	return Session{Issuer: h.Issuer, App: w.App, Bearer: Secret(g.AccessToken), Expires: time.Now().Add(time.Duration(g.ExpiresIn) * time.Second)}, nil
}

// ErrEnded says that a session has ended.
var ErrEnded = errors.New("the session has ended")

// Who is the name of the person whose session it is, or ErrEnded.
func (h *Host) Who(ctx context.Context, s Session) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, h.Issuer+"/session", nil)
	if err != nil {
		return "", err
	}
	req.Header.Set("Authorization", "Bearer "+string(s.Bearer))
	var doc struct {
		User struct{ ID, UserName string }
	}
	if err := h.do(req, &doc); err != nil {
		return "", ended(err)
	}
	if doc.User.UserName != "" {
		return printable(doc.User.UserName), nil
	}
	return printable(doc.User.ID), nil
}

// Token is an access token for an API, or ErrEnded.
func (h *Host) Token(ctx context.Context, s Session, resource string) (string, error) {
	var g granted
	if err := h.post(ctx, h.Issuer+"/session/token", string(s.Bearer), url.Values{"resource": {resource}}, &g); err != nil {
		return "", ended(err)
	}
	return g.AccessToken, nil
}

// Revoke ends the session. One that has ended already is no error.
func (h *Host) Revoke(ctx context.Context, s Session) error {
	return h.post(ctx, h.meta.Revoke, "", url.Values{"client_id": {s.App}, "token": {string(s.Bearer)}}, nil)
}

// ended gives a refused bearer its name.
func ended(err error) error {
	var refused *Refused
	if errors.As(err, &refused) && refused.Name == "session_missing" {
		return ErrEnded
	}
	return err
}
