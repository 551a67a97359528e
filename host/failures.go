// What a failed call says of its plugin, in words that hold nothing of a login.

package host

import (
	"errors"
	"strings"

	"github.com/doorward/doorward/host/plugin"
)

// outcomeOf is what a call that ended with err says of the plugin. Which
// document is too large, and how many log in at once, is not its doing.
func outcomeOf(kind plugin.Kind, err error) outcome {
	var guest *plugin.GuestError
	var limit *plugin.LimitError
	switch {
	case err == nil:
		return wentWell
	case errors.Is(err, plugin.ErrClosed):
		return saysNothing
	case errors.As(err, &guest) && (!guest.Exited || kind == plugin.Command):
		return wentWell // it worked, and said no; a reactor that exits has crashed
	case errors.As(err, &limit) && (limit.Limit == "input" || limit.Limit == "concurrent"):
		return saysNothing
	}
	return wentWrong
}

// kindBreaker is a call that did not reach the plugin.
const kindBreaker = "breaker"

// kindOf is the kind of a failure, a label of few values.
func kindOf(err error) string {
	var notAsked *notAskedError
	if errors.As(err, &notAsked) {
		return kindBreaker
	}
	return plugin.FailureKind(err)
}

// saidOf is what may be shown of a failure: the host's own words, never the
// guest's.
func saidOf(err error) string {
	var limit *plugin.LimitError
	var trap *plugin.TrapError
	var guest *plugin.GuestError
	var notAsked *notAskedError
	switch {
	case errors.As(err, &limit):
		return limit.Error()
	case errors.As(err, &trap):
		return trap.Error()
	case errors.As(err, &guest):
		return guest.Error()
	case errors.As(err, &notAsked):
		return notAsked.Error()
	}
	return ""
}

// loadFault says what keeps a module from being loaded: the keys at fault and
// why. The module itself is left out, as its address may hold a secret.
func loadFault(err error) string {
	var said []string
	for _, e := range leaves(err) {
		var load *plugin.LoadError
		if errors.As(e, &load) {
			said = append(said, load.Key+": "+load.Err.Error())
		} else {
			said = append(said, e.Error())
		}
	}
	const most = 500
	text := strings.Join(said, "; ")
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}
