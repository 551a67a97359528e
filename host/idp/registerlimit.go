package idp

// How many clients one address may register where everybody may.

import (
	"net/http"
	"sync"
	"time"

	"github.com/doorward/doorward/host/idp/clients"
)

const (
	registrations      = 20 // and changes of one address in a window, refused ones too
	registrationWindow = time.Hour
	maxRegistrars      = 10_000 // addresses that are told apart
)

// registrars counts registrations by address, from the beginning of a window.
type registrars struct {
	mu    sync.Mutex
	began time.Time
	count map[string]int
}

// mayRegister counts a registration or change that nobody vouches for: each may
// make us fetch a sector identifier. When it may not be
// made, wait is how long until one may.
func (p *Provider) mayRegister(r *http.Request, bearer string) (wait time.Duration, ok bool) {
	policy := p.cfg.Registration
	if r.Method != http.MethodPost && r.Method != http.MethodPut || policy.Mode != clients.RegistrationOpen || policy.InitialAccessToken.Is(bearer) {
		return 0, true
	}
	return p.registrars.take(network(p.cfg.ClientIP(r)), p.cfg.Now())
}

func (l *registrars) take(address string, now time.Time) (wait time.Duration, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if age := now.Sub(l.began); age < 0 || age >= registrationWindow {
		l.began, l.count = now, map[string]int{}
	}
	if _, known := l.count[address]; !known && len(l.count) >= maxRegistrars {
		address = "" // the rest count as one
	}
	if l.count[address] >= registrations {
		return l.began.Add(registrationWindow).Sub(now), false
	}
	l.count[address]++
	return 0, true
}
