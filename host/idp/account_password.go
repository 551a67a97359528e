package idp

// A person's new password.

import (
	"net/http"
	"net/url"

	"github.com/doorward/doorward/host/idp/pages"
	"github.com/doorward/doorward/host/idp/people"
)

// newPassword stores the password of the form, if it is one that the policy
// allows and not the one before, and ends all the person's sessions: whoever
// knew the old password is out.
func (p *Provider) newPassword(r *http.Request, person people.Person, form url.Values) (people.Person, *no, error) {
	password := form.Get("password")
	if no, err := p.refusePassword(r, person, password, form.Get("again")); no != nil || err != nil {
		return person, no, err
	}
	hash, err := people.HashPassword(password)
	if err != nil {
		return person, nil, err
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
		err = p.endSessions(r.Context(), sessions...)
	}
	return changed, nil, err
}

func (p *Provider) refusePassword(r *http.Request, person people.Person, password, again string) (*no, error) {
	if password != again {
		return wrong(pages.SayPasswordDiffer).at("again"), nil
	}
	if err := p.cfg.Passwords.Check(password, person); err != nil {
		return wrong(pages.SayPasswordShort).at("password"), nil
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
