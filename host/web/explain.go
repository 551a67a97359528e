// What an error page says beside its sentence.

package web

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/doorward/doorward/host/login"
)

// explain is the second sentence of an error page: what the provider sent
// instead of a re-authentication, why a level is withheld, or the fault's own.
func explain(err error) string {
	var reauth *login.ReauthError
	if errors.As(err, &reauth) {
		return explainReauth(reauth.Login) + explainACR(reauth.Login)
	}
	var level *login.LevelError
	if errors.As(err, &level) {
		return explainLevel(level) + explainACR(level.Login)
	}
	return login.HintOf(err)
}

func explainLevel(e *login.LevelError) string {
	if len(e.Withheld) == 0 {
		return "Needed is " + e.Level + "."
	}
	return "Needed is " + e.Level + ", which is withheld: " + string(e.Withheld[0].Reason) + "."
}

// explainACR is a further sentence on what was asked of the provider and what it
// sent, if anything was.
func explainACR(l login.Login) string {
	said := l.SaidOfACR()
	if said == "" {
		return ""
	}
	said = " " + strings.ToUpper(said[:1]) + said[1:] + "."
	if !l.MetACR() {
		said += " If you can sign in there in a stronger way, start again and choose it."
	}
	return said
}

// weaker reports whether a level was missed by a weaker proof than was asked
// for: people may have another one.
func weaker(err error) bool {
	e, ok := errors.AsType[*login.LevelError](err)
	return ok && len(e.Login.ACRValues) > 0 && !e.Login.MetACR()
}

func explainReauth(l login.Login) string {
	asked := time.Unix(l.RequestedAt, 0).UTC().Format("15:04:05")
	at := l.Evidence.AuthTime
	if at == nil {
		return fmt.Sprintf("Asked at %s UTC, the provider did not say when you last proved who you are (it sent no usable auth_time%s).", asked, explainChallenged(l))
	}
	return fmt.Sprintf("Asked at %s UTC, the provider says that you last proved who you are on %s (auth_time %d%s).",
		asked, time.Unix(*at, 0).UTC().Format("2 January 2006 at 15:04:05 UTC"), *at, explainChallenged(l))
}

// explainChallenged is what the provider said of having asked the person.
func explainChallenged(l login.Login) string {
	switch c := l.Evidence.Challenged; {
	case c == nil:
		return ""
	case *c && !l.ChallengedTrusted:
		return ", and challenged true, which it is not trusted to say"
	default:
		return fmt.Sprintf(", and challenged %t", *c)
	}
}
