package app

import (
	"context"
	"errors"
	"net/http"
	"strings"
)

const assertionHeader = "X-Doorward-Assertion"

type contextKey struct{}

// IdentityOf is who the request of ctx comes from, and false for nobody, and
// where no Identify was passed.
func IdentityOf(ctx context.Context) (*Identity, bool) {
	id, ok := ctx.Value(contextKey{}).(*Identity)
	return id, ok && id != nil
}

// Identify puts the identity of a request's assertion into its context, and
// takes every X-Doorward-… header off the request.
//
// A request without an assertion goes on as nobody's: the host lets those
// through to an application whose require is [Public]. One with an assertion
// that is not valid, or with two, is answered with 401, and with 503 when the
// host's keys cannot be had.
func (a *App) Identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		given := r.Header[assertionHeader]
		as := func(id *Identity) *http.Request {
			r := r.WithContext(context.WithValue(r.Context(), contextKey{}, id))
			r.Header = without(r.Header)
			return r
		}
		if len(given) == 0 || len(given) == 1 && given[0] == "" {
			next.ServeHTTP(w, as(nil))
			return
		}
		id, err := a.identity(r.Context(), given)
		if err != nil {
			a.config.Log.WarnContext(r.Context(), "an assertion was refused", "error", err)
			why := Refusal{Code: "assertion_invalid", Status: http.StatusUnauthorized}
			if errors.Is(err, ErrKeys) {
				why = Refusal{Code: "keys_unavailable", Status: http.StatusServiceUnavailable}
			}
			a.refuse(w, r, why)
			return
		}
		next.ServeHTTP(w, as(id))
	})
}

func (a *App) identity(ctx context.Context, given []string) (*Identity, error) {
	if len(given) != 1 {
		return nil, invalid("there are %d of them", len(given))
	}
	return a.Verify(ctx, given[0])
}

// without copies headers but for those that speak for the host: what reads
// X_Doorward_User as X-Doorward-User finds nothing either.
func without(h http.Header) http.Header {
	kept := make(http.Header, len(h))
	for name, values := range h {
		if !strings.HasPrefix(strings.ReplaceAll(strings.ToLower(name), "_", "-"), "x-doorward-") {
			kept[name] = values
		}
	}
	return kept
}
