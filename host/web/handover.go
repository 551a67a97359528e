package web

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"

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
	startEntropy = 16               // bytes
	cookieLife   = 30 * time.Minute // longer than what is in it is good for: what comes late is begun anew
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
	At       int64  `json:"at"`                // Unix seconds
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

// bind seals b into its cookie, and drops the oldest beyond five.
func (s *Server) bind(c *fiber.Ctx, at *site, b binding) error {
	sealed, err := s.seal(startPurpose, at.cookies.start+b.ID, b)
	if err != nil {
		return err
	}
	dropOldest(c, at.cookies, at.cookies.start, func(name, value string) int64 {
		if old, err := s.unbind(name, value); err == nil {
			return old.At
		}
		return 0
	})
	at.cookies.set(c, at.cookies.start+b.ID, sealed, cookieLife, false)
	return nil
}

// bound is the hand-over called id that this browser began here.
func (s *Server) bound(c *fiber.Ctx, at *site, id string) (binding, error) {
	name := at.cookies.start + id
	value, n := at.cookies.find(c, name)
	if n != 1 || !validStart(id) {
		return binding{}, login.NewFault(login.CodeBindingMissing, "%d cookies of that hand-over", n)
	}
	return s.unbind(name, value)
}

func (s *Server) unbind(name, value string) (b binding, err error) {
	if err := s.unseal(startPurpose, name, value, &b); err != nil {
		return b, login.NewFault(login.CodeBindingMissing, "the hand-over's cookie cannot be opened")
	}
	return b, nil
}

// seal is value as a cookie called name can hold it.
func (s *Server) seal(purpose, name string, value any) (string, error) {
	var plain bytes.Buffer
	encoder := json.NewEncoder(&plain)
	encoder.SetEscapeHTML(false) // six bytes for each & of an address
	if err := encoder.Encode(value); err != nil {
		return "", login.NewFault(login.CodeInternal, "encode a cookie: %w", err)
	}
	sealed := base64.RawURLEncoding.EncodeToString(s.config.Keys.Seal(purpose, plain.Bytes(), []byte(name)))
	if len(sealed) > maxSealed {
		return "", login.NewFault(login.CodeParameterInvalid, "the parameters are too long together")
	}
	return sealed, nil
}

func (s *Server) unseal(purpose, name, sealed string, into any) error {
	raw, err := base64.RawURLEncoding.DecodeString(sealed)
	if err == nil {
		raw, err = s.config.Keys.Open(purpose, raw, []byte(name))
	}
	if err == nil {
		err = json.Unmarshal(raw, into)
	}
	return err
}

// dropOldest makes room for one more of the cookies that begin with prefix; at
// is when one was made, zero when it is of no use any more. There may be five of
// them, and no more of them together than proxies take in one header.
func dropOldest(c *fiber.Ctx, k cookies, prefix string, at func(name, value string) int64) {
	type entry struct {
		name string
		size int
		at   int64
	}
	var have []entry
	size := 0
	k.each(c, func(name, value string) {
		if strings.HasPrefix(name, prefix) {
			have = append(have, entry{name, len(name) + len(value), at(name, value)})
			size += len(name) + len(value)
		}
	})
	slices.SortStableFunc(have, func(a, b entry) int { return int(a.at - b.at) })
	for len(have) > 0 && (have[0].at == 0 || len(have) >= maxPending || size > maxPendingSize) {
		k.clear(c, have[0].name)
		size -= have[0].size
		have = have[1:]
	}
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
