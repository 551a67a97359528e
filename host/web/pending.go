package web

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/doorward/doorward/host/login"
)

const (
	pendingLife  = 10 * time.Minute
	sealPurpose  = "login-cookie"
	stateEntropy = 32 // bytes
)

// newState is a fresh state, and the id of the login that carries it: the
// answer's state alone finds the cookie.
func newState() (state, id string) {
	raw := make([]byte, stateEntropy)
	_, _ = rand.Read(raw) // never fails (crypto/rand)
	state = base64.RawURLEncoding.EncodeToString(raw)
	return state, hashOf(state)
}

// hashOf is a short name of a text, 16 hex digits, that does not tell the text.
func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}

// pending finds the login in progress that state belongs to, in this browser.
// One that has expired comes with its fault.
func (s *Server) pending(c *fiber.Ctx, state string) (req login.AuthRequest, err error) {
	if state == "" {
		return req, login.NewFault(login.CodeStateMissing, "the answer has no state")
	}
	k := s.config.Origins.public.cookies
	name := k.login + hashOf(state)
	sealed, n := k.find(c, name)
	if n != 1 {
		return req, login.NewFault(login.CodeStateUnknown, "%d cookies of that login", n)
	}
	if s.unseal(sealPurpose, name, sealed, &req) != nil {
		return login.AuthRequest{}, login.NewFault(login.CodeStateUnknown, "the login's cookie cannot be opened")
	}
	if s.config.Now().Unix() >= req.Expiry {
		return req, login.NewFault(login.CodeStateExpired, "the login was begun more than ten minutes ago")
	}
	return req, nil
}
