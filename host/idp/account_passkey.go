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
		now.Passkeys = append(slices.Clone(now.Passkeys), made)
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

func (p *Provider) ownPasskeyAdd(w http.ResponseWriter, r *http.Request, own ownPage, form url.Values) {
	if !p.mayPasskeys() {
		p.ownRefused(w, r, own, wrong(pages.SayPasskeyFailed))
		return
	}
	_, _, no, err := p.addPasskey(r, own.Challenge, own.Expires, own.person, form, func(people.Person) error { return nil })
	switch {
	case err != nil:
		p.lost(w, r, err)
	case no != nil:
		p.ownRefused(w, r, own, no)
	default:
		p.ownDone(w, r, pages.SayPasskeyAdded)
	}
}

func (p *Provider) ownPasskeyRename(w http.ResponseWriter, r *http.Request, own ownPage, form url.Values) {
	p.ownChanged(w, r, own, pages.SayPasskeyRenamed, func(now *people.Person) error {
		if i := passkeyOf(*now, form.Get("id")); i >= 0 {
			now.Passkeys = slices.Clone(now.Passkeys)
			now.Passkeys[i].Name = passkeyName(form.Get("name"))
		}
		return nil
	})
}

func (p *Provider) ownPasskeyRemove(w http.ResponseWriter, r *http.Request, own ownPage, form url.Values) {
	p.ownRemoved(w, r, own, pages.SayPasskeyRemoved, func(now *people.Person) {
		if i := passkeyOf(*now, form.Get("id")); i >= 0 {
			now.Passkeys = slices.Delete(slices.Clone(now.Passkeys), i, i+1)
		}
	})
}
