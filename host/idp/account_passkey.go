package idp

// A person's passkeys: add, rename, remove.

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/doorward/doorward/host/idp/factors"
	"github.com/doorward/doorward/host/idp/pages"
	"github.com/doorward/doorward/host/idp/people"
)

const (
	maxPasskeys    = 20
	maxPasskeyName = 64 // bytes
)

var errManyPasskeys = errors.New("the person has as many passkeys as one may")

// addPasskey stores the passkey that the browser made for challenge, if may
// allows it for the person as they are then.
func (p *Provider) addPasskey(r *http.Request, challenge *factors.Challenge, until int64, person people.Person, form url.Values,
	may func(people.Person) error) (people.Person, factors.Key, *no, error) {
	if challenge == nil || p.passkeys == nil {
		return person, "", wrong(pages.SayPasskeyFailed), nil
	}
	made, key, err := p.passkeys.CheckNew(*challenge, form.Get("credential"), person)
	if err != nil {
		return person, "", wrong(pages.SayPasskeyFailed), nil
	}
	if _, err := p.cfg.People.ByPasskey(r.Context(), made.ID); !errors.Is(err, people.ErrNoPerson) {
		return person, "", wrong(pages.SayPasskeyExists), err
	}
	if err := p.spendChallenge(r.Context(), *challenge, until); err != nil {
		return person, "", wrong(pages.SayPasskeyFailed), unlessConflict(err)
	}
	made.Name, made.Added = passkeyName(form.Get("name")), p.cfg.Now().Unix()
	changed, err := p.change(r.Context(), person, func(now *people.Person) error {
		if len(now.Passkeys) >= maxPasskeys {
			return errManyPasskeys
		}
		if err := may(*now); err != nil {
			return err
		}
		now.Passkeys = append(now.Passkeys, made)
		return nil
	})
	if errors.Is(err, errManyPasskeys) {
		return person, "", wrong(pages.SayPasskeyMany), nil
	}
	return changed, key, nil, err
}

func passkeyName(given string) string {
	return or(strings.TrimSpace(clip(given, maxPasskeyName)), "Passkey")
}

// passkeyOf is the place of person's passkey called id, or -1.
func passkeyOf(person people.Person, id string) int {
	return slices.IndexFunc(person.Passkeys, func(k people.Passkey) bool { return b64.EncodeToString(k.ID) == id })
}
