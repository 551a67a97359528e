package web

import (
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/page"
)

// demands are the parameters of start that are GET /login's.
var demands = []string{"idp", "level", "acr_values", "force_auth", "max_age", "login_hint"}

const (
	maxFragment = 512 // bytes
	maxState    = 128
)

// start begins a login for an application, on the application's own origin: it
// binds the browser and sends it to GET /login.
func (s *Server) start(c *fiber.Ctx) error {
	at := s.here(c)
	query, err := parameters(c.Request().URI().QueryString(), append([]string{"return_to", "fragment", "display", "state", "restart"}, demands...)...)
	if err != nil {
		return err
	}
	b, err := s.begun(at, query)
	if err != nil {
		return s.refuseStart(c, at, query, err)
	}
	if !query.Has("fragment") && c.Get("Sec-Fetch-Mode") == "navigate" {
		return s.fragmentPage(c)
	}
	if err := s.loops(c, at, b); err != nil {
		return err
	}
	if err := s.keep(c, at.cookies, startPurpose, at.cookies.start, b.ID, b, false); err != nil {
		return err
	}
	return c.Redirect(s.config.PublicURL.String()+"/login?"+loginQuery(at, b).Encode(), fiber.StatusSeeOther)
}

// refuseStart tells the window that waits for a popup why nothing begins; a page
// shows it to the person.
func (s *Server) refuseStart(c *fiber.Ctx, at *site, query url.Values, err error) error {
	b := binding{Display: query.Get("display"), State: query.Get("state"), Target: at.origin + at.home()}
	if b.Display != "popup" || b.State == "" || strings.ContainsFunc(b.State, notToken) || len(b.State) > maxState {
		return err
	}
	return s.failPopup(c, at, b, err)
}

// failPopup tells a popup's opener why there is no session.
func (s *Server) failPopup(c *fiber.Ctx, at *site, b binding, err error) error {
	code := login.CodeOf(err)
	s.log(c, sentenceOf(code).status, code, err)
	return s.finished(c, at, b, string(code))
}

// begun is the hand-over that query asks for.
func (s *Server) begun(at *site, query url.Values) (binding, error) {
	now := s.config.Now()
	b := binding{
		ID: newStart(query.Get("restart") != ""), Fragment: query.Get("fragment"), State: query.Get("state"),
		At: now.Unix(), Expiry: now.Add(cookieLife).Unix(), // longer than the login: that may begin anew
	}
	switch query.Get("display") {
	case "", "page":
	case "popup":
		b.Display = "popup"
	default:
		return b, login.NewFault(login.CodeParameterInvalid, "display must be page or popup")
	}
	if len(b.Fragment) > maxFragment || strings.ContainsFunc(b.Fragment, unsafeInAddress) {
		b.Fragment = "" // of all that is asked for, the login needs it least
	}
	if len(b.State) > maxState || strings.ContainsFunc(b.State, notToken) {
		return b, login.NewFault(login.CodeParameterInvalid, "state is longer than 128 bytes or has other characters than letters, digits, - and _")
	}
	to, err := s.target(at, query.Get("return_to"))
	if err != nil {
		return b, err
	}
	b.Target, _, _ = strings.Cut(to.url, "#")
	b.App = appName(to.app)
	rest := url.Values{}
	for _, name := range demands {
		if most := longest(name); len(query.Get(name)) > most {
			return b, login.NewFault(login.CodeParameterInvalid, "%s is longer than %d bytes", name, most)
		}
		if query.Get(name) != "" {
			rest.Set(name, query.Get(name))
		}
	}
	b.Query = rest.Encode()
	return b, nil
}

// longest is how many bytes a demand may have.
func longest(demand string) int {
	if demand == "acr_values" {
		return maxACRText
	}
	return maxLoginHint
}

func notToken(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_')
}

// target is a return address on this very origin, made absolute.
func (s *Server) target(at *site, returnTo string) (destination, error) {
	to, err := s.config.Origins.Check(at.absolute(returnTo))
	switch {
	case err != nil:
		return to, err
	case to.site != at:
		return to, login.NewFault(login.CodeReturnRefused, "return_to is on another origin than the one it was asked on")
	case to.start != "":
		return to, login.NewFault(login.CodeReturnRefused, "return_to is the end of a hand-over")
	}
	return to, nil
}

// absolute is a return address as a page of this origin means it.
func (at *site) absolute(returnTo string) string {
	if returnTo == "" {
		returnTo = at.home()
	}
	if strings.HasPrefix(returnTo, "/") && !strings.HasPrefix(returnTo, "//") {
		return at.origin + returnTo
	}
	return returnTo
}

// home is the path that an origin's browsers are sent to when they name none.
func (at *site) home() string {
	if at.public || len(at.entries) == 0 {
		return "/"
	}
	return at.entries[len(at.entries)-1].prefix
}

// loginQuery is what GET /login is asked for.
func loginQuery(at *site, b binding) url.Values {
	query, _ := url.ParseQuery(b.Query) // this host encoded it
	query.Set("return_to", at.origin+ownPrefix+finishPath+"?start="+b.ID)
	if b.App != "" {
		query.Set("app", b.App)
	}
	return query
}

// fragmentPage asks the browser for the one part of an address that it does not
// send, and comes back at once.
func (s *Server) fragmentPage(c *fiber.Ctx) error {
	next := string(c.Request().URI().RequestURI())
	if strings.Contains(next, "?") {
		next += "&fragment="
	} else {
		next += "?fragment="
	}
	head := page.Head{Title: "One moment", Script: page.FragmentScript, Refresh: next}
	return s.page(c, fiber.StatusOK, startTemplate, head, map[string]any{"Next": next})
}
