package web

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/doorward/doorward/host/login"
)

const (
	pendingLife  = 10 * time.Minute
	maxPending   = 5    // logins in progress in one browser
	maxSealed    = 4000 // bytes of one cookie; browsers refuse more than 4096 with its name
	sealPurpose  = "login-cookie"
	stateEntropy = 32 // bytes
)

// newState is a fresh state, and the id of the login that carries it: the
// answer's state alone finds the cookie.
func newState() (state, id string) {
	raw := make([]byte, stateEntropy)
	_, _ = rand.Read(raw) // never fails (crypto/rand)
	state = base64.RawURLEncoding.EncodeToString(raw)
	return state, idOf(state)
}

func idOf(state string) string {
	sum := sha256.Sum256([]byte(state))
	return hex.EncodeToString(sum[:8])
}

// keep seals req into its cookie, and drops the oldest logins beyond five.
func (s *Server) keep(c *fiber.Ctx, req login.AuthRequest, crossSite bool) error {
	plain, err := json.Marshal(req)
	if err != nil {
		return login.NewFault(login.CodeInternal, "encode the login: %w", err)
	}
	name := s.cookies.login + req.ID
	sealed := base64.RawURLEncoding.EncodeToString(s.config.Keys.Seal(sealPurpose, plain, []byte(name)))
	if len(sealed) > maxSealed {
		return login.NewFault(login.CodeParameterInvalid, "the login's parameters are too long together")
	}
	s.dropOldest(c)
	s.cookies.set(c, name, sealed, pendingLife, crossSite)
	return nil
}

// pending finds the login in progress that state belongs to, in this browser.
func (s *Server) pending(c *fiber.Ctx, state string) (login.AuthRequest, error) {
	if state == "" {
		return login.AuthRequest{}, login.NewFault(login.CodeStateMissing, "the answer has no state")
	}
	name := s.cookies.login + idOf(state)
	var sealed []string
	s.cookies.each(c, func(have, value string) {
		if have == name {
			sealed = append(sealed, value)
		}
	})
	if len(sealed) != 1 {
		return login.AuthRequest{}, login.NewFault(login.CodeStateUnknown, "%d cookies of that login", len(sealed))
	}
	req, err := s.unseal(name, sealed[0])
	if err != nil {
		return login.AuthRequest{}, err
	}
	if s.config.Now().Unix() >= req.Expiry {
		return login.AuthRequest{}, login.NewFault(login.CodeStateExpired, "the login was begun more than ten minutes ago")
	}
	return req, nil
}

func (s *Server) unseal(name, sealed string) (req login.AuthRequest, err error) {
	raw, err := base64.RawURLEncoding.DecodeString(sealed)
	if err == nil {
		raw, err = s.config.Keys.Open(sealPurpose, raw, []byte(name))
	}
	if err == nil {
		err = json.Unmarshal(raw, &req)
	}
	if err != nil {
		return req, login.NewFault(login.CodeStateUnknown, "the login's cookie cannot be opened")
	}
	return req, nil
}

// dropOldest makes room for one more login; a cookie that does not open goes
// first.
func (s *Server) dropOldest(c *fiber.Ctx) {
	type entry struct {
		name string
		at   int64
	}
	var have []entry
	s.cookies.each(c, func(name, value string) {
		if !strings.HasPrefix(name, s.cookies.login) {
			return
		}
		req, err := s.unseal(name, value)
		if err != nil || s.config.Now().Unix() >= req.Expiry {
			req.RequestedAt = 0
		}
		have = append(have, entry{name, req.RequestedAt})
	})
	slices.SortStableFunc(have, func(a, b entry) int { return int(a.at - b.at) })
	for len(have) > 0 && (have[0].at == 0 || len(have) >= maxPending) {
		s.cookies.clear(c, have[0].name)
		have = have[1:]
	}
}
