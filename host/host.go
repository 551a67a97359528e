package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/console"
	"github.com/doorward/doorward/host/idp"
	"github.com/doorward/doorward/host/keyring"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/mapper"
	"github.com/doorward/doorward/host/native"
	"github.com/doorward/doorward/host/policy"
	"github.com/doorward/doorward/host/record"
	"github.com/doorward/doorward/host/samlsp"
	"github.com/doorward/doorward/host/session"
	"github.com/doorward/doorward/host/store"
	"github.com/doorward/doorward/host/token"
	"github.com/doorward/doorward/host/web"
	"github.com/doorward/doorward/sdk/js"
)

// Options is what a Host is made of. Config is required.
type Options struct {
	Config    *config.Config
	Log       *slog.Logger      // discards when nil
	Now       func() time.Time  // time.Now when nil
	Transport http.RoundTripper // to providers; a bounded one of our own when nil
	Progress  func(what string) // told of each long step of New, one after the other
	Audit     func(login.Event) // also gets every audit event; they are always logged
	Stdout    io.Writer         // of the audit log's lines when audit.path is "-"; os.Stdout when nil

	broken   config.Faults // what Check was told is wrong already
	offline  bool          // Check asks nobody
	bench    *bench        // of a Workbench; nil for a host
	counters *counters
	telling  *sync.Mutex                                // Progress
	samlKey  func(provider string) (*samlsp.Key, error) // nil where there is no store
}

// Host is a configured login host. It is safe for concurrent use.
type Host struct {
	options  Options
	keys     *keyring.Keyring
	store    *store.Embedded
	rules    *rules
	sessions *session.Sessions
	peers    web.Peers
	builtin  *idp.Provider // nil when none is configured
	signer   *token.AssertionSigner
	web      *web.Server

	recorder  *record.Recorder
	grants    *grantLog
	unguarded map[string]*mapper.Pipeline // for what is tried in the console
	replayKey []byte                      // seeds plugins, as long as the host runs
	replaying sync.Mutex                  // one replay at a time
	auditLog  *auditLog
}

const sweepEvery = time.Minute

// The key that seeds plugins: what is recorded replays alike while it is there.
const (
	replayPurpose = "plugin/replay"
	replayKeySize = 32
)

// New reads the host's key, opens the store and compiles everything that the
// configuration names. It returns config.Faults for what is wrong in the
// configuration, and an error that wraps store.ErrUnavailable when the store
// cannot be opened. A provider that is down is no error.
func New(ctx context.Context, options Options) (_ *Host, err error) {
	h := &Host{options: options.withDefaults(), peers: peers(options.Config)}
	defer func() {
		if err != nil {
			err = errors.Join(err, h.Close(ctx))
		}
	}()
	cfg := h.options.Config
	// The store first: its lock keeps a rotation away from here on.
	if h.store, err = store.Open(cfg.Store.Path, store.Options{Now: h.options.Now}); err != nil {
		return nil, err
	}
	if h.keys, err = keyring.Open(cfg.HostKeyFile); err != nil {
		return nil, fmt.Errorf("the host's key: %w", err)
	}
	if h.auditLog, err = h.options.openAudit(); err != nil {
		return nil, err
	}
	h.replayKey = h.keys.Derive(replayPurpose, replayKeySize)
	if h.rules, err = h.options.compile(ctx, h.replayKey, h.options.cache()); err != nil {
		return nil, err
	}
	h.rules.policies.started(ctx)
	h.sessions = session.New(session.Config{
		Store: h.store, Keys: h.keys, Idle: cfg.Session.Idle, Absolute: cfg.Session.Absolute, Marks: oldestToken(cfg), Now: h.options.Now, Log: h.options.Log,
	})
	h.recorder = h.openRecorder()
	if h.grants, err = openGrants(ctx, h.store, h.keys, cfg.Grants, h.options.Now, h.options.Log); err != nil {
		return nil, err
	}
	h.options.progress("wiring the providers")
	return h, h.wire(ctx)
}

func (o Options) withDefaults() Options {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	o.counters, o.telling = newCounters(), &sync.Mutex{}
	return o
}

func (o *Options) progress(what string) {
	if o.Progress != nil {
		o.telling.Lock()
		defer o.telling.Unlock()
		o.Progress(what)
	}
}

// wire makes the providers, their flows and the edge.
func (h *Host) wire(ctx context.Context) error {
	cfg := h.options.Config
	h.options.samlKey = func(name string) (*samlsp.Key, error) { return h.samlKey(ctx, name) }
	secret, err := h.openBuiltin()
	if err != nil {
		return err
	}
	public, err := url.Parse(cfg.PublicURL)
	if err != nil {
		return fmt.Errorf("public_url: %w", err)
	}
	seeds, since := h.assertionSeeds()
	if h.signer, err = token.NewAssertionSigner(cfg.PublicURL, seeds, since, h.options.Now); err != nil {
		return err
	}
	if err := h.openUnguarded(); err != nil {
		return err
	}
	pages := h.console()
	w := web.Config{
		PublicURL: public, Peers: h.peers, ForceAuth: cfg.ForceAuth, Origins: web.NewOrigins(public, applications(cfg)),
		Tree: h.rules.engine.Engine().Levels(), Known: h.known, Signer: h.signer, Script: js.Script,
		Parts: h.parts, Routes: console.Mount[*web.Server](pages), Tested: func(ctx context.Context, t web.Test) string { return pages.Tested(ctx, console.Test(t)) },
		Sessions: h.sessions, Levels: policy.NewLive(h.rules.engine.Engine, 0),
		Keys: h.keys, Store: h.store, Programs: native.New(native.Config{Store: h.store, Keys: h.keys, Now: h.options.Now}), Audit: h.audit, Log: h.options.Log, Now: h.options.Now,
	}
	if w.Providers, err = h.providers(ctx, secret); err != nil {
		return err
	}
	w.EncryptionKeys = encryptionKeys(w.Providers)
	if h.builtin != nil {
		w.BuiltIn = h.builtin
	}
	h.web = web.New(w)
	return errors.Join(h.options.counters.register(h.web.Registry()), h.web.Registry().Register(pluginMetrics{h.rules.plugins}), h.web.Registry().Register(recordMetrics{h.recorder}),
		h.web.Registry().Register(policyMetrics{h.rules}), h.web.Registry().Register(h.auditLog.lines))
}

