package web

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/doorward/doorward/host/login"
)

// The hand-over brings a session from the public origin to an application's:
//
//	ORIGIN/.doorward/start   sets the binding cookie
//	PUBLIC/login             signs in, or finds the session
//	ORIGIN/.doorward/finish  exchanges the code for a handle of its own

const (
	startPath    = "/start"
	finishPath   = "/finish"
	startPurpose = "start-cookie"
	startEntropy = 16 // bytes
)

// binding is a hand-over in progress, sealed in a cookie of the application's
// origin: without it a code is worth nothing.
type binding struct {
	ID       string `json:"id"`
	App      string `json:"app"`
	Target   string `json:"target"` // checked, absolute, without its fragment
	Fragment string `json:"fragment,omitempty"`
	Display  string `json:"display,omitempty"` // popup, or empty for a page
	State    string `json:"state,omitempty"`   // of a popup, for its opener
	Query    string `json:"query,omitempty"`   // what else the login is asked for
	At       int64  `json:"requestedAt"`       // Unix seconds
	Expiry   int64  `json:"expiry"`
}

// restarted marks the ids of hand-overs that take the place of a failed one,
// so that there is no third.
const restarted = "r"

func newStart(again bool) string {
	raw := make([]byte, startEntropy)
	_, _ = rand.Read(raw) // never fails (crypto/rand)
	if again {
		return restarted + hex.EncodeToString(raw)
	}
	return hex.EncodeToString(raw)
}

func validStart(id string) bool {
	raw, err := hex.DecodeString(strings.TrimPrefix(id, restarted))
	return err == nil && len(raw) == startEntropy
}

// audience is what a code is good for: one hand-over on one origin.
func audience(at *site, start string) string { return at.origin + " " + start }

// bound is the hand-over called id that this browser began here.
func (s *Server) bound(c *fiber.Ctx, at *site, id string) (b binding, err error) {
	name := at.cookies.start + id
	value, n := at.cookies.find(c, name)
	if n != 1 || !validStart(id) {
		return b, login.NewFault(login.CodeBindingMissing, "%d cookies of that hand-over", n)
	}
	if s.unseal(startPurpose, name, value, &b) != nil {
		return b, login.NewFault(login.CodeBindingMissing, "the hand-over's cookie cannot be opened")
	}
	return b, nil
}

// goHome sends a browser that is signed in to where it wanted to go; to another
// origin with a code, which the hand-over there exchanges.
func (s *Server) goHome(c *fiber.Ctx, handle string, to destination) error {
	if to.start == "" || to.site.public {
		return c.Redirect(to.url, fiber.StatusSeeOther)
	}
	ctx, cancel := context.WithTimeout(s.base, s.config.DecideTimeout)
	defer cancel()
	record, err := s.config.Sessions.Peek(ctx, handle, "")
	if err != nil {
		return err
	}
	code, err := s.config.Sessions.Code(ctx, record, audience(to.site, to.start))
	if err != nil {
		return err
	}
	query := url.Values{"start": {to.start}, "code": {code}}
	return c.Redirect(to.site.origin+ownPrefix+finishPath+"?"+query.Encode(), fiber.StatusSeeOther)
}
