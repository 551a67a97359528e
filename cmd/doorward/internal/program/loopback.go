package program

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"
)

const (
	donePath     = "/done"
	loopbackLife = 10 * time.Minute
)

// ByLoopback signs a person in with the browser of this machine (RFC 8252): open
// is called once with the address that the browser must go to.
func (h *Host) ByLoopback(ctx context.Context, w Wish, open func(address string)) (Session, error) {
	ctx, cancel := context.WithTimeout(ctx, loopbackLife)
	defer cancel()
	back, err := h.listen(ctx)
	if err != nil {
		return Session{}, err
	}
	defer back.close()
	verifier := random()
	query := url.Values{
		"response_type": {"code"}, "client_id": {w.App}, "redirect_uri": {back.address}, "state": {back.state},
		"code_challenge": {challengeOf(verifier)}, "code_challenge_method": {"S256"},
	}
	if w.Level != "" {
		query.Set("level", w.Level)
	}
	open(h.meta.Authorize + "?" + query.Encode())
	code, err := back.wait(ctx)
	if err != nil {
		return Session{}, err
	}
	var g granted
	err = h.post(ctx, h.meta.Token, "", url.Values{
		"grant_type": {"authorization_code"}, "client_id": {w.App}, "code": {code}, "redirect_uri": {back.address}, "code_verifier": {verifier},
	}, &g)
	if err != nil {
		return Session{}, fmt.Errorf("exchange the code: %w", err)
	}
	return h.session(w, g)
}

func random() string {
	raw := make([]byte, 32)
	rand.Read(raw) // never fails
	return base64.RawURLEncoding.EncodeToString(raw)
}

func challengeOf(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// listener waits at a loopback address for the one answer that is ours.
type listener struct {
	issuer, state, address string
	server                 *http.Server
	answers                chan answer
}

type answer struct {
	code string
	err  error
}

// listen waits on a port that nobody has, at whichever loopback address there
// is.
func (h *Host) listen(ctx context.Context) (*listener, error) {
	var config net.ListenConfig
	ln, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		if ln, err = config.Listen(ctx, "tcp", "[::1]:0"); err != nil {
			return nil, fmt.Errorf("wait for the browser: %w", err)
		}
	}
	l := &listener{issuer: h.Issuer, state: random(), address: "http://" + ln.Addr().String() + donePath, answers: make(chan answer, 1)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+donePath, l.done)
	l.server = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = l.server.Serve(ln) }() // until close
	return l, nil
}

// close lets the browser have its page.
func (l *listener) close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = l.server.Shutdown(ctx)
}

func (l *listener) wait(ctx context.Context) (string, error) {
	select {
	case a := <-l.answers:
		return a.code, a.err
	case <-ctx.Done():
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return "", errors.New("nobody answered in time: begin again")
		}
		return "", ctx.Err()
	}
}

// done takes the answer. Whoever else comes by has not our state, and changes
// nothing.
func (l *listener) done(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	w.Header().Set("Referrer-Policy", "no-referrer")
	if len(query["state"]) != 1 || subtle.ConstantTimeCompare([]byte(query.Get("state")), []byte(l.state)) != 1 {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, page("This is no answer to a sign-in of yours", "Nothing was done."))
		return
	}
	a := l.judge(query)
	select {
	case l.answers <- a:
	default: // answered before
	}
	if a.err != nil {
		fmt.Fprint(w, page("You are not signed in", "The program says why. You can close this window."))
		return
	}
	fmt.Fprint(w, page("You can go back to the program", "You can close this window."))
}

// judge holds the answer against who was asked (RFC 9207, section 2.4).
func (l *listener) judge(query url.Values) answer {
	switch {
	case len(query["iss"]) != 1 || query.Get("iss") != l.issuer:
		return answer{err: errors.New("another host answered than the one that was asked, so nothing was accepted")}
	case query.Get("error") != "":
		return answer{err: &Refused{Name: printable(query.Get("error")), Description: printable(query.Get("error_description"))}}
	case len(query["code"]) != 1:
		return answer{err: errors.New("the host sent neither a code nor an error")}
	}
	return answer{code: query.Get("code")}
}

func page(title, text string) string {
	return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><title>` + title + `</title><h1>` + title + `</h1><p>` + text + `</p></html>`
}
