package clients

// Whether clients may register themselves, and which.

import (
	"cmp"
	"fmt"
)

// Mode says who may register a client.
type Mode string

const (
	RegistrationOff    Mode = "off"    // nobody
	RegistrationClosed Mode = "closed" // who has the initial access token
	RegistrationOpen   Mode = "open"   // everybody
)

// DefaultMaxClients is how many registered clients there may be.
const DefaultMaxClients = 1000

// Registration is the policy of dynamic client registration (RFC 7591). Its
// zero value is off.
type Registration struct {
	Mode               Mode   // off when empty
	InitialAccessToken Secret // of mode closed, 16 characters at least
	MaxClients         int    // DefaultMaxClients when zero
	// AllowPrivate lets registered clients name addresses on private networks
	// for us to call, and plain http on loopback names.
	AllowPrivate bool
	// Scopes are those that a client gets that names none, and all that one can
	// have that nobody vouched for; openid, profile and email when empty.
	Scopes []string
}

// On reports whether anybody may register.
func (p Registration) On() bool { return p.Mode == RegistrationClosed || p.Mode == RegistrationOpen }

func (p *Registration) complete() error {
	p.Mode = cmp.Or(p.Mode, RegistrationOff)
	p.MaxClients = cmp.Or(p.MaxClients, DefaultMaxClients)
	if len(p.Scopes) == 0 {
		p.Scopes = []string{"openid", "profile", "email"}
	}
	switch {
	case p.Mode != RegistrationOff && !p.On():
		return fmt.Errorf("the registration mode %q must be closed, open or off", p.Mode)
	case p.Mode == RegistrationClosed && len(p.InitialAccessToken) < minSecret:
		return fmt.Errorf("closed registration needs an initial access token of at least %d characters", minSecret)
	case p.MaxClients < 0:
		return fmt.Errorf("the number of clients that may register must be positive")
	}
	return nil
}
