package idp

// What a try is counted for. Whoever guesses from anywhere slows down the
// account and their address; a device on which somebody has signed in before
// counts for itself, so that strangers keep nobody out who was here already
// (OWASP, device cookies).

import (
	"net/http"

	"github.com/doorward/doorward/host/idp/factors"
)

// try is one try that is under way, counted as wrong until fits is called.
type try struct {
	attempts *throttle
	by       []counted
}

// tryFirst counts a try of a first factor, or says how long to wait. A badge
// alone has no account that can be told from a guess: it counts for the
// address, or for who signed in last on the device.
func (p *Provider) tryFirst(r *http.Request, account string, method factors.Method) (try, *no) {
	d := p.knownDevice(r)
	switch {
	case method != factors.Badge:
		return p.tryFor(r, account, d.knows(account))
	case len(d.Accounts) > 0:
		return p.take(r, counted{in: &p.attempts.devices, key: d.Accounts[0] + " badges"})
	default:
		return p.take(r, counted{in: &p.attempts.badges, key: network(p.cfg.ClientIP(r))})
	}
}

// tryDeviceCode counts a try of the short code that a device shows, which like
// a badge's number can be guessed without knowing anybody.
func (p *Provider) tryDeviceCode(r *http.Request) (try, *no) {
	return p.take(r, counted{in: &p.attempts.badges, key: "device code " + network(p.cfg.ClientIP(r))})
}

// tryFactor counts a try of a second factor by the person who proved the first
// one as typed.
func (p *Provider) tryFactor(r *http.Request, subject, typed string) (try, *no) {
	return p.tryFor(r, "code "+subject, p.knownDevice(r).knows(typed))
}

// tryFor counts a try for account, known on this device or not.
func (p *Provider) tryFor(r *http.Request, account string, known bool) (try, *no) {
	if known {
		return p.take(r, counted{in: &p.attempts.devices, key: p.knownDevice(r).ID + digest(account), own: true})
	}
	return p.take(r, counted{in: &p.attempts.accounts, key: digest(account), own: true},
		counted{in: &p.attempts.addresses, key: network(p.cfg.ClientIP(r))})
}

func (p *Provider) take(r *http.Request, by ...counted) (try, *no) {
	if left, ok := p.attempts.take(by...); !ok {
		p.cfg.Log.WarnContext(r.Context(), "too many attempts", "address", p.cfg.ClientIP(r))
		return try{}, wait(left)
	}
	return try{p.attempts, by}, nil
}

// fits says that the try was no wrong one. What was wrong before it is
// forgotten where only this account counts; elsewhere others try too.
func (t try) fits() {
	for _, c := range t.by {
		t.attempts.right(c)
	}
}
