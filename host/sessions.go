package host

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/keyring"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/session"
	"github.com/doorward/doorward/host/store"
)

// SessionChoice says which sessions a command means.
type SessionChoice struct {
	ID         string       // a session's, or its beginning when no other begins so
	SamePerson string       // the ID of one session stands for all of its person
	Person     login.Person // Issuer and Subject; an empty IdP means any provider with that issuer
	All        bool
}

// Revoked is what RevokeSessions did.
type Revoked struct {
	Sessions int    `json:"sessions"`
	ID       string `json:"id,omitempty"` // the one that was named, whole
}

// ErrChoice is returned when a SessionChoice names no session, or too many.
var ErrChoice = errors.New("no session was ended")

// minPrefix is the least number of characters that stand for a session's ID.
const minPrefix = 4

const idSize = 16 // bytes of a whole one

// ListSessions lists the sessions that live, the newest first: those of
// choice.Person, or all. It asks the running host when there is one, and opens
// the store otherwise.
func ListSessions(ctx context.Context, cfg *config.Config, choice SessionChoice) ([]session.Listed, error) {
	return viaHost(ctx, cfg, http.MethodGet, "/sessions?"+choice.query(), func() (list []session.Listed, err error) {
		err = withSessions(cfg, func(s *session.Sessions) error {
			list, err = choice.list(ctx, s)
			return err
		})
		return list, err
	})
}

// RevokeSessions ends the sessions of choice, through the running host when
// there is one. A host that runs audits it; otherwise audit, unless nil, is
// told.
func RevokeSessions(ctx context.Context, cfg *config.Config, choice SessionChoice, audit func(context.Context, login.Event)) (Revoked, error) {
	return viaHost(ctx, cfg, http.MethodPost, "/sessions/revoke?"+choice.query(), func() (revoked Revoked, err error) {
		err = withSessions(cfg, func(s *session.Sessions) error {
			revoked, err = choice.revoke(ctx, s, audit)
			return err
		})
		return revoked, err
	})
}

// withSessions opens the sessions of a host that does not run.
func withSessions(cfg *config.Config, do func(*session.Sessions) error) error {
	return withStore(cfg, func(st *store.Embedded, keys *keyring.Keyring) error {
		sessions := session.New(session.Config{Store: st, Keys: keys, Idle: cfg.Session.Idle, Absolute: cfg.Session.Absolute})
		defer sessions.Close()
		return do(sessions)
	})
}

// withStore opens the store and the key of a host that does not run.
func withStore(cfg *config.Config, do func(*store.Embedded, *keyring.Keyring) error) (err error) {
	st, err := store.Open(cfg.Store.Path, store.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	keys, err := keyring.Open(cfg.HostKeyFile)
	if err != nil {
		return fmt.Errorf("the host's key: %w", err)
	}
	return do(st, keys)
}

// query carries a choice over the admin socket.
func (c SessionChoice) query() string {
	values := url.Values{}
	for name, value := range map[string]string{
		"id": c.ID, "same_person": c.SamePerson, "idp": c.Person.IdP, "iss": c.Person.Issuer, "sub": c.Person.Subject,
	} {
		if value != "" {
			values.Set(name, value)
		}
	}
	if c.All {
		values.Set("all", "yes")
	}
	return values.Encode()
}

func choiceOf(query url.Values) SessionChoice {
	return SessionChoice{
		ID: query.Get("id"), SamePerson: query.Get("same_person"), All: query.Get("all") == "yes",
		Person: login.Person{IdP: query.Get("idp"), Issuer: query.Get("iss"), Subject: query.Get("sub")},
	}
}

func (c SessionChoice) list(ctx context.Context, s *session.Sessions) ([]session.Listed, error) {
	if c.Person == (login.Person{}) {
		return s.List(ctx, session.Filter{})
	}
	return s.List(ctx, session.Filter{Person: &c.Person})
}

// revoke ends what c names, and audits it.
func (c SessionChoice) revoke(ctx context.Context, s *session.Sessions, audit func(context.Context, login.Event)) (revoked Revoked, err error) {
	switch {
	case c.All:
		revoked.Sessions, err = s.RevokeAll(ctx)
	case c.ID != "":
		if revoked.ID, err = wholeID(ctx, s, c.ID); err == nil {
			if err = s.Revoke(ctx, revoked.ID); err == nil {
				revoked.Sessions = 1
			}
		}
	case c.SamePerson != "":
		if revoked.ID, err = wholeID(ctx, s, c.SamePerson); err == nil {
			revoked.Sessions, err = s.RevokeSamePerson(ctx, revoked.ID)
		}
	case c.Person.Issuer != "" && c.Person.Subject != "":
		revoked.Sessions, err = c.revokePerson(ctx, s)
	default:
		return revoked, fmt.Errorf("%w: name a session, a person by iss and sub, or all", ErrChoice)
	}
	if errors.Is(err, session.ErrNone) {
		return Revoked{}, noneBegins(c.ID + c.SamePerson)
	}
	if revoked.Sessions > 0 && audit != nil {
		audit(ctx, login.Event{
			Type: "session_revoked", Session: revoked.ID, Provider: c.Person.IdP, Sessions: revoked.Sessions, By: "command",
		})
	}
	return revoked, err
}

// wholeID finds the session whose ID begins with prefix. Of a whole ID nobody
// asks here whether it lives.
func wholeID(ctx context.Context, s *session.Sessions, prefix string) (string, error) {
	if raw, err := hex.DecodeString(prefix); err == nil && len(raw) == idSize {
		return strings.ToLower(prefix), nil
	}
	if len(prefix) < minPrefix {
		return "", fmt.Errorf("%w: write at least %d characters of its ID", ErrChoice, minPrefix)
	}
	list, err := s.List(ctx, session.Filter{})
	if err != nil {
		return "", err
	}
	found := ""
	for _, l := range list {
		if !strings.HasPrefix(l.ID, strings.ToLower(prefix)) {
			continue
		}
		if found != "" {
			return "", fmt.Errorf("%w: several begin with %s; write more of the ID", ErrChoice, prefix)
		}
		found = l.ID
	}
	if found == "" {
		return "", noneBegins(prefix)
	}
	return found, nil
}

func noneBegins(prefix string) error {
	return fmt.Errorf("%w: none that lives begins with %.64q; see doorward session list", ErrChoice, prefix)
}

// revokePerson ends a person's sessions: at every provider with that issuer,
// or at the one that is named.
func (c SessionChoice) revokePerson(ctx context.Context, s *session.Sessions) (int, error) {
	if c.Person.IdP == "" {
		return s.RevokePerson(ctx, c.Person.Issuer, c.Person.Subject)
	}
	list, err := s.List(ctx, session.Filter{Person: &c.Person})
	if err != nil {
		return 0, err
	}
	n := 0
	for _, l := range list {
		switch err := s.Revoke(ctx, l.ID); {
		case err == nil:
			n++
		case !errors.Is(err, session.ErrNone): // ended meanwhile
			return n, err
		}
	}
	return n, nil
}
