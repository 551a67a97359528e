// The page that asks a person before a program is signed in: which program,
// where it is, and when it asked. Nothing begins by a link alone, since anybody
// can send one (RFC 8628, section 5.4; RFC 8252, section 8.6).

package web

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/native"
	"github.com/doorward/doorward/host/page"
)

const (
	programPurpose = "program-page"
	programField   = "request" // of the form, and what it is sealed for
)

// question is a program that a person is asked about, as it travels in the page.
type question struct {
	Ask     native.Ask    `json:"ask"`
	Program login.Program `json:"program"`
	Expires int64         `json:"expires"` // Unix seconds
}

// askAbout shows the page; from and at say where and when a device asked, and
// mean nothing of a program on this machine.
func (s *Server) askAbout(c *fiber.Ctx, action string, a question, from string, at time.Time) error {
	sealed, err := s.seal(programPurpose, programField, a)
	if err != nil {
		return err
	}
	var choices []choice
	for _, one := range s.choices(c, url.Values{}) {
		if a.Ask.IdP == "" || one.Name == a.Ask.IdP {
			choices = append(choices, one)
		}
	}
	level := s.config.Tree[a.Ask.Level].Description
	if level == "" {
		level = a.Ask.Level
	}
	c.Set(fiber.HeaderContentSecurityPolicy, page.Policy(leadsOn...))
	head := pageHead("Sign in to " + a.Ask.App)
	return s.page(c, fiber.StatusOK, programTemplate, head, map[string]any{
		"Action": action, "Request": sealed, "App": a.Ask.App, "Device": a.Program.Device != "", "Code": a.Program.UserCode,
		"Level": level, "From": from, "At": at.UTC().Format("15:04 MST"), "Ago": ago(s.config.Now().Sub(at)), "Choices": choices,
		"To": hostOf(a.Program.RedirectURI),
	})
}

// leadsOn are the places that the form may lead to: browsers hold form-action
// against every redirect that follows it (CSP Level 3, section 6.4.1). Providers
// on plain http are on loopback, as host/config sees to.
var leadsOn = []string{"https:", "http://127.0.0.1:*", "http://localhost:*"}

// ago is a time as a person says it.
func ago(d time.Duration) string {
	switch minutes := int(d.Minutes()); {
	case minutes < 1:
		return "just now"
	case minutes == 1:
		return "a minute ago"
	default:
		return fmt.Sprintf("%d minutes ago", minutes)
	}
}

// askedAbout is what the form of the page says, and what the person chose.
func (s *Server) askedAbout(sealed string) (a question, err error) {
	if s.unseal(programPurpose, programField, sealed, &a) != nil || s.config.Now().Unix() >= a.Expires {
		return question{}, login.NewFault(login.CodeUserCodeUnknown, "the page is too old, or was changed")
	}
	return a, nil
}

// signInProgram begins the sign-in that the session of a program comes from. The
// browser's own session plays no part: the program gets one of its own.
func (s *Server) signInProgram(c *fiber.Ctx, a question, idp string) error {
	if a.Ask.IdP == "" {
		a.Ask.IdP = idp
	}
	w, err := s.wished(a.Ask)
	if err != nil {
		return err
	}
	p, err := s.choose(w)
	if err == nil && p == nil {
		err = login.NewFault(login.CodeProviderUnknown, "no provider was chosen")
	}
	if err != nil {
		return err
	}
	req := s.request(c, p, w, login.PurposeLogin)
	req.Session, req.ReturnTo, req.Program = "", "", &a.Program
	return s.begin(c, p, s.raise(req, w))
}

// addressOf is the client's address; that of the connection when a proxy that
// is not known vouches for another.
func (s *Server) addressOf(c *fiber.Ctx) string {
	if addr, ok := s.config.Peers.client(c); ok {
		return addr.String()
	}
	if peer, ok := peerOf(c); ok {
		return peer.String()
	}
	return ""
}

// guessers are whom a code that is typed in counts for: the address, and the
// session if there is one.
func (s *Server) guessers(c *fiber.Ctx) []string {
	who := []string{native.Guesser(s.addressOf(c))}
	ctx, cancel := context.WithTimeout(s.base, s.config.DecideTimeout)
	defer cancel()
	if record, err := s.config.Sessions.Peek(ctx, s.handle(c), ""); err == nil {
		who = append(who, "session "+record.ID)
	}
	return who
}

// programWays lead on from an error page of a program's sign-in: to the page
// that asked, and to the program with the bad news.
func (s *Server) programWays(req *login.AuthRequest, on ways, again bool) ways {
	p := req.Program
	if p.Device != "" {
		if again {
			on.again = "/device?user_code=" + p.UserCode
		}
		return on
	}
	if again {
		on.again = "/client/authorize?" + authorizeQuery(req).Encode()
	}
	on.back = s.answerURI(p, "error", "access_denied", "error_description", "the sign-in failed")
	return on
}

// shownCode is a code as the form shows it again: what was typed, bounded.
func shownCode(code string) string {
	if neat := native.ShownCode(code); neat != "" {
		return neat
	}
	return strings.ToValidUTF8(code[:min(len(code), 32)], "")
}
