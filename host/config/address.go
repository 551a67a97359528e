// URLs, origins, paths and listening addresses.

package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"path"
	"strconv"
	"strings"

	"github.com/doorward/doorward/host/config/internal/keys"
)

// webURL says what is wrong with an absolute https URL, or http on loopback.
// It never quotes the text: a URL may hold a password.
func webURL(text string, row *keys.Key) string {
	u, wrong := absolute(text, row.Example)
	switch {
	case wrong != "":
		return wrong
	case u.Fragment != "" || strings.HasSuffix(text, "#"):
		return "the URL has a fragment; remove it from # on"
	case row.Name() == "issuer" && (u.RawQuery != "" || u.ForceQuery):
		return "the URL has a query; remove it from ? on"
	}
	return ""
}

// redirectURI says what is wrong with a web URL, or with an address of a
// native application's own scheme, a reversed domain name (RFC 8252, section
// 7.1).
func redirectURI(text string, row *keys.Key) string {
	u, err := url.Parse(text)
	if err != nil || !strings.Contains(u.Scheme, ".") {
		return webURL(text, row)
	}
	if u.User != nil || u.Fragment != "" || strings.ContainsFunc(text, func(c rune) bool { return c <= ' ' || c == '\\' || c > '~' }) {
		return "an application's own scheme takes neither a user name nor a fragment; write one such as com.example.app:/back"
	}
	return ""
}

func absolute(text, example string) (*url.URL, string) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Opaque != "" || !u.IsAbs() || u.Hostname() == "" || strings.ContainsAny(text, " \t\n\\"):
		return nil, "this is not a URL; write one such as " + strings.Trim(example, "[]")
	case u.User != nil:
		return nil, "the URL has a user name or password; remove everything up to the @"
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, "the URL is neither https nor http; write one such as " + strings.Trim(example, "[]")
	case u.Scheme == "http" && !Loopback(u.Hostname()):
		return nil, "plain http is taken only for loopback addresses; write https://"
	case !goodPort(u.Host):
		return nil, "the URL's port is not a number from 1 to 65535; write one, or none"
	}
	return u, ""
}

// goodPort reports whether host ends in no port, or in one as browsers write it.
func goodPort(host string) bool {
	if strings.HasSuffix(host, "]") || !strings.Contains(host, ":") {
		return true
	}
	_, port, err := net.SplitHostPort(host)
	n, wrong := strconv.Atoi(port)
	return err == nil && wrong == nil && n > 0 && n < 65536 && strconv.Itoa(n) == port
}

// Loopback reports whether host, a name or an address without a port, can only
// mean this machine: localhost, a name under it, 127.0.0.0/8 or ::1.
func Loopback(host string) bool {
	host = strings.ToLower(host)
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.Unmap().IsLoopback()
}

// origin is text as scheme://host[:port] in lower case without a default port.
func origin(text string) (any, string) {
	u, wrong := absolute(text, "https://login.example.com")
	if wrong != "" {
		return nil, wrong
	}
	for _, r := range u.Host {
		if r > 0x7e || strings.ContainsRune("*%?,;'\"", r) {
			return nil, "the host has characters that no host name has; write the name itself, an international one in its xn-- form"
		}
	}
	if strings.HasSuffix(u.Hostname(), ".") {
		return nil, "the host ends in a dot; remove it"
	}
	if a, err := netip.ParseAddr(u.Hostname()); err == nil && a.String() != strings.ToLower(u.Hostname()) {
		return nil, "browsers write this address in a shorter form; write [" + a.String() + "]"
	}
	if u.Path != "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.HasSuffix(text, "#") {
		return nil, fmt.Sprintf("there is something after the host and port; write %s://%s", strings.ToLower(u.Scheme), strings.ToLower(u.Host))
	}
	host, port := strings.ToLower(u.Host), u.Port()
	if u.Scheme == "https" && port == "443" || u.Scheme == "http" && port == "80" {
		host = strings.TrimSuffix(host, ":"+port)
	}
	return u.Scheme + "://" + host, ""
}

// route says what is wrong with an application's path.
func route(text string) string {
	switch {
	case !strings.HasPrefix(text, "/"):
		return "the path does not begin with /; write one such as /wiki"
	case len(text) > 256 || strings.ContainsAny(text, "%?#;\\*\" \t\n"):
		return "the path has characters that it cannot have, or more than 256 of them; write one such as /wiki"
	case path.Clean(text) != text:
		return "the path is not in its shortest form; write " + path.Clean(text)
	}
	return ""
}

// address says what is wrong with a host:port to listen on.
func address(text string) string {
	host, port, err := net.SplitHostPort(text)
	n, wrong := strconv.Atoi(port)
	if err != nil || wrong != nil || n < 0 || n > 65535 || strings.ContainsAny(host, "/ \t\n@") {
		return quoted(text) + " is not host:port; write 127.0.0.1:8080 or 0.0.0.0:8080"
	}
	return ""
}
