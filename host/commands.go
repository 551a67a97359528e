package host

import (
	"bytes"
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
	"github.com/doorward/doorward/host/keyring"
)

// commands answers on the admin socket, whose file mode is its only guard:
//
//	GET  /keys          the accepted host keys
//	POST /keys/rotate   make a new one
func (h *Host) commands() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) { answer(w, h.keys.Keys(), nil) })
	mux.HandleFunc("POST /keys/rotate", func(w http.ResponseWriter, r *http.Request) {
		err := h.rotateKeys(r.Context())
		answer(w, h.keys.Keys(), err)
	})
	return mux
}

// rotateKeys makes a new host key, and seals with it what the built-in
// provider keeps under the old one.
func (h *Host) rotateKeys(ctx context.Context) error {
	if err := h.keys.Rotate(); err != nil {
		return err
	}
	h.options.Log.InfoContext(ctx, "the host's key was rotated", "key", h.keys)
	if h.builtin == nil {
		return nil
	}
	return h.builtin.ReloadKeys(ctx)
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
	return viaHost(ctx, cfg, http.MethodGet, "/keys", func(k *keyring.Keyring) error { return nil })
}

// RotateKeys makes a new host key; the one before stays accepted. A running
// host takes it over at once.
func RotateKeys(ctx context.Context, cfg *config.Config) ([]keyring.KeyInfo, error) {
	return viaHost(ctx, cfg, http.MethodPost, "/keys/rotate", (*keyring.Keyring).Rotate)
}

// viaHost asks the running host, or does it here when none runs.
func viaHost(ctx context.Context, cfg *config.Config, method, path string, here func(*keyring.Keyring) error) ([]keyring.KeyInfo, error) {
	raw, err := call(ctx, socket(cfg), method, path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
		return onFile(cfg.HostKeyFile, here)
	}
	if err != nil {
		return nil, fmt.Errorf("ask the running host: %w", err)
	}
	var keys []keyring.KeyInfo
	if err := json.Unmarshal(raw, &keys); err != nil {
		return nil, fmt.Errorf("ask the running host: %w", err)
	}
	return keys, nil
}

func onFile(path string, do func(*keyring.Keyring) error) ([]keyring.KeyInfo, error) {
	keys, err := keyring.Open(path)
	if err != nil {
		return nil, err
	}
	if err := do(keys); err != nil {
		return nil, err
	}
	return keys.Keys(), nil
}

// call makes one request over the admin socket.
func call(ctx context.Context, socket, method, path string) ([]byte, error) {
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		},
	}}
	req, err := http.NewRequestWithContext(ctx, method, "http://admin"+path, bytes.NewReader(nil))
	if err != nil {
		return nil, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		var said struct{ Error string }
		_ = json.Unmarshal(raw, &said)
		return nil, errors.New(said.Error)
	}
	return raw, nil
}
