package idp

// A person's new password.

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/doorward/doorward/host/idp/pages"
	"github.com/doorward/doorward/host/idp/people"
)

// newPassword stores the password of the form, if it is one the policy allows,
// and not the one before.
func (p *Provider) newPassword(r *http.Request, person people.Person, form url.Values) (people.Person, *no, error) {
	password := form.Get("password")
	if password != form.Get("again") {
		return person, wrong(pages.SayPasswordDiffer).at("again"), nil
	}
	if say := p.allowed(password, person); say != nil {
		return person, (&no{status: http.StatusForbidden, say: say}).at("password"), nil
	}
	same, err := p.hashing.Matches(r.Context(), person.PasswordHash, password)
	if err != nil {
		return person, busy(), nil
	}
	if same {
		return person, wrong(pages.SayPasswordSame).at("password"), nil
	}
	hash, err := people.HashPassword(password)
	if err != nil {
		return person, nil, err
	}
	return p.change(r, person, func(now *people.Person) error {
		now.PasswordHash, now.MustChange = hash, false
		return nil
	})
}
