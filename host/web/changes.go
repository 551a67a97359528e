// Which levels a session was last told to hold, so that a change is an event of
// its own. A session is used by several applications and from several zones at
// once, whose levels may differ: that is no change, once it is known.

package web

import (
	"hash/maphash"
	"slices"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/session"
)

const (
	maxKnown     = 131072           // sessions; one beyond takes the place of some other
	maxSights    = 16               // sets of request facts of one session
	changesApart = 10 * time.Second // what changes more often is told together
	missedApart  = 10 * time.Minute // between two refusals of one session for the same level
)

// changes is safe for concurrent use.
type changes struct {
	seed maphash.Seed
	mu   sync.Mutex
	of   map[string]*holding // by session
}

// holding is what is known of one session.
type holding struct {
	version uint64 // of the record
	signed  bool   // by a sign-in, whose version is the next that comes
	at      time.Time
	told    []string  // what the session holds, as the audit log knows it
	toldAt  time.Time // of the last change
	sights  []sighting
	missed  map[string]time.Time // refusals told, by application and level
}

// sighting is what was held under one set of request facts.
type sighting struct {
	facts    uint64
	levels   []string
	ends     int64 // the earliest of them; zero when none does
	revision string
}

func newChanges() *changes { return &changes{seed: maphash.MakeSeed(), of: map[string]*holding{}} }

// change is an event to tell; its cause is "" when there is none.
type change struct {
	before, after []string
	cause         login.Cause
}

// note compares what a session holds now with what it held under the same facts,
// or was told to hold. settled is false when the same decision must be noted
// again: its change is told with those that follow.
func (all *changes) note(id string, version uint64, facts login.Request, d login.Decision, now time.Time) (told change, settled bool) {
	sight := all.sight(facts, d, now)
	all.mu.Lock()
	defer all.mu.Unlock()
	h := all.of[id]
	switch {
	case h == nil:
		all.begin(id, version, sight, now)
		return change{}, true
	case now.Before(h.at):
		return change{}, true // decided before what came last
	case h.signed:
		h.version, h.signed = version, false
	case h.version < version: // a sign-in says itself what it changed
		all.begin(id, version, sight, now)
		return change{}, true
	}
	h.at = now
	return h.compare(sight, now)
}

// signIn notes what a sign-in said that the session holds.
func (all *changes) signIn(id string, facts login.Request, d login.Decision, now time.Time) {
	sight := all.sight(facts, d, now)
	all.mu.Lock()
	defer all.mu.Unlock()
	all.begin(id, 0, sight, now)
	all.of[id].signed = true
}

func (all *changes) begin(id string, version uint64, first sighting, now time.Time) {
	if len(all.of) >= maxKnown && all.of[id] == nil {
		for other := range all.of { // in no order
			delete(all.of, other)
			break
		}
	}
	all.of[id] = &holding{version: version, at: now, told: first.levels, sights: []sighting{first}}
}

// compare finds the change that led to now's sight.
func (h *holding) compare(sight sighting, now time.Time) (change, bool) {
	i := slices.IndexFunc(h.sights, func(s sighting) bool { return s.facts == sight.facts })
	seen := i >= 0 && slices.Equal(h.sights[i].levels, sight.levels)
	if seen || slices.Equal(h.told, sight.levels) {
		h.see(i, sight)
		return change{}, true
	}
	if !h.toldAt.IsZero() && now.Sub(h.toldAt) < changesApart {
		return change{}, false
	}
	told := change{h.told, sight.levels, login.CauseRequest}
	if i >= 0 {
		told.before, told.cause = h.sights[i].levels, h.sights[i].why(sight, now)
	}
	h.see(i, sight)
	h.told, h.toldAt = sight.levels, now
	return told, true
}

// see keeps what was seen, in the place of i, or of the oldest.
func (h *holding) see(i int, sight sighting) {
	switch {
	case i >= 0:
		h.sights[i] = sight
		return
	case len(h.sights) >= maxSights:
		h.sights = slices.Delete(h.sights, 0, 1)
	}
	h.sights = append(h.sights, sight)
}

// why says what changed the levels since was, under the same facts.
func (was sighting) why(is sighting, now time.Time) login.Cause {
	switch {
	case was.revision != is.revision:
		return login.CausePolicies
	case was.ends != 0 && was.ends <= now.Unix():
		return login.CauseEnded
	}
	return login.CauseRules
}

// sight is the levels of a decision that the session has wherever it is used,
// and the request facts. The address is none of these: a policy that reads it
// decides anew by the same facts.
func (all *changes) sight(r login.Request, d login.Decision, now time.Time) sighting {
	var hash maphash.Hash
	hash.SetSeed(all.seed)
	for _, text := range append([]string{r.App, r.UserAgent}, r.Zones...) {
		_, _ = hash.WriteString(text)
		_ = hash.WriteByte(0)
	}
	s := sighting{facts: hash.Sum64(), revision: d.Revision}
	for _, l := range d.Levels {
		if zone(l.Path) || l.Until != 0 && l.Until <= now.Unix() {
			continue
		}
		s.levels = append(s.levels, l.Path)
		if l.Until != 0 && (s.ends == 0 || l.Until < s.ends) {
			s.ends = l.Until
		}
	}
	return s
}

// refused reports whether a refusal is worth an event: the first of a session
// for one application and level in a while.
func (all *changes) refused(id, app, level string, now time.Time) bool {
	all.mu.Lock()
	defer all.mu.Unlock()
	h := all.of[id]
	if h == nil {
		return false // it has ended, or more sessions live than are known here
	}
	key := app + " " + level
	if last, told := h.missed[key]; told && now.Sub(last) < missedApart && !now.Before(last) {
		return false
	}
	if h.missed == nil || len(h.missed) >= maxSights {
		h.missed = map[string]time.Time{}
	}
	h.missed[key] = now
	return true
}

func (all *changes) forget(id string) {
	all.mu.Lock()
	defer all.mu.Unlock()
	delete(all.of, id)
}

// noteLevels tells of a session whose levels are others than the last time. The
// usual case, the same decision as before, costs one comparison.
func (s *Server) noteLevels(c *fiber.Ctx, h *held, facts login.Facts) {
	said, err := s.describe(h)
	first := firstOf(h.decision)
	if err != nil || first != nil && said.identities.noted.Load() == first {
		return
	}
	told, settled := s.changes.note(h.record.ID, h.record.Version, facts.Request, h.decision, facts.Now)
	if settled {
		said.identities.noted.Store(first)
	}
	if told.cause == "" {
		return
	}
	e := login.LevelsEvent(facts.Document, facts.User, told.before, told.after, h.decision, told.cause)
	e.Session, e.App, e.RequestID = h.record.ID, facts.Request.App, requestID(c)
	s.config.Audit(s.base, e)
}

func subjectOf(r *session.Record) *login.Subject {
	return &login.Subject{Document: &r.Document, User: &r.User}
}

// noteMissed tells of a request that was refused for want of a level.
func (s *Server) noteMissed(c *fiber.Ctx, h *held, app, level string) {
	if h.record == nil || !s.changes.refused(h.record.ID, app, level, s.config.Now()) {
		return
	}
	e := login.MissedEvent(&h.record.Document, &h.record.User, level, h.decision)
	e.Session, e.App, e.RequestID = h.record.ID, app, requestID(c)
	s.config.Audit(s.base, e)
}
