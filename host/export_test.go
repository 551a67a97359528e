package host

import (
	"context"

	"github.com/doorward/doorward/host/config"
)

// CloseStore takes the store away from a running host, as a disk that fails
// does.
func (h *Host) CloseStore() error { return h.store.Close() }

// Stored counts what is in a bucket of the store, and is -1 when it cannot.
func (h *Host) Stored(bucket string) int {
	n, _, err := h.store.Count(context.Background(), bucket)
	if err != nil {
		return -1
	}
	return n
}

// LoadRules compiles what a configuration names, as a start does.
func LoadRules(ctx context.Context, options Options, cache string) (stop func(), err error) {
	o := options.withDefaults()
	r, err := o.compile(ctx, make([]byte, 32), cache)
	if err != nil {
		return nil, err
	}
	return func() { _ = r.runtime.Close(ctx) }, nil
}

// LookAtModules is one look at the files of plugins.
func (h *Host) LookAtModules(ctx context.Context) { h.lookAtModules(ctx) }

// OwnIDTokenAlg is how the host's own ID tokens are signed when the built-in
// provider has keys for these algorithms.
func OwnIDTokenAlg(algs []string) string {
	var p config.Provider
	p.SigningKeys.Algorithms = algs
	return ownIDTokenAlg(p)
}
