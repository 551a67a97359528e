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
	k := keeping{Directory: d, was: records{}, is: records{}, owners: map[string]records{}}
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
	was, is records
	owners  map[string]records // what each name is to have
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
	if err == nil {
		k.was.add(theirs)
	}
	return err
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
	name, err := nameKey(person.UserName)
	k.owners[name] = theirs
	return err
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

// batches keeps what belongs to one person together. What nobody is to have any
// more goes first.
func (k *keeping) batches(ops []store.Op) (batches [][]store.Op) {
	if len(ops) <= writeBatch {
		return slices.DeleteFunc([][]store.Op{ops}, func(batch []store.Op) bool { return len(batch) == 0 })
	}
	owner := map[place]string{}
	for name, theirs := range k.owners {
		for at := range theirs {
			owner[at] = name
		}
	}
	grouped := map[string][]store.Op{}
	for _, op := range ops {
		name := owner[place{op.Bucket, op.Key}]
		grouped[name] = append(grouped[name], op)
	}
	gone := grouped[""]
	delete(grouped, "")
	for batch := range slices.Chunk(gone, writeBatch) {
		batches = append(batches, batch)
	}
	var batch []store.Op
	for _, name := range slices.Sorted(maps.Keys(grouped)) {
		if len(batch)+len(grouped[name]) > writeBatch {
			batches, batch = append(batches, batch), nil
		}
		batch = append(batch, grouped[name]...)
	}
	if len(batch) > 0 {
		batches = append(batches, batch)
	}
	return batches
}
