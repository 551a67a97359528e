// Keeping the secrets in a module's address out of what is said.

package plugin

import (
	"errors"
	"net/url"
	"strings"
)

// unaddressed takes the address off an error of net/http.
func unaddressed(err error) error {
	var at *url.Error
	for errors.As(err, &at) {
		err = at.Err
	}
	if strings.Contains(err.Error(), "Location header") { // it quotes the header
		return errors.New("it redirects to an address that cannot be read")
	}
	return err
}

// shown is a module as configured, without what may be secret in an address:
// user, query and fragment.
func shown(module string) string {
	scheme, rest, isURL := strings.Cut(module, "://")
	if !isURL {
		return module
	}
	rest, _, _ = strings.Cut(rest, "#")
	rest, _, _ = strings.Cut(rest, "?")
	host, path, _ := strings.Cut(rest, "/")
	return scheme + "://" + host[strings.LastIndex(host, "@")+1:] + "/" + path
}
