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
	p  *Provider
	by []counted
}

// try counts a try for account with a method, or says how long to wait. A
// badge alone has no account that can be told from a guess: it counts for the
// address, or for the device's own account.
func (p *Provider) try(r *http.Request, account string, method factors.Method) (try, *no) {
	t := try{p, p.countedFor(r, account, method == factors.Badge)}
	if left, ok := p.attempts.take(t.by...); !ok {
		p.cfg.Log.WarnContext(r.Context(), "too many attempts", "address", p.cfg.ClientIP(r))
		return try{}, wait(left)
	}
	return t, nil
}

func (p *Provider) countedFor(r *http.Request, account string, badge bool) []counted {
	d, a := p.device(r), p.attempts
	switch {
	case badge && len(d.Accounts) > 0:
		return []counted{{in: &a.devices, key: d.Accounts[0] + " badges"}}
	case badge:
		return []counted{{in: &a.badges, key: network(p.cfg.ClientIP(r))}}
	case d.knows(account):
		return []counted{{in: &a.devices, key: d.ID + digest(account), own: true}}
	default:
		return []counted{{in: &a.accounts, key: digest(account), own: true}, {in: &a.addresses, key: network(p.cfg.ClientIP(r))}}
	}
}

// fits says that the try was no wrong one. What was wrong before it is
// forgotten where only this account counts; elsewhere others try too.
func (t try) fits() {
	for _, c := range t.by {
		t.p.attempts.right(c)
	}
}
