// Replay for commands: through the running host, or with the store itself.

package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"time"

	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/keyring"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/record"
	"github.com/doorward/doorward/host/store"
)

const (
	maxReplayRequest = 128 << 20 // bytes of JSON; modules grow by a third in it
	replayTimeout    = 2 * time.Hour
)

// ReplayLogins replays recorded logins: in the running host, whose configuration
// counts then, or here when none runs, with all processors. The files of req
// are read by the caller and sent, because the host may be another user.
func ReplayLogins(ctx context.Context, cfg *config.Config, req ReplayRequest) (record.Report, error) {
	if err := req.check(); err != nil {
		return record.Report{}, err
	}
	body, err := json.Marshal(req)
	if err != nil {
		return record.Report{}, err
	}
	return viaHostWith(ctx, cfg, request{http.MethodPost, "/replay", body, replayTimeout}, func() (report record.Report, err error) {
		err = withRecords(cfg, func(r *record.Recorder, keys *keyring.Keyring) error {
			report, err = replay(ctx, Options{Config: cfg}, req, keys.Derive(replayPurpose, replayKeySize), r, runtime.GOMAXPROCS(0))
			return err
		})
		return report, err
	})
}

// ForgetRecords removes every recorded login of a person: of one provider, or of
// every one with that issuer when p.IdP is empty.
func ForgetRecords(ctx context.Context, cfg *config.Config, p login.Person) (record.Forgotten, error) {
	body, err := json.Marshal(p)
	if err != nil {
		return record.Forgotten{}, err
	}
	return viaHostWith(ctx, cfg, request{http.MethodPost, "/replay/forget", body, callTimeout}, func() (f record.Forgotten, err error) {
		err = withRecords(cfg, func(r *record.Recorder, _ *keyring.Keyring) error {
			f, err = r.Forget(ctx, p)
			return err
		})
		return f, err
	})
}

// withRecords opens the records of a host that does not run.
func withRecords(cfg *config.Config, do func(*record.Recorder, *keyring.Keyring) error) error {
	return withStore(cfg, func(st *store.Embedded, keys *keyring.Keyring) (err error) {
		r := record.Open(record.Config{Store: st, Keys: keys}) // reads; it records nothing
		defer func() { err = errors.Join(err, r.Close(context.Background())) }()
		return do(r, keys)
	})
}

// replays adds the commands about recorded logins to the admin socket:
//
//	POST /replay          replay, with the rules of the body
//	POST /replay/forget   remove a person's records
func (h *Host) replays(mux *http.ServeMux) {
	mux.HandleFunc("POST /replay", func(w http.ResponseWriter, r *http.Request) {
		var req ReplayRequest
		err := readBody(r, maxReplayRequest, &req)
		var report record.Report
		if err == nil {
			report, err = h.Replay(r.Context(), req)
		}
		answer(w, report, err)
	})
	mux.HandleFunc("POST /replay/forget", func(w http.ResponseWriter, r *http.Request) {
		var p login.Person
		err := readBody(r, 64<<10, &p)
		var f record.Forgotten
		if err == nil {
			f, err = h.recorder.Forget(r.Context(), p)
		}
		answer(w, f, err)
	})
}

func readBody(r *http.Request, most int64, into any) error {
	body, err := io.ReadAll(io.LimitReader(r.Body, most+1))
	switch {
	case err != nil:
		return err
	case int64(len(body)) > most:
		return fmt.Errorf("the request has more than %d bytes", most)
	}
	return json.Unmarshal(body, into)
}
