package idp

// The sign-in page's form: who says so, may they try, does the password fit.

import (
	"errors"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/doorward/doorward/host/idp/clients"
	"github.com/doorward/doorward/host/idp/pages"
	"github.com/doorward/doorward/host/idp/people"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/store"
)

// ask shows the sign-in page for a new request.
func (p *Provider) ask(w http.ResponseWriter, r *http.Request, client clients.Client, req authRequest) {
	req.Expires = p.cfg.Now().Add(pendingFor).Unix()
	p.showSignIn(w, r, client, req, http.StatusOK, pages.SignIn{
		Request: p.seal(purposeSignIn, p.browser(w, r), req), UserName: req.LoginHint,
	})
}

func (p *Provider) signIn(w http.ResponseWriter, r *http.Request, form url.Values) {
	req, client, fault := p.pending(r, form.Get("request"))
	if fault != nil {
		p.fail(w, r, fault)
		return
	}
	if form.Get("do") == "cancel" {
		p.refuse(w, r, req, refusal{"access_denied", "the sign-in was cancelled"})
		return
	}
	person, no, err := p.prove(r, form.Get("username"), form.Get("password"))
	switch {
	case err != nil:
		p.fail(w, r, unavailable("look up a person", err))
	case no != nil:
		p.again(w, r, client, req, form, *no)
	case req.HintSubject != "" && req.HintSubject != person.Subject:
		p.refuse(w, r, req, refusal{"login_required", "someone else signed in than id_token_hint says"})
	default:
		p.signedIn(w, r, req, person, p.cfg.RememberMe > 0 && form.Get("remember") == "yes")
	}
}

// pending is the request that the page was shown for.
func (p *Provider) pending(r *http.Request, sealed string) (authRequest, clients.Client, *login.Fault) {
	var req authRequest
	if fault := p.sameOrigin(r); fault != nil {
		return req, clients.Client{}, fault
	}
	if fault := p.unseal(r, purposeSignIn, sealed, &req); fault != nil {
		return req, clients.Client{}, fault
	}
	if fault := p.expired(req.Expires); fault != nil {
		return req, clients.Client{}, fault
	}
	client, _, fault := p.destination(url.Values{"client_id": {req.ClientID}, "redirect_uri": {req.RedirectURI}})
	return req, client, fault // the configuration may have changed since
}

// no is an answer to credentials that do not suffice.
type no struct {
	status int
	say    *pages.Message
	wait   time.Duration
}

// prove checks credentials. What it does and how long it takes is the same for
// names that exist and names that do not.
func (p *Provider) prove(r *http.Request, userName, password string) (people.Person, *no, error) {
	if strings.TrimSpace(userName) == "" || password == "" {
		return people.Person{}, &no{status: http.StatusForbidden, say: pages.Say(pages.SayEmpty)}, nil
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
		return people.Person{}, &no{http.StatusServiceUnavailable, pages.Say(pages.SayBusy), people.HashPatience}, nil
	case !fits, person.Disabled:
		p.cfg.Log.InfoContext(r.Context(), "sign-in refused", "address", address)
		return people.Person{}, &no{status: http.StatusForbidden, say: pages.Say(pages.SayWrong)}, nil
	}
	p.attempts.forgive(attempt, address)
	return person, nil, nil
}

func sayWait(wait time.Duration) *pages.Message {
	if wait > time.Minute {
		return pages.Say(pages.SayWaitMinutes, "count", strconv.Itoa(int(math.Ceil(wait.Minutes()))))
	}
	return pages.Say(pages.SayWaitSeconds, "count", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
}

func (p *Provider) again(w http.ResponseWriter, r *http.Request, client clients.Client, req authRequest, form url.Values, why no) {
	if why.wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(why.wait.Seconds()))))
	}
	p.showSignIn(w, r, client, req, why.status, pages.SignIn{
		Request: form.Get("request"), UserName: clip(form.Get("username"), people.MaxUserName),
		Error: why.say, Remember: form.Get("remember") == "yes",
	})
}

// signedIn replaces the browser's session, whoever's it was, by one with a new
// cookie, and answers the client.
func (p *Provider) signedIn(w http.ResponseWriter, r *http.Request, req authRequest, person people.Person, remember bool) {
	before, err := p.current(r)
	if err != nil {
		p.fail(w, r, unavailable("read the session", err))
		return
	}
	s, cookie := p.newSession(person, before, remember)
	code, issue := p.newCode(req, s, true)
	ops := []store.Op{s.put(), issue}
	if before != nil && before.SID != s.SID {
		ops = append(ops, before.end())
	}
	if err := p.cfg.Store.Apply(r.Context(), ops...); err != nil {
		p.fail(w, r, unavailable("write the session", err))
		return
	}
	age := time.Duration(0)
	if remember {
		age = p.cfg.RememberMe
	}
	p.setCookie(w, p.cfg.Cookies.Session, cookie, age)
	p.cfg.Log.InfoContext(r.Context(), "signed in", "client", req.ClientID, "address", p.cfg.ClientIP(r))
	p.answer(w, r, req, url.Values{"code": {code}})
}
