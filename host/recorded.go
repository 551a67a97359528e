// One recorded login, for whoever explains it.

package host

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/keyring"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/record"
)

// RecordedLogin is the recorded login called id, an AuthRequest's ID as the
// audit log shows it: from the running host, or from the store when none runs.
func RecordedLogin(ctx context.Context, cfg *config.Config, id string) (login.File, error) {
	return viaHostWith(ctx, cfg, request{http.MethodGet, "/records/" + url.PathEscape(id), nil, callTimeout}, func() (found login.File, err error) {
		err = withRecords(cfg, func(r *record.Recorder, _ *keyring.Keyring) error {
			found, err = recorded(ctx, r, id)
			return err
		})
		return found, err
	})
}

func recorded(ctx context.Context, r *record.Recorder, id string) (login.File, error) {
	read, err := r.Find(ctx, id)
	if errors.Is(err, record.ErrNone) {
		return login.File{}, fmt.Errorf("no login %.32q is recorded: its id is the \"login\" of its audit event, and record.keep says how long it is there", id)
	}
	if err = errors.Join(err, read.Err); err != nil {
		return login.File{}, err
	}
	return read.Record.File, nil
}

// recordings adds a recorded login to the admin socket:
//
//	GET /records/ID
func (h *Host) recordings(mux *http.ServeMux) {
	mux.HandleFunc("GET /records/{id}", func(w http.ResponseWriter, r *http.Request) {
		found, err := recorded(r.Context(), h.recorder, r.PathValue("id"))
		answer(w, found, err)
	})
}
