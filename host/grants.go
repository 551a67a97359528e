// Grants that sign-ins match: when each person of a configured grant last
// signed in. A grant whose person nobody has ever been is most often misspelt.

package host

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/keyring"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/store"
)

const (
	grantBucket  = "grant"
	grantPurpose = "grant/person" // of the host's key
	grantEvery   = 24 * time.Hour // between two writes about one person
	grantWithin  = 10 * time.Second
	grantQueue   = 64 // people whose sign-in waits to be written
)

// grantLog remembers when the people of configured grants last signed in. What
// the store has of them is a keyed tag and a time. It is safe for concurrent use.
type grantLog struct {
	store store.Store
	keys  *keyring.Keyring
	log   *slog.Logger
	now   func() time.Time

	writing sync.Mutex // one write at a time
	mu      sync.Mutex
	seen    map[login.Person]time.Time // of every configured grant; zero for never
	written map[login.Person]time.Time // as the store has it
	queue   chan login.Person
	done    chan struct{}
	closed  bool
}

// openGrants reads what is known of the configured grants. Tags of an older
// host key are written anew, so that a rotation loses none; those of people who
// are in no grant any more go.
func openGrants(ctx context.Context, st store.Store, keys *keyring.Keyring, grants []config.Grant, now func() time.Time, log *slog.Logger) (*grantLog, error) {
	g := &grantLog{
		store: st, keys: keys, log: log, now: now, seen: map[login.Person]time.Time{}, written: map[login.Person]time.Time{},
		queue: make(chan login.Person, grantQueue), done: make(chan struct{}),
	}
	for _, grant := range grants {
		g.seen[grantee(grant)] = time.Time{}
	}
	kept, err := readGrants(ctx, st)
	if err != nil {
		return nil, err
	}
	for person := range g.seen {
		if at := matchOf(kept, keys, person); !at.IsZero() {
			g.seen[person], g.written[person] = at, at
		}
	}
	if err := g.renew(ctx, kept); err != nil {
		return nil, err
	}
	go g.write()
	return g, nil
}

func grantee(g config.Grant) login.Person {
	return login.Person{IdP: g.IdP, Issuer: g.Issuer, Subject: g.Subject}
}

// walked is told of every walk that is over, and keeps nobody waiting.
func (h *Host) walked(ctx context.Context, w login.Walked) {
	if w.Err == nil && w.Request.Purpose != login.PurposeTest && w.Yield.Document != nil {
		h.grants.match(w.Yield.Document.Person)
	}
	h.record(ctx, w)
}

// match notes that person signed in now. It is written soon, at most once a day.
func (g *grantLog) match(person login.Person) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if _, granted := g.seen[person]; !granted || g.closed {
		return
	}
	now := g.now()
	g.seen[person] = now
	if now.Sub(g.written[person]) < grantEvery {
		return
	}
	select {
	case g.queue <- person:
		g.written[person] = now
	default: // the next sign-in tries again
	}
}

// write writes what match queued, until Close.
func (g *grantLog) write() {
	defer close(g.done)
	for person := range g.queue {
		ctx, cancel := context.WithTimeout(context.Background(), grantWithin)
		err := g.put(ctx, person)
		cancel()
		if err != nil {
			g.log.Warn("a sign-in that matches a grant could not be noted", "error", err)
			g.mu.Lock()
			delete(g.written, person) // the next sign-in tries again
			g.mu.Unlock()
		}
	}
}

func (g *grantLog) put(ctx context.Context, person login.Person) error {
	g.writing.Lock()
	defer g.writing.Unlock()
	g.mu.Lock()
	at := g.seen[person]
	g.mu.Unlock()
	return g.store.Apply(ctx, store.Op{Bucket: grantBucket, Key: grantTags(g.keys, person)[0], Value: encodeTime(at)})
}

// renew brings the store to the current host key and the present grants: each
// person's one tag, and no other. kept is what the store has.
func (g *grantLog) renew(ctx context.Context, kept map[string]time.Time) error {
	g.writing.Lock()
	defer g.writing.Unlock()
	g.mu.Lock()
	var ops []store.Op
	wanted := map[string]bool{}
	for person, at := range g.seen {
		tag := grantTags(g.keys, person)[0]
		wanted[tag] = true
		if _, has := kept[tag]; !has && !at.IsZero() {
			ops = append(ops, store.Op{Bucket: grantBucket, Key: tag, Value: encodeTime(at)})
		}
	}
	g.mu.Unlock()
	for tag := range kept {
		if !wanted[tag] {
			ops = append(ops, store.Op{Bucket: grantBucket, Key: tag, Delete: true})
		}
	}
	if len(ops) == 0 {
		return nil
	}
	return g.store.Apply(ctx, ops...)
}

// rotated writes the tags anew after the host's key changed.
func (g *grantLog) rotated(ctx context.Context) error {
	kept, err := readGrants(ctx, g.store)
	if err != nil {
		return err
	}
	return g.renew(ctx, kept)
}

// matched says when the person of a grant last signed in, zero for never; false
// for somebody in no grant of this host.
func (g *grantLog) matched(person login.Person) (at time.Time, granted bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	at, granted = g.seen[person]
	return at, granted
}

// Close writes what waits, and ends.
func (g *grantLog) Close() {
	g.mu.Lock()
	was := g.closed
	g.closed = true
	g.mu.Unlock()
	if !was {
		close(g.queue)
	}
	<-g.done
}

// grantTags are the keys under which a person's match may be filed, the current
// one first.
func grantTags(keys *keyring.Keyring, p login.Person) (tags []string) {
	for _, mac := range keys.MACs(grantPurpose, fmt.Appendf(nil, "%d:%s%d:%s%s", len(p.IdP), p.IdP, len(p.Issuer), p.Issuer, p.Subject)) {
		tags = append(tags, base64.RawURLEncoding.EncodeToString(mac))
	}
	return tags
}

// readGrants is everything that the store has of grants, by tag.
func readGrants(ctx context.Context, st store.Store) (map[string]time.Time, error) {
	kept, after := map[string]time.Time{}, ""
	for {
		items, err := st.Scan(ctx, grantBucket, "", after, 256)
		if err != nil || len(items) == 0 {
			return kept, err
		}
		for _, item := range items {
			kept[item.Key], after = decodeTime(item.Value), item.Key
		}
	}
}

func matchOf(kept map[string]time.Time, keys *keyring.Keyring, p login.Person) (latest time.Time) {
	for _, tag := range grantTags(keys, p) {
		if at := kept[tag]; at.After(latest) {
			latest = at
		}
	}
	return latest
}

func encodeTime(t time.Time) []byte { return binary.BigEndian.AppendUint64(nil, uint64(t.Unix())) }

// decodeTime is zero for what it cannot read: then nobody matched.
func decodeTime(raw []byte) time.Time {
	if len(raw) != 8 {
		return time.Time{}
	}
	return time.Unix(int64(binary.BigEndian.Uint64(raw)), 0).UTC()
}
