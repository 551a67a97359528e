package idp

// Clients are told when a session ends that they were signed in with (OpenID
// Connect Back-Channel Logout 1.0). What is to be told is stored with the
// session's end and sent off the request's way, with bounded retries.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/doorward/doorward/host/idp/clients"
	"github.com/doorward/doorward/host/idp/people"
	"github.com/doorward/doorward/host/store"
)

const (
	bucketLogouts  = "idp.logouts"
	logoutEvent    = "http://schemas.openid.net/event/backchannel-logout"
	logoutTokenFor = 2 * time.Minute
	logoutsAtOnce  = 8
	logoutsPage    = 500
)

// ErrLogoutRefused is what a client in this process says of a logout token that
// it will never accept.
var ErrLogoutRefused = errors.New("the logout token is refused")

// retries are the pauses after an attempt that failed; after the last one
// there is no other.
var retries = []time.Duration{5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute}

// logout is a client that is to be told.
type logout struct {
	ClientID string `json:"client"`
	Subject  string `json:"sub"`
	SID      string `json:"sid"`
	Tries    int    `json:"tries"`
	Due      int64  `json:"due"`  // Unix seconds
	Ends     int64  `json:"ends"` // when it is given up

	key string
}

// logoutsOf are the changes that tell s's clients, those that want to know.
func (p *Provider) logoutsOf(ctx context.Context, s *session) (ops []store.Op, err error) {
	now := p.cfg.Now()
	for _, id := range s.Clients {
		client, err := p.clients.Client(ctx, id)
		if errors.Is(err, clients.ErrUnknown) || err == nil && !p.wantsToKnow(client) {
			continue
		}
		if err != nil {
			return nil, err
		}
		l := logout{ClientID: id, Subject: s.Subject, SID: s.SID, Due: now.Unix(), Ends: now.Add(2 * time.Hour).Unix(), key: people.NewID()}
		ops = append(ops, l.put())
	}
	return ops, nil
}

func (l logout) put() store.Op {
	value, _ := json.Marshal(l) // strings and numbers only
	return store.Op{Bucket: bucketLogouts, Key: l.key, Value: value, Expires: time.Unix(l.Ends, 0)}
}

func (l logout) remove() store.Op {
	return store.Op{Bucket: bucketLogouts, Key: l.key, Delete: true}
}

// wakeLogouts makes SendLogouts look again.
func (p *Provider) wakeLogouts() {
	select {
	case p.logouts <- struct{}{}:
	default: // it will look anyway
	}
}

// SendLogouts tells clients of sessions that have ended, those from before a
// restart too, until ctx is done. A client that answers neither 200, 204 nor
// 400 is told again, five times within an hour. Call it once.
func (p *Provider) SendLogouts(ctx context.Context) {
	for {
		next := p.sendDue(ctx)
		timer := time.NewTimer(next)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-p.logouts:
			timer.Stop()
		case <-timer.C:
		}
	}
}

// sendDue sends what is due, and is how long it is until more is.
func (p *Provider) sendDue(ctx context.Context) time.Duration {
	next, now := time.Minute, p.cfg.Now().Unix()
	for after := ""; ; {
		items, err := p.cfg.Store.Scan(ctx, bucketLogouts, "", after, logoutsPage)
		if err != nil || len(items) == 0 {
			return next
		}
		after = items[len(items)-1].Key
		var due []logout
		for _, item := range items {
			l := logout{key: item.Key}
			if json.Unmarshal(item.Value, &l) != nil {
				continue
			}
			if wait := time.Duration(l.Due-now) * time.Second; wait > 0 {
				next = min(next, wait)
				continue
			}
			due = append(due, l)
		}
		if p.sendAll(ctx, due) {
			next = min(next, retries[0])
		}
	}
}

// sendAll sends a few at a time, and reports whether some are to be sent again.
func (p *Provider) sendAll(ctx context.Context, due []logout) bool {
	var all sync.WaitGroup
	slots, again := make(chan struct{}, logoutsAtOnce), make(chan struct{}, len(due))
	for _, l := range due {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			if p.send(ctx, l) {
				again <- struct{}{}
			}
		})
	}
	all.Wait()
	return len(again) > 0
}

// send tells one client and remembers how that went; it reports whether it is
// to be tried again.
func (p *Provider) send(ctx context.Context, l logout) (again bool) {
	status, err := p.tellClient(ctx, l)
	if ctx.Err() != nil {
		return false // it stays stored
	}
	change := l.remove()
	switch {
	case err == nil && (status == http.StatusOK || status == http.StatusNoContent):
		p.cfg.Log.InfoContext(ctx, "a client was told that a session ended", "client", l.ClientID)
	case err == nil && status == http.StatusBadRequest || errors.Is(err, clients.ErrUnknown) || l.Tries >= len(retries):
		p.cfg.Log.WarnContext(ctx, "a client could not be told that a session ended", "client", l.ClientID, "status", status, "tries", l.Tries+1)
	default:
		again = true
		l.Due = p.cfg.Now().Add(retries[l.Tries]).Unix()
		l.Tries++
		change = l.put()
	}
	if err := p.cfg.Store.Apply(ctx, change); err != nil {
		p.cfg.Log.ErrorContext(ctx, "what clients are told could not be stored", "error", err.Error())
	}
	return again
}

// tellClient posts a logout token.
func (p *Provider) tellClient(ctx context.Context, l logout) (status int, err error) {
	client, err := p.clients.Client(ctx, l.ClientID)
	if err == nil && !p.wantsToKnow(client) {
		err = clients.ErrUnknown // no longer
	}
	if err != nil {
		return 0, err
	}
	token, err := p.logoutToken(ctx, client, l)
	if err != nil {
		return 0, err
	}
	if inside, is := p.cfg.Inside[client.ID]; is {
		return told(inside(ctx, token))
	}
	body := strings.NewReader(url.Values{"logout_token": {token}}.Encode())
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, client.BackChannelLogout, body)
	if err != nil {
		return 0, fmt.Errorf("the address cannot be parsed")
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := p.clients.Outgoing(client).Do(r)
	return answer.Status, err
}

// told is what a client in this process would have answered.
func told(err error) (int, error) {
	switch {
	case err == nil:
		return http.StatusOK, nil
	case errors.Is(err, ErrLogoutRefused):
		return http.StatusBadRequest, nil
	}
	return 0, err
}

// wantsToKnow reports whether the client is told when sessions end.
func (p *Provider) wantsToKnow(client clients.Client) bool {
	return client.BackChannelLogout != "" || p.cfg.Inside[client.ID] != nil
}

// logoutToken is signed like the client's ID tokens (section 2.4).
func (p *Provider) logoutToken(ctx context.Context, client clients.Client, l logout) (string, error) {
	now := p.cfg.Now()
	return p.keys.Sign(ctx, client.IDTokenAlg, "logout+jwt", map[string]any{
		"iss": p.cfg.Issuer, "aud": client.ID, "sub": l.Subject, "sid": l.SID, "jti": people.NewID(),
		"iat": now.Unix(), "exp": now.Add(logoutTokenFor).Unix(), "events": map[string]any{logoutEvent: map[string]any{}},
	})
}
