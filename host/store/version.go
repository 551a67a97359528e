// Version: whether a record is there and unchanged, without reading it.

package store

import (
	"context"
	"fmt"

	"go.etcd.io/bbolt"
)

// Versioner is an optional ability of a Store, for who keeps what a record
// said and must know at each use whether it still says so.
type Versioner interface {
	// Version returns the Version that Get would return now, or Get's error,
	// for much less work.
	Version(ctx context.Context, bucket, key string) (uint64, error)
}

var _ Versioner = (*Embedded)(nil)

// Version returns the record's version without reading a record whose version
// is known: this process alone writes the file.
func (s *Embedded) Version(ctx context.Context, bucket, key string) (uint64, error) {
	if err := ctx.Err(); err != nil {
		return 0, fmt.Errorf("read the store: %w (%w)", ErrUnavailable, err)
	}
	select {
	case <-s.quit:
		return 0, ErrClosed
	default:
	}
	now := s.now().UnixMilli()
	h, moves, ok := s.heads.get(place{bucket, key})
	if !ok {
		var err error
		if h, err = s.readHead(ctx, bucket, key, now); err != nil {
			return 0, err
		}
		s.heads.put(place{bucket, key}, h, moves)
	}
	if h.expires != 0 && h.expires <= now {
		return 0, ErrNotFound
	}
	return h.version, nil
}

func (s *Embedded) readHead(ctx context.Context, bucket, key string, now int64) (h head, err error) {
	err = s.view(ctx, func(tx *bbolt.Tx) error {
		item, err := live(tx, bucket, key, now)
		h = head{version: item.Version, expires: milliseconds(item.Expires)}
		return err
	})
	return h, err
}
