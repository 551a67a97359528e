package idp

// Dynamic client registration (RFC 7591) and its management (RFC 7592).

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/doorward/doorward/host/idp/clients"
)

// register answers every method at the registration endpoint. A client that is
// managed is named in the query, with its registration access token in the
// header.
func (p *Provider) register(w http.ResponseWriter, r *http.Request, _ url.Values) {
	policy, bearer := p.cfg.Registration, bearerOf(r.Header)
	if !policy.On() {
		writeOAuthError(w, http.StatusNotFound, "invalid_request", "this provider registers no clients")
		return
	}
	if wait, ok := p.mayRegister(r, bearer); !ok {
		w.Header().Set("Retry-After", strconv.Itoa(int(wait/time.Second)+1))
		writeOAuthError(w, http.StatusTooManyRequests, "temporarily_unavailable", "too many clients were registered from this address; wait, then try again")
		return
	}
	body, refused := readDocument(r)
	if refused != nil {
		p.refuseRegistration(w, r, refused)
		return
	}
	status, answer, err := p.registration(r, bearer, body)
	if err != nil {
		p.refuseRegistration(w, r, err)
		return
	}
	p.cfg.Log.InfoContext(r.Context(), "client registration", "method", r.Method, "client", answer.ID, "address", p.cfg.ClientIP(r))
	if status == http.StatusNoContent {
		w.WriteHeader(status)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer)
}

func (p *Provider) registration(r *http.Request, bearer string, body []byte) (int, clients.Information, error) {
	ctx, id := r.Context(), r.URL.Query().Get("client_id")
	var answer clients.Information
	var err error
	switch r.Method {
	case http.MethodPost:
		answer, err = p.clients.Register(ctx, bearer, body)
		return http.StatusCreated, answer, err
	case http.MethodPut:
		answer, err = p.clients.Update(ctx, id, bearer, body)
	case http.MethodDelete:
		return http.StatusNoContent, clients.Information{ID: id}, p.clients.Remove(ctx, id, bearer)
	default:
		answer, err = p.clients.Managed(ctx, id, bearer)
	}
	return http.StatusOK, answer, err
}

// readDocument is the JSON of a request that has one; its size was bounded in
// front.
func readDocument(r *http.Request) ([]byte, error) {
	if r.Method != http.MethodPost && r.Method != http.MethodPut {
		return nil, nil
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return nil, &clients.Refusal{Code: clients.InvalidMetadata, Description: "send application/json"}
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, &clients.Refusal{Code: clients.InvalidMetadata, Description: "the document is too large, or ended early"}
	}
	return body, nil
}

// bearerOf is the token of the one Authorization header, or "".
func bearerOf(header http.Header) string {
	values := header.Values("Authorization")
	if len(values) != 1 {
		return ""
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

func (p *Provider) refuseRegistration(w http.ResponseWriter, r *http.Request, err error) {
	var refused *clients.Refusal
	if !errors.As(err, &refused) {
		p.cfg.Log.ErrorContext(r.Context(), "client registration failed", "error", err.Error())
		writeOAuthError(w, http.StatusServiceUnavailable, "server_error", "the provider cannot answer just now; try again")
		return
	}
	p.cfg.Log.InfoContext(r.Context(), "client registration refused", "error", refused.Code, "detail", refused.Description, "address", p.cfg.ClientIP(r))
	status := http.StatusBadRequest
	switch refused.Code {
	case clients.InvalidToken:
		status = http.StatusUnauthorized
		w.Header().Set("WWW-Authenticate", p.bearerChallenge(r))
	case clients.AccessDenied:
		status = http.StatusForbidden
	}
	writeOAuthError(w, status, refused.Code, refused.Description)
}

func (p *Provider) bearerChallenge(r *http.Request) string {
	challenge := `Bearer realm="` + p.cfg.Issuer + `"`
	if r.Header.Get("Authorization") != "" {
		challenge += `, error="invalid_token"`
	}
	return challenge
}
