package host

// The signing keys of the built-in provider, for the command line: through the
// running host, or in the store of one that does not run.

import (
	"context"
	"errors"
	"net/http"

	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/idp/keys"
	"github.com/doorward/doorward/host/keyring"
	"github.com/doorward/doorward/host/store"
)

// signingKeysCommand answers on the admin socket.
func (h *Host) signingKeysCommand(mux *http.ServeMux) {
	handle := func(pattern string, change func(context.Context) error) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if h.builtin == nil {
				answer(w, nil, errNoBuiltin)
				return
			}
			err := change(r.Context())
			answer(w, h.builtin.SigningKeys(), err)
		})
	}
	handle("GET /keys/signing", func(context.Context) error { return nil })
	handle("POST /keys/signing/rotate", func(ctx context.Context) error { return h.builtin.RotateKeys(ctx) })
	handle("POST /keys/signing/replace", func(ctx context.Context) error { return h.builtin.ReplaceKeys(ctx) })
}

// ListSigningKeys describes the signing keys of the built-in provider, through
// the running host when there is one.
func ListSigningKeys(ctx context.Context, cfg *config.Config) ([]keys.Info, error) {
	return viaHost(ctx, cfg, http.MethodGet, "/keys/signing", func() ([]keys.Info, error) {
		return withSigningKeys(cfg, func(c keys.Config) ([]keys.Info, error) { return keys.Read(ctx, c) })
	})
}

// RotateSigningKeys makes new signing keys. Those before stay published until
// nothing that they signed counts any more; with replace they are gone at once.
func RotateSigningKeys(ctx context.Context, cfg *config.Config, replace bool) ([]keys.Info, error) {
	path, change := "/keys/signing/rotate", (*keys.Ring).Rotate
	if replace {
		path, change = "/keys/signing/replace", (*keys.Ring).Replace
	}
	return viaHost(ctx, cfg, http.MethodPost, path, func() ([]keys.Info, error) {
		return withSigningKeys(cfg, func(c keys.Config) ([]keys.Info, error) {
			ring, err := keys.Open(ctx, c)
			if err == nil {
				err = change(ring, ctx)
			}
			if err != nil {
				return nil, err
			}
			return ring.List(), nil
		})
	})
}

// withSigningKeys holds the store of a host that does not run meanwhile, so
// that none starts.
func withSigningKeys(cfg *config.Config, do func(keys.Config) ([]keys.Info, error)) (list []keys.Info, err error) {
	name, err := builtinOf(cfg)
	if err != nil {
		return nil, err
	}
	st, err := store.Open(cfg.Store.Path, store.Options{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	hostKeys, err := keyring.Open(cfg.HostKeyFile)
	if err != nil {
		return nil, err
	}
	c := signing(cfg.Providers[name])
	c.Store, c.Keys = st, hostKeys
	return do(c)
}

// signing is what the configuration says of the signing keys.
func signing(p config.Provider) keys.Config {
	return keys.Config{
		Algorithms: p.SigningKeys.Algorithms, Rotate: p.SigningKeys.Rotate, Keep: p.SigningKeys.Keep,
		Valid: max(p.Tokens.Access, p.Tokens.IDToken),
	}
}
