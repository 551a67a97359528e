// A device's polls (RFC 8628, sections 3.4 and 3.5).

package native

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/doorward/doorward/host/store"
)

// Poll is the handle that a person approved for the device of app, once. Else
// it is ErrPending, ErrSlowDown (the interval is five seconds longer from then
// on), ErrDenied, ErrExpired or ErrGrant, or the fault of a store that fails.
func (g *Grants) Poll(ctx context.Context, app, deviceCode string) (handle string, err error) {
	id := digest(deviceCode)
	if id == "" {
		return "", ErrGrant
	}
	var d Device
	version, err := g.get(ctx, deviceBucket, devicePurpose, id, &d)
	switch {
	case err != nil:
		return "", err
	case d.Ask.App != app:
		return "", ErrGrant
	case d.Answer == denied:
		return "", ErrDenied
	case g.now().Unix() >= d.Expires:
		return "", ErrExpired
	case d.Answer != approved:
		return "", g.polls.wait(id, d.Expires, g.now())
	}
	if handle, err = unseal(deviceCode, id, d.Box); err != nil {
		return "", ErrGrant
	}
	err = g.apply(ctx, "hand a device its session", store.Op{Bucket: deviceBucket, Key: id, Delete: true, If: &version})
	if errors.Is(err, store.ErrConflict) { // another poll was first
		err = ErrGrant
	}
	if err != nil {
		return "", err
	}
	return handle, nil
}

// polls says how often devices ask. It is in memory: whoever has no
// credentials makes the store write nothing, and a restart forgets a few
// seconds of patience.
type polls struct {
	mu sync.Mutex
	of map[string]poll // by device
}

type poll struct {
	last     time.Time
	interval time.Duration
	expires  int64
}

// wait is ErrPending for a device that kept its interval, or ErrSlowDown.
func (p *polls) wait(id string, expires int64, now time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	of, known := p.of[id]
	if !known {
		p.forget(now)
		of = poll{interval: DeviceInterval, expires: expires}
	}
	early := known && now.Before(of.last.Add(of.interval))
	of.last = now
	if early {
		of.interval += DeviceInterval
	}
	p.of[id] = of
	if early {
		return ErrSlowDown
	}
	return ErrPending
}

// forget drops the devices that have expired: no more are left than wait.
func (p *polls) forget(now time.Time) {
	for id, of := range p.of {
		if of.expires <= now.Unix() {
			delete(p.of, id)
		}
	}
}
