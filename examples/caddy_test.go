package examples_test

import (
	"net/http"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestCaddy replays what Caddy does with examples/caddy. The rules are those of
// Caddy 2.11: modules/caddyhttp/reverseproxy (forwardauth/caddyfile.go and
// reverseproxy.go), headers, rewrite and matchers. Before 2.11.2, copy_headers
// left the client's header alone when Doorward's was empty (GHSA-7r4p-vjf4-gxv4);
// the example holds there too.
func TestCaddy(t *testing.T) {
	t.Parallel()
	for name, older := range map[string]bool{"2.11.2": false, "before": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t, "caddy")
			p.startCaddy(older)
			p.check(t)
		})
	}
}

func (p *place) startCaddy(older bool) {
	replay := &caddy{t: p.t, older: older, snippets: map[string][]line{}, sites: map[string][]line{}}
	replay.load(p.upstreams(read(p.t, "caddy", "Caddyfile")))
	p.serveReplay(replay)
}

type caddy struct {
	t        *testing.T
	older    bool
	snippets map[string][]line
	sites    map[string][]line
}

// line is a directive with its block.
type line struct {
	words []string
	block []line
}

func (x *caddy) load(text string) {
	rest := strings.Split(text, "\n")
	for _, top := range parseBlock(&rest) {
		if name := top.words[0]; strings.HasPrefix(name, "(") {
			x.snippets[strings.Trim(name, "()")] = top.block
		} else {
			x.sites[name] = top.block
		}
	}
	if len(x.sites) != 3 || len(x.snippets) == 0 {
		x.t.Fatalf("the Caddyfile has the sites %v", x.sites)
	}
}

// parseBlock reads directives up to the brace that closes the block.
func parseBlock(rest *[]string) (list []line) {
	for len(*rest) > 0 {
		words := strings.Fields((*rest)[0])
		*rest = (*rest)[1:]
		switch {
		case len(words) == 0 || strings.HasPrefix(words[0], "#"):
		case words[0] == "}":
			return list
		case words[len(words)-1] == "{":
			list = append(list, line{words[:len(words)-1], parseBlock(rest)})
		default:
			list = append(list, line{words: words})
		}
	}
	return list
}

// exchanged is one request on its way through a site's directives.
type exchanged struct {
	*caddy
	w        http.ResponseWriter
	r        *http.Request
	answered http.Header // {http.reverse_proxy.header.*}
}

func (x *caddy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	site, ok := x.sites[r.Host]
	if !ok {
		return // an empty 200, as Caddy answers for hosts that it does not know
	}
	e := &exchanged{caddy: x, w: w, r: r}
	e.run(site, nil, map[string][]string{})
}

// run follows directives in their order, which a route block guarantees, until
// one answers.
func (e *exchanged) run(list []line, args []string, matchers map[string][]string) (done bool) {
	scope := map[string][]string{}
	for name, m := range matchers {
		scope[name] = m
	}
	for _, d := range list {
		words := slices.Clone(d.words)
		for i, w := range words {
			if w == "{args[0]}" {
				words[i] = args[0]
			}
		}
		if done = e.directive(words, d.block, args, scope); done {
			return true
		}
	}
	return false
}

func (e *exchanged) directive(words []string, block []line, args []string, scope map[string][]string) (done bool) {
	if strings.HasPrefix(words[0], "@") {
		scope[words[0]] = words[1:]
		return false
	}
	name, words := words[0], words[1:]
	if name == "import" {
		snippet, ok := e.snippets[words[0]]
		if !ok {
			e.t.Errorf("no snippet %s", words[0])
		}
		inside := scope // a snippet stands in the place of its import
		return e.run(snippet, words[1:], inside)
	}
	if len(words) > 0 && (strings.HasPrefix(words[0], "@") || strings.HasPrefix(words[0], "/")) {
		m := scope[words[0]]
		if strings.HasPrefix(words[0], "/") {
			m = []string{"path", words[0]}
		}
		if !e.matches(m) {
			return false
		}
		words = words[1:]
	}
	switch name {
	case "route":
		return e.run(block, args, scope)
	case "respond":
		status, _ := strconv.Atoi(words[0])
		e.w.WriteHeader(status)
		return true
	case "request_header":
		e.edit(e.r.Header, words)
		return false
	case "forward_auth":
		return !e.ask(words[0], block, args)
	case "reverse_proxy":
		forward(e.w, e.r, words[0], func(h http.Header) {
			e.forwarded(h)
			for _, sub := range block {
				if sub.words[0] == "header_up" {
					e.edit(h, sub.words[1:])
				}
			}
		})
		return true
	}
	e.t.Errorf("the replay does not know %s", name)
	return true
}

