// Live levels: a decision is kept until something in it could change.

package policy

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/doorward/doorward/host/login"
)

const (
	volatileFor  = time.Second
	perSession   = 16 // request facts remembered for one session
	anonymousCut = 4  // anonymous requests get a quarter of the cache
)

// Live keeps the decisions of open sessions. It is safe for concurrent use.
type Live struct {
	engine func() *Engine
	max    int

	mu      sync.Mutex
	entries cache
}

// NewLive returns a Live that decides with what engine returns at that moment
// (Slot.Engine) and keeps at most max decisions; 10000 when max is zero.
func NewLive(engine func() *Engine, max int) *Live {
	if max <= 0 {
		max = 10000
	}
	return &Live{engine: engine, max: max, entries: newCache()}
}

// kept is one cached decision. It holds nothing of the document, whose size is
// up to the provider.
type kept struct {
	decision login.Decision
	at       time.Time
}

// Levels says which levels the session called key holds for facts, from the
// cache when nothing can have changed. The key must change with the session's
// document and user (its id and version); it is "" for an anonymous request.
//
// A decision is kept for one session, one sign-in, one end of its claims, one
// set of request facts (zones, application, user agent; the address when a
// policy reads it) and one policy revision, until its first level ends; a
// Volatile one for a second; and none across a clock that steps back. The Levels of the answer are shared:
// callers must not change them. Errors are Engine.Decide's, and are not kept.
func (l *Live) Levels(ctx context.Context, key string, facts login.Facts) (login.Decision, error) {
	engine := l.engine()
	which := identify(engine, key, facts)
	l.mu.Lock()
	old, ok := l.entries.get(which)
	l.mu.Unlock()
	if ok && old.holds(facts.Now) {
		return old.decision, nil
	}
	decision, err := engine.Decide(ctx, facts)
	if err != nil {
		return login.Decision{}, err
	}
	next := &kept{decision: decision, at: facts.Now}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries.put(which, key, next, l.limit(key))
	return decision, nil
}

func (l *Live) limit(key string) limits {
	if key == "" {
		return limits{total: l.max, session: max(1, l.max/anonymousCut)}
	}
	return limits{total: l.max, session: perSession}
}

// Forget drops everything kept for the session called key.
func (l *Live) Forget(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries.forget(key)
}

// Len is how many decisions are kept.
func (l *Live) Len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.entries.len()
}

// holds reports whether the decision still stands at now.
func (k *kept) holds(now time.Time) bool {
	switch {
	case now.Before(k.at):
		return false
	case k.decision.Volatile && now.Sub(k.at) >= volatileFor:
		return false
	}
	return k.decision.Until == 0 || now.Unix() < k.decision.Until
}

// id names one session, sign-in, set of request facts and policy revision. As
// the texts themselves, which are bounded: a digest of them takes longer than
// the rest of an answer out of the cache.
type id struct {
	revision, session, app, agent, ip, zones string
	document                                 string
	signedIn                                 bool
	received, created, claimsEnd             int64
}

func identify(e *Engine, key string, facts login.Facts) id {
	r := facts.Request
	which := id{revision: e.revision, session: key, app: r.App, agent: r.UserAgent}
	for _, zone := range r.Zones {
		which.zones += strconv.Itoa(len(zone)) + ":" + zone // so that no two lists look alike
	}
	if e.needs.ip {
		which.ip = r.IP
	}
	if doc := facts.Document; doc != nil {
		which.signedIn, which.document, which.received, which.created = true, doc.ID, doc.ReceivedAt.UnixNano(), facts.CreatedAt
		which.claimsEnd = facts.ClaimsEnd
	}
	return which
}
