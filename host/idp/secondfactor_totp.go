package idp

// Authenticator apps: their secrets, sealed, and their codes, each good once.

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/doorward/doorward/host/idp/factors"
	"github.com/doorward/doorward/host/idp/pages"
	"github.com/doorward/doorward/host/idp/people"
)

var (
	errCodeWrong = errors.New("the code does not fit")
	errCodeUsed  = errors.New("the code, or a later one, was used before")
)

// proveCode checks a one-time code, and stores that it was used before it
// counts.
func (p *Provider) proveCode(r *http.Request, step underway, person people.Person, form url.Values) (factors.Proved, people.Person, *no, error) {
	code := form.Get("code")
	if code == "" {
		return step.Proved, person, wrong(pages.SayEmptyCode).at("code"), nil
	}
	try, refused := p.tryFactor(r, step.Subject, step.Typed)
	if refused != nil {
		return step.Proved, person, refused, nil
	}
	changed, err := p.change(r.Context(), person, func(now *people.Person) error { return p.useCode(r.Context(), now, code) })
	switch {
	case errors.Is(err, errCodeUsed):
		return step.Proved, person, wrong(pages.SayUsedCode).at("code"), nil
	case errors.Is(err, errCodeWrong):
		return step.Proved, person, wrong(pages.SayWrongCode).at("code"), nil
	case err != nil:
		return step.Proved, person, nil, err
	}
	try.fits()
	proved := step.Proved
	proved.TOTP = true
	return proved, changed, nil, nil
}

// useCode marks the code's time step as used, or says why it is not accepted.
func (p *Provider) useCode(ctx context.Context, person *people.Person, code string) error {
	if len(person.TOTP) == 0 {
		return errCodeWrong
	}
	secret, err := p.cfg.People.OpenSecret(ctx, person.Subject, person.TOTP)
	if err != nil {
		return err
	}
	at, err := acceptCode(secret, code, p.cfg.Now(), person.TOTPUsed)
	if err == nil {
		person.TOTPUsed = at
	}
	return err
}

func acceptCode(secret []byte, code string, now time.Time, used int64) (int64, error) {
	at, ok := factors.CheckTOTP(secret, code, now, used)
	if ok {
		return at, nil
	}
	if _, before := factors.CheckTOTP(secret, code, now, 0); before {
		return 0, errCodeUsed
	}
	return 0, errCodeWrong
}

// addTOTP stores secret as person's, if code shows that their app has it.
func (p *Provider) addTOTP(r *http.Request, secret []byte, person people.Person, code string, may func(people.Person) error) (people.Person, *no, error) {
	at, err := acceptCode(secret, code, p.cfg.Now(), 0)
	if err != nil {
		return person, wrong(pages.SayWrongCode).at("code"), nil
	}
	sealed, err := p.cfg.People.SealSecret(r.Context(), person.Subject, secret)
	if err != nil {
		return person, nil, err
	}
	changed, err := p.change(r.Context(), person, func(now *people.Person) error {
		if err := may(*now); err != nil {
			return err
		}
		now.TOTP, now.TOTPUsed = sealed, at
		return nil
	})
	return changed, nil, err
}
