package people

// Import: everything is looked at before anything is written.

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"

	"github.com/doorward/doorward/host/keyring"
	"github.com/doorward/doorward/host/store"
)

// ImportOptions say how an import goes.
type ImportOptions struct {
	Replace bool // change people who are there already; else they are faults
	DryRun  bool // write nothing
}

// Report is what came of an import, or would come of it.
type Report struct {
	Rows      int       `json:"rows"`
	Added     int       `json:"added"`
	Changed   int       `json:"changed"`
	Unchanged int       `json:"unchanged"`
	Faulty    int       `json:"faulty"` // rows; when there is one, nothing was written
	Problems  []Problem `json:"problems,omitempty"`
	Written   bool      `json:"written"`
}

// Problem is a fault of one row. Rows count from 1, without the head.
type Problem struct {
	Row      int    `json:"row"`
	UserName string `json:"user_name,omitempty"`
	Text     string `json:"text"`
}

const (
	maxProblems  = 100  // that a report names
	maxPasswords = 1000 // in clear, of one import: each costs a hash
)

// Import reads people from r, which it reads twice, and writes them when every
// row is right: who is new is added, who is there is changed when o.Replace is
// set. In a file without a column a person keeps what they have of it, and an
// empty password, password hash or list of badges leaves theirs. With a subject
// the person is found by it, and may get another user name.
//
// Rows are written some hundred at a time, each with all that finds its person.
// When the host stops meanwhile, the same import with o.Replace goes on. The
// error says what is wrong with the file, or wraps store.ErrUnavailable; faults
// of rows are in the Report alone.
func (d Desk) Import(ctx context.Context, r io.ReadSeeker, format Format, o ImportOptions) (Report, error) {
	im := importing{Desk: d, o: o, seed: maphash.MakeSeed(), seen: map[uint64]int{}}
	if err := im.begin(ctx); err != nil {
		return Report{}, err
	}
	if err := im.rows(ctx, r, format, im.look); err != nil {
		return Report{}, err
	}
	found := im.report
	if found.Faulty > 0 || o.DryRun || found.Added+found.Changed == 0 {
		return found, nil
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return Report{}, fmt.Errorf("read the file again: %w", err)
	}
	im.report = Report{}
	err := im.write(ctx, r, format)
	if im.report.Added+im.report.Changed > 0 && d.Told != nil {
		d.Told(ctx, Imported, Person{}, im.report.Added+im.report.Changed)
	}
	return im.report, err
}

// importing is an Import under way.
type importing struct {
	Desk
	o      ImportOptions
	own    []byte // the directory's own key as it is, or nil
	secret []byte // as it is to be
	keys   *keyring.Keyring
	report Report

	seed      maphash.Seed
	seen      map[uint64]int // what belongs to one person alone, and the row that has it
	passwords int            // in clear
	batch     []planned
	batched   int // changes of the batch
}

func (im *importing) begin(ctx context.Context) (err error) {
	im.own, err = im.ownSecret(ctx)
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, errNoKeys) {
		err = nil
	}
	return err
}

// rows calls each for every row of the file.
func (im *importing) rows(ctx context.Context, r io.Reader, format Format, each func(context.Context, row, []column, error) error) error {
	do := func(r row, cols []column, fault error) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		im.report.Rows++
		return each(ctx, r, cols, fault)
	}
	switch format {
	case CSV:
		if err := im.head(nil); err != nil {
			return err
		}
		return csvRows(r, do)
	case JSON:
		return jsonRows(r, im.head, do)
	}
	return fmt.Errorf("the format %.16q is not known: it is json or csv", format)
}

// head takes in the key of a file that has one. It fits an empty directory, or
// the one that it came from.
func (im *importing) head(secret []byte) (err error) {
	switch {
	case secret != nil && im.own != nil && string(secret) != string(im.own):
		return errors.New("the badges and authenticator apps of the file belong to another store, and this one has such of its own: export without secrets, or import into an empty store")
	case im.own != nil:
		secret = im.own
	case secret == nil && im.secret == nil:
		secret = newSecret()
	case secret == nil:
		secret = im.secret // of the first reading
	}
	im.secret = secret
	if im.keys, err = keyring.New(secret); err != nil {
		return errors.New("the secret of the file is none of this program's")
	}
	return nil
}

// look checks a row.
func (im *importing) look(ctx context.Context, r row, cols []column, fault error) error {
	var plan planned
	if fault == nil {
		plan, fault = im.plan(ctx, r, cols)
	}
	if fault == nil {
		fault = im.alone(plan.after)
	}
	if r.Password != "" {
		if im.passwords++; im.passwords > maxPasswords && fault == nil {
			fault = fmt.Errorf("at most %d passwords in clear fit in one import, because each of them is hashed: split the file", maxPasswords)
		}
	}
	if errors.Is(fault, store.ErrUnavailable) {
		return fault
	}
	if fault != nil {
		im.problem(r, fault)
		return nil
	}
	im.count(plan)
	return nil
}

func (im *importing) problem(r row, err error) {
	im.report.Faulty++
	if len(im.report.Problems) < maxProblems {
		im.report.Problems = append(im.report.Problems, Problem{im.report.Rows, clip(r.UserName, maxTyped), err.Error()})
	}
}

func (im *importing) count(plan planned) {
	switch {
	case plan.version == 0:
		im.report.Added++
	case plan.row.Password != "" || len(plan.ops) > 0:
		im.report.Changed++
	default:
		im.report.Unchanged++
	}
}

// alone refuses a second row with what belongs to one person alone.
func (im *importing) alone(p Person) error {
	theirs, err := recordsOf(p)
	if err != nil {
		return err
	}
	for at := range theirs {
		if unique[at.bucket] == "" {
			continue
		}
		key := maphash.String(im.seed, at.bucket+" "+at.key)
		if other := im.seen[key]; other > 0 {
			return fmt.Errorf("row %d has the same %s", other, unique[at.bucket])
		}
		im.seen[key] = im.report.Rows
	}
	return nil
}
