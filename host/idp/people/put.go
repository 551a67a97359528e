package people

// Writing a person, with every record that finds them, in one change.

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/doorward/doorward/host/store"
)

// tries is how often a change is begun anew because somebody else was first.
const tries = 10

// PutPerson adds or replaces the person of that name. One without a Subject
// keeps that of the person they replace, or gets a new one. The returned
// Person is the one that was written.
//
// Errors name a fault of the person, wrap ErrTaken, or wrap
// store.ErrUnavailable.
func (d Directory) PutPerson(ctx context.Context, person Person) (Person, error) {
	return d.write(ctx, person.UserName, func(before Person, _ bool) (Person, error) {
		after := person
		after.Subject = cmp.Or(person.Subject, before.Subject)
		return after, nil
	})
}

// Add adds a person whose name nobody has; errors are those of PutPerson.
func (d Directory) Add(ctx context.Context, person Person) (Person, error) {
	return d.write(ctx, person.UserName, func(before Person, found bool) (Person, error) {
		if found {
			return Person{}, &TakenError{What: unique[Bucket], Owner: before.UserName}
		}
		return person, nil
	})
}

// Seed adds those people whose names nobody has yet, and leaves the others as
// they are.
func (d Directory) Seed(ctx context.Context, people ...Person) error {
	for _, person := range people {
		var taken *TakenError
		_, err := d.Add(ctx, person)
		if errors.As(err, &taken) && taken.What == unique[Bucket] {
			continue
		}
		if err != nil {
			return fmt.Errorf("seed a person: %w", err)
		}
	}
	return nil
}

// Update lets change work on the person of that name, the user name included,
// and writes what came of it. When somebody else writes meanwhile, change is
// called again with the person as they are then. Its error ends the update and
// is returned as it is; the others are ErrNoPerson and those of PutPerson.
func (d Directory) Update(ctx context.Context, userName string, change func(*Person) error) error {
	_, err := d.write(ctx, userName, func(person Person, found bool) (Person, error) {
		if !found {
			return Person{}, ErrNoPerson
		}
		subject := person.Subject
		err := change(&person)
		person.Subject = subject
		return person, err
	})
	return err
}

// Disable keeps the person from signing in, or lets them again; errors are those
// of Update.
func (d Directory) Disable(ctx context.Context, userName string, disabled bool) error {
	return d.Update(ctx, userName, func(p *Person) error {
		p.Disabled = disabled
		return nil
	})
}

// Remove removes the person of that name for good; errors are those of Update.
func (d Directory) Remove(ctx context.Context, userName string) error {
	name, err := nameKey(userName)
	if err != nil {
		return ErrNoPerson
	}
	return retried(func() error {
		before, version, err := d.get(ctx, name)
		if err != nil {
			return err
		}
		was, err := recordsOf(before)
		if err != nil {
			return err
		}
		return d.apply(ctx, changes(was, nil), place{Bucket, name}, version)
	})
}

// write makes of the person of that name, who may not be there, what change
// says.
func (d Directory) write(ctx context.Context, userName string, change func(before Person, found bool) (Person, error)) (after Person, err error) {
	name, err := nameKey(userName)
	if err != nil {
		return Person{}, err
	}
	err = retried(func() error {
		before, version, err := d.get(ctx, name)
		if err != nil && !errors.Is(err, ErrNoPerson) {
			return err
		}
		if after, err = change(before, version > 0); err != nil {
			return err
		}
		if after, err = d.complete(ctx, after); err != nil {
			return err
		}
		ops, err := d.change(ctx, before, version > 0, after)
		if err != nil {
			return err
		}
		return d.apply(ctx, ops, place{Bucket, name}, version)
	})
	return after, err
}

// retried tries again while somebody else was first.
func retried(try func() error) (err error) {
	for range tries {
		if err = try(); !errors.Is(err, store.ErrConflict) {
			return err
		}
	}
	return fmt.Errorf("write a person: %w: try again", err)
}

// change is what makes after of before: a conflict follows when a record that is
// new to the person is somebody's meanwhile.
func (d Directory) change(ctx context.Context, before Person, found bool, after Person) ([]store.Op, error) {
	was := records{}
	if found {
		var err error
		if was, err = recordsOf(before); err != nil {
			return nil, err
		}
	}
	is, err := recordsOf(after)
	if err != nil {
		return nil, err
	}
	ops := changes(was, is)
	return ops, d.reserve(ctx, ops, was)
}

// reserve makes ops fail when a key that belongs to one person alone is written
// by somebody else first, and refuses those that are somebody's already. What
// was there before, those who change give up.
func (d Directory) reserve(ctx context.Context, ops []store.Op, was records) error {
	for i, op := range ops {
		if _, had := was[place{op.Bucket, op.Key}]; had || op.Delete || unique[op.Bucket] == "" {
			continue
		}
		item, err := d.Store.Get(ctx, op.Bucket, op.Key)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("write a person: %w", err)
		}
		if err == nil {
			owner, err := d.owner(ctx, op.Bucket, op.Key, item)
			if err != nil {
				return err
			}
			if owner != "" {
				return &TakenError{What: unique[op.Bucket], Owner: owner}
			}
		}
		ops[i].If = &item.Version // 0 when nobody has it
	}
	return nil
}

// owner is the user name of the person whom a record belongs to, or "" when it
// is left over.
func (d Directory) owner(ctx context.Context, bucket, key string, item store.Item) (string, error) {
	name := key
	if bucket != Bucket {
		name = string(item.Value)
	}
	person, _, err := d.get(ctx, name)
	if errors.Is(err, ErrNoPerson) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	theirs, err := recordsOf(person)
	if err != nil {
		return "", err
	}
	if _, has := theirs[place{bucket, key}]; !has {
		return "", nil
	}
	return person.UserName, nil
}

// apply writes ops if the record at is still has that version, 0 for none.
func (d Directory) apply(ctx context.Context, ops []store.Op, at place, version uint64) error {
	if len(ops) == 0 { // the person has not changed
		return nil
	}
	guard(ops, at, version)
	return d.Store.Apply(ctx, ops...)
}

// guard makes ops fail when the record at is not of that version any more.
func guard(ops []store.Op, at place, version uint64) {
	if i := slices.IndexFunc(ops, func(op store.Op) bool { return op.Bucket == at.bucket && op.Key == at.key }); i >= 0 {
		ops[i].If = &version
	}
}

// complete is person as they are stored, or what is wrong with them.
func (d Directory) complete(ctx context.Context, person Person) (Person, error) {
	person.Subject = cmp.Or(person.Subject, NewID())
	if err := person.check(); err != nil {
		return Person{}, err
	}
	person.Badges = slices.Clone(person.Badges)
	for _, number := range person.BadgeNumbers {
		digest, err := d.badgeDigest(ctx, number)
		if err != nil {
			return Person{}, err
		}
		if !slices.Contains(person.Badges, digest) {
			person.Badges = append(person.Badges, digest)
		}
	}
	if person.BadgeNumbers = nil; len(person.Badges) > maxBadges {
		return Person{}, fmt.Errorf("a person has at most %d badges", maxBadges)
	}
	return person, nil
}