// providers makes one flow for each configured provider, and the built-in
// one's people.
func (h *Host) providers(ctx context.Context, secret token.Secret) ([]*web.Provider, error) {
	var list []*web.Provider
	var errs []error
	for _, name := range h.options.Config.ProviderOrder {
		p := h.options.Config.Providers[name]
		transport := h.options.Transport
		if p.Type == "builtin" {
			transport = h.builtin.RoundTripper()
			errs = append(errs, h.keepPeople(ctx, name, p.People))
		}
		provider, err := h.options.provider(name, transport, secret)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		list = append(list, &web.Provider{
			Name: name, Title: p.DisplayName, Issuer: h.options.issuerOf(p), CrossSite: p.ResponseMode == "form_post" || p.Type == "saml", StateParam: stateParam(p), Direct: directOf(p),
			Refresh: web.Refresh(p.Refresh),
			Flow: &login.Flow{
				Provider: provider, Protocol: p.Type,
				ChallengedTrusted: p.Challenged == "trusted", ReauthSkew: int64(p.ReauthSkew.Seconds()),
				Mappers: h.rules.pipelines[name], Levels: h.rules.engine, Sessions: h.sessions, Audit: h.audit, Record: h.walked, Now: h.options.Now,
			},
		})
	}
	return list, h.options.gather(errs)
}

func peers(cfg *config.Config) web.Peers {
	peers := web.Peers{Trusted: cfg.TrustedProxies}
	for name, z := range cfg.Zones {
		peers.Zones = append(peers.Zones, web.Zone{Name: name, Networks: z.Networks, Priority: z.Priority})
	}
	slices.SortFunc(peers.Zones, web.ByPriority)
	return peers
}

func applications(cfg *config.Config) (list []web.Application) {
	for name, a := range cfg.Applications {
		list = append(list, web.Application{
			Name: name, Origins: a.Origins, Paths: a.Paths, ForceAuth: a.ForceAuth, Require: a.Require, ForwardAuth: a.ForwardAuth,
			Secret: token.Secret(a.Secret.Reveal()), Tokens: a.Tokens, Clients: a.Clients, Headers: a.Headers, Assertion: a.Assertion,
			Resources: apis(a.Resources),
		})
	}
	slices.SortFunc(list, web.ByName)
	return list
}

func apis(resources map[string]config.Resource) map[string]web.API {
	apis := map[string]web.API{}
	for uri, r := range resources {
		apis[uri] = web.API{By: r.By, Audience: r.Audience, Scope: strings.Join(r.Scope, " ")}
	}
	return apis
}

// clientIP is the address that the built-in provider counts attempts for.
func (h *Host) clientIP(r *http.Request) string {
	addr, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	if client, ok := h.peers.Client(addr.Addr(), r.Header); ok {
		return client.String()
	}
	return addr.Addr().String()
}

// fail shows a failure of the built-in provider like every other.
// Reload compiles changed plugins and policies beside the present ones and
// swaps them in, and opens the audit log's file again. What does not load is
// logged and returned, and leaves the present one in place.
func (h *Host) Reload(ctx context.Context) error {
	err := errors.Join(h.options.reload(ctx, h.rules), h.ReopenAudit())
	h.web.LevelsChanged() // what did load counts, whatever else was refused
	if err != nil {
		h.options.Log.ErrorContext(ctx, "reload: something was refused, and what was there stays", "error", err)
		return err
	}
	h.options.Log.InfoContext(ctx, "reload: plugins and policies are up to date", "revision", h.rules.engine.Engine().Revision())
	return nil
}

// Web is the public listener's server, for tests and benchmarks.
func (h *Host) Web() *web.Server { return h.web }

// Close ends what New began. It is called by Run; a Host that is not run must
// be closed.
func (h *Host) Close(ctx context.Context) error {
	var errs []error
	if h.web != nil {
		errs = append(errs, h.web.Close(ctx))
	}
	if h.sessions != nil {
		h.sessions.Close()
	}
	if h.rules != nil {
		errs = append(errs, h.rules.runtime.Close(ctx))
	}
	if h.grants != nil {
		h.grants.Close()
	}
	if h.recorder != nil { // the last logins are over: what they wrote comes before the store ends
		errs = append(errs, h.recorder.Close(ctx))
	}
	if h.store != nil {
		errs = append(errs, h.store.Close())
	}
	if h.auditLog != nil {
		errs = append(errs, h.auditLog.Close())
	}
	return errors.Join(errs...)
}

// socket is where commands reach a running host.
func socket(cfg *config.Config) string {
	return filepath.Join(filepath.Dir(cfg.Store.Path), "admin.sock")
}
