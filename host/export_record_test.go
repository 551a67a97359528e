package host

import (
	"context"
	"errors"

	"github.com/doorward/doorward/host/keyring"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/record"
	"github.com/doorward/doorward/host/store"
)

// Rig is a host without its edge: rules, store and recorder, for tests that
// walk many logins.
type Rig struct{ h *Host }

// OpenRig opens what New opens, but for what serves.
func OpenRig(ctx context.Context, options Options) (*Rig, error) {
	h := &Host{options: options.withDefaults()}
	var err error
	if h.store, err = store.Open(options.Config.Store.Path, store.Options{Now: h.options.Now, InsecureNoSync: true}); err != nil {
		return nil, err
	}
	if h.keys, err = keyring.Open(options.Config.HostKeyFile); err != nil {
		return nil, err
	}
	h.replayKey = h.keys.Derive(replayPurpose, replayKeySize)
	if h.rules, err = h.options.compile(ctx, h.replayKey, ""); err != nil {
		return nil, err
	}
	h.recorder = h.openRecorder()
	return &Rig{h}, nil
}

// Flow is the flow of a provider, as New makes it.
func (r *Rig) Flow(name string, provider login.Provider, sessions login.Sessions) *login.Flow {
	return &login.Flow{
		Provider: provider, Protocol: "oidc", ReauthSkew: 5, Mappers: r.h.rules.pipelines[name], Levels: r.h.rules.engine,
		Sessions: sessions, Audit: func(context.Context, login.Event) {}, Record: r.h.record, Now: r.h.options.Now,
	}
}

func (r *Rig) Recorder() *record.Recorder { return r.h.recorder }

func (r *Rig) Replay(ctx context.Context, req ReplayRequest) (record.Report, error) {
	return r.h.Replay(ctx, req)
}

// ReplayOn replays on so many processors.
func (r *Rig) ReplayOn(ctx context.Context, req ReplayRequest, workers int) (record.Report, error) {
	return replay(ctx, Options{Config: r.h.options.Config, Now: r.h.options.Now}, req, r.h.replayKey, r.h.recorder, workers)
}

func (r *Rig) Close(ctx context.Context) error {
	return errors.Join(r.h.recorder.Close(ctx), r.h.rules.runtime.Close(ctx), r.h.store.Close())
}
