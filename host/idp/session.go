package idp

// The provider's own single sign-on session.

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/doorward/doorward/host/idp/people"
	"github.com/doorward/doorward/host/store"
)

const bucketSessions = "idp.sessions"

// session is a person signed in at the provider in one browser. Its cookie is
// SID.SECRET; the store knows only the secret's hash. Times are Unix seconds.
type session struct {
	SID        string `json:"sid"` // also the sid claim
	Secret     []byte `json:"secret"`
	Subject    string `json:"sub"`
	UserName   string `json:"user"`
	Credential []byte `json:"credential"` // hash of the password's hash: a new password ends the session
	AuthTime   int64  `json:"authTime"`   // when credentials were proved
	Used       int64  `json:"used"`
	Idle       int64  `json:"idle,omitempty"` // Used may be this many seconds ago; zero for any
	Ends       int64  `json:"ends"`

	version uint64
}

const sidLength = 22

func (s *session) expires() time.Time {
	end := s.Ends
	if s.Idle > 0 {
		end = min(end, s.Used+s.Idle)
	}
	return time.Unix(end, 0)
}

func (s *session) put() store.Op {
	value, _ := json.Marshal(s) // strings, bytes and numbers only
	return store.Op{Bucket: bucketSessions, Key: s.SID, Value: value, Expires: s.expires()}
}

// touched is the change that records a use, if the session is still as it was
// read: one that was ended meanwhile stays ended.
func (s *session) touched(now time.Time) store.Op {
	used := *s
	used.Used = now.Unix()
	op := used.put()
	op.If = &s.version
	return op
}

func (s *session) end() store.Op {
	return store.Op{Bucket: bucketSessions, Key: s.SID, Delete: true}
}

// newSession is the session after person proved who they are, and its cookie.
// When before is the same person's, its sid goes on, but never its cookie.
func (p *Provider) newSession(person people.Person, before *session, remember bool) (*session, string) {
	now, secret := p.cfg.Now(), newSecret()
	hash := sha256.Sum256([]byte(secret))
	s := &session{
		SID: people.NewID(), Secret: hash[:], Subject: person.Subject, UserName: person.UserName, Credential: credential(person),
		AuthTime: now.Unix(), Used: now.Unix(), Idle: int64(p.cfg.Idle / time.Second), Ends: now.Add(p.cfg.Expiration).Unix(),
	}
	if remember {
		s.Idle, s.Ends = 0, now.Add(p.cfg.RememberMe).Unix()
	}
	if before != nil && before.Subject == person.Subject {
		s.SID = before.SID
	}
	return s, s.SID + "." + secret
}

func credential(person people.Person) []byte {
	hash := sha256.Sum256([]byte(person.PasswordHash))
	return hash[:]
}

// current is the browser's session, or nil: none, ended, its person gone,
// disabled, or with another password than the one that was proved.
func (p *Provider) current(r *http.Request) (*session, error) {
	sid, secret, _ := strings.Cut(onlyCookie(r, p.cfg.Cookies.Session, sidLength+1+secretLength), ".")
	if len(sid) != sidLength {
		return nil, nil
	}
	s, err := p.session(r.Context(), sid)
	if s == nil || err != nil {
		return nil, err
	}
	hash := sha256.Sum256([]byte(secret))
	if subtle.ConstantTimeCompare(hash[:], s.Secret) != 1 {
		return nil, nil
	}
	return s, nil
}

// session is the live session called sid, or nil.
func (p *Provider) session(ctx context.Context, sid string) (*session, error) {
	item, err := p.cfg.Store.Get(ctx, bucketSessions, sid)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	s := &session{version: item.Version}
	if err := json.Unmarshal(item.Value, s); err != nil || !p.cfg.Now().Before(s.expires()) {
		return nil, nil
	}
	person, err := p.person(ctx, s.UserName, s.Subject)
	if errors.Is(err, people.ErrNoPerson) {
		return nil, nil
	}
	if err != nil || subtle.ConstantTimeCompare(credential(person), s.Credential) != 1 {
		return nil, err
	}
	return s, nil
}

// person is the enabled person of that name, if they are still subject.
func (p *Provider) person(ctx context.Context, userName, subject string) (people.Person, error) {
	person, err := p.cfg.People.Person(ctx, userName)
	if err == nil && (person.Disabled || person.Subject != subject) {
		err = people.ErrNoPerson
	}
	return person, err
}
