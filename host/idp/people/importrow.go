package people

// What a row makes of a person, and writing it.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/doorward/doorward/host/store"
)

// planned is a row with the person as they will be, and the changes that make
// them so. Version is that of the person's record, 0 when they are new.
type planned struct {
	row     row
	cols    []column
	after   Person
	version uint64
	ops     []store.Op
}

// plan looks up whom a row is about. A password in clear is checked, and not
// hashed.
func (im *importing) plan(ctx context.Context, r row, cols []column) (plan planned, err error) {
	if err := checkTyped(r.UserName); err != nil {
		return plan, err
	}
	before, version, err := im.found(ctx, r)
	if err != nil {
		return plan, err
	}
	after := before
	if version == 0 {
		after.Subject = r.Subject
	}
	for _, col := range cols {
		if col.put != nil {
			col.put(r, &after)
		}
	}
	if err := im.secrets(r, &after); err != nil {
		return plan, err
	}
	if after, err = im.complete(ctx, after); err != nil {
		return plan, err
	}
	ops, err := im.change(ctx, before, version > 0, after)
	if err != nil {
		return plan, err
	}
	if before.Configured && (len(ops) > 0 || r.Password != "") { // an export has them, too
		return plan, ErrConfigured
	}
	plan = planned{r, cols, after, version, ops}
	name, _ := nameKey(before.UserName) // "" when they are new: then the change says that nobody has the name
	guard(ops, place{Bucket, name}, version)
	return plan, nil
}

// found is the person of a row as they are, or nobody and version 0.
func (im *importing) found(ctx context.Context, r row) (before Person, version uint64, err error) {
	if r.Subject != "" {
		before, version, err = im.bySubject(ctx, r.Subject)
	}
	if r.Subject == "" || errors.Is(err, ErrNoPerson) {
		name, _ := nameKey(r.UserName) // it was checked
		before, version, err = im.get(ctx, name)
	}
	switch {
	case errors.Is(err, ErrNoPerson):
		return Person{}, 0, nil
	case err != nil:
		return Person{}, 0, err
	case r.Subject != "" && r.Subject != before.Subject:
		return Person{}, 0, errors.New("the person has another subject, and a subject never changes")
	case before.Configured && !im.o.Replace:
		return Person{}, 0, ErrConfigured
	case !im.o.Replace:
		return Person{}, 0, errors.New("the person is there already: replace people to change them")
	}
	return before, version, nil
}

// secrets takes over what a person signs in with, where the row has it.
func (im *importing) secrets(r row, p *Person) error {
	switch {
	case r.Password != "" && r.PasswordHash != "":
		return errors.New("there is a password and a password_hash: leave one out")
	case r.Password != "":
		if err := im.Policy.Check(r.Password, *p); err != nil {
			return err
		}
		p.PasswordHash, p.MustChange = r.hash, true // others have seen it
	case r.PasswordHash != "":
		p.PasswordHash = r.PasswordHash
	}
	if len(r.Passkeys) > 0 {
		p.Passkeys = r.Passkeys
	}
	if len(r.TOTP) > 0 {
		p.TOTP, p.TOTPUsed = r.TOTP, r.TOTPUsed
	}
	if len(r.Badges) > 0 || len(r.BadgeDigests) > 0 {
		p.Badges = slices.Clone(r.BadgeDigests)
	}
	for _, number := range r.Badges {
		digest, err := digestOf(im.keys, number)
		if err != nil {
			return err
		}
		if !slices.Contains(p.Badges, digest) {
			p.Badges = append(p.Badges, digest)
		}
	}
	return nil
}

// write reads the rows again, and writes them.
func (im *importing) write(ctx context.Context, r io.Reader, format Format) error {
	err := im.rows(ctx, r, format, im.put)
	if err == nil {
		err = im.flush(ctx)
	}
	return err
}

// put adds a row to those that are written next.
func (im *importing) put(ctx context.Context, r row, cols []column, fault error) error {
	if err := im.keep(ctx, r); err != nil {
		return im.stopped(err)
	}
	if r.Password != "" && fault == nil {
		r.hash, fault = im.hash(r.Password, Person{UserName: r.UserName, Email: r.Email})
	}
	var plan planned
	if fault == nil {
		plan, fault = im.plan(ctx, r, cols)
	}
	if fault != nil {
		return im.stopped(fault)
	}
	if im.batched+len(plan.ops) > writeBatch {
		if err := im.flush(ctx); err != nil {
			return err
		}
	}
	im.batch, im.batched = append(im.batch, plan), im.batched+len(plan.ops)
	return nil
}

// keep makes the key of the file the directory's own, when a row needs one.
func (im *importing) keep(ctx context.Context, r row) error {
	if im.own != nil || len(r.Badges)+len(r.BadgeDigests)+len(r.TOTP) == 0 {
		return nil
	}
	if im.Keys == nil {
		return errNoKeys
	}
	if err := im.adopt(ctx, im.secret); err != nil {
		return fmt.Errorf("keep the key of badges: %w", err)
	}
	im.own = im.secret
	return nil
}

// flush writes the batch in one change, or row by row when somebody else wrote
// one of its people meanwhile.
func (im *importing) flush(ctx context.Context) error {
	var ops []store.Op
	for _, plan := range im.batch {
		ops = append(ops, plan.ops...)
	}
	if len(im.batch) == 0 {
		return nil
	}
	err := im.Store.Apply(ctx, ops...)
	if err != nil && !errors.Is(err, store.ErrConflict) {
		return im.stopped(err)
	}
	for _, plan := range im.batch {
		if err != nil {
			if err := im.again(ctx, &plan); err != nil {
				return im.stopped(err)
			}
		}
		im.count(plan)
		im.report.Written = true
	}
	im.batch, im.batched = im.batch[:0], 0
	return nil
}

func (im *importing) again(ctx context.Context, plan *planned) error {
	return retried(func() (err error) {
		if *plan, err = im.plan(ctx, plan.row, plan.cols); err != nil {
			return err
		}
		return im.Store.Apply(ctx, plan.ops...)
	})
}

func (im *importing) stopped(err error) error {
	return fmt.Errorf("the import stopped about row %d, and %d people before it were written: %w: import again, and replace people", im.report.Rows, im.report.Added+im.report.Changed, err)
}
