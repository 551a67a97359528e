// The audience of access tokens: whom one is for, before the API says no.

package web

import (
	"fmt"
	"slices"
	"strings"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/token"
)

const (
	audiencesShown = 3
	audienceShown  = 128 // bytes of one
)

// checkAudience refuses a JWT that is not for the expected audience, and says
// for whom it is: nothing else of the token, bounded and printable. Nothing of it
// is verified: that is the API's to do. Of a token that is no JWT nothing is
// known.
//
// See RFC 9068, section 3.
func checkAudience(compact, expected string) error {
	jwt, err := token.Parse(compact)
	if err != nil {
		return nil
	}
	given, _ := token.Audience(jwt.Claims)
	if slices.Contains(given, expected) {
		return nil
	}
	says := fmt.Sprintf("this token is for %s, the API expects %s", shownAudience(given), shown(expected))
	return &login.Fault{Code: login.CodeTokenAudience, Detail: says, Hint: strings.ToUpper(says[:1]) + says[1:] + "."}
}

func shownAudience(given []string) string {
	if len(given) == 0 {
		return "nobody (it has no aud)"
	}
	var list []string
	for _, one := range given[:min(len(given), audiencesShown)] {
		list = append(list, shown(one))
	}
	if len(given) > audiencesShown {
		list = append(list, fmt.Sprintf("%d more", len(given)-audiencesShown))
	}
	return strings.Join(list, ", ")
}

// shown is text without what is not printable ASCII, and not all of it when it
// is long.
func shown(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, text)
	if len(text) > audienceShown {
		return text[:audienceShown] + "…"
	}
	return text
}
