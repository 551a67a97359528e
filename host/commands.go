package host

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"syscall"
	"time"

	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/idp"
	"github.com/doorward/doorward/host/idp/people"
	"github.com/doorward/doorward/host/keyring"
	"github.com/doorward/doorward/host/store"
)

// commands answers on the admin socket, whose file mode is its only guard:
//
//	GET  /keys              the accepted host keys
//	POST /keys/rotate       make a new one
//	GET  /keys/signing      the built-in provider's signing keys
//	POST /keys/signing/rotate, /keys/signing/replace
//	GET  /sessions          the sessions that live
//	POST /sessions/revoke   end some of them
//
// and what the functions at its end add.
func (h *Host) commands() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) { answer(w, h.keys.Keys(), nil) })
	mux.HandleFunc("POST /keys/rotate", func(w http.ResponseWriter, r *http.Request) {
		err := h.rotateKeys(r.Context())
		answer(w, h.keys.Keys(), err)
	})
	h.signingKeysCommand(mux)
	mux.HandleFunc("GET /sessions", func(w http.ResponseWriter, r *http.Request) {
		list, err := choiceOf(r.URL.Query()).list(r.Context(), h.sessions)
		answer(w, list, err)
	})
	mux.HandleFunc("POST /sessions/revoke", func(w http.ResponseWriter, r *http.Request) {
		revoked, err := choiceOf(r.URL.Query()).revoke(r.Context(), h.sessions, h.audit)
		answer(w, revoked, err)
	})
	h.replays(mux)
	h.recordings(mux)
	h.grantsCommand(mux)
	h.backups(mux)
	h.peopleCommands(mux)
	return mux
}

// rotateKeys makes a new host key, and seals with it what the built-in
// provider keeps under the old one.
func (h *Host) rotateKeys(ctx context.Context) error {
	reseal := func() error { return idp.Reseal(ctx, h.store, h.keys) } // of a provider that was configured once
	if h.builtin != nil {
		reseal = func() error { return h.builtin.ReloadKeys(ctx) }
	}
	err := rotate(h.keys, func() error {
		return errors.Join(reseal(), people.Reseal(ctx, h.store, h.keys), resealSAML(ctx, h.store, h.keys))
	})
	err = errors.Join(err, h.signer.Rotate(h.assertionSeeds()), h.grants.rotated(ctx))
	if err == nil {
		h.options.Log.InfoContext(ctx, "the host's key was rotated", "key", h.keys)
	}
	return err
}

// rotate makes a new host key. What is sealed for good is sealed with the
// present key before, so that the rotation cannot drop the key it needs, and
// with the new one after.
func rotate(keys *keyring.Keyring, reseal func() error) error {
	if err := reseal(); err != nil {
		return fmt.Errorf("nothing was rotated: %w", err)
	}
	if err := keys.Rotate(); err != nil {
		return err
	}
	if err := reseal(); err != nil {
		return fmt.Errorf("the key was rotated, but: %w; rotate again once that is mended", err)
	}
	return nil
}

func answer(w http.ResponseWriter, body any, err error) {
	w.Header().Set("Content-Type", "application/json")
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		body = map[string]string{"error": err.Error()}
	}
	_ = json.NewEncoder(w).Encode(body) // the command has gone when this fails
}

// ListKeys lists the accepted host keys, through the running host when there
// is one.
func ListKeys(ctx context.Context, cfg *config.Config) ([]keyring.KeyInfo, error) {
	return viaHost(ctx, cfg, http.MethodGet, "/keys", func() ([]keyring.KeyInfo, error) {
		keys, err := keyring.Open(cfg.HostKeyFile)
		if err != nil {
			return nil, err
		}
		return keys.Keys(), nil
	})
}

// RotateKeys makes a new host key; the one before stays accepted. A running
// host takes it over at once.
func RotateKeys(ctx context.Context, cfg *config.Config) ([]keyring.KeyInfo, error) {
	return viaHost(ctx, cfg, http.MethodPost, "/keys/rotate", func() ([]keyring.KeyInfo, error) { return rotateHere(ctx, cfg) })
}

// viaHost asks the running host, or does it here when none runs.
func viaHost[T any](ctx context.Context, cfg *config.Config, method, path string, here func() (T, error)) (T, error) {
	return viaHostWith(ctx, cfg, request{method: method, path: path, within: callTimeout}, here)
}

// request is what a command asks of the running host.
type request struct {
	method, path string
	body         []byte
	within       time.Duration
}

func viaHostWith[T any](ctx context.Context, cfg *config.Config, ask request, here func() (T, error)) (result T, err error) {
	raw, err := call(ctx, socket(cfg), ask)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
		return here()
	}
	if err == nil {
		err = json.Unmarshal(raw, &result)
	}
	if err != nil {
		return result, asked(err)
	}
	return result, nil
}

// rotateHere rotates the key of a host that does not run. It holds the store
// meanwhile, so that none starts.
func rotateHere(ctx context.Context, cfg *config.Config) (list []keyring.KeyInfo, err error) {
	st, err := store.Open(cfg.Store.Path, store.Options{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	keys, err := keyring.Open(cfg.HostKeyFile)
	if err != nil {
		return nil, err
	}
	err = rotate(keys, func() error {
		return errors.Join(idp.Reseal(ctx, st, keys), people.Reseal(ctx, st, keys), resealSAML(ctx, st, keys))
	})
	return keys.Keys(), err
}

const (
	callTimeout = time.Minute
	maxAnswer   = 256 << 20 // bytes; a list of a million sessions is about as large
)

// ask makes one request over the admin socket.
func ask(ctx context.Context, socket string, what request) (*http.Response, error) {
	return send(ctx, socket, what, bytes.NewReader(what.body))
}

// send is ask with a body of its own.
func send(ctx context.Context, socket string, what request, body io.Reader) (*http.Response, error) {
	client := &http.Client{Timeout: what.within, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		},
	}}
	req, err := http.NewRequestWithContext(ctx, what.method, "http://admin"+what.path, body)
	if err != nil {
		return nil, err
	}
	return client.Do(req)
}

// call is the bounded answer to one request over the admin socket.
func call(ctx context.Context, socket string, what request) ([]byte, error) {
	resp, err := ask(ctx, socket, what)
	if err != nil {
		return nil, err
	}
	return answered(resp)
}

func answered(resp *http.Response) ([]byte, error) {
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		var said struct{ Error string }
		_ = json.Unmarshal(raw, &said)
		return nil, hostSaid(cmp.Or(said.Error, "the running host answered "+resp.Status))
	}
	return raw, nil
}

// hostSaid is what the running host said when it did not do it.
type hostSaid string

func (s hostSaid) Error() string { return string(s) }

// asked is err of a call to the running host. What the host itself said stands
// alone, as it does when none runs.
func asked(err error) error {
	var said hostSaid
	if err == nil || errors.As(err, &said) {
		return err
	}
	return fmt.Errorf("ask the running host: %w", err)
}
