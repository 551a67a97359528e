package keys

// What people who run the host are told about the keys.

import (
	"context"
	"time"
)

// Info describes a key. It holds no secret.
type Info struct {
	ID        string    `json:"kid"`
	Algorithm string    `json:"alg"`
	Use       Use       `json:"use"`
	Made      time.Time `json:"made"`
	From      time.Time `json:"from"` // when it begins, or began, to sign
}

// Use is what a published key is for just now.
type Use string

const (
	Next    Use = "next"    // published ahead of its time
	Signs   Use = "signs"   // what is signed now
	Retired Use = "retired" // what it signed may still be met
)

// List describes the published keys, those of an algorithm together, the newest
// first.
func (r *Ring) List() []Info {
	out := []Info{}
	for _, k := range r.published() {
		out = append(out, Info{ID: k.ID, Algorithm: k.Algorithm, Use: r.use(k), Made: k.Made, From: k.From})
	}
	return out
}

func (r *Ring) use(k key) Use {
	if signer, ok := r.signer(k.Algorithm); ok && signer.ID == k.ID {
		return Signs
	}
	if k.Retired.IsZero() && k.From.After(r.cfg.Now()) {
		return Next
	}
	return Retired
}

// Read describes the keys that the store holds, without making any. There are
// none before the first start.
func Read(ctx context.Context, cfg Config) ([]Info, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	r := &Ring{cfg: cfg}
	held, err := r.read(ctx)
	if err != nil {
		return nil, err
	}
	r.current.Store(held)
	return r.List(), nil
}
