package idp

// The provider's own single sign-on session: a person, signed in in one
// browser.

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/doorward/doorward/host/idp/people"
	"github.com/doorward/doorward/host/store"
)

const (
	bucketSessions = "idp.sessions"
	bucketSubjects = "idp.session-subjects" // keys of subjectKey
)

// session is a person signed in at the provider in one browser. Its part of
// the cookie is SID.SECRET; the store knows only the secret's hash. Times are
// Unix seconds.
type session struct {
	SID        string   `json:"sid"` // also the sid claim
	Secret     []byte   `json:"secret"`
	Subject    string   `json:"sub"`
	UserName   string   `json:"user"`
	Credential []byte   `json:"credential"` // hash of the password's hash: a new password ends the session
	AMR        []string `json:"amr"`
	ACR        string   `json:"acr,omitempty"`
	AuthTime   int64    `json:"authTime"` // when credentials were proved
	Started    int64    `json:"started"`  // the first time
	Used       int64    `json:"used"`
	Idle       int64    `json:"idle,omitempty"` // Used may be this many seconds ago; zero for any
	Ends       int64    `json:"ends"`
	Remembered bool     `json:"remembered,omitempty"`
	Agent      string   `json:"agent,omitempty"` // the browser's User-Agent
	Address    string   `json:"address,omitempty"`
	// Proof stands for the last proof until an answer was given for it: only
	// that one answer is challenged.
	Proof string `json:"proof,omitempty"`
	// Clients were given a code; they are told when the session ends.
	Clients []string `json:"clients,omitempty"`

	version uint64
	cookie  string        // its part of the browser's cookie
	person  people.Person // as they are now
}

const (
	sidLength  = 22
	maxAgent   = 256
	maxClients = 64 // of one session that are told; the oldest goes
)

// Proof is what a person proved just now: who they are, how (RFC 8176), and
// how well.
type Proof struct {
	Person people.Person
	AMR    []string
	ACR    string
}

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

// begin is the change that stores a session and makes it one of its person's.
func (s *session) begin() []store.Op {
	return []store.Op{s.put(), {Bucket: bucketSubjects, Key: subjectKey(s.Subject) + s.SID, Value: []byte("{}"), Expires: time.Unix(s.Ends, 0)}}
}

// touched is the change that records a use by client and spends the proof, if
// the session is still as it was read: one that was ended meanwhile stays
// ended.
func (s *session) touched(now time.Time, client string) store.Op {
	used := *s
	used.Used = now.Unix()
	used.answers(client)
	op := used.put()
	op.If = &s.version
	return op
}

// answers spends the proof on an answer to client.
func (s *session) answers(client string) {
	s.Proof, s.Clients = "", withClient(s.Clients, client)
}

func withClient(list []string, client string) []string {
	list = slices.DeleteFunc(slices.Clone(list), func(c string) bool { return c == client })
	list = append(list, client)
	return list[max(0, len(list)-maxClients):]
}

// newSession is the session after a proof. When before is the same person's,
// its sid and those it answered go on, but never its cookie.
func (p *Provider) newSession(r *http.Request, proof Proof, before *session, remember bool) *session {
	now, secret := p.cfg.Now(), newSecret()
	hash := sha256.Sum256([]byte(secret))
	s := &session{
		SID: people.NewID(), Secret: hash[:], Subject: proof.Person.Subject, UserName: proof.Person.UserName, Credential: credential(proof.Person),
		AMR: proof.AMR, ACR: proof.ACR, AuthTime: now.Unix(), Started: now.Unix(), Used: now.Unix(), Proof: people.NewID(),
		Idle: int64(p.cfg.Idle / time.Second), Ends: now.Add(p.cfg.Expiration).Unix(),
		Agent: clip(r.UserAgent(), maxAgent), Address: p.cfg.ClientIP(r),
	}
	if remember {
		s.Idle, s.Ends, s.Remembered = 0, now.Add(p.cfg.RememberMe).Unix(), true
	}
	if before != nil {
		s.SID, s.Started, s.Clients = before.SID, before.Started, before.Clients
	}
	s.cookie, s.person = s.SID+"."+secret, proof.Person
	return s
}

func credential(person people.Person) []byte {
	hash := sha256.Sum256([]byte(person.PasswordHash))
	return hash[:]
}

// session is the live session called sid, or nil: none, ended, its person
// gone, disabled, or with another password than the one that was proved.
func (p *Provider) session(ctx context.Context, sid string) (*session, error) {
	s, err := p.stored(ctx, sid)
	if s == nil || err != nil {
		return nil, err
	}
	person, err := p.person(ctx, s.UserName, s.Subject)
	if errors.Is(err, people.ErrNoPerson) {
		return nil, nil
	}
	if err != nil || subtle.ConstantTimeCompare(credential(person), s.Credential) != 1 {
		return nil, err
	}
	s.person, s.UserName = person, person.UserName
	return s, nil
}

// stored is the session called sid that was not ended, whoever its person is by
// now; or nil.
func (p *Provider) stored(ctx context.Context, sid string) (*session, error) {
	if len(sid) != sidLength {
		return nil, nil
	}
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
	return s, nil
}

// person is the enabled person who is subject: mostly the one of that name,
// which they had when it was written down.
func (p *Provider) person(ctx context.Context, userName, subject string) (people.Person, error) {
	person, err := p.cfg.People.Person(ctx, userName)
	if errors.Is(err, people.ErrNoPerson) || err == nil && person.Subject != subject {
		person, err = p.cfg.People.BySubject(ctx, subject) // they have another name now
	}
	if err == nil && person.Disabled {
		err = people.ErrNoPerson
	}
	return person, err
}
