// Not-before marks: after the provider ended a person's sessions, logins that
// were under way at that time are refused.

package session

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"time"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/store"
)

// markLife is how long a mark is kept, when Config.Marks is not longer: much more
// than a login through a browser can take.
const markLife = time.Hour

// Purposes of the marks' keys.
const (
	markSubject    = "session/mark/subject"
	markSID        = "session/mark/provider-session"
	markSubjectSID = "session/mark/subject-without-sid"
)

// mark is one place where a mark may lie.
type mark struct {
	purpose string
	data    []byte
}

// MarkNotBefore refuses, from now on, to issue a session for a login that was
// asked for before t: of the person (iss, sub), or, when sid is not empty, of
// the provider's session (iss, sid) and of the person's logins whose
// provider's session is not known. It ends no session: mark first, then
// revoke. An earlier t changes nothing.
//
// See OpenID Connect Back-Channel Logout 1.0, section 2.7.
func (s *Sessions) MarkNotBefore(ctx context.Context, iss, sub, sid string, t time.Time) error {
	var marks []mark
	switch {
	case sid == "" && sub == "":
		return errors.New("a mark needs a subject or a provider's session")
	case sid == "":
		marks = append(marks, mark{markSubject, pair(iss, sub)})
	default:
		marks = append(marks, mark{markSID, pair(iss, sid)})
		if sub != "" {
			marks = append(marks, mark{markSubjectSID, pair(iss, sub)})
		}
	}
	for _, m := range marks {
		if err := s.setMark(ctx, m, t); err != nil {
			return err
		}
	}
	return nil
}

func (s *Sessions) setMark(ctx context.Context, m mark, t time.Time) error {
	key := markKey(s.keys.MAC(m.purpose, m.data))
	for range attempts {
		item, err := s.get(ctx, "leave a mark", markBucket, key)
		if err != nil && !errors.Is(err, ErrNone) {
			return err
		}
		if err == nil && !markTime(item.Value).Before(t) {
			return nil
		}
		version := item.Version
		err = s.store.Apply(ctx, store.Op{
			Bucket: markBucket, Key: key, If: &version, Expires: s.now().Add(s.marks),
			Value: binary.BigEndian.AppendUint64(nil, uint64(t.UnixMilli())),
		})
		if err == nil {
			return nil
		}
		if !errors.Is(err, store.ErrConflict) {
			return unavailable("leave a mark", err)
		}
	}
	return login.NewFault(login.CodeStoreUnavailable, "leave a mark: %w", store.ErrConflict)
}

// unmarked refuses a login that a mark is later than. Its writes change no
// mark: they make the Apply they are part of fail when one is left meanwhile.
func (s *Sessions) unmarked(ctx context.Context, req login.AuthRequest, doc login.Document) (ops []store.Op, err error) {
	for _, m := range marksOf(doc) {
		for _, mac := range s.keys.MACs(m.purpose, m.data) {
			key := markKey(mac)
			item, err := s.get(ctx, "look for a mark", markBucket, key)
			switch {
			case errors.Is(err, ErrNone):
				ops = append(ops, store.Op{Bucket: markBucket, Key: key, Delete: true, If: new(uint64)})
				continue
			case err != nil:
				return nil, err
			case req.Asked().Before(markTime(item.Value)):
				return nil, login.NewFault(login.CodeSessionMissing, "the provider ended this person's session while the login was under way")
			}
			version := item.Version
			ops = append(ops, store.Op{Bucket: markBucket, Key: key, Value: item.Value, Expires: item.Expires, If: &version})
		}
	}
	return ops, nil
}

// marksOf lists where a mark against doc's login may lie.
func marksOf(doc login.Document) []mark {
	person := pair(doc.Person.Issuer, doc.Person.Subject)
	if doc.ProviderSID == "" {
		return []mark{{markSubject, person}, {markSubjectSID, person}}
	}
	return []mark{{markSubject, person}, {markSID, pair(doc.Person.Issuer, doc.ProviderSID)}}
}

func markKey(mac []byte) string { return base64.RawURLEncoding.EncodeToString(mac) }

// markTime reads a mark; one that cannot be read refuses everything.
func markTime(value []byte) time.Time {
	if len(value) != 8 {
		return time.Unix(1<<40, 0)
	}
	return time.UnixMilli(int64(binary.BigEndian.Uint64(value)))
}
