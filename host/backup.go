package host

// A copy of the store, of a host that runs or of one that does not.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"syscall"

	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/store"
)

// backups adds the command about backups to the admin socket:
//
//	POST /backup   the store's file as it is now
//
// A copy that breaks off ends the connection, so that nobody takes a part for
// the whole.
func (h *Host) backups(mux *http.ServeMux) {
	mux.HandleFunc("POST /backup", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/octet-stream")
		written, err := h.store.Backup(r.Context(), w)
		if err != nil {
			h.options.Log.ErrorContext(r.Context(), "the backup broke off", "error", err)
			panic(http.ErrAbortHandler)
		}
		h.options.Log.InfoContext(r.Context(), "the store was copied", "bytes", written)
	})
}

// Backup writes a copy of the configured store to a new file at path, mode
// 0600, and says how many bytes it has. It opens the copy before it says so. A
// running host goes on meanwhile. The host's key is not in it.
func Backup(ctx context.Context, cfg *config.Config, path string) (size int64, err error) {
	part, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, remove(part.Name())) }()
	err = copyStore(ctx, cfg, part)
	if err == nil {
		size, err = part.Seek(0, io.SeekCurrent)
	}
	if err = errors.Join(err, part.Sync(), part.Close()); err != nil {
		return 0, err
	}
	copied, err := store.Open(part.Name(), store.Options{})
	if err != nil {
		return 0, fmt.Errorf("the copy cannot be opened: %w", err)
	}
	if err := copied.Close(); err != nil {
		return 0, err
	}
	if err := os.Link(part.Name(), path); err != nil { // unlike a rename, it replaces nothing
		return 0, err
	}
	return size, nil
}

func copyStore(ctx context.Context, cfg *config.Config, to io.Writer) error {
	resp, err := ask(ctx, socket(cfg), request{method: http.MethodPost, path: "/backup"})
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
		return copyHere(ctx, cfg, to)
	}
	if err != nil {
		return asked(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("ask the running host: it answered %s", resp.Status)
	}
	_, err = io.Copy(to, resp.Body)
	return err
}

func copyHere(ctx context.Context, cfg *config.Config, to io.Writer) error {
	if _, err := os.Stat(cfg.Store.Path); err != nil {
		return fmt.Errorf("there is no store to copy: %w", err)
	}
	st, err := store.Open(cfg.Store.Path, store.Options{})
	if err != nil {
		return err
	}
	_, err = st.Backup(ctx, to)
	return errors.Join(err, st.Close())
}
