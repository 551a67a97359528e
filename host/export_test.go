package host

import "context"

// CloseStore takes the store away from a running host, as a disk that fails
// does.
func (h *Host) CloseStore() error { return h.store.Close() }

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
