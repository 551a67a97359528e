package people

// People of a configuration: the directory follows the file.

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/doorward/doorward/host/store"
)

// keepBatch is how many records are read, or written, at a time.
const keepBatch = 500

// Keep makes the configured people of the directory exactly these: it adds and
// replaces, and removes whoever an earlier Keep put there and is not among
// them now. People of PutPerson and Seed stay. A person without a Subject
// keeps the one they have. What has not changed is not written.
//
// Errors name a fault of a person, or wrap store.ErrUnavailable.
func (d Directory) Keep(ctx context.Context, people ...Person) error {
	held, err := d.all(ctx)
	if err != nil {
		return fmt.Errorf("read the people: %w", err)
	}
	var ops []store.Op
	listed := map[string]bool{}
	for _, person := range people {
		op, err := keepOp(person, held)
		if err != nil {
			return err
		}
		if listed[op.Key] {
			return fmt.Errorf("the user name %q is there twice, perhaps in another case", person.UserName)
		}
		listed[op.Key] = true
		if !bytes.Equal(op.Value, held[op.Key].Value) {
			ops = append(ops, op)
		}
	}
	for key, item := range held {
		if !listed[key] && configured(item) {
			ops = append(ops, store.Op{Bucket: Bucket, Key: key, Delete: true})
		}
	}
	for len(ops) > 0 {
		n := min(len(ops), keepBatch)
		if err := d.Store.Apply(ctx, ops[:n]...); err != nil {
			return fmt.Errorf("write the people: %w", err)
		}
		ops = ops[n:]
	}
	return nil
}

func keepOp(person Person, held map[string]store.Item) (store.Op, error) {
	name, err := nameKey(person.UserName)
	if err != nil {
		return store.Op{}, err
	}
	var before Person
	if item, ok := held[name]; ok && json.Unmarshal(item.Value, &before) != nil {
		return store.Op{}, errors.New("a person's record is damaged")
	}
	person.Configured = true
	person.Subject = cmp.Or(person.Subject, before.Subject, NewID())
	return putPerson(person)
}

func configured(item store.Item) bool {
	var person Person
	return json.Unmarshal(item.Value, &person) == nil && person.Configured
}

func (d Directory) all(ctx context.Context) (map[string]store.Item, error) {
	held, after := map[string]store.Item{}, ""
	for {
		items, err := d.Store.Scan(ctx, Bucket, "", after, keepBatch)
		if err != nil {
			return nil, err
		}
		for _, item := range items {
			held[item.Key], after = item, item.Key
		}
		if len(items) < keepBatch {
			return held, nil
		}
	}
}
