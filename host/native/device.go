// Devices that wait for a person (RFC 8628, sections 3.1 to 3.3).

package native

import (
	"context"
	"errors"
	"time"

	"github.com/doorward/doorward/host/store"
)

// Of a device code.
const (
	DeviceLife     = 10 * time.Minute
	DeviceInterval = 5 * time.Second // between two polls, at first

	linger = 5 * time.Minute // that an expired device is told that it has expired
)

// Ask is what a program asks a sign-in for, as it sent it.
type Ask struct {
	App       string `json:"app"` // whose program it is
	IdP       string `json:"idp,omitempty"`
	Level     string `json:"level,omitempty"`
	ACRValues string `json:"acrValues,omitempty"`
	MaxAge    *int64 `json:"maxAge,omitempty"` // seconds
	LoginHint string `json:"loginHint,omitempty"`
}

// Device is a device that waits for a person. Times are in Unix seconds.
type Device struct {
	ID      string `json:"-"` // where it is filed; no secret
	Ask     Ask    `json:"ask"`
	From    string `json:"from,omitempty"` // the address it asked from; empty when it cannot be told
	Created int64  `json:"created"`
	Expires int64  `json:"expires"`

	Lock   []byte `json:"lock"`             // seals for the device code
	User   string `json:"user"`             // where its user code is filed
	Answer string `json:"answer,omitempty"` // of a person; none yet when empty
	Box    []byte `json:"box,omitempty"`    // the handle, once approved
}

// Answers of a person.
const (
	approved = "approved"
	denied   = "denied"
)

// Codes are those of a new device.
type Codes struct {
	Device  string // its secret
	User    string // for the person, such as WDJB-MJHT
	Expires int64  // Unix seconds
}

// NewDevice lets a device wait for a person, for ten minutes. from is the
// client's address, or empty. It is ErrBusy when too many wait already, of that
// network or at all.
func (g *Grants) NewDevice(ctx context.Context, ask Ask, from string) (Codes, error) {
	now := g.now()
	if !g.waiting.admit(network(from), now) {
		return Codes{}, ErrBusy
	}
	d := Device{Ask: ask, From: from, Created: now.Unix(), Expires: now.Add(DeviceLife).Unix()}
	for range tries {
		secret, code := newSecret(), newUserCode()
		key := digest(secret)
		d.Lock, d.User = lockOf(secret), g.userKeys(code)[0]
		err := g.apply(ctx, "let a device wait",
			g.put(deviceBucket, devicePurpose, key, d, 0, d.gone()),
			store.Op{Bucket: userBucket, Key: d.User, Value: []byte(key), Expires: time.Unix(d.Expires, 0), If: new(uint64)})
		if !errors.Is(err, store.ErrConflict) {
			return Codes{Device: secret, User: ShownCode(code), Expires: d.Expires}, err
		} // somebody has that user code
	}
	return Codes{}, ErrBusy
}

func (d Device) gone() time.Time { return time.Unix(d.Expires, 0).Add(linger) }

// Device is the device called id, if it still waits for an answer; else
// ErrGrant.
func (g *Grants) Device(ctx context.Context, id string) (Device, error) {
	d, _, err := g.unanswered(ctx, id)
	return d, err
}

func (g *Grants) unanswered(ctx context.Context, id string) (d Device, version uint64, err error) {
	version, err = g.get(ctx, deviceBucket, devicePurpose, id, &d)
	if err == nil && (d.Answer != "" || g.now().Unix() >= d.Expires) {
		err = ErrGrant
	}
	d.ID = id
	return d, version, err
}

// ByUserCode is the device that shows that user code and waits, or ErrGrant.
// Whoever types codes is counted under who, such as an address: after twenty
// wrong ones the next must wait, which is a *Wait.
func (g *Grants) ByUserCode(ctx context.Context, text string, who ...string) (Device, error) {
	if err := g.guesses.take(g.now(), who); err != nil {
		return Device{}, err
	}
	d, err := g.byUserCode(ctx, typed(text))
	if err == nil {
		g.guesses.right(who)
	}
	return d, err
}

func (g *Grants) byUserCode(ctx context.Context, code string) (Device, error) {
	if code == "" {
		return Device{}, ErrGrant
	}
	for _, key := range g.userKeys(code) {
		item, err := g.store.Get(ctx, userBucket, key)
		switch {
		case errors.Is(err, store.ErrNotFound):
		case err != nil:
			return Device{}, unavailable("look for a device", err)
		default:
			return g.Device(ctx, string(item.Value))
		}
	}
	return Device{}, ErrGrant
}

// Approve lets the device called id have the handle of a session. It is
// ErrGrant when the device does not wait any more.
func (g *Grants) Approve(ctx context.Context, id, handle string) error {
	return g.answer(ctx, id, func(d *Device) (err error) {
		d.Answer = approved
		d.Box, err = seal(d.Lock, id, handle)
		return err
	})
}

// Deny refuses the device called id; ErrGrant when it does not wait any more.
func (g *Grants) Deny(ctx context.Context, id string) error {
	return g.answer(ctx, id, func(d *Device) error { d.Answer = denied; return nil })
}

func (g *Grants) answer(ctx context.Context, id string, edit func(*Device) error) error {
	d, version, err := g.unanswered(ctx, id)
	if err != nil {
		return err
	}
	if err := edit(&d); err != nil {
		return err
	}
	err = g.apply(ctx, "answer a device",
		g.put(deviceBucket, devicePurpose, id, d, version, d.gone()),
		store.Op{Bucket: userBucket, Key: d.User, Delete: true})
	if errors.Is(err, store.ErrConflict) { // another answer was first
		return ErrGrant
	}
	return err
}
