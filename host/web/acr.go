// Step-up challenges (RFC 9470): ours, and those of applications that are
// handed to GET /login.

package web

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/policy"
)

const maxACRText = 512 // bytes of acr_values in a request

// stepUp refuses a request whose person must prove who they are again. The
// challenge says so to programs (RFC 9470, section 3).
type stepUp struct {
	challenge headerLine
	fault     *login.Fault
}

// stepUps are made once: a page that lacks a level asks often.
func stepUps(tree map[string]policy.Level) map[string]stepUp {
	all := map[string]stepUp{}
	for level, declared := range tree {
		if !declared.StepUp {
			continue
		}
		challenge := `Bearer error="insufficient_user_authentication", error_description="the person must prove who they are again", acr_values="` + contextOf(level) + `"`
		all[level] = stepUp{line(fiber.HeaderWWWAuthenticate, challenge), &login.Fault{Code: login.CodeStepUpNeeded, Detail: level + " is missing, and a step-up reaches it"}}
	}
	return all
}

// contextOf is a level's path as a challenge names it: an authentication
// context without the characters that end a quoted string or an item of a list.
func contextOf(level string) string {
	level = encodeItem(level)
	if !strings.ContainsAny(level, ` "\`) {
		return level
	}
	var out strings.Builder
	for _, b := range []byte(level) {
		if strings.IndexByte(` "\`, b) >= 0 {
			fmt.Fprintf(&out, "%%%02X", b)
		} else {
			out.WriteByte(b)
		}
	}
	return out.String()
}

// authContext is what an acr value in a demand means.
type authContext struct {
	level string
	own   bool // the value is the level's path, which no provider knows
}

// contexts are the values that may be demanded: the paths of the levels that a
// step-up reaches, and the acr_values that the configuration gives to them.
func contexts(tree map[string]policy.Level) map[string]authContext {
	known := map[string]authContext{}
	for level, declared := range tree {
		if !declared.StepUp {
			continue
		}
		for _, value := range declared.ACRValues {
			known[value] = authContext{level: level}
		}
	}
	for level, declared := range tree {
		if declared.StepUp {
			known[contextOf(level)] = authContext{level: level, own: true}
		}
	}
	return known
}

// demand is what acr_values of a request ask for.
type demand struct {
	text   string   // as it came
	values []string // of it that are known here, the preferred one first
	levels []string // theirs: any of them is enough
	ask    []string // of the provider
}

// demand reads acr_values. Of the values any one is enough (RFC 9470, section
// 3), so that one which is not known here may be passed over, as long as
// another is left.
func (s *Server) demand(text string) (d demand, err error) {
	if text == "" {
		return d, nil
	}
	values := strings.Split(text, " ")
	if len(text) > maxACRText || len(values) > login.MaxACRValues {
		return d, login.NewFault(login.CodeParameterInvalid, "acr_values has more than %d bytes or %d values", maxACRText, login.MaxACRValues)
	}
	d.text = text
	for _, value := range values {
		if strings.ContainsFunc(value, login.NotACR) || value == "" {
			return d, login.NewFault(login.CodeParameterInvalid, "acr_values is not a list of printable ASCII texts with one space between them")
		}
		known, ok := s.contexts[value]
		if !ok {
			continue
		}
		d.values, d.levels = add(d.values, value), add(d.levels, known.level)
		if known.own {
			d.ask = add(d.ask, s.config.Tree[known.level].ACRValues...)
		} else {
			d.ask = add(d.ask, value)
		}
	}
	if len(d.values) == 0 {
		return d, login.NewFault(login.CodeACRUnknown, "none of the acr_values is a level that a step-up reaches, or declared under one's acr_values")
	}
	d.ask = d.ask[:min(len(d.ask), login.MaxACRValues)]
	return d, nil
}

// add appends what is not in list.
func add(list []string, more ...string) []string {
	for _, item := range more {
		if !slices.Contains(list, item) {
			list = append(list, item)
		}
	}
	return list
}

// met reports whether the session is what d asks for. Who asks by the
// provider's own value has a token that another resource server refused: the
// session's sign-in must have had that value, or the token would be refused
// again.
func (s *Server) met(d demand, h *held) bool {
	return slices.ContainsFunc(d.values, func(value string) bool {
		known := s.contexts[value]
		return h.decision.Holds(known.level, s.config.Now()) && (known.own || h.record.Document.Login.Evidence.ACR == value)
	})
}
