package idp

// A person's new password.

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/doorward/doorward/host/idp/factors"
	"github.com/doorward/doorward/host/idp/pages"
	"github.com/doorward/doorward/host/idp/people"
	"github.com/doorward/doorward/host/login"
)

func (p *Provider) ownPasswordPage(w http.ResponseWriter, r *http.Request, own ownPage, _ url.Values) {
	if p.refusesPassword(w, r, own.person) {
		return
	}
	p.showOwnPassword(w, r, http.StatusOK, own, nil)
}

// refusesPassword answers when the person cannot have another password here.
func (p *Provider) refusesPassword(w http.ResponseWriter, r *http.Request, person people.Person) bool {
	if p.mayPassword(person) {
		return false
	}
	p.fail(w, r, login.NewFault(login.CodeParameterInvalid, "this person's password is not changed here"))
	return true
}

func (p *Provider) showOwnPassword(w http.ResponseWriter, r *http.Request, status int, own ownPage, say *pages.Message) {
	p.show(w, r, status, pages.ChangePassword{
		Action: p.base + pathAccount, Request: p.sealedOwn(w, r, own), UserName: own.person.UserName,
		Current: own.person.PasswordHash != "", MinLength: p.cfg.Passwords.MinLength, Error: say,
	})
}

func (p *Provider) ownPassword(w http.ResponseWriter, r *http.Request, own ownPage, form url.Values) {
	if p.refusesPassword(w, r, own.person) {
		return
	}
	changed, no, err := own.person, p.proveCurrent(r, own.person, form.Get("current")), error(nil)
	if no == nil {
		changed, no, err = p.newPassword(r, own.person, form, own.SID)
	}
	if err == nil && no == nil {
		err = p.renew(w, r, own.session, changed)
	}
	switch {
	case err != nil:
		p.lost(w, r, err)
	case no != nil:
		p.showOwnPassword(w, r, no.answer(w), own, no.say)
	default:
		p.ownDone(w, r, pages.SayPasswordChanged)
	}
}

// proveCurrent says what is wrong with what was given as the present password.
func (p *Provider) proveCurrent(r *http.Request, person people.Person, current string) *no {
	if person.PasswordHash == "" {
		return nil
	}
	try, no := p.tryFirst(r, nameAccount(person.UserName), factors.Password)
	if no != nil {
		return no
	}
	fits, err := p.hashing.Matches(r.Context(), person.PasswordHash, current)
	switch {
	case err != nil:
		return busy()
	case !fits:
		return wrong(pages.SayPasswordWrong).at("current")
	}
	try.fits()
	return nil
}

// renew puts a session that goes on for person as they are now, with a new
// cookie, in the place of s. It is no sign-in: how long s lasts, and when it
// was proved, stay.
func (p *Provider) renew(w http.ResponseWriter, r *http.Request, s *session, person people.Person) error {
	here, err := p.present(r)
	if err != nil {
		return err
	}
	next := p.newSession(r, Proof{Person: person, AMR: s.AMR, ACR: s.ACR}, s, s.Remembered)
	next.AuthTime, next.Proof, next.Ends = s.AuthTime, s.Proof, s.Ends
	if err := p.cfg.Store.Apply(r.Context(), next.begin()...); err != nil {
		return err
	}
	p.keep(w, append([]*session{next}, without(here, s.SID)...))
	return nil
}

// newPassword stores the password of the form, if it is one that the policy
// allows and not the one before, and ends the person's sessions but the one
// called except: whoever knew the old password is out.
func (p *Provider) newPassword(r *http.Request, person people.Person, form url.Values, except string) (people.Person, *no, error) {
	password := form.Get("password")
	if no, err := p.refusePassword(r, person, password, form.Get("again")); no != nil || err != nil {
		return person, no, err
	}
	hash, err := p.hashing.Hash(r.Context(), password)
	if err != nil { // the policy allowed the password, so it can be hashed
		return person, busy(), nil
	}
	sessions, err := p.sessionsOf(r.Context(), person.Subject) // the new password hides them
	if err != nil {
		return person, nil, err
	}
	changed, err := p.change(r.Context(), person, func(now *people.Person) error {
		if now.PasswordHash != person.PasswordHash {
			return people.ErrNoPerson // somebody else changed it: what was proved holds no longer
		}
		now.PasswordHash, now.MustChange = hash, false
		return nil
	})
	if err == nil {
		err = p.endSessions(r.Context(), without(sessions, except)...)
	}
	if err == nil { // also what applications hold for later, whoever allowed it
		err = p.grants.RevokeSubject(r.Context(), person.Subject)
	}
	return changed, nil, err
}

func (p *Provider) refusePassword(r *http.Request, person people.Person, password, again string) (*no, error) {
	if password != again {
		return wrong(pages.SayPasswordDiffer).at("again"), nil
	}
	var why *people.PolicyError
	if err := p.cfg.Passwords.Check(password, person); errors.As(err, &why) {
		return (&no{status: http.StatusForbidden, say: &pages.Message{Key: "say." + why.Key, Args: why.Args}}).at("password"), nil
	}
	if person.PasswordHash == "" {
		return nil, nil
	}
	same, err := p.hashing.Matches(r.Context(), person.PasswordHash, password)
	if err != nil {
		return busy(), nil
	}
	if same {
		return wrong(pages.SayPasswordSame).at("password"), nil
	}
	return nil, nil
}
