package idp

// The sessions of one browser, which several people may share, and those of
// one person, in whatever browser.

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/doorward/doorward/host/store"
)

const (
	maxPresent   = 5 // people signed in in one browser; the one who signed in first goes
	sessionsPage = 500
	sessionParts = "~" // between the parts of the cookie
	partLength   = sidLength + 1 + secretLength
)

// present are the live sessions of the browser, the last that was begun first.
func (p *Provider) present(r *http.Request) (here []*session, err error) {
	for _, part := range cookieParts(r, p.cfg.Cookies.Session) {
		s, err := p.opened(r.Context(), part)
		if err != nil {
			return nil, err
		}
		if s != nil && !slices.ContainsFunc(here, func(h *session) bool { return h.SID == s.SID }) {
			here = append(here, s)
		}
	}
	return here, nil
}

// cookieParts are the parts of the session cookie. Two cookies of the name
// mean that somebody set a second one, so neither counts.
func cookieParts(r *http.Request, name string) []string {
	cookies := r.CookiesNamed(name)
	if len(cookies) != 1 || len(cookies[0].Value) > maxPresent*(partLength+1) {
		return nil
	}
	return strings.Split(cookies[0].Value, sessionParts)
}

// opened is the live session that part of a cookie opens, or nil.
func (p *Provider) opened(ctx context.Context, part string) (*session, error) {
	sid, secret, _ := strings.Cut(part, ".")
	if len(part) != partLength || len(sid) != sidLength {
		return nil, nil
	}
	s, err := p.session(ctx, sid)
	if s == nil || err != nil {
		return nil, err
	}
	hash := sha256.Sum256([]byte(secret))
	if subtle.ConstantTimeCompare(hash[:], s.Secret) != 1 {
		return nil, nil
	}
	s.cookie = part
	return s, nil
}

// current is the session of the browser that was begun last, or nil.
func (p *Provider) current(r *http.Request) (*session, error) {
	here, err := p.present(r)
	if err != nil || len(here) == 0 {
		return nil, err
	}
	return here[0], nil
}

// keep sets the cookie of the sessions that the browser has from now on. It
// outlives the browser when all of them are remembered.
func (p *Provider) keep(w http.ResponseWriter, here []*session) {
	if len(here) == 0 {
		p.setCookie(w, p.cfg.Cookies.Session, "", -time.Second)
		return
	}
	var parts []string
	var age time.Duration
	for i, s := range here {
		parts = append(parts, s.cookie)
		left := time.Duration(0)
		if s.Remembered {
			left = time.Unix(s.Ends, 0).Sub(p.cfg.Now().Truncate(time.Second))
		}
		if i == 0 || left < age {
			age = left
		}
	}
	p.setCookie(w, p.cfg.Cookies.Session, strings.Join(parts, sessionParts), age)
}

// secretKey is what a secret, or whatever is no key as it stands, is stored
// under.
func secretKey(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return b64.EncodeToString(sum[:])
}

// subjectKey begins the keys of a person's sessions in bucketSubjects.
func subjectKey(subject string) string { return secretKey(subject) + "." }

// sessionsOf are the live sessions of a person, the last used first.
func (p *Provider) sessionsOf(ctx context.Context, subject string) ([]*session, error) {
	return p.sessionsBy(ctx, subject, p.session)
}

// finding is the session of that sid, or nil.
type finding func(ctx context.Context, sid string) (*session, error)

// sessionsBy are the sessions of a person that find finds, the last used first.
func (p *Provider) sessionsBy(ctx context.Context, subject string, find finding) (list []*session, err error) {
	prefix := subjectKey(subject)
	for after := ""; ; {
		items, err := p.cfg.Store.Scan(ctx, bucketSubjects, prefix, after, sessionsPage)
		if err != nil {
			return nil, err
		}
		for _, item := range items {
			s, err := find(ctx, strings.TrimPrefix(item.Key, prefix))
			if err != nil {
				return nil, err
			}
			if s != nil && s.Subject == subject {
				list = append(list, s)
			}
			after = item.Key
		}
		if len(items) < sessionsPage {
			slices.SortStableFunc(list, func(a, b *session) int { return cmp.Compare(b.Used, a.Used) })
			return list, nil
		}
	}
}

// endSessionOf ends one session of a person; one that is not theirs stays.
func (p *Provider) endSessionOf(ctx context.Context, subject, sid string) error {
	s, err := p.session(ctx, sid)
	if err != nil || s == nil || s.Subject != subject {
		return err
	}
	return p.endSessions(ctx, s)
}

// endSessionsOf ends every session of a person but the one called except.
func (p *Provider) endSessionsOf(ctx context.Context, subject, except string) error {
	list, err := p.sessionsOf(ctx, subject)
	if err != nil {
		return err
	}
	return p.endSessions(ctx, slices.DeleteFunc(list, func(s *session) bool { return s.SID == except })...)
}

// endSessions ends sessions and what rests on them: whoever was let in by them
// is told, and only access for offline use goes on.
func (p *Provider) endSessions(ctx context.Context, list ...*session) error {
	ops, err := p.ending(ctx, list...)
	if err == nil && len(ops) > 0 {
		err = p.cfg.Store.Apply(ctx, ops...)
	}
	if err == nil {
		p.ended(ctx, list...)
	}
	return err
}

// ending revokes what rests on sessions, and are the changes that end them.
// When those are not made, the sessions go on without what was revoked.
func (p *Provider) ending(ctx context.Context, list ...*session) (ops []store.Op, err error) {
	for _, s := range list {
		told, err := p.logoutsOf(ctx, s)
		if err == nil {
			err = p.grants.RevokeSession(ctx, s.SID)
		}
		if err != nil {
			return nil, err
		}
		ops = append(ops, told...)
		ops = append(ops,
			store.Op{Bucket: bucketSessions, Key: s.SID, Delete: true},
			store.Op{Bucket: bucketSubjects, Key: subjectKey(s.Subject) + s.SID, Delete: true})
	}
	return ops, nil
}

// ended follows the changes of ending: clients are told, and what was granted
// between the two is revoked as well.
func (p *Provider) ended(ctx context.Context, list ...*session) {
	p.wakeLogouts()
	for _, s := range list {
		if err := p.grants.RevokeSession(ctx, s.SID); err != nil {
			p.cfg.Log.ErrorContext(ctx, "what rested on a session could not be revoked", "error", err.Error())
		}
	}
}
