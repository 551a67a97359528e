// The events of what a session is found to hold when it is used.

package login

import "slices"

// Cause is why a session's levels changed, or it ended, while nobody signed in
// or out; the list is closed.
type Cause string

const (
	CauseEnded    Cause = "ended"    // the time of a level is past
	CausePolicies Cause = "policies" // other policies decide than before
	CauseRequest  Cause = "request"  // the request comes from another zone, for another application or by another browser
	CauseRules    Cause = "rules"    // the same policies decide otherwise: they read the clock or the address
	CauseRefused  Cause = "refused"  // the provider, or a plugin, refused to refresh the session, which has ended
)

// LevelsEvent is the event of a session that held before and now holds after,
// as decision says. Of what is withheld it names what was lost.
func LevelsEvent(doc *Document, user *User, before, after []string, decision Decision, cause Cause) Event {
	e := Event{
		Type: "levels", LoginID: doc.ID, Provider: doc.Person.IdP, Before: before, Levels: after, Cause: cause, Policy: decision.Revision,
		Subject: &Subject{Document: doc, User: user},
	}
	for _, w := range declared(decision.Withheld) {
		if slices.Contains(before, w.Path) && !slices.Contains(e.Levels, w.Path) {
			e.Withheld = append(e.Withheld, w)
		}
	}
	return e
}

// MissedEvent is the event of a request that was refused because the session
// lacks a level.
func MissedEvent(doc *Document, user *User, level string, decision Decision) Event {
	return Event{
		Type: "refused", LoginID: doc.ID, Provider: doc.Person.IdP, Code: CodeLevelMissing, Level: level, Levels: decision.Paths(),
		Withheld: declared(decision.Why(level)), Policy: decision.Revision, Subject: &Subject{Document: doc, User: user},
	}
}
