package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// ErrNoSession is returned by Session and Token when the request that they were
// given brings no session: nobody is signed in any more, or the proxy keeps
// Doorward's cookie from the application.
var ErrNoSession = errors.New("doorward: the request brings no session")

// HostError is an answer of the host that is no success: a refusal, or a host
// that is not well. Code is stable (docs/errors.md), and empty when the answer
// was not the host's own.
type HostError struct {
	Status int
	Code   string
}

// Error is the status and the code.
func (e *HostError) Error() string {
	return fmt.Sprintf("doorward: the host answers %d %s", e.Status, e.Code)
}

const (
	maxSession = 8 << 20 // bytes of a session document
	maxToken   = 1 << 20
	maxProblem = 64 << 10
)

// ask makes a call for the session of r, at the application's own origin, and
// decodes the JSON of a 200 into to.
func (a *App) ask(ctx context.Context, r *http.Request, method, path string, form url.Values, most int64, to any) error {
	if a.config.Origin == "" {
		return errors.New("doorward: Origin is empty: write the application's origin, such as https://wiki.example.com")
	}
	handle := a.handle(r)
	if handle == nil {
		return ErrNoSession
	}
	call, err := a.call(ctx, method, path, form)
	if err != nil {
		return err
	}
	call.AddCookie(handle)
	if a.config.Secret != "" {
		call.SetBasicAuth(url.QueryEscape(a.config.Name), url.QueryEscape(string(a.config.Secret))) // RFC 6749, section 2.3.1
	}
	resp, err := a.client.Do(call)
	if err != nil {
		return fmt.Errorf("doorward: ask the host: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return failed(resp)
	}
	raw, err := io.ReadAll(io.LimitReader(resp.Body, most+1))
	if err != nil {
		return fmt.Errorf("doorward: read the host's answer: %w", err)
	}
	if int64(len(raw)) > most {
		return fmt.Errorf("doorward: the host's answer is longer than %d bytes", most)
	}
	if err := json.Unmarshal(raw, to); err != nil {
		return errors.New("doorward: the host's answer is no JSON of the expected form")
	}
	return nil
}

// call is a request to a path under the application's origin, or straight to the
// host with the origin in the headers that a proxy writes.
func (a *App) call(ctx context.Context, method, path string, form url.Values) (*http.Request, error) {
	base := a.config.Origin
	if a.config.Direct != "" {
		base = a.config.Direct
	}
	var body io.Reader
	if method == http.MethodPost {
		body = strings.NewReader(form.Encode())
	}
	call, err := http.NewRequestWithContext(ctx, method, base+path, body)
	if err != nil {
		return nil, fmt.Errorf("doorward: %w", err)
	}
	call.Header.Set("Accept", "application/json")
	if body != nil {
		call.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if a.config.Direct != "" {
		scheme, host, _ := strings.Cut(a.config.Origin, "://")
		call.Header.Set("X-Forwarded-Proto", scheme)
		call.Header.Set("X-Forwarded-Host", host)
	}
	return call, nil
}

// handle is the host's cookie for this origin that r brings, or nil. It alone is
// passed on. Two of them are none.
func (a *App) handle(r *http.Request) *http.Cookie {
	name := "__Host-doorward"
	if scheme, host, _ := strings.Cut(a.config.Origin, "://"); scheme == "http" {
		_, port, err := net.SplitHostPort(host)
		if err != nil {
			port = "80"
		}
		name = "doorward-" + port
	}
	found := r.CookiesNamed(name)
	if len(found) != 1 || found[0].Value == "" {
		return nil
	}
	return &http.Cookie{Name: name, Value: found[0].Value}
}

// failed makes an error of an answer, with the code of its problem document.
func failed(resp *http.Response) error {
	e := &HostError{Status: resp.StatusCode}
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "application/problem+json") {
		var problem struct{ Code string }
		if raw, err := io.ReadAll(io.LimitReader(resp.Body, maxProblem)); err == nil && json.Unmarshal(raw, &problem) == nil && len(problem.Code) <= 64 {
			e.Code = problem.Code
		}
	}
	if e.Code == "session_missing" {
		return fmt.Errorf("%w: %w", ErrNoSession, e)
	}
	return e
}
