package people

// People of a configuration: the directory follows the file.

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/doorward/doorward/host/store"
)

const (
	scanBatch  = 500  // records that are read at a time
	writeBatch = 4000 // changes that are written at a time
)

// Keep makes the configured people of the directory exactly these: it adds and
// replaces, and removes whoever an earlier Keep put there and is not among
// them now. People of PutPerson, Add and Seed stay. A person without a Subject
// keeps the one they have; one with a Subject keeps, under another user name
// too, the passkeys and the authenticator app that belong to that subject. What
// has not changed is not written, and people who are not configured are not
// looked at.
//
// Errors name a fault of a person, wrap ErrTaken, or wrap
// store.ErrUnavailable. Two calls at once are the caller's fault.
func (d Directory) Keep(ctx context.Context, people ...Person) error {
	if err := d.Index(ctx); err != nil {
		return err
	}
	k := keeping{Directory: d, was: records{}, is: records{}, had: map[place]string{}, has: map[place]string{}}
	if err := k.configured(ctx); err != nil {
		return fmt.Errorf("read the people: %w", err)
	}
	for _, person := range people {
		if err := k.keep(ctx, person); err != nil {
			return fmt.Errorf("%s: %w", person.UserName, err)
		}
	}
	return k.write(ctx)
}

// keeping is a Keep under way: the records of everybody who is concerned, as
// they were and as they are to be.
type keeping struct {
	Directory
	was, is  records
	had, has map[place]string // the subject that each of them was, and is, of
}

// configured takes in those whom an earlier Keep put there.
func (k *keeping) configured(ctx context.Context) error {
	for after := ""; ; {
		items, err := k.Store.Scan(ctx, bucketConfigured, "", after, scanBatch)
		if err != nil {
			return err
		}
		for _, item := range items {
			after = item.Key
			person, _, err := k.get(ctx, item.Key)
			if errors.Is(err, ErrNoPerson) {
				continue
			}
			if err != nil {
				return err
			}
			if err := k.concerns(person); err != nil {
				return err
			}
		}
		if len(items) < scanBatch {
			return nil
		}
	}
}

func (k *keeping) concerns(person Person) error {
	theirs, err := recordsOf(person)
	if err != nil {
		return err
	}
	k.was.add(theirs)
	for at := range theirs {
		k.had[at] = person.Subject
	}
	return nil
}

// keep takes in a person as they are to be.
func (k *keeping) keep(ctx context.Context, person Person) error {
	before, err := k.before(ctx, person)
	if err != nil {
		return err
	}
	person.Configured = true
	person.Subject = cmp.Or(person.Subject, before.Subject)
	if person.Subject == before.Subject {
		person.Passkeys, person.TOTP, person.TOTPUsed = before.Passkeys, before.TOTP, before.TOTPUsed
	}
	if person, err = k.complete(ctx, person); err != nil {
		return err
	}
	theirs, err := recordsOf(person)
	if err != nil {
		return err
	}
	clash, clashes := k.is.add(theirs)
	if clashes && clash.bucket == Bucket {
		return errors.New("the user name is there twice, perhaps in another case")
	}
	if clashes {
		return fmt.Errorf("the %s is there twice", unique[clash.bucket])
	}
	for at := range theirs {
		k.has[at] = person.Subject
	}
	return nil
}

// before is who the person was: by subject when the configuration had them
// before, else by name.
func (k *keeping) before(ctx context.Context, person Person) (before Person, err error) {
	named, err := k.Person(ctx, person.UserName)
	if err != nil && !errors.Is(err, ErrNoPerson) {
		return Person{}, err
	}
	if err == nil {
		if err := k.concerns(named); err != nil {
			return Person{}, err
		}
	}
	if person.Subject == "" || person.Subject == named.Subject {
		return named, nil
	}
	before, err = k.BySubject(ctx, person.Subject)
	if errors.Is(err, ErrNoPerson) || err == nil && !before.Configured {
		return named, nil
	}
	return before, err
}

// write writes the difference: in one change when it fits, else person by
// person.
func (k *keeping) write(ctx context.Context) error {
	ops := changes(k.was, k.is)
	if err := k.reserve(ctx, ops, k.was); err != nil {
		return err
	}
	for _, batch := range k.batches(ops) {
		if err := k.Store.Apply(ctx, batch...); err != nil {
			return fmt.Errorf("write the people: %w", err)
		}
	}
	return nil
}

// batches keeps together what belongs to one person, and to those with whom they
// change names.
func (k *keeping) batches(ops []store.Op) (batches [][]store.Op) {
	if len(ops) == 0 {
		return nil
	}
	group := k.groups(ops)
	grouped := map[string][]store.Op{}
	for _, op := range ops {
		at := group(cmp.Or(k.has[place{op.Bucket, op.Key}], k.had[place{op.Bucket, op.Key}]))
		grouped[at] = append(grouped[at], op)
	}
	var batch []store.Op
	for _, at := range slices.Sorted(maps.Keys(grouped)) {
		for part := range slices.Chunk(grouped[at], writeBatch) { // more than one when a thousand change names with each other
			if len(batch) > 0 && len(batch)+len(part) > writeBatch {
				batches, batch = append(batches, batch), nil
			}
			batch = append(batch, part...)
		}
	}
	return append(batches, batch)
}

// groups finds the group of a subject: two belong together when one gets a
// record that was the other's.
func (k *keeping) groups(ops []store.Op) func(subject string) string {
	of := map[string]string{}
	group := func(subject string) string {
		for of[subject] != "" {
			subject = of[subject]
		}
		return subject
	}
	for _, op := range ops {
		at := place{op.Bucket, op.Key}
		if one, other := group(k.had[at]), group(k.has[at]); one != "" && other != "" && one != other {
			of[one] = other
		}
	}
	return group
}
