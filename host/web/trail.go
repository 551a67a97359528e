package web

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/doorward/doorward/host/login"
)

const (
	trailPurpose = "trail-cookie"
	trailSteps   = 8
	trailSeconds = 30
	maxCircles   = 3 // times that one address is finished within trailSeconds
)

// step is one finished hand-over.
type step struct {
	To string `json:"to"` // hash of the target
	At int64  `json:"at"`
}

// trail is where this browser was sent home lately.
func (s *Server) trail(c *fiber.Ctx, at *site) (steps []step) {
	value, n := at.cookies.find(c, at.cookies.trail)
	if n == 1 && s.unseal(trailPurpose, at.cookies.trail, value, &steps) != nil {
		return nil
	}
	return steps
}

// loops refuses to begin a login for an address that the browser was brought to
// again and again: something sends it back each time.
func (s *Server) loops(c *fiber.Ctx, at *site, b binding) error {
	if b.Display != "" {
		return nil
	}
	circles := 0
	for _, step := range s.trail(c, at) {
		if step.To == hashOf(b.Target) && s.config.Now().Unix()-step.At < trailSeconds {
			circles++
		}
	}
	if circles < maxCircles {
		return nil
	}
	at.cookies.clear(c, at.cookies.trail)
	return login.NewFault(login.CodeLoginLoop, "the browser finished %d logins for one address within %d s", circles, trailSeconds)
}

// remember adds a finished hand-over to the browser's trail. A popup closes
// when it is finished: nothing sends it back.
func (s *Server) remember(c *fiber.Ctx, at *site, b binding) {
	if b.Display != "" {
		return
	}
	steps := append(s.trail(c, at), step{To: hashOf(b.Target), At: s.config.Now().Unix()})
	if len(steps) > trailSteps {
		steps = steps[len(steps)-trailSteps:]
	}
	if sealed, err := s.seal(trailPurpose, at.cookies.trail, steps); err == nil {
		at.cookies.set(c, at.cookies.trail, sealed, 2*trailSeconds*time.Second, false)
	}
}
