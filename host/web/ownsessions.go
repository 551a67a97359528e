// A person's own sessions, as their pages show them.

package web

import (
	"context"
	"time"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/session"
)

// maxOwnSessions is how many a page lists; it counts all of them.
const maxOwnSessions = 10

// ownSessions are the sessions of one person.
type ownSessions struct {
	Total int
	Rows  []ownSession // the newest
}

type ownSession struct {
	Device   string
	Provider string
	Here     bool // the one that asks
	Since    string
	Used     string
}

// More is how many are not listed.
func (o ownSessions) More() int { return o.Total - len(o.Rows) }

// ownSessions lists those of r's person; none when r is nil.
func (s *Server) ownSessions(r *session.Record) (own ownSessions, err error) {
	if r == nil {
		return own, nil
	}
	ctx, cancel := context.WithTimeout(s.base, s.config.DecideTimeout)
	defer cancel()
	person := login.Person{Issuer: r.Document.Person.Issuer, Subject: r.Document.Person.Subject}
	found, err := s.config.Sessions.Survey(ctx, session.Filter{Person: &person, Newest: maxOwnSessions})
	if err != nil {
		return own, err
	}
	own.Total = found.Matching
	for _, l := range found.Sessions {
		own.Rows = append(own.Rows, ownSession{
			Device: l.Device, Provider: s.title(l.IdP), Here: l.ID == r.ID, Since: moment(l.CreatedAt), Used: moment(l.LastUsed),
		})
	}
	return own, nil
}

func moment(at time.Time) string { return at.UTC().Format("2 January 2006, 15:04 MST") }
