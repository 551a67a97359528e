// Codes: what carries a session to another origin, once and soon.

package session

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"slices"
	"time"

	"github.com/doorward/doorward/host/store"
)

const (
	codeLife = time.Minute
	maxCodes = 16 // of one session that may still be redeemed; the oldest goes
)

var errHandleOfHost = errors.New("the host's own origin has one handle, which Issue makes: name an application")

// code is a secret like a handle. Other keys are derived from it, so neither
// is good for the other.
type code handle

func (c code) lookup() string {
	return base64.RawURLEncoding.EncodeToString(handle(c).derive("code-lookup"))
}

// wrap encrypts the data key, the id and the end, for audience alone.
func (c code) wrap(lookup, audience, id string, key []byte, end time.Time) []byte {
	plain := append(append([]byte(nil), key...), id...)
	plain = binary.BigEndian.AppendUint64(plain, uint64(end.UnixMilli()))
	return encrypt(handle(c).derive("code-wrap"), plain, codeBinding(lookup, audience))
}

func (c code) unwrap(lookup, audience string, wrapped []byte) (id string, key []byte, end time.Time, err error) {
	plain, err := decrypt(handle(c).derive("code-wrap"), wrapped, codeBinding(lookup, audience))
	if err != nil {
		return "", nil, end, err
	}
	const idEnd = keySize + 2*idSize
	if len(plain) != idEnd+8 || !validID(string(plain[keySize:idEnd])) {
		return "", nil, end, errSealed
	}
	return string(plain[keySize:idEnd]), plain[:keySize], time.UnixMilli(int64(binary.BigEndian.Uint64(plain[idEnd:]))), nil
}

func codeBinding(lookup, audience string) string { return "code/" + lookup + "/" + audience }

// Code makes a code for the session of r, which came from Open or Peek, and
// returns it once: 43 characters of base64url. It is good for one Redeem with
// the same audience within 60 seconds, and opens nothing otherwise; audience
// names all that the code is bound to, such as an application and a cookie.
//
// At most 16 codes of a session wait at a time; a further one takes the place
// of the oldest. As only an open session has codes, a browser that loops keeps
// 16 small records at most, and one without a session none. It is ErrNone when
// the session has ended.
func (s *Sessions) Code(ctx context.Context, r *Record, audience string) (string, error) {
	const doing = "make a code"
	c := code(newHandle())
	lookup, end := c.lookup(), s.now().Add(codeLife)
	err := s.change(ctx, doing, r, func(f *filed) (ops []store.Op, err error) {
		f.Codes = append(waiting(f.Codes, s.now()), filedCode{Key: lookup, Expires: end.UnixMilli()})
		for len(f.Codes) > maxCodes {
			ops = append(ops, store.Op{Bucket: codeBucket, Key: f.Codes[0].Key, Delete: true})
			f.Codes = f.Codes[1:]
		}
		value := c.wrap(lookup, audience, r.ID, r.key, end)
		return append(ops, store.Op{Bucket: codeBucket, Key: lookup, Value: value, Expires: end}), nil
	})
	if err != nil {
		return "", err
	}
	return handle(c).text(), nil
}

// waiting copies the codes that have not expired.
func waiting(codes []filedCode, now time.Time) (left []filedCode) {
	for _, c := range codes {
		if now.UnixMilli() < c.Expires {
			left = append(left, c)
		}
	}
	return left
}

// Redeem spends the code and returns a new handle that opens its session for
// app, which is not "", and the session; it counts as a use. The handle that
// old is, when it opens the session too, dies in the same write. Of several calls
// with one code one succeeds at most: the code goes in the write that adds the
// handle. Any other outcome than a failed store spends the code too. What is no
// code for audience now is ErrNone: unknown, spent, older than 60 seconds, made
// for another audience, or of a session that has ended.
func (s *Sessions) Redeem(ctx context.Context, text, audience, app, old string) (string, *Record, error) {
	h, ok := parseHandle(text)
	if !ok {
		return "", nil, ErrNone
	}
	made, err := s.redeem(ctx, code(h), audience, app, lookupOf(old))
	if err != nil {
		return "", nil, err
	}
	r, err := s.Open(ctx, made, app)
	if err != nil {
		return "", nil, err
	}
	return made, r, nil
}

// lookupOf is where the store files a handle; empty when text is none.
func lookupOf(text string) string {
	if h, ok := parseHandle(text); ok {
		return h.lookup()
	}
	return ""
}

func (s *Sessions) redeem(ctx context.Context, c code, audience, app, old string) (string, error) {
	const doing = "redeem a code"
	lookup := c.lookup()
	item, err := s.get(ctx, doing, codeBucket, lookup)
	if err != nil {
		return "", err
	}
	spend := store.Op{Bucket: codeBucket, Key: lookup, Delete: true, If: &item.Version}
	id, key, end, err := c.unwrap(lookup, audience, item.Value)
	switch {
	case err != nil:
		return "", s.refuse(ctx, spend, s.none(err))
	case app == "":
		return "", s.refuse(ctx, spend, errHandleOfHost)
	case !s.now().Before(end):
		return "", s.refuse(ctx, spend, ErrNone)
	}
	made, err := s.grow(ctx, doing, &Record{ID: id, key: key}, app, func(f *filed) ([]store.Op, error) {
		f.Used = max(f.Used, s.now().UnixMilli())
		f.Codes = slices.DeleteFunc(waiting(f.Codes, s.now()), func(c filedCode) bool { return c.Key == lookup })
		_, err := s.get(ctx, doing, codeBucket, lookup) // another Redeem may have been first
		ops := []store.Op{spend}
		if i := slices.Index(f.Handles, old); i > 0 { // the first is of the host's own origin
			f.Handles = slices.Delete(slices.Clone(f.Handles), i, i+1)
			ops = append(ops, store.Op{Bucket: handleBucket, Key: old, Delete: true})
		}
		return ops, err
	})
	if err == nil {
		s.cache.dropHandles(id, old)
	}
	if errors.Is(err, ErrNone) {
		return "", s.refuse(ctx, spend, ErrNone)
	}
	return made, err
}

// refuse spends the code and is err, unless the store fails.
func (s *Sessions) refuse(ctx context.Context, spend store.Op, err error) error {
	applied := s.store.Apply(ctx, spend)
	if applied == nil || errors.Is(applied, store.ErrConflict) { // spent, by this call or another
		return err
	}
	return unavailable("spend a code", applied)
}
