package examples_test

import (
	"bytes"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// TestTraefik replays what Traefik does with examples/traefik. The rules are
// those of Traefik 3.7: pkg/server/server_entrypoint_tcp.go for how a request
// is read, pkg/middlewares/forwardedheaders and pkg/middlewares/auth/forward.go
// for the headers, pkg/muxer/http for the routers.
func TestTraefik(t *testing.T) {
	t.Parallel()
	p := newPlace(t, "traefik")
	p.startTraefik()
	p.check(t)
}

func (p *place) startTraefik() {
	t := p.t
	replay := &traefik{t: t}
	decode(t, read(t, "traefik", "traefik.yaml"), &replay.static)
	decode(t, p.upstreams(read(t, "traefik", "dynamic.yaml")), &replay.dynamic)
	p.serveReplay(replay)
}

// decode refuses keys that the replay does not know: it would not obey them.
func decode(t *testing.T, text string, to any) {
	t.Helper()
	if err := yaml.NewDecoder(bytes.NewReader([]byte(text)), yaml.Strict()).Decode(to); err != nil {
		t.Fatal(err)
	}
}

type traefik struct {
	t      *testing.T
	static struct {
		EntryPoints map[string]struct {
			Address string
			HTTP    struct {
				TLS                       struct{}
				UnderscoreHeadersStrategy string          `yaml:"underscoreHeadersStrategy"`
				SanitizePath              bool            `yaml:"sanitizePath"`
				EncodedCharacters         map[string]bool `yaml:"encodedCharacters"`
			}
		} `yaml:"entryPoints"`
		Providers struct{ File struct{ Filename string } }
	}
	dynamic struct {
		HTTP struct {
			Middlewares map[string]struct {
				ForwardAuth forwardAuth `yaml:"forwardAuth"`
			}
			Routers  map[string]*router
			Services map[string]struct {
				LoadBalancer struct{ Servers []struct{ URL string } } `yaml:"loadBalancer"`
			}
		}
		TLS struct {
			Certificates []struct {
				CertFile string `yaml:"certFile"`
				KeyFile  string `yaml:"keyFile"`
			}
		}
	}
}

type forwardAuth struct {
	Address             string
	TrustForwardHeader  *bool    `yaml:"trustForwardHeader"`
	MaxResponseBodySize int64    `yaml:"maxResponseBodySize"`
	AuthResponseHeaders []string `yaml:"authResponseHeaders"`
}

type router struct {
	Rule        string
	Priority    int // the length of the rule when 0
	Middlewares []string
	Service     string
}

// managed are the headers that an entry point drops when a client sends them.
var managed = []string{"X-Forwarded-Proto", "X-Forwarded-Scheme", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Server",
	"X-Forwarded-Uri", "X-Forwarded-Method", "X-Forwarded-Prefix", "X-Forwarded-Tls-Client-Cert", "X-Forwarded-Tls-Client-Cert-Info", "X-Real-Ip"}

var encoded = map[string]string{"allowEncodedSlash": "%2F", "allowEncodedBackSlash": "%5C", "allowEncodedNullCharacter": "%00",
	"allowEncodedSemicolon": "%3B", "allowEncodedPercent": "%25", "allowEncodedQuestionMark": "%3F", "allowEncodedHash": "%23"}

// ServeHTTP reads a request as the entry point does, and routes it.
func (x *traefik) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	entry := x.static.EntryPoints["websecure"].HTTP
	for option, character := range encoded {
		if allowed, ok := entry.EncodedCharacters[option]; ok && !allowed && strings.Contains(strings.ToUpper(r.URL.EscapedPath()), character) {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
	}
	if r.URL.RawPath = normalized(r.URL.RawPath); entry.SanitizePath {
		r.URL = r.URL.JoinPath()
	}
	for name := range r.Header {
		if entry.UnderscoreHeadersStrategy == "delete" && strings.Contains(name, "_") {
			delete(r.Header, name)
		}
	}
	for _, name := range managed {
		r.Header.Del(name)
	}
	r.Header.Set("X-Real-Ip", addressOf(r))
	r.Header.Set("X-Forwarded-Proto", schemeOf(r)) // wss for WebSocket, which applications never see here
	r.Header.Set("X-Forwarded-Port", "443")
	r.Header.Set("X-Forwarded-Host", r.Host)
	r.Header.Set("X-Forwarded-Server", "proxy-1")
	obeyConnection(r.Header)
	x.route(w, r)
}

// routed is the path that rules are held against: reserved characters stay
// encoded.
func routed(escaped string) string {
	return code.ReplaceAllStringFunc(escaped, func(code string) string {
		if plain, _ := url.PathUnescape(code); !strings.ContainsAny(plain, ":/?#[]@!$&'()*+,;=%") {
			return plain
		}
		return code
	})
}

var code = regexp.MustCompile("%[0-9a-fA-F]{2}")

// normalized decodes what need not be encoded.
func normalized(raw string) string {
	return code.ReplaceAllStringFunc(raw, func(code string) string {
		plain, _ := url.PathUnescape(code)
		if strings.Trim(plain, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~") == "" {
			return plain
		}
		return strings.ToUpper(code)
	})
}

// obeyConnection drops what a Connection header names, but for a wish to leave
// HTTP.
func obeyConnection(h http.Header) {
	up := ""
	if strings.Contains(strings.ToLower(strings.Join(h["Connection"], ",")), "upgrade") {
		up = h.Get("Upgrade")
	}
	kept := http.Header{}
	for _, name := range managed {
		kept[name] = h[name]
	}
	for _, list := range h["Connection"] {
		for name := range strings.SplitSeq(list, ",") {
			h.Del(strings.TrimSpace(name))
		}
	}
	for name, values := range kept {
		if values != nil {
			h[name] = values
		}
	}
	h.Del("Connection")
	if up != "" {
		h.Set("Connection", "Upgrade")
		h.Set("Upgrade", up)
	}
}

// route finds the router of the highest priority whose rule holds.
func (x *traefik) route(w http.ResponseWriter, r *http.Request) {
	var best *router
	for _, candidate := range x.dynamic.HTTP.Routers {
		if holds(x.t, candidate.Rule, r) && (best == nil || priority(candidate) > priority(best)) {
			best = candidate
		}
	}
	switch {
	case best == nil:
		http.NotFound(w, r)
		return
	case best.Service == "noop@internal":
		w.WriteHeader(http.StatusTeapot)
		return
	}
	for _, name := range best.Middlewares {
		middleware, ok := x.dynamic.HTTP.Middlewares[name]
		if !ok {
			x.t.Errorf("no middleware %s", name)
		}
		if !ok || !x.ask(w, r, middleware.ForwardAuth) {
			return
		}
	}
	service := x.dynamic.HTTP.Services[best.Service].LoadBalancer.Servers
	if len(service) != 1 {
		x.t.Errorf("no service %s", best.Service)
		return
	}
	forward(w, r, strings.TrimPrefix(service[0].URL, "http://"), func(h http.Header) { h.Set("X-Forwarded-For", addressOf(r)) })
}

func priority(r *router) int {
	if r.Priority == 0 {
		return len(r.Rule)
	}
	return r.Priority
}

// ask is the forwardAuth middleware.
func (x *traefik) ask(w http.ResponseWriter, r *http.Request, auth forwardAuth) bool {
	if auth.TrustForwardHeader == nil || *auth.TrustForwardHeader {
		x.t.Error("trustForwardHeader is not false")
	}
	question, err := http.NewRequestWithContext(r.Context(), http.MethodGet, auth.Address, nil)
	if err != nil {
		x.t.Error(err)
		return false
	}
	question.Header = r.Header.Clone()
	dropHops(question.Header)
	for _, name := range managed {
		question.Header.Del(name)
	}
	question.Header.Set("X-Forwarded-For", addressOf(r))
	question.Header.Set("X-Forwarded-Method", r.Method)
	question.Header.Set("X-Forwarded-Proto", schemeOf(r))
	question.Header.Set("X-Forwarded-Port", "443")
	question.Header.Set("X-Forwarded-Host", r.Host)
	question.Header.Set("X-Forwarded-Uri", r.URL.RequestURI())
	passed := ask(x.t, w, question)
	if passed == nil {
		return false
	}
	for _, name := range auth.AuthResponseHeaders {
		r.Header.Del(name)
		if values := passed.Values(name); len(values) > 0 {
			r.Header[http.CanonicalHeaderKey(name)] = slices.Clone(values)
		}
	}
	return true
}

var call = regexp.MustCompile("^(!?)(Host|Path|PathPrefix|PathRegexp|HeaderRegexp)\\(`([^`]*)`(?:, `([^`]*)`)?\\)$")

// holds reports whether a rule matches: calls joined by && and ||, with
// parentheses around alternatives alone.
func holds(t *testing.T, rule string, r *http.Request) bool {
	for _, part := range strings.Split(rule, " && ") {
		alternatives := part
		if strings.Contains(part, " || ") {
			alternatives = strings.TrimSuffix(strings.TrimPrefix(part, "("), ")")
		}
		if !slices.ContainsFunc(strings.Split(alternatives, " || "), func(one string) bool { return matches(t, one, r) }) {
			return false
		}
	}
	return true
}

func matches(t *testing.T, one string, r *http.Request) bool {
	c := call.FindStringSubmatch(one)
	if c == nil {
		t.Errorf("the replay cannot read %q", one)
		return false
	}
	yes := false
	switch path := routed(r.URL.EscapedPath()); c[2] {
	case "Host":
		yes = strings.EqualFold(r.Host, c[3])
	case "Path":
		yes = path == c[3]
	case "PathPrefix":
		yes = strings.HasPrefix(path, c[3])
	case "PathRegexp":
		yes = regexp.MustCompile(c[3]).MatchString(path)
	case "HeaderRegexp":
		yes = slices.ContainsFunc(r.Header.Values(c[3]), regexp.MustCompile(c[4]).MatchString)
	}
	return yes != (c[1] == "!")
}
