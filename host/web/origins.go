package web

import (
	"cmp"
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/token"
)

// maxReturnTo is in bytes; the target travels in cookies and addresses.
const maxReturnTo = 1024

// Application is what people sign in for.
type Application struct {
	Name        string
	Origins     []string // scheme://host[:port], lower case, no default port
	Paths       []string // prefixes that end at a segment
	ForceAuth   string   // project, enable or disable
	Require     []string // levels, all of them
	ForwardAuth string   // redirect or status
	Secret      token.Secret
	Tokens      []string          // what it may be handed: access_token, id_token
	Clients     []string          // how its programs sign in: device, loopback
	Resources   map[string]API    // by their URI: what it may be handed access tokens for besides
	Headers     map[string]string // name → user attribute, or what an identity header carries
	Assertion   map[string]string // claim → user attribute
}

// ByName orders applications.
func ByName(a, b Application) int { return strings.Compare(a.Name, b.Name) }

// Origins is where browsers come to and may be sent: the public URL, and the
// origins and paths of the applications. It is not changed after it was made.
type Origins struct {
	public *site
	sites  map[string]*site // by origin
	apps   map[string]*Application
}

// site is one origin: a browser keeps one set of our cookies for each.
type site struct {
	origin  string
	public  bool
	cookies cookies
	entries []entry // the longest path first
}

// entry is one path of an application.
type entry struct {
	prefix string
	app    *Application
}

// NewOrigins knows the public URL and the applications, which may be none.
func NewOrigins(public *url.URL, apps []Application) Origins {
	o := Origins{sites: map[string]*site{}, apps: map[string]*Application{}}
	o.public = o.at(originOf(public))
	o.public.public = true
	for i := range apps {
		app := &apps[i]
		o.apps[app.Name] = app
		for _, origin := range app.Origins {
			at := o.at(origin)
			for _, prefix := range app.Paths {
				at.entries = append(at.entries, entry{prefix, app})
			}
		}
	}
	for _, at := range o.sites {
		slices.SortStableFunc(at.entries, func(a, b entry) int { return cmp.Compare(len(b.prefix), len(a.prefix)) })
	}
	return o
}

func (o Origins) at(origin string) *site {
	if o.sites[origin] == nil {
		o.sites[origin] = &site{origin: origin, cookies: newCookies(origin)}
	}
	return o.sites[origin]
}

// App is the application called name, or nil.
func (o Origins) App(name string) *Application { return o.apps[name] }

// scope is what the handles of this origin are good for (session.Open's app).
func (at *site) scope() string {
	if at.public {
		return ""
	}
	return at.origin
}

// base is where this origin finds the host's own files and routes.
func (at *site) base() string {
	if at.public {
		return ""
	}
	return ownPrefix
}

const ownPrefix = "/.doorward"

// app is the application at the decoded path p, or nil: the longest path wins.
func (at *site) app(p string) *Application {
	for _, e := range at.entries {
		if under(p, e.prefix) {
			return e.app
		}
	}
	return nil
}

// whole reports whether every path here is one and the same application's, so
// that no reading of a path can lead to another.
func (at *site) whole() bool {
	if at.public || len(at.entries) == 0 || at.entries[len(at.entries)-1].prefix != "/" {
		return false
	}
	return !slices.ContainsFunc(at.entries, func(e entry) bool { return e.app != at.entries[0].app })
}

func under(at, prefix string) bool {
	if at == "" {
		at = "/"
	}
	return at == prefix || strings.HasPrefix(at, strings.TrimSuffix(prefix, "/")+"/")
}

// reads is the application that a path leads to, and whether every server reads
// it so: one that decodes twice, folds case, or cuts off what Windows and old
// frameworks do would otherwise come to a path with other rules.
func (at *site) reads(escaped string) (app *Application, clear bool) {
	if at.whole() {
		return at.entries[0].app, true
	}
	decoded, err := url.PathUnescape(escaped)
	if err != nil || ambiguous(escaped) || !utf8.ValidString(decoded) {
		return nil, false
	}
	app = at.app(decoded)
	return app, app == at.folded(lenient(decoded))
}

// folded is app, whatever the case.
func (at *site) folded(p string) *Application {
	for _, e := range at.entries {
		if under(p, strings.ToLower(e.prefix)) {
			return e.app
		}
	}
	return nil
}

// lenient is how the most generous server reads a decoded path.
func lenient(p string) string {
	for range 3 {
		if again, err := url.PathUnescape(p); err == nil {
			p = again
		}
	}
	segments := strings.Split(strings.ToLower(p), "/")
	for i, s := range segments {
		s, _, _ = strings.Cut(s, ":$") // a stream's type: NTFS
		s = strings.Map(func(r rune) rune {
			if r < ' ' || r == 0x7f {
				return -1
			}
			return r
		}, s)
		segments[i] = strings.TrimRight(s, " .:")
	}
	return strings.Join(segments, "/")
}

// destination is a checked return address.
type destination struct {
	url   string // as it may be sent in a Location header
	site  *site
	app   *Application // nil for the host's own pages
	start string       // of the hand-over that it finishes; else empty
}

// Check judges a return address, or is a *login.Fault (return_to_refused). It
// is the one place that does: a path of this host; an address whose origin and
// path are an application's, compared exactly; or the finish of a hand-over on
// a known origin.
func (o Origins) Check(target string) (destination, error) {
	refused := func(why string) (destination, error) {
		return destination{}, &login.Fault{Code: login.CodeReturnRefused, Detail: why}
	}
	if target == "" {
		return destination{url: "/", site: o.public, app: o.public.app("/")}, nil
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
	relative := u.Scheme == "" && u.Host == ""
	if relative && (!strings.HasPrefix(target, "/") || strings.HasPrefix(target, "//")) {
		return refused("a relative address must start with one slash")
	}
	at := o.public
	if !relative {
		if at = o.sites[originOf(u)]; at == nil {
			return refused("no application has that origin")
		}
	}
	d := destination{url: target, site: at, start: finishes(u)}
	app, clear := at.reads(u.EscapedPath())
	d.app = app
	switch {
	case !clear || relative && ambiguous(u.EscapedPath()):
		return refused("the path has dot segments or encoded separators")
	case d.app == nil && d.start == "" && !at.public:
		return refused("no application has that path")
	}
	return d, nil
}

// finishes is the id of the hand-over that u finishes, or empty.
func finishes(u *url.URL) string {
	if u.Path != ownPrefix+finishPath || u.Fragment != "" {
		return ""
	}
	if query := u.Query(); len(query) == 1 && len(query["start"]) == 1 && validStart(query.Get("start")) {
		return query.Get("start")
	}
	return ""
}

func unsafeInAddress(r rune) bool { return r <= ' ' || r == '\\' || r >= 0x7f }

// ambiguous finds what proxies and servers read differently in a path: dot
// segments, "..;" (path parameters), empty segments, and separators that are
// encoded, once or twice.
func ambiguous(escaped string) bool {
	lower := strings.ToLower(escaped)
	for _, bad := range []string{"%2f", "%5c", "%2e", "%00", "%23", "%3f", "%3b", "%252", "%253", "%255", "%250", ";", "\\", "//"} {
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
