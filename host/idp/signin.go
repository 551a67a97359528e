package idp

// The sign-in page's form: who says so, may they try, does the password fit.

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/doorward/doorward/host/idp/ask"
	"github.com/doorward/doorward/host/idp/clients"
	"github.com/doorward/doorward/host/idp/people"
)

// What the page says. Unknown, disabled and mistyped are one sentence.
const (
	sayWrong = "That user name and password do not belong together. Check both and try again."
	sayEmpty = "Enter your user name and your password."
	sayBusy  = "Too many people are signing in just now. Try again in a moment."
)

// askProof shows the sign-in page for a new request.
func (p *Provider) askProof(w http.ResponseWriter, r *http.Request, client clients.Client, req ask.Request) {
	req.Expires = p.cfg.Now().Add(pendingFor).Unix()
	form := signInForm{Request: p.seal(purposeSignIn, p.browser(w, r), req), UserName: req.LoginHint}
	p.showSignIn(w, r, client, req, form, http.StatusOK)
}

func (p *Provider) signIn(w http.ResponseWriter, r *http.Request, form url.Values) {
	var req ask.Request
	client, fault := p.resumed(r, purposeSignIn, form.Get("request"), &req, &req)
	if fault != nil {
		p.fail(w, r, fault)
		return
	}
	if form.Get("do") == "cancel" {
		p.refuse(w, r, req, ask.Refusal{Code: "access_denied", Description: "the sign-in was cancelled"})
		return
	}
	person, no, err := p.prove(r, form.Get("username"), form.Get("password"))
	switch {
	case err != nil:
		p.fail(w, r, unavailable("look up a person", err))
	case no != nil:
		p.again(w, r, client, req, form, *no)
	default:
		p.proved(w, r, req, Proof{Person: person, AMR: byPassword}, form.Get("remember") == "yes")
	}
}

// no is an answer to credentials that do not suffice.
type no struct {
	status int
	say    string
	wait   time.Duration
}

// prove checks credentials. What it does and how long it takes is the same for
// names that exist and names that do not.
func (p *Provider) prove(r *http.Request, userName, password string) (people.Person, *no, error) {
	if strings.TrimSpace(userName) == "" || password == "" {
		return people.Person{}, &no{status: http.StatusForbidden, say: sayEmpty}, nil
	}
	attempt, address := strings.ToLower(strings.TrimSpace(clip(userName, people.MaxUserName))), p.cfg.ClientIP(r)
	if wait, ok := p.attempts.take(attempt, address); !ok {
		p.cfg.Log.WarnContext(r.Context(), "too many sign-in attempts", "address", address)
		return people.Person{}, &no{http.StatusTooManyRequests, sayWait(wait), wait}, nil
	}
	person, err := p.cfg.People.Person(r.Context(), userName)
	if err != nil && !errors.Is(err, people.ErrNoPerson) {
		return people.Person{}, nil, err
	}
	fits, err := p.hashing.Matches(r.Context(), person.PasswordHash, password)
	switch {
	case err != nil:
		return people.Person{}, &no{http.StatusServiceUnavailable, sayBusy, people.HashPatience}, nil
	case !fits, person.Disabled:
		p.cfg.Log.InfoContext(r.Context(), "sign-in refused", "address", address)
		return people.Person{}, &no{status: http.StatusForbidden, say: sayWrong}, nil
	}
	p.attempts.forgive(attempt, address)
	return person, nil, nil
}

func sayWait(wait time.Duration) string {
	if wait > time.Minute {
		return fmt.Sprintf("Too many attempts. Wait %d minutes, then try again.", int(math.Ceil(wait.Minutes())))
	}
	return fmt.Sprintf("Too many attempts. Wait %d seconds, then try again.", int(math.Ceil(wait.Seconds())))
}

func (p *Provider) again(w http.ResponseWriter, r *http.Request, client clients.Client, req ask.Request, form url.Values, why no) {
	if why.wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(why.wait.Seconds()))))
	}
	p.showSignIn(w, r, client, req, signInForm{
		Request: form.Get("request"), UserName: clip(form.Get("username"), people.MaxUserName),
		Error: why.say, Remember: form.Get("remember") == "yes",
	}, why.status)
}
