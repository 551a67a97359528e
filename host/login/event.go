package login

import (
	"context"
	"errors"
	"slices"
	"time"
)

// Event is one line of the audit log: what happened, to which session, by
// stable names. It holds no claim value and no token.
type Event struct {
	Time      time.Time  `json:"time"`
	Type      string     `json:"type"` // login, step_up, logout, refused, or a warning's code
	LoginID   string     `json:"login,omitempty"`
	Provider  string     `json:"provider,omitempty"`
	App       string     `json:"app,omitempty"`
	Session   string     `json:"session,omitempty"`
	Sessions  int        `json:"sessions,omitempty"` // how many ended, of session_revoked
	By        string     `json:"by,omitempty"`       // the session whose person did it in the console, or "command"
	Code      Code       `json:"code,omitempty"`
	Reason    string     `json:"reason,omitempty"` // of a deny, in the plugin's own words, masked and bounded; of a skipped plugin, its failure
	Level     string     `json:"level,omitempty"`
	Levels    []string   `json:"levels,omitempty"`
	Withheld  []Withheld `json:"withheld,omitempty"`
	RequestID string     `json:"requestId,omitempty"`
}

// AuditReasoner is an error that has something to say to the audit log, and to
// nobody else: a plugin's reason for a deny.
type AuditReasoner interface{ AuditReason() string }

// outcome is the event of a finished walk.
func outcome(ctx context.Context, req AuthRequest, session Session, err error) Event {
	e := event(ctx, string(req.Purpose), req)
	e.Session, e.Level = session.ID, req.Level
	if err == nil {
		for _, l := range session.Decision.Levels {
			e.Levels = append(e.Levels, l.Path)
		}
		e.Withheld = declared(session.Decision.Withheld)
		return e
	}
	e.Type, e.Code = "refused", CodeOf(err)
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

// event is an event of kind about the login req.
func event(ctx context.Context, kind string, req AuthRequest) Event {
	e := Event{Type: kind, LoginID: req.ID, Provider: req.Provider, App: req.App}
	if t := traceOf(ctx); t != nil {
		e.RequestID = t.RequestID
	}
	return e
}

// declared leaves out the paths that no configuration declares: a rule may have
// made them of a claim. The rule's place stays.
func declared(list []Withheld) []Withheld {
	list = slices.Clone(list)
	for i := range list {
		if list[i].Reason == ReasonUndeclared || list[i].Reason == ReasonBuiltin {
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
