// Cookies that are sealed: what this host keeps in the browser, and nobody else
// can read or make.

package web

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/doorward/doorward/host/login"
)

const (
	cookieLife     = 30 * time.Minute // longer than what is in it is good for: what comes late is begun anew
	maxPending     = 5                // of one kind in one browser
	maxPendingSize = 4 << 10          // bytes of them, before one more
	maxSealed      = 4000             // bytes of one cookie; browsers refuse more than 4096 with its name
)

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

// keep seals something that the browser has under way into a cookie of its own,
// called prefix and id. value says in requestedAt when it was begun.
func (s *Server) keep(c *fiber.Ctx, k cookies, purpose, prefix, id string, value any, crossSite bool) error {
	sealed, err := s.seal(purpose, prefix+id, value)
	if err != nil {
		return err
	}
	s.dropOldest(c, k, purpose, prefix)
	k.set(c, prefix+id, sealed, cookieLife, crossSite)
	return nil
}

// dropOldest makes room for one more of the cookies that begin with prefix; one
// that does not open goes first. There may be five of them, and no more of them
// together than proxies take in one header.
func (s *Server) dropOldest(c *fiber.Ctx, k cookies, purpose, prefix string) {
	type entry struct {
		name string
		size int
		at   int64 // zero when it is of no use any more
	}
	var have []entry
	size := 0
	visit(c, func(name, value []byte) {
		if !bytes.HasPrefix(name, []byte(prefix)) {
			return
		}
		var begun struct {
			At int64 `json:"requestedAt"`
		}
		e := entry{name: string(name), size: len(name) + len(value)}
		if s.unseal(purpose, e.name, string(value), &begun) == nil {
			e.at = begun.At
		}
		have, size = append(have, e), size+e.size
	})
	slices.SortStableFunc(have, func(a, b entry) int { return int(a.at - b.at) })
	for len(have) > 0 && (have[0].at == 0 || len(have) >= maxPending || size > maxPendingSize) {
		k.clear(c, have[0].name)
		size -= have[0].size
		have = have[1:]
	}
}