func (e *exchanged) matches(m []string) bool {
	switch {
	case len(m) > 1 && m[0] == "path":
		clean := path.Clean(strings.ToLower(e.r.URL.Path))
		if strings.HasSuffix(e.r.URL.Path, "/") && clean != "/" {
			clean += "/"
		}
		return slices.ContainsFunc(m[1:], func(pattern string) bool {
			start, open := strings.CutSuffix(pattern, "*")
			if inner, both := strings.CutPrefix(start, "*"); open && both {
				return strings.Contains(clean, inner)
			}
			return clean == pattern || open && strings.HasPrefix(clean, start)
		})
	case len(m) == 3 && m[0] == "vars_regexp" && m[1] == "{http.request.orig_uri}":
		return regexp.MustCompile(strings.Trim(m[2], "`")).MatchString(e.r.RequestURI)
	case len(m) == 3 && m[0] == "header":
		return slices.Contains(e.r.Header.Values(m[1]), m[2])
	}
	e.t.Errorf("the replay does not know the matcher %q", m)
	return false
}

// edit is one header operation: -NAME, with * at either end, or NAME VALUE.
func (e *exchanged) edit(h http.Header, words []string) {
	field, remove := strings.CutPrefix(words[0], "-")
	if !remove {
		value := words[1]
		if name, ok := strings.CutPrefix(value, "{http.reverse_proxy.header."); ok {
			if values, ok := e.answered[strings.TrimSuffix(name, "}")]; ok { // the placeholder itself when there is none
				value = strings.Join(values, ",")
			}
		}
		h.Set(field, value)
		return
	}
	field = strings.ToLower(field)
	for have := range h {
		lower := strings.ToLower(have)
		inner := strings.Trim(field, "*")
		switch before, after := strings.HasPrefix(field, "*"), strings.HasSuffix(field, "*"); {
		case before && after && strings.Contains(lower, inner), before && !after && strings.HasSuffix(lower, inner),
			after && !before && strings.HasPrefix(lower, inner), lower == field:
			delete(h, have)
		}
	}
}

// forwarded sets what Caddy says of a client that is no trusted proxy.
func (e *exchanged) forwarded(h http.Header) {
	h.Set("X-Forwarded-For", addressOf(e.r))
	h.Set("X-Forwarded-Proto", schemeOf(e.r))
	h.Set("X-Forwarded-Host", e.r.Host)
	h.Add("Via", "1.1 Caddy")
}

// ask is forward_auth: uri and copy_headers.
func (e *exchanged) ask(to string, block []line, args []string) bool {
	var copied []string
	target := *e.r.URL
	for _, sub := range block {
		switch sub.words[0] {
		case "uri":
			uri := sub.words[1]
			if uri == "{args[0]}" {
				uri = args[0]
			}
			at, query, has := strings.Cut(uri, "?")
			target = url.URL{Path: at, RawQuery: target.RawQuery} // without a ? the client's query stays
			if has {
				target.RawQuery = query
			}
		case "copy_headers":
			for _, name := range sub.block {
				copied = append(copied, name.words[0])
			}
		default:
			e.t.Errorf("the replay does not know forward_auth %s", sub.words[0])
		}
	}
	target.Scheme, target.Host = "http", to
	question, err := http.NewRequestWithContext(e.r.Context(), http.MethodGet, target.String(), nil)
	if err != nil {
		e.t.Error(err)
		return false
	}
	question.Host, question.Header = e.r.Host, e.r.Header.Clone()
	dropHops(question.Header)
	e.forwarded(question.Header)
	question.Header.Set("X-Forwarded-Method", e.r.Method)
	question.Header.Set("X-Forwarded-Uri", e.r.RequestURI)
	question.Header.Del("Content-Length")
	if e.answered = ask(e.t, e.w, question); e.answered == nil {
		return false
	}
	for _, name := range copied {
		if !e.older {
			e.r.Header.Del(name)
		}
		if value := e.answered.Get(name); value != "" {
			e.r.Header.Set(name, value)
		}
	}
	return true
}
