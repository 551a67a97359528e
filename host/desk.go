// The desk at which people are changed, for the commands and the console: what is
// done is audited, and ends the sessions that it should.

package host

import (
	"context"
	"errors"
	"log/slog"

	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/idp"
	"github.com/doorward/doorward/host/idp/people"
	"github.com/doorward/doorward/host/keyring"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/session"
	"github.com/doorward/doorward/host/store"
)

// clerk is what a desk is made of.
type clerk struct {
	cfg      *config.Config
	store    store.Store
	keys     *keyring.Keyring
	sessions *session.Sessions
	signOut  func(ctx context.Context, subject string, everything bool) error // at the provider
	audit    func(context.Context, login.Event)
	log      *slog.Logger
}

// desk is for the person of the session by, or for a "command".
func (h *Host) desk(by, requestID string) people.Desk {
	c := clerk{cfg: h.options.Config, store: h.store, keys: h.keys, sessions: h.sessions, audit: h.audit, log: h.options.Log}
	if h.builtin != nil {
		c.signOut = h.builtin.SignOut
	}
	return c.desk(by, requestID)
}

func (c clerk) desk(by, requestID string) people.Desk {
	name, err := builtinOf(c.cfg)
	d := people.Desk{Directory: people.Directory{Store: c.store, Keys: c.keys}}
	if err != nil {
		return d
	}
	d.Policy.MinLength = c.cfg.Providers[name].Passwords.MinLength
	d.Told = func(ctx context.Context, done people.Deed, person people.Person, n int) {
		e := login.Event{Type: string(done), Provider: name, By: by, RequestID: requestID, People: n}
		if who := c.login(name, person); person.Subject != "" {
			e.Person = c.sessions.PersonTag(who)
			e.Sessions = c.revoked(ctx, done, who)
		}
		if c.audit != nil {
			c.audit(ctx, e)
		}
	}
	return d
}

// login is a person of the provider name as their sessions know them.
func (c clerk) login(name string, person people.Person) login.Person {
	return login.Person{IdP: name, Issuer: c.cfg.PublicURL + "/idp", Subject: person.Subject}
}

// revoked ends the person's sessions after a deed that ends them, and says how
// many there were at this host. Those that one of the provider's began while it
// lasted go after it: the provider tells the host of its own too, but later. The deed is done: when the store fails now, the sessions end
// by themselves.
func (c clerk) revoked(ctx context.Context, done people.Deed, who login.Person) int {
	signOut, everything := people.Ends(done)
	if !signOut {
		return 0
	}
	n, before := c.sessions.RevokePerson(ctx, who.Issuer, who.Subject)
	err := c.signOut(ctx, who.Subject, everything)
	more, after := c.sessions.RevokePerson(ctx, who.Issuer, who.Subject)
	if err = errors.Join(before, err, after); err != nil {
		c.log.ErrorContext(ctx, "the sessions of a person could not be ended", "error", err)
	}
	return n + more
}

// withDesk is for a host that does not run.
func withDesk(ctx context.Context, cfg *config.Config, audit func(context.Context, login.Event), do func(people.Desk) error) error {
	return withStore(cfg, func(st *store.Embedded, keys *keyring.Keyring) error {
		sessions := session.New(session.Config{Store: st, Keys: keys, Idle: cfg.Session.Idle, Absolute: cfg.Session.Absolute})
		defer sessions.Close()
		signOut := func(ctx context.Context, subject string, everything bool) error {
			return idp.SignOut(ctx, st, subject, everything)
		}
		d := clerk{cfg, st, keys, sessions, signOut, audit, slog.New(slog.DiscardHandler)}.desk("command", "")
		if err := errors.Join(people.Reseal(ctx, st, keys), d.Index(ctx)); err != nil {
			return err
		}
		return do(d)
	})
}
