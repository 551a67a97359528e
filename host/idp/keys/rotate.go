package keys

// Rotation: one step that brings the record to what the clock and the
// configuration ask for, on the schedule, by command and at the start alike.

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/doorward/doorward/host/store"
)

const (
	ahead   = 24 * time.Hour // a scheduled key is published this long before it signs, or half of Rotate
	maxKeys = 16             // of one algorithm; the oldest goes
	tries   = 5              // when somebody else writes at the same time
)

// Reload reads the keys again, makes what is due, and seals them anew when the
// host's key was rotated. Errors are those of Open.
func (r *Ring) Reload(ctx context.Context) error {
	return r.change(ctx, r.settle)
}

// RunDue does what the schedule asks for: the next key is made before it
// signs, and one that no signature rests on is dropped. It writes only when
// something is due, so it may be called as often as one likes; every hour is
// enough.
func (r *Ring) RunDue(ctx context.Context) error {
	return r.change(ctx, r.settle)
}

// Rotate makes a new key for every algorithm, which signs at once. Those
// before stay published, so that what they signed still verifies. Errors wrap
// store.ErrUnavailable, or store.ErrConflict when others write all the time.
func (r *Ring) Rotate(ctx context.Context) error {
	return r.change(ctx, func(keys []key, now time.Time) ([]key, error) {
		for _, alg := range r.cfg.Algorithms {
			fresh, err := generate(alg, now, now)
			if err != nil {
				return nil, err
			}
			keys = append([]key{fresh}, keys...)
		}
		return r.settle(keys, now)
	})
}

// Replace is Rotate for keys that somebody else may have: they are gone at
// once, and nothing that they signed verifies any more.
func (r *Ring) Replace(ctx context.Context) error {
	return r.change(ctx, func(_ []key, now time.Time) ([]key, error) { return r.settle(nil, now) })
}

// change edits the record, unless somebody else did meanwhile; then it begins
// again with theirs.
func (r *Ring) change(ctx context.Context, edit func([]key, time.Time) ([]key, error)) error {
	for range tries {
		held, err := r.read(ctx)
		if err != nil {
			return err
		}
		next, err := edit(slices.Clone(held.keys), r.cfg.Now())
		if err != nil {
			return err
		}
		same := slices.EqualFunc(held.keys, next, func(a, b key) bool { return a.ID == b.ID && a.Retired.Equal(b.Retired) })
		if same && !r.stale(held.sealed) {
			r.current.Store(held)
			return nil
		}
		err = r.write(ctx, next, held.version)
		if errors.Is(err, store.ErrConflict) {
			continue
		}
		if err == nil {
			held, err = r.read(ctx)
		}
		if err == nil {
			r.current.Store(held)
		}
		return err
	}
	return fmt.Errorf("write the signing keys: %w", store.ErrConflict)
}

func (r *Ring) stale(sealed []byte) bool {
	sealer, ok := r.cfg.Keys.(interface{ Stale([]byte) bool })
	return ok && sealer.Stale(sealed)
}

// settle adds the keys that are due, retires those of algorithms that left the
// configuration, and drops those that nothing rests on. Keys are in the order
// of the configuration, the newest of each algorithm first.
func (r *Ring) settle(keys []key, now time.Time) ([]key, error) {
	for _, alg := range r.cfg.Algorithms {
		from, due := r.due(keys, alg, now)
		if !due {
			continue
		}
		fresh, err := generate(alg, now, from)
		if err != nil {
			return nil, err
		}
		keys = append([]key{fresh}, keys...)
	}
	for i := range keys {
		if keys[i].Retired.IsZero() && !slices.Contains(r.cfg.Algorithms, keys[i].Algorithm) {
			keys[i].Retired = now.UTC()
		}
	}
	slices.SortStableFunc(keys, func(a, b key) int {
		if a.Algorithm != b.Algorithm {
			return r.rank(a.Algorithm) - r.rank(b.Algorithm)
		}
		return b.From.Compare(a.From)
	})
	return r.needed(keys, now), nil
}

// rank is the place of alg in the configuration, behind it when it is not there.
func (r *Ring) rank(alg string) int {
	return slices.Index(slices.Concat(r.cfg.Algorithms, Algorithms()), alg)
}

// due is when a key of alg that must be made now begins to sign.
func (r *Ring) due(keys []key, alg string, now time.Time) (from time.Time, due bool) {
	var newest time.Time
	for _, k := range keys {
		if k.Algorithm == alg && k.Retired.IsZero() && k.From.After(newest) {
			newest = k.From
		}
	}
	before := min(ahead, r.cfg.Rotate/2)
	switch {
	case newest.IsZero():
		return now, true
	case r.cfg.Rotate == 0 || now.Before(newest.Add(r.cfg.Rotate-before)):
		return time.Time{}, false
	case now.Add(before).After(newest.Add(r.cfg.Rotate)): // the host did not run when it was due
		return now.Add(before), true
	}
	return newest.Add(r.cfg.Rotate), true
}

// needed are the keys that sign, will sign, or whose signatures can still be
// met, at most maxKeys of each algorithm. A key signs until its successor, the
// one before it in the list, begins, or until it retires.
func (r *Ring) needed(keys []key, now time.Time) (out []key) {
	successor, count := map[string]key{}, map[string]int{}
	for _, k := range keys {
		end := k.Retired
		if next, ok := successor[k.Algorithm]; ok && (end.IsZero() || next.From.Before(end)) {
			end = next.From
		}
		count[k.Algorithm]++
		successor[k.Algorithm] = k
		if count[k.Algorithm] <= maxKeys && (end.IsZero() || now.Before(end.Add(r.cfg.Valid+r.cfg.Keep))) {
			out = append(out, k)
		}
	}
	return out
}

// Reseal seals the signing keys in st, if there are any, with the current key
// of sealer. It is for a host that does not run; a running one calls Reload.
func Reseal(ctx context.Context, st store.Store, sealer Sealer) error {
	r := &Ring{cfg: Config{Store: st, Keys: sealer}}
	held, err := r.read(ctx)
	if err != nil || len(held.keys) == 0 {
		return err
	}
	err = r.write(ctx, held.keys, held.version)
	if errors.Is(err, store.ErrConflict) { // somebody else wrote them
		return nil
	}
	return err
}
