package grants

// How often devices ask, and how many wait. It is kept in memory: whoever has
// no credentials should not make the store write, and a restart forgets at
// most a few seconds of patience.

import (
	"sync"
	"time"
)

// maxWaiting bounds the devices of one client that wait for a person.
const maxWaiting = 1000

// devices is the part of a Store that lives in memory.
type devices struct {
	mu      sync.Mutex
	polls   map[string]poll    // by hash of the device code
	waiting map[string][]int64 // by client: when each device code expires, in order
}

type poll struct {
	last     time.Time
	interval time.Duration
	expires  int64
}

// admit takes a place for one more device of the client.
func (s *Store) admit(clientID string) bool {
	d, now := &s.devices, s.Now()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.waiting == nil {
		d.waiting = map[string][]int64{}
	}
	list := d.waiting[clientID]
	for len(list) > 0 && list[0] <= now.Unix() {
		list = list[1:]
	}
	if len(list) >= maxWaiting {
		return false
	}
	d.waiting[clientID] = append(list, now.Add(DeviceLifetime).Unix())
	return true
}

// wait is ErrPending for a device that kept its interval, or ErrSlowDown.
func (s *Store) wait(key string, expires int64) error {
	d, now := &s.devices, s.Now()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.polls == nil {
		d.polls = map[string]poll{}
	}
	p, known := d.polls[key]
	if !known {
		d.forget(now)
		p = poll{interval: DeviceInterval, expires: expires}
	}
	early := known && now.Before(p.last.Add(p.interval))
	p.last = now
	if early {
		p.interval += DeviceInterval
	}
	d.polls[key] = p
	if early {
		return ErrSlowDown
	}
	return ErrPending
}

// forget drops the devices that have expired. There are never more than were
// admitted within DeviceLifetime.
func (d *devices) forget(now time.Time) {
	for key, p := range d.polls {
		if p.expires <= now.Unix() {
			delete(d.polls, key)
		}
	}
}
