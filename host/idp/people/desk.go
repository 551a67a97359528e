package people

// What those who run the host do with people: the same rules for the commands
// and for the console.

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrConfigured is returned for a change of somebody whom the configuration
// sets, and would set back.
var ErrConfigured = errors.New("this person is in people_file: edit that file and restart the host")

// Desk changes people for whoever runs the host. It is safe for concurrent use.
type Desk struct {
	Directory
	Policy Policy
	Hash   func(password string) (string, error) // HashPassword when nil
	// Told, unless nil, is called after each deed, with the person as they are
	// now, or how many people were imported or exported.
	Told func(ctx context.Context, done Deed, person Person, people int)
}

// Add adds the person that what describes, who has no password when it is
// empty. Errors are a *PolicyError, those of Directory.Add, or name a fault of
// what.
func (d Desk) Add(ctx context.Context, what New) (Person, error) {
	person := Person{Subject: what.Subject, BadgeNumbers: what.Badges, Disabled: what.Disabled}
	what.Change.apply(&person)
	if err := checkTyped(person.UserName); err != nil {
		return Person{}, err
	}
	if what.Password != "" {
		hash, err := d.hash(what.Password, person)
		if err != nil {
			return Person{}, err
		}
		person.PasswordHash = hash
	}
	person, err := d.Directory.Add(ctx, person)
	if err != nil {
		return Person{}, err
	}
	d.told(ctx, Added, person)
	return person, nil
}

// Set changes a person; errors are ErrConfigured and those of Update.
func (d Desk) Set(ctx context.Context, userName string, what Change) error {
	if what.UserName != nil {
		if err := checkTyped(*what.UserName); err != nil {
			return err
		}
	}
	return d.do(ctx, userName, Changed, func(p *Person) error {
		what.apply(p)
		return nil
	})
}

// Password gives a person another password, which they must change at the next
// sign-in when mustChange is set. Errors are a *PolicyError, ErrConfigured and
// those of Update.
func (d Desk) Password(ctx context.Context, userName, password string, mustChange bool) error {
	person, err := d.Person(ctx, userName)
	if err != nil {
		return err
	}
	if person.Configured { // before the work of a hash
		return ErrConfigured
	}
	hash, err := d.hash(password, person)
	if err != nil {
		return err
	}
	return d.do(ctx, userName, PasswordSet, func(p *Person) error {
		p.PasswordHash, p.MustChange = hash, mustChange
		return nil
	})
}

// AddBadge gives a person the badge of that number; errors are ErrConfigured and
// those of Update.
func (d Desk) AddBadge(ctx context.Context, userName, number string) error {
	return d.do(ctx, userName, BadgeAdded, func(p *Person) error {
		p.BadgeNumbers = []string{number}
		return nil
	})
}

// ErrNoBadge is returned by RemoveBadge when the person has no such badge.
var ErrNoBadge = errors.New("the person has no such badge")

// RemoveBadge takes the badge of that number from a person, or all of them when
// the number is empty. Errors are ErrNoBadge, ErrConfigured and those of Update.
func (d Desk) RemoveBadge(ctx context.Context, userName, number string) error {
	digest := ""
	if number != "" {
		var err error
		if digest, err = d.badgeDigest(ctx, number); err != nil {
			return err
		}
	}
	return d.do(ctx, userName, BadgeRemoved, func(p *Person) error {
		left := slices.DeleteFunc(slices.Clone(p.Badges), func(badge string) bool { return digest == "" || badge == digest })
		if len(left) == len(p.Badges) {
			return ErrNoBadge
		}
		p.Badges = left
		return nil
	})
}

// Disable keeps a person from signing in, or lets them again; errors are
// ErrConfigured and those of Update.
func (d Desk) Disable(ctx context.Context, userName string, disabled bool) error {
	deed := Enabled
	if disabled {
		deed = Disabled
	}
	return d.do(ctx, userName, deed, func(p *Person) error {
		p.Disabled = disabled
		return nil
	})
}

// ResetFactors takes passkeys and the authenticator app from a person, of
// people_file too, who lost them; errors are those of Update.
func (d Desk) ResetFactors(ctx context.Context, userName string) error {
	return d.done(ctx, userName, FactorsReset, func(p *Person) error {
		p.Passkeys, p.TOTP, p.TOTPUsed = nil, nil, 0
		return nil
	})
}

// Remove removes a person for good; errors are ErrConfigured and those of
// Update.
func (d Desk) Remove(ctx context.Context, userName string) error {
	person, err := d.Person(ctx, userName)
	if err != nil {
		return err
	}
	if person.Configured {
		return ErrConfigured
	}
	if err := d.Directory.Remove(ctx, userName); err != nil {
		return err
	}
	d.told(ctx, Removed, person)
	return nil
}

// do changes somebody whom no configuration sets.
func (d Desk) do(ctx context.Context, userName string, deed Deed, change func(*Person) error) error {
	return d.done(ctx, userName, deed, func(p *Person) error {
		if p.Configured {
			return ErrConfigured
		}
		return change(p)
	})
}

func (d Desk) done(ctx context.Context, userName string, deed Deed, change func(*Person) error) error {
	var person Person
	err := d.Update(ctx, userName, func(p *Person) error {
		err := change(p)
		person = *p
		return err
	})
	if err != nil {
		return err
	}
	d.told(ctx, deed, person)
	return nil
}

func (d Desk) told(ctx context.Context, deed Deed, person Person) {
	if d.Told != nil {
		d.Told(ctx, deed, person, 0)
	}
}

func (d Desk) hash(password string, person Person) (string, error) {
	if err := d.Policy.Check(password, person); err != nil {
		return "", err
	}
	if d.Hash != nil {
		return d.Hash(password)
	}
	return HashPassword(password)
}

// maxTyped is how many bytes a user name has that somebody chooses now, as in
// people_file.
const maxTyped = 128

func checkTyped(userName string) error {
	if userName == "" || len(userName) > maxTyped || strings.ContainsFunc(userName, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return fmt.Errorf("a user name must have 1 to %d bytes, and no space", maxTyped)
	}
	return nil
}
