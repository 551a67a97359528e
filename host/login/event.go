package login

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
)

// Event is one line of the audit log: what happened, to which session, by
// stable names. It holds no token, and no claim value but those of Claims.
type Event struct {
	Time      time.Time      `json:"time"`
	Type      string         `json:"type"` // login, step_up, levels, refused, logout, …, or a warning's code
	LoginID   string         `json:"login,omitempty"`
	Purpose   Purpose        `json:"purpose,omitempty"` // of the login that was refused
	Provider  string         `json:"provider,omitempty"`
	App       string         `json:"app,omitempty"`
	Session   string         `json:"session,omitempty"`
	Sessions  int            `json:"sessions,omitempty"` // how many ended by it
	People    int            `json:"people,omitempty"`   // how many were imported or exported
	Person    string         `json:"person,omitempty"`   // a keyed tag: the same for the same person, and no name
	By        string         `json:"by,omitempty"`       // the session whose person did it in the console, or "command"
	Code      Code           `json:"code,omitempty"`
	Check     string         `json:"check,omitempty"`  // that failed, of a code that stands for several
	Reason    string         `json:"reason,omitempty"` // of a deny, in the plugin's own words, masked and bounded; of a skipped plugin, its failure
	Cause     Cause          `json:"cause,omitempty"`  // of levels and logout
	Level     string         `json:"level,omitempty"`  // that was asked for; the one that was reached
	Before    []string       `json:"before,omitempty"` // levels that the session held before
	Levels    []string       `json:"levels,omitempty"` // that it holds now
	Withheld  []Withheld     `json:"withheld,omitempty"`
	Proof     *Proof         `json:"proof,omitempty"`
	Policy    string         `json:"policy,omitempty"`   // revision of the policies that decided
	Plugins   []Module       `json:"plugins,omitempty"`  // that were asked, in order
	Claims    map[string]any `json:"claims,omitempty"`   // those that the configuration allows, by path
	Resource  string         `json:"resource,omitempty"` // the API of a token
	Audience  string         `json:"audience,omitempty"` // that the API expects
	RequestID string         `json:"requestId,omitempty"`
	Omitted   []string       `json:"omitted,omitempty"` // members that a line had no room for

	// Subject is whom the event is about, for whoever makes Person and Claims
	// of it and then takes it off.
	Subject *Subject `json:"-"`
}

// Subject is whom an event is about. Nothing in it is redacted; User is nil
// when nobody was mapped.
type Subject struct {
	Document *Document
	User     *User
}

// Module is a plugin as it was when it was asked.
type Module struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"` // of the module
}

// Proof is what a sign-in was asked to prove, and what it proved. Times are in
// Unix seconds.
type Proof struct {
	RequestedAt int64    `json:"requestedAt"`
	ReceivedAt  int64    `json:"receivedAt"`
	Performed   bool     `json:"performed"` // the host verified a re-authentication
	ForceAuth   bool     `json:"forceAuth,omitempty"`
	MaxAge      *int64   `json:"maxAge,omitempty"`
	ACRValues   []string `json:"acrValues,omitempty"` // asked of the provider
	Evidence
}

// ProofOf is the proof of a sign-in.
func ProofOf(l Login) Proof {
	return Proof{
		RequestedAt: l.RequestedAt, ReceivedAt: l.ReceivedAt, Performed: Performed(l),
		ForceAuth: l.ForceAuth, MaxAge: l.MaxAge, ACRValues: l.ACRValues, Evidence: l.Evidence,
	}
}

// AuditReasoner is an error that has something to say to the audit log, and to
// nobody else: a plugin's reason for a deny.
type AuditReasoner interface{ AuditReason() string }

// kinds are the events of finished walks.
var kinds = map[Purpose]string{PurposeLogin: "login", PurposeStepUp: "step_up", PurposeTest: "test"}

// outcome is the event of a finished walk.
func outcome(ctx context.Context, req AuthRequest, cb Callback, session Session, err error) Event {
	e := event(ctx, kinds[req.Purpose], req)
	e.Session, e.Level, e.Before = session.ID, req.Level, cb.Held
	e.walked(ctx)
	if err == nil {
		e.Levels, e.Withheld = session.Decision.Paths(), declared(session.Decision.Withheld)
		e.Level = reached(req, session.Decision, time.Unix(0, 0)) // none of them had ended when it was made
		return e
	}
	e.Type, e.Purpose, e.Code, e.Check = "refused", req.Purpose, CodeOf(err), CheckOf(err)
	e.Levels = cb.Held // the session is as it was
	var missed *LevelError
	if errors.As(err, &missed) {
		e.Withheld = declared(missed.Withheld)
	}
	var denied AuditReasoner
	if errors.As(err, &denied) {
		e.Reason = denied.AuditReason()
	}
	return e
}

// walked adds what the walk had made when it ended.
func (e *Event) walked(ctx context.Context) {
	t := traceOf(ctx)
	if t == nil {
		return
	}
	y := t.Yielded()
	if y.Document != nil {
		proof := ProofOf(y.Document.Login)
		e.Proof, e.Subject = &proof, &Subject{Document: y.Document, User: y.User}
	}
	if y.Decision != nil {
		e.Policy = y.Decision.Revision
	}
	for _, step := range t.Entries() {
		if name, is := strings.CutPrefix(step.Step, "plugin "); is {
			digest, _ := step.In["sha256"].(string) // none when it was not asked
			e.Plugins = append(e.Plugins, Module{name, digest})
		}
	}
}

// event is an event of kind about the login req.
func event(ctx context.Context, kind string, req AuthRequest) Event {
	e := Event{Type: kind, LoginID: req.ID, Provider: req.Provider, App: req.App}
	if t := traceOf(ctx); t != nil {
		e.RequestID = t.RequestID
	}
	return e
}

// Paths are those of the held levels.
func (d Decision) Paths() (paths []string) {
	for _, l := range d.Levels {
		paths = append(paths, l.Path)
	}
	return paths
}

// declared leaves out the paths that no configuration declares: a rule may have
// made them of a claim, and a role whose name is none is one. The rule's place
// stays.
func declared(list []Withheld) []Withheld {
	list = slices.Clone(list)
	for i := range list {
		switch list[i].Reason {
		case ReasonUndeclared, ReasonBuiltin, ReasonRoleName:
			list[i].Path = ""
		}
	}
	return list
}

// auditWarnings tells of what the provider's answer survived.
func (f *Flow) auditWarnings(ctx context.Context, req AuthRequest, doc Document) {
	for _, w := range doc.Warnings {
		if w.Audit {
			e := event(ctx, string(w.Code), req)
			e.Code = w.Code
			f.Audit(ctx, e)
		}
	}
}

// auditSkipped tells of the plugins that failed and were skipped.
func (f *Flow) auditSkipped(ctx context.Context, req AuthRequest) {
	t := traceOf(ctx)
	if t == nil {
		return
	}
	for _, step := range t.Failed() {
		if step.Code == CodePluginSkipped {
			e := event(ctx, string(CodePluginSkipped), req)
			e.Code, e.Reason = step.Code, step.Error
			f.Audit(ctx, e)
		}
	}
}
