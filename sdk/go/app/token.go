package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Token is an access token of the session's identity provider. Printing it does
// not show it.
type Token struct {
	// A function, because fmt shows what lies in an unexported field of
	// somebody's struct without asking Format.
	value func() string
	Type  string // Bearer
	// Expires is when the token ends; zero when the provider did not say.
	Expires time.Time
}

// Reveal is the token itself.
func (t Token) Reveal() string {
	if t.value == nil {
		return ""
	}
	return t.value()
}

// Format prints a placeholder for every verb.
func (t Token) Format(f fmt.State, _ rune) { fmt.Fprint(f, "[a token]") }

// MarshalText is a placeholder.
func (t Token) MarshalText() ([]byte, error) { return []byte("[a token]"), nil }

// LogValue is a placeholder.
func (t Token) LogValue() slog.Value { return slog.StringValue("[a token]") }

// Authorize sets the Authorization header of a call to the API.
func (t Token) Authorize(h http.Header) { h.Set("Authorization", t.Type+" "+t.Reveal()) }

// Token asks the host for an access token that is valid now for resource, one of
// applications.NAME.resources; for the sign-in's own token when resource is
// empty. It needs Secret, and tokens: [access_token] in the host's
// configuration, and what Session needs.
//
// Without a session the error is ErrNoSession. A refusal is a *HostError whose
// Code says why: resource_unknown, token_unavailable, token_audience,
// refresh_refused, session_frozen or client_unauthorized among others.
//
// See RFC 6749, section 5.1, and RFC 8707.
func (a *App) Token(ctx context.Context, r *http.Request, resource string) (Token, error) {
	if a.config.Secret == "" {
		return Token{}, errors.New("doorward: Secret is empty: tokens are handed only to an application that authenticates")
	}
	form := url.Values{}
	if resource != "" {
		form.Set("resource", resource)
	}
	var answer struct {
		AccessToken string `json:"access_token"`
		TokenType   string `json:"token_type"`
		ExpiresIn   int64  `json:"expires_in"`
	}
	asked := a.config.Now()
	if err := a.ask(ctx, r, http.MethodPost, "/.doorward/session/token", form, maxToken, &answer); err != nil {
		return Token{}, err
	}
	if answer.AccessToken == "" || strings.ContainsFunc(answer.AccessToken+answer.TokenType, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return Token{}, errors.New("doorward: the host's answer has no access token that a header can carry")
	}
	t := Token{value: func() string { return answer.AccessToken }, Type: answer.TokenType}
	if t.Type == "" || strings.EqualFold(t.Type, "bearer") {
		t.Type = "Bearer"
	}
	if answer.ExpiresIn > 0 {
		t.Expires = asked.Add(time.Duration(min(answer.ExpiresIn, 1<<31)) * time.Second)
	}
	return t, nil
}
