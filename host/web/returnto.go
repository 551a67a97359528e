package web

import (
	"net/url"
	"path"
	"strings"

	"github.com/doorward/doorward/host/login"
)

// maxReturnTo is in bytes; the target travels in the login cookie.
const maxReturnTo = 1024

// Origins is where a browser may be sent: an exact scheme, host and port, and
// the paths below it.
type Origins struct {
	public *url.URL
	apps   []Application
}

// Application is a site behind this host.
type Application struct {
	Name      string
	Origins   []string // scheme://host[:port], lower case, no default port
	Paths     []string // prefixes that end at a segment
	ForceAuth string   // project, enable or disable
}

// ByName orders applications.
func ByName(a, b Application) int { return strings.Compare(a.Name, b.Name) }

// Check returns target as it may be sent in a Location header, and the
// application it belongs to, or a *login.Fault (return_to_refused). It is the
// one place that judges return addresses: a path of this host, or an address
// whose origin and path are an application's, compared exactly.
func (o Origins) Check(target string) (string, *Application, error) {
	refused := func(why string) (string, *Application, error) {
		return "", nil, &login.Fault{Code: login.CodeReturnRefused, Detail: why}
	}
	if target == "" {
		return "/", nil, nil
	}
	if len(target) > maxReturnTo {
		return refused("the address is longer than 1024 bytes")
	}
	if strings.ContainsFunc(target, unsafeInAddress) {
		return refused("the address has a control character, a space or a backslash")
	}
	u, err := url.Parse(target)
	if err != nil || u.Opaque != "" || u.User != nil {
		return refused("the address cannot be parsed, or has a user part")
	}
	if hasDots(u.EscapedPath()) {
		return refused("the path has dot segments or encoded separators")
	}
	if u.Scheme == "" && u.Host == "" {
		if !strings.HasPrefix(target, "/") || strings.HasPrefix(target, "//") {
			return refused("a relative address must start with one slash")
		}
		return target, o.match(originOf(o.public), u.Path), nil
	}
	origin := originOf(u)
	if origin == originOf(o.public) && u.Scheme == o.public.Scheme {
		return target, o.match(origin, u.Path), nil
	}
	if app := o.match(origin, u.Path); app != nil {
		return target, app, nil
	}
	return refused("no application has that origin and path")
}

// App is the application called name, or nil.
func (o Origins) App(name string) *Application {
	for i := range o.apps {
		if o.apps[i].Name == name {
			return &o.apps[i]
		}
	}
	return nil
}

// match finds the application by exact origin, then longest path.
func (o Origins) match(origin, at string) *Application {
	var best *Application
	longest := -1
	for i, app := range o.apps {
		for _, have := range app.Origins {
			if have != origin {
				continue
			}
			for _, prefix := range app.Paths {
				if under(at, prefix) && len(prefix) > longest {
					best, longest = &o.apps[i], len(prefix)
				}
			}
		}
	}
	return best
}

func under(at, prefix string) bool {
	if at == "" {
		at = "/"
	}
	return at == prefix || strings.HasPrefix(at, strings.TrimSuffix(prefix, "/")+"/")
}

func unsafeInAddress(r rune) bool { return r <= ' ' || r == '\\' || r >= 0x7f }

// hasDots finds what proxies and servers resolve differently: dot segments,
// "..;" (path parameters), and encoded slashes, backslashes and dots.
func hasDots(escaped string) bool {
	lower := strings.ToLower(escaped)
	for _, bad := range []string{"%2f", "%5c", "%2e", "%00", ";", "//"} {
		if strings.Contains(lower, bad) {
			return true
		}
	}
	return path.Clean("/"+escaped) != "/"+strings.TrimSuffix(strings.TrimPrefix(escaped, "/"), "/")
}

// originOf is u's origin, serialised (RFC 6454, section 6.2).
func originOf(u *url.URL) string {
	host, port := strings.ToLower(u.Hostname()), u.Port()
	scheme := strings.ToLower(u.Scheme)
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port == "" || scheme == "https" && port == "443" || scheme == "http" && port == "80" {
		return scheme + "://" + host
	}
	return scheme + "://" + host + ":" + port
}

// NewOrigins knows the public URL and the applications, which may be none.
func NewOrigins(public *url.URL, apps []Application) Origins {
	return Origins{public: public, apps: apps}
}
