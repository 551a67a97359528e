package clients

// The addresses that a client names: where browsers are sent, and what we
// fetch.

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"github.com/doorward/doorward/host/token"
)

const maxAddress = 2048 // bytes

// notInHosts are characters that url.Parse lets stand in a host, and that mean
// something in the Content-Security-Policy of a page that leads there.
const notInHosts = `;,*'"<>()`

// parseAddress is the URL, if it is one that means the same to everybody.
func parseAddress(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	switch {
	case len(address) > maxAddress:
		return nil, fmt.Errorf("it has more than %d bytes", maxAddress)
	case err != nil || strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r == '\\' || r >= 0x7f }):
		return nil, errors.New("it cannot be parsed")
	case strings.ContainsAny(u.Host, notInHosts):
		return nil, errors.New("its host has characters that no name has")
	}
	return u, nil
}

// checkRedirect accepts what a browser may be sent to: https, http on a
// loopback name, or a native application's reversed domain name (RFC 8252,
// section 7.1).
func checkRedirect(uri string, native bool) error {
	u, err := parseAddress(uri)
	if err != nil {
		return fmt.Errorf("the redirect URI %q: %w", uri, err)
	}
	if fragment(uri) || !PlainHTTP(u) && !(native && ownScheme(u)) {
		return fmt.Errorf("the redirect URI %q must be absolute, https (or http on a loopback name), without user info and fragment", uri)
	}
	return nil
}

// ownScheme reports whether u has a native application's own scheme.
func ownScheme(u *url.URL) bool {
	return strings.Contains(u.Scheme, ".") && u.User == nil
}

// fragment also finds an empty one, which url.Parse does not tell from none.
func fragment(uri string) bool { return strings.Contains(uri, "#") }

// PlainHTTP reports whether u is an https URL, or http on a loopback name,
// with a host, no user info and no fragment.
func PlainHTTP(u *url.URL) bool {
	if u.Host == "" || u.User != nil || u.Fragment != "" {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && token.IsLoopback(u.Hostname())
}

// checkLink accepts an https URL, or http on a loopback name, for people or for
// us to call.
func checkLink(address string) error {
	u, err := parseAddress(address)
	if err != nil {
		return err
	}
	if fragment(address) || !PlainHTTP(u) {
		return errors.New("write an https URL without user info and fragment")
	}
	return nil
}

// checkPublic refuses an address whose very text says that it is not on the
// internet. Where a name leads shows when it is called.
func checkPublic(u *url.URL) error {
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	addr, err := netip.ParseAddr(host)
	switch {
	case err == nil && !token.IsPublic(addr), token.IsLoopback(host), err != nil && !strings.Contains(host, "."):
		return errors.New("it is a private address, which this provider does not call")
	}
	return nil
}
