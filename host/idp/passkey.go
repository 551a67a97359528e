package idp

// Sign-in with a passkey, alone or as the second factor.

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/doorward/doorward/host/idp/factors"
	"github.com/doorward/doorward/host/idp/pages"
	"github.com/doorward/doorward/host/idp/people"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/store"
)

const bucketSpent = "idp.challenges" // those that were answered, until they would have expired

func (p *Provider) passkey(w http.ResponseWriter, r *http.Request, form url.Values) {
	step, fault := p.underway(r, purposeSignIn, form.Get("request"))
	if fault == nil && (step.Challenge == nil || !slices.Contains(p.cfg.Methods, factors.Passkey)) {
		fault = login.NewFault(login.CodeStateUnknown, "no passkey was asked for")
	}
	if fault != nil {
		p.fail(w, r, fault)
		return
	}
	step.Remember = p.cfg.RememberMe > 0 && form.Get("remember") == "yes"
	find := func(id []byte) (people.Person, error) { return p.cfg.People.ByPasskey(r.Context(), id) }
	proved, no, err := p.provePasskey(r, step, form.Get("credential"), find)
	switch {
	case err != nil:
		p.lost(w, r, err)
	case no != nil:
		p.showSignIn(w, r, no.answer(w), step, pages.SignIn{Method: pages.MethodPasskey, Error: no.say})
	default:
		step.Proved, step.Typed = factors.Proved{Method: factors.Passkey, Key: proved.Key}, nameAccount(proved.Person.UserName)
		p.next(w, r, step, proved.Person)
	}
}

// provePasskey checks a passkey's answer to the step's challenge, and stores
// that it was used before it counts.
func (p *Provider) provePasskey(r *http.Request, step underway, credential string, find func([]byte) (people.Person, error)) (factors.Answer, *no, error) {
	answer, err := p.passkeys.Check(*step.Challenge, credential, find)
	cloned := errors.Is(err, factors.ErrCloned)
	switch {
	case errors.Is(err, factors.ErrPasskey), errors.Is(err, people.ErrNoPerson), err == nil && answer.Person.Disabled:
		p.cfg.Log.InfoContext(r.Context(), "sign-in refused", "method", string(factors.Passkey), "address", p.cfg.ClientIP(r))
		return answer, wrong(pages.SayWrongPasskey), nil
	case err != nil && !cloned:
		return answer, nil, err
	}
	if err := p.spendChallenge(r.Context(), *step.Challenge, step.Request.Expires); err != nil {
		return answer, wrong(pages.SayWrongPasskey), unlessConflict(err)
	}
	answer.Passkey.Used = p.cfg.Now().Unix()
	answer.Person, err = p.change(r.Context(), answer.Person, func(now *people.Person) error { return factors.Keep(now, answer.Passkey) })
	switch {
	case cloned && err == nil:
		p.cfg.Log.WarnContext(r.Context(), "a passkey's counter went back: it may have been copied", "sub", answer.Person.Subject)
		return answer, wrong(pages.SayWrongPasskey), nil
	case errors.Is(err, factors.ErrPasskey):
		return answer, wrong(pages.SayWrongPasskey), nil
	}
	return answer, nil, err
}

// spendChallenge makes sure that a challenge is answered once: also by a
// passkey that does not count its uses.
func (p *Provider) spendChallenge(ctx context.Context, c factors.Challenge, until int64) error {
	return p.cfg.Store.Apply(ctx, store.Op{
		Bucket: bucketSpent, Key: secretKey(c.ID()), Value: []byte("{}"), Expires: time.Unix(until, 0), If: new(uint64),
	})
}

func unlessConflict(err error) error {
	if errors.Is(err, store.ErrConflict) {
		return nil
	}
	return err
}

// change changes the record of person, if they are still the same, and returns
// it as it was written. The error is that of do, people.ErrNoPerson, or one
// that wraps store.ErrUnavailable.
func (p *Provider) change(ctx context.Context, person people.Person, do func(*people.Person) error) (changed people.Person, err error) {
	err = p.cfg.People.Update(ctx, person.UserName, func(now *people.Person) error {
		if now.Subject != person.Subject || now.Disabled {
			return people.ErrNoPerson
		}
		err := do(now)
		changed = *now
		return err
	})
	return changed, err
}

// siteName is what authenticators show.
func (p *Provider) siteName() string {
	issuer, _ := url.Parse(p.cfg.Issuer) // Config.complete parsed it
	return or(p.cfg.Brand.Name, issuer.Hostname())
}
