package login

import (
	"context"
	"errors"
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
	Code      Code       `json:"code,omitempty"`
	Level     string     `json:"level,omitempty"`
	Levels    []string   `json:"levels,omitempty"`
	Withheld  []Withheld `json:"withheld,omitempty"`
	RequestID string     `json:"requestId,omitempty"`
}

// outcome is the event of a finished walk.
func outcome(req AuthRequest, session Session, err error) Event {
	e := Event{Type: string(req.Purpose), LoginID: req.ID, Provider: req.Provider, App: req.App, Level: req.Level, Session: session.ID}
	if err == nil {
		for _, l := range session.Decision.Levels {
			e.Levels = append(e.Levels, l.Path)
		}
		e.Withheld = session.Decision.Withheld
		return e
	}
	e.Type, e.Code = "refused", CodeOf(err)
	var missed *LevelError
	if errors.As(err, &missed) {
		e.Withheld = missed.Withheld
	}
	return e
}

func (f *Flow) auditWarnings(ctx context.Context, req AuthRequest, doc Document) {
	for _, w := range doc.Warnings {
		if w.Audit {
			f.Audit(ctx, Event{Type: string(w.Code), LoginID: req.ID, Provider: req.Provider, Code: w.Code})
		}
	}
}
