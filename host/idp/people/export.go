package people

// Export: everybody, a page of the store at a time.

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/doorward/doorward/host/store"
)

// ExportOptions say what an export holds.
type ExportOptions struct {
	// Secrets adds what people sign in with: password hashes; of JSON also
	// badges, passkeys and authenticator apps, and the key that the latter two
	// need. Such a file is as secret as the store and the host's key together.
	Secrets bool
}

// Export writes everybody to w, in the order of user names, and says how many
// there were. People who are written meanwhile may be in it or not. Errors of w
// come as they are; others wrap store.ErrUnavailable.
func (d Directory) Export(ctx context.Context, w io.Writer, format Format, o ExportOptions) (n int, err error) {
	people := func(each func(Person) error) error {
		return d.each(ctx, func(p Person) error {
			n++
			return each(p)
		})
	}
	switch format {
	case CSV:
		err = writeCSV(w, o.Secrets, people)
		return n, err
	case JSON:
		secret, err := d.exported(ctx, o)
		if err != nil {
			return 0, err
		}
		err = writeJSON(w, secret, o.Secrets, people)
		return n, err
	}
	return 0, fmt.Errorf("the format %.16q is not known: it is json or csv", format)
}

// exported is the directory's own key when it is to be exported and there is
// one.
func (d Directory) exported(ctx context.Context, o ExportOptions) ([]byte, error) {
	if !o.Secrets {
		return nil, nil
	}
	secret, err := d.ownSecret(ctx)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	return secret, err
}

// each calls f for everybody.
func (d Directory) each(ctx context.Context, f func(Person) error) error {
	for after := ""; ; {
		list, err := d.scan(ctx, after, scanBatch)
		if err != nil {
			return err
		}
		for _, person := range list {
			if err := f(person); err != nil {
				return err
			}
		}
		if len(list) < scanBatch {
			return nil
		}
		if after, err = nameKey(list[len(list)-1].UserName); err != nil {
			return err
		}
	}
}
