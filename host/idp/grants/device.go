package grants

// Device codes (RFC 8628): a device asks, a person types its user code in a
// browser and approves or refuses, the device polls meanwhile.

import (
	"context"
	"crypto/rand"
	"errors"
	"math/big"
	"strings"
	"time"

	"github.com/doorward/doorward/host/store"
)

// DeviceLifetime is how long a device code waits for a person.
const DeviceLifetime = 10 * time.Minute

// DeviceInterval is how long a device waits between two polls, at first.
const DeviceInterval = 5 * time.Second

var (
	ErrPending  = errors.New("the person has not answered yet")
	ErrSlowDown = errors.New("the device asks too often")
	ErrDenied   = errors.New("the person refused")
	ErrExpired  = errors.New("the device code has expired")
	// ErrBusy says that too many devices of the client wait already.
	ErrBusy = errors.New("too many devices wait for a person")
)

// Device is a device that waits for a person.
type Device struct {
	ID      string `json:"-"`
	Grant   Grant  `json:"grant"` // what it asks for; what the person allowed once Answer says so
	User    string `json:"user"`  // key of its user code
	Answer  string `json:"answer,omitempty"`
	Expires int64  `json:"exp"` // Unix seconds
}

// Answers of a person.
const (
	approved = "approved"
	denied   = "denied"
)

// DeviceCodes are the two codes of a new device.
type DeviceCodes struct {
	Device  string // the device's own secret
	User    string // for the person, such as WDJB-MJHT
	Expires int64  // Unix seconds
}

// NewDevice stores a device that asks for g, and is its codes. ErrBusy when too
// many of the client's wait already.
func (s *Store) NewDevice(ctx context.Context, g Grant) (DeviceCodes, error) {
	if !s.admit(g.ClientID) {
		return DeviceCodes{}, ErrBusy
	}
	now := s.Now()
	g.ID, g.Created = newID(), now.Unix()
	d := Device{Grant: g, Expires: now.Add(DeviceLifetime).Unix()}
	for range tries {
		codes := DeviceCodes{Device: newSecret(), User: newUserCode(), Expires: d.Expires}
		d.User = userKey(codes.User)
		key := hashed(codes.Device)
		err := s.Store.Apply(ctx,
			put(BucketDevices, key, d, d.Expires+linger, absent()),
			store.Op{Bucket: BucketUser, Key: d.User, Value: []byte(key), Expires: time.Unix(d.Expires, 0), If: absent()},
		)
		if !errors.Is(err, store.ErrConflict) {
			return codes, err
		} // somebody has that user code
	}
	return DeviceCodes{}, ErrBusy
}

// linger is how many seconds an expired device is told that it has expired.
const linger = 300

// letters of a user code: no vowels, so that it spells nothing, and none that
// look alike (RFC 8628, section 6.1).
const letters = "BCDFGHJKLMNPQRSTVWXZ"

const userCodeLength = 8

func newUserCode() string {
	var b strings.Builder
	for i := range userCodeLength {
		if i == userCodeLength/2 {
			b.WriteByte('-')
		}
		n, _ := rand.Int(rand.Reader, big.NewInt(int64(len(letters)))) // never fails
		b.WriteByte(letters[n.Int64()])
	}
	return b.String()
}

// userKey is where a user code is stored, however it is typed; "" when it
// cannot be one.
func userKey(code string) string {
	code = strings.Map(func(r rune) rune {
		if strings.ContainsRune(letters, r) {
			return r
		}
		return -1
	}, strings.ToUpper(code[:min(len(code), 4*userCodeLength)]))
	if len(code) != userCodeLength {
		return ""
	}
	return hashed("user " + code)
}

// DeviceByUserCode is the device that shows that user code and waits for an
// answer; ErrUnknown when there is none. Attempts are the caller's to limit:
// the code has 34 bits.
func (s *Store) DeviceByUserCode(ctx context.Context, code string) (Device, error) {
	key := userKey(code)
	if key == "" {
		return Device{}, ErrUnknown
	}
	item, err := s.Store.Get(ctx, BucketUser, key)
	if errors.Is(err, store.ErrNotFound) {
		return Device{}, ErrUnknown
	}
	if err != nil {
		return Device{}, err
	}
	d, _, err := s.waiting(ctx, string(item.Value))
	return d, err
}

// waiting is the device with that ID, if it still waits for an answer.
func (s *Store) waiting(ctx context.Context, id string) (d Device, version uint64, err error) {
	version, err = s.get(ctx, BucketDevices, id, &d)
	if err == nil && (d.Answer != "" || s.Now().Unix() >= d.Expires) {
		err = ErrUnknown
	}
	d.ID = id
	return d, version, err
}

// Approve lets the device called id have what edit makes of the grant that it
// asked for: at least its Auth. ErrUnknown when it no longer waits.
func (s *Store) Approve(ctx context.Context, id string, edit func(*Grant)) error {
	return s.answer(ctx, id, approved, edit)
}

// Deny refuses the device called id. ErrUnknown when it no longer waits.
func (s *Store) Deny(ctx context.Context, id string) error {
	return s.answer(ctx, id, denied, func(*Grant) {})
}

func (s *Store) answer(ctx context.Context, id, answer string, edit func(*Grant)) error {
	d, version, err := s.waiting(ctx, id)
	if err != nil {
		return err
	}
	d.Answer = answer
	edit(&d.Grant)
	err = s.Store.Apply(ctx,
		put(BucketDevices, id, d, d.Expires+linger, &version),
		store.Op{Bucket: BucketUser, Key: d.User, Delete: true},
	)
	if errors.Is(err, store.ErrConflict) { // another answer was first
		return ErrUnknown
	}
	return err
}

// Poll spends an approved device code on tokens, both or neither. decide sees
// the grant and says what to issue; its error leaves the code as it was.
// Otherwise the error is ErrPending, ErrSlowDown (and the interval is five
// seconds longer from then on), ErrDenied, ErrExpired or ErrUnknown.
func (s *Store) Poll(ctx context.Context, clientID, secret string, decide func(Grant) (Want, error)) (Grant, Tokens, error) {
	if len(secret) != secretLength {
		return Grant{}, Tokens{}, ErrUnknown
	}
	var d Device
	key := hashed(secret)
	version, err := s.get(ctx, BucketDevices, key, &d)
	switch {
	case err != nil:
		return Grant{}, Tokens{}, err
	case d.Grant.ClientID != clientID:
		return Grant{}, Tokens{}, ErrUnknown
	case s.Now().Unix() >= d.Expires:
		return Grant{}, Tokens{}, ErrExpired
	case d.Answer == denied:
		return Grant{}, Tokens{}, ErrDenied
	case d.Answer != approved:
		return Grant{}, Tokens{}, s.wait(key, d.Expires)
	}
	want, err := decide(d.Grant)
	if err != nil {
		return Grant{}, Tokens{}, err
	}
	g, tokens, ops := s.issue(d.Grant, absent(), want)
	err = s.Store.Apply(ctx, append(ops, store.Op{Bucket: BucketDevices, Key: key, Delete: true, If: &version})...)
	if errors.Is(err, store.ErrConflict) { // another poll was first
		err = ErrUnknown
	}
	return g, tokens, err
}
