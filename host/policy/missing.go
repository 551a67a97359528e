// Sources that were due and could not be had: what rests on them is withheld.

package policy

import (
	"cmp"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/login"
)

// missing is a source that could not be had, and the user attributes that are
// mapped from it.
type missing struct {
	source string
	mapped []string
}

func (e *Engine) missing(idp, source string) missing {
	if e.cfg.Mapped == nil {
		return missing{source, []string{""}} // not told: every attribute
	}
	return missing{source, e.cfg.Mapped(idp, source)}
}

// failures are the reasons for what rests on a source that failed.
var failures = map[string]login.Reason{
	attrs.UserInfo:     login.ReasonUserInfoFailed,
	attrs.ClaimSources: login.ReasonSourceFailed,
}

// inWords is the source's name in a sentence.
func inWords(source string) string {
	switch source {
	case attrs.UserInfo:
		return "userinfo"
	case attrs.ClaimSources:
		return "claim sources"
	}
	return source
}

// lacks says why what needs n is withheld, and the source that it rests on; ""
// when it is not.
func (b *ballot) lacks(n needs) (reason login.Reason, source string) {
	for _, m := range b.missing {
		if n.restsOn(m.source, m.mapped) {
			return cmp.Or(failures[m.source], login.ReasonSourceFailed), inWords(m.source)
		}
	}
	return "", ""
}

// failedSource is the source that a reason is about, or "".
func failedSource(reason login.Reason) string {
	for source, about := range failures {
		if about == reason {
			return source
		}
	}
	return ""
}
