package web

import (
	"fmt"
	"maps"
	"net/textproto"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/doorward/doorward/host/login"
)

// identityHeaders are on every admission, empty where there is nothing to say.
const (
	headerSubject   = "X-Doorward-Subject"
	headerUser      = "X-Doorward-User"
	headerEmail     = "X-Doorward-Email"
	headerRoles     = "X-Doorward-Roles"
	headerLevels    = "X-Doorward-Levels"
	headerIdP       = "X-Doorward-Idp"
	headerAssertion = "X-Doorward-Assertion"
)

const (
	maxIdentity   = 12 << 10 // bytes of all identity headers; servers take 16 KiB at most
	assertionLife = time.Minute
)

// identity is what an application is told of a session, as header lines that
// are computed once for each decision.
type identity struct {
	decision *login.Level // the first of the decision's levels: the decision itself is shared
	revision string
	headers  []headerLine
	until    time.Time // when the assertion must be made anew
	err      error
}

// headerLine is a header as it is sent, its name in the canonical form.
type headerLine struct{ name, value []byte }

func line(name, value string) headerLine {
	return headerLine{[]byte(textproto.CanonicalMIMEHeaderKey(name)), []byte(value)}
}

// identities are those of one session, by application.
type identities struct {
	m     sync.Map
	noted atomic.Pointer[login.Level] // of the decision that was noted last
}

// admit lets the request through: with our identity headers, and the client's
// cookies without ours.
func (s *Server) admit(c *fiber.Ctx, a asked, h *held) error {
	id := s.identity(a.app, h)
	if id.err != nil {
		return id.err
	}
	out := &c.Response().Header
	for _, header := range id.headers {
		out.SetCanonical(header.name, header.value)
	}
	out.SetBytesV(fiber.HeaderCookie, foreign(c.Request().Header.PeekAll(fiber.HeaderCookie)))
	c.Status(fiber.StatusOK) // without a body: nginx reads none, and would end the connection over one
	return nil
}

// identity is the application's view of the session, out of the cache while
// neither session nor decision has changed.
func (s *Server) identity(app *Application, h *held) *identity {
	if h.record == nil {
		return s.compose(app, h, nobody)
	}
	said, err := s.describe(h)
	if err != nil {
		return &identity{err: err}
	}
	first := firstOf(h.decision)
	if old, ok := said.identities.m.Load(app.Name); ok {
		id := old.(*identity)
		if id.decision == first && id.revision == h.decision.Revision && s.config.Now().Before(id.until) {
			return id
		}
	}
	id := s.compose(app, h, said)
	said.identities.m.Store(app.Name, id)
	return id
}

func firstOf(d login.Decision) *login.Level {
	if len(d.Levels) == 0 {
		return nil
	}
	return &d.Levels[0]
}

// compose writes the headers.
func (s *Server) compose(app *Application, h *held, said described) *identity {
	now := s.config.Now()
	id := &identity{decision: firstOf(h.decision), revision: h.decision.Revision, until: now.Add(assertionLife / 2)}
	held := []string{}
	for _, l := range h.decision.Levels {
		if h.decision.Holds(l.Path, now) {
			held = append(held, l.Path)
		}
	}
	u, email, subject := said.User, "", ""
	if h.record != nil {
		subject = h.record.Document.Person.Subject
		if h.record.Document.Verified(u.Email) {
			email = u.Email
		}
	}
	assertion, err := s.assertion(app, h, said, held, email)
	if err != nil {
		id.err = err
		return id
	}
	own := map[string]string{ // what an application may have under other names too
		"subject": encodeItem(subject), "levels": encodeList(held), "idp": encodeItem(said.IdP), "assertion": assertion,
	}
	id.headers = []headerLine{
		line(headerSubject, own["subject"]), line(headerUser, encodeItem(u.UserName)), line(headerEmail, encodeItem(email)),
		line(headerRoles, encodeList(u.Roles)), line(headerLevels, own["levels"]), line(headerIdP, own["idp"]),
		line(headerAssertion, own["assertion"]),
	}
	for _, name := range slices.Sorted(maps.Keys(app.Headers)) {
		value, ours := own[app.Headers[name]]
		if !ours {
			value = headerValue(u.attribute(app.Headers[name], email))
		}
		id.headers = append(id.headers, line(name, value))
	}
	size := 0
	for _, header := range id.headers {
		size += len(header.name) + len(header.value)
	}
	if size > maxIdentity {
		id.err = login.NewFault(login.CodeIdentityTooLarge, "the identity headers for %s are %d bytes long, more than %d: map fewer roles, or leave headers out", app.Name, size, maxIdentity)
	}
	return id
}

// attribute is a user attribute by the name that the configuration has for it;
// nil when the person lacks it. email stands for the email address: it goes out
// only when it is verified.
func (u user) attribute(name, email string) any {
	switch name {
	case "id":
		return u.ID
	case "userName":
		return u.UserName
	case "firstName":
		return u.FirstName
	case "lastName":
		return u.LastName
	case "email":
		return email
	case "roles":
		return u.Roles
	}
	return u.Attributes[strings.TrimPrefix(name, "attributes.")]
}

// headerValue is a user attribute as a header value.
func headerValue(attribute any) string {
	switch v := attribute.(type) {
	case []string:
		return encodeList(v)
	case []any:
		items := make([]string, 0, len(v))
		for _, item := range v {
			items = append(items, scalar(item))
		}
		return encodeList(items)
	default:
		return encodeItem(scalar(v))
	}
}

// scalar is a JSON value as text; what has members or items has none.
func scalar(v any) string {
	switch v := v.(type) {
	case nil, map[string]any, []any:
		return ""
	case string:
		return v
	default:
		return fmt.Sprint(v) // a number as it was written, true or false
	}
}

func encodeList(items []string) string {
	encoded := make([]string, len(items))
	for i, item := range items {
		encoded[i] = encodeItem(item)
	}
	return strings.Join(encoded, ",")
}

// encodeItem percent-encodes (RFC 3986, section 2.1) what cannot stand in a
// header's list: %, commas, controls, everything beyond ASCII, and a space at
// either end, which servers cut off.
func encodeItem(item string) string {
	plain := true
	for i := range len(item) {
		if special(item, i) {
			plain = false
			break
		}
	}
	if plain {
		return item
	}
	const digits = "0123456789ABCDEF"
	var out strings.Builder
	for i := range len(item) {
		if b := item[i]; special(item, i) {
			out.Write([]byte{'%', digits[b>>4], digits[b&15]})
		} else {
			out.WriteByte(b)
		}
	}
	return out.String()
}

func special(item string, i int) bool {
	b := item[i]
	return b < ' ' || b >= 0x7f || b == '%' || b == ',' || b == ' ' && (i == 0 || i == len(item)-1)
}
