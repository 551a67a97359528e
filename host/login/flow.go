package login

import (
	"context"
	"time"
)

// Mappers turn a document into a user (host/mapper).
type Mappers interface {
	Map(ctx context.Context, doc Document) (User, error)
}

// Levels decide which levels are held (host/policy). A failure of a rule is
// no error: it withholds.
type Levels interface {
	Decide(ctx context.Context, facts Facts) (Decision, error)
}

// Sessions keep what a walk yielded (host/session).
type Sessions interface {
	// Before describes the session that handle opens, or nil when it opens
	// none.
	Before(ctx context.Context, handle string) (*Before, error)
	// Spent returns a *Fault (state_spent) when req's state has already made
	// a session.
	Spent(ctx context.Context, req AuthRequest) error
	// Issue makes the new session, or continues the one of the same person
	// that req.Session opens, ends another person's, and spends req's state:
	// all of it or nothing. The session of a req.Program is always new.
	Issue(ctx context.Context, req AuthRequest, doc Document, user User, decision Decision) (Session, error)
}

// Before is the session that a browser held when its login was answered.
type Before struct {
	Person    Person
	AuthTime  *int64
	CreatedAt int64
}

// Flow walks the logins of one provider.
type Flow struct {
	Provider          Provider
	Protocol          string // of the provider, as in Login.Protocol
	ChallengedTrusted bool   // its challenged claim proves a challenge
	ReauthSkew        int64  // seconds
	Mappers           Mappers
	Levels            Levels
	Sessions          Sessions
	Audit             func(context.Context, Event)
	Record            func(context.Context, Walked) // hears of every walk that is over; must not block; may be nil
	Now               func() time.Time
}

// Complete walks one login from the provider's answer to a session, and
// audits how it went. It returns a *Fault, and leaves every existing session
// as it was, when any step fails.
func (f *Flow) Complete(ctx context.Context, req AuthRequest, cb Callback) (Session, error) {
	session, err := f.walk(ctx, req, cb)
	if err == nil {
		f.auditSkipped(ctx, req)
	}
	f.Audit(ctx, outcome(ctx, req, cb, session, err))
	f.record(ctx, req, cb, err)
	return session, err
}

func (f *Flow) walk(ctx context.Context, req AuthRequest, cb Callback) (Session, error) {
	if err := f.Sessions.Spent(ctx, req); err != nil {
		return Session{}, err
	}
	doc, err := f.Provider.Complete(ctx, req, cb) // accept, exchange, verify, userinfo
	if err != nil {
		return Session{}, err
	}
	f.auditWarnings(ctx, req, doc)
	yieldDocument(ctx, doc)
	before, err := f.before(ctx, &req, cb)
	if err != nil {
		return Session{}, err
	}
	doc.Login, doc.ID, doc.ReceivedAt = f.facts(req, cb, before, doc), req.ID, cb.ReceivedAt
	yieldDocument(ctx, doc)
	if before != nil && req.Purpose == PurposeStepUp {
		yield(ctx, func(y *Yield) { y.CreatedAt = before.CreatedAt })
	}
	if err := f.prove(ctx, req, before, doc); err != nil {
		return Session{}, err
	}
	user, err := f.Mappers.Map(ctx, doc)
	if err == nil && req.Brought != nil && user.nobody() { // no person is there to see it
		err = Begin(ctx, "user").End(&Fault{Code: CodeMappingFailed, Check: "no_attributes_mapped", Detail: "no mapper gave the user an attribute: add one to the provider's mappers"})
	}
	if err != nil {
		return Session{}, err
	}
	yield(ctx, func(y *Yield) { y.User = &user })
	decision, err := f.decide(ctx, req, cb, before, doc, user)
	if err != nil {
		return Session{}, err
	}
	return f.issue(ctx, req, doc, user, decision)
}

// before finds the session that this login follows: the one the browser holds
// now, else the one that it held when it asked (a cross-site POST brings no
// session cookie). req.Session becomes the handle of the one found.
func (f *Flow) before(ctx context.Context, req *AuthRequest, cb Callback) (*Before, error) {
	for _, handle := range []string{cb.Session, req.Session} {
		if handle == "" {
			continue
		}
		before, err := f.Sessions.Before(ctx, handle)
		if err != nil {
			return nil, err
		}
		if before != nil {
			req.Session = handle
			return before, nil
		}
	}
	req.Session = ""
	return nil, nil
}

func (f *Flow) facts(req AuthRequest, cb Callback, before *Before, doc Document) Login {
	facts := Login{
		IdP: req.Provider, Protocol: f.Protocol,
		RequestedAt: req.RequestedAt, ReceivedAt: cb.ReceivedAt.Unix(),
		ForceAuth: req.ForceAuth, MaxAge: req.MaxAge, ACRValues: req.ACRValues,
		Evidence:          doc.Login.Evidence,
		ChallengedTrusted: f.ChallengedTrusted, ReauthSkew: f.ReauthSkew,
	}
	if before != nil {
		facts.PreviousAuthTime = before.AuthTime
	}
	return facts
}

// decide asks for the levels; a step-up goes on only when its level is held.
func (f *Flow) decide(ctx context.Context, req AuthRequest, cb Callback, before *Before, doc Document, user User) (Decision, error) {
	now := f.Now()
	facts := Facts{Document: &doc, User: &user, CreatedAt: now.Unix(), Request: cb.Request, Now: now}
	if before != nil && req.Purpose == PurposeStepUp {
		facts.CreatedAt = before.CreatedAt
	}
	step := Begin(ctx, "levels")
	doc.Login.describe(step)
	decision, err := f.Levels.Decide(ctx, facts)
	if err != nil {
		return Decision{}, step.End(err)
	}
	yield(ctx, func(y *Yield) { y.Decision, y.At = &decision, now })
	step.Out("levels", decision.Levels)
	step.Out("withheld", decision.Withheld)
	if !req.Reaches(decision, now) {
		err = &LevelError{Level: req.Level, Withheld: decision.Why(req.Level), Login: doc.Login}
		return Decision{}, step.End(&Fault{Code: CodeLevelNotReached, Detail: err.Error(), Err: err})
	}
	return decision, step.End(nil)
}

func (f *Flow) issue(ctx context.Context, req AuthRequest, doc Document, user User, decision Decision) (Session, error) {
	step := Begin(ctx, "session")
	session, err := f.Sessions.Issue(ctx, req, doc, user, decision)
	return session, step.End(err)
}

// reached is the first level that is held of those that req asks for, or "".
func reached(req AuthRequest, decision Decision, now time.Time) string {
	for _, level := range append([]string{req.Level}, req.AnyOf...) {
		if level != "" && decision.Holds(level, now) {
			return level
		}
	}
	return ""
}

// LevelError says which level a step-up asked for and did not reach.
type LevelError struct {
	Level    string
	Withheld []Withheld
	Login    Login // of the step-up; zero when there was none
}

func (e *LevelError) Error() string {
	said := "nothing granted " + e.Level
	if len(e.Withheld) > 0 {
		said = e.Level + " is withheld: " + string(e.Withheld[0].Reason)
	}
	if asked := e.Login.SaidOfACR(); asked != "" {
		said += "; " + asked
	}
	return said
}

// Why lists what tried to grant the level at path, and did not.
func (d Decision) Why(path string) (why []Withheld) {
	for _, w := range d.Withheld {
		if w.Path == path {
			why = append(why, w)
		}
	}
	return why
}
