package examples_test

import (
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestEnvoy replays what Envoy does with examples/envoy. The rules are those of
// its documentation and source (README.md of the example lists them): the
// connection manager's reading of headers and paths, the routes, and of the
// filters header_mutation, ext_authz over HTTP, and router.
func TestEnvoy(t *testing.T) {
	t.Parallel()
	p := newPlace(t, "envoy")
	p.startEnvoy()
	p.check(t)
}

func (p *place) startEnvoy() {
	t := p.t
	replay := &envoy{t: t, at: map[string]string{}}
	decode(t, read(t, "envoy", "envoy.yaml"), &replay.file)
	replay.load(map[int]string{8080: p.doorward, 3001: p.wiki.addr, 3002: p.notes.addr})
	p.serveReplay(replay)
}

type envoy struct {
	t    *testing.T
	file struct {
		StaticResources struct {
			Listeners []struct {
				Name         string
				Address      envoyAddress
				FilterChains []struct {
					TransportSocket struct {
						Name        string
						TypedConfig struct {
							Type             string `yaml:"@type"`
							CommonTLSContext any    `yaml:"common_tls_context"`
						} `yaml:"typed_config"`
					} `yaml:"transport_socket"`
					Filters []struct {
						Name        string
						TypedConfig envoyConnections `yaml:"typed_config"`
					}
				} `yaml:"filter_chains"`
			}
			Clusters []struct {
				Name           string
				LoadAssignment struct {
					ClusterName string `yaml:"cluster_name"`
					Endpoints   []struct {
						LbEndpoints []struct {
							Endpoint struct{ Address envoyAddress }
						} `yaml:"lb_endpoints"`
					}
				} `yaml:"load_assignment"`
			}
		} `yaml:"static_resources"`
	}
	http envoyConnections
	at   map[string]string // addresses of clusters
}

type envoyAddress struct {
	SocketAddress struct {
		Address   string
		PortValue int `yaml:"port_value"`
	} `yaml:"socket_address"`
}

// envoyConnections is the HTTP connection manager.
type envoyConnections struct {
	Type                      string `yaml:"@type"`
	StatPrefix                string `yaml:"stat_prefix"`
	UseRemoteAddress          bool   `yaml:"use_remote_address"`
	NormalizePath             bool   `yaml:"normalize_path"`
	MergeSlashes              bool   `yaml:"merge_slashes"`
	CommonHTTPProtocolOptions struct {
		HeadersWithUnderscoresAction string `yaml:"headers_with_underscores_action"`
	} `yaml:"common_http_protocol_options"`
	UpgradeConfigs []struct {
		UpgradeType string `yaml:"upgrade_type"`
	} `yaml:"upgrade_configs"`
	StreamIdleTimeout string `yaml:"stream_idle_timeout"`
	HTTPFilters       []struct {
		Name        string
		TypedConfig envoyFilter `yaml:"typed_config"`
	} `yaml:"http_filters"`
	RouteConfig struct {
		Name         string
		VirtualHosts []struct {
			Name    string
			Domains []string
			Open    envoyPerRoute `yaml:"typed_per_filter_config"`
			Routes  []envoyRoute
		} `yaml:"virtual_hosts"`
	} `yaml:"route_config"`
}

// envoyFilter is any of the three filters.
type envoyFilter struct {
	Type      string `yaml:"@type"`
	Mutations struct {
		RequestMutations []struct {
			Remove string
			Append *struct {
				Header       struct{ Key, Value string }
				AppendAction string `yaml:"append_action"`
			}
		} `yaml:"request_mutations"`
	}
	TransportAPIVersion string                `yaml:"transport_api_version"`
	FailureModeAllow    bool                  `yaml:"failure_mode_allow"`
	StatusOnError       struct{ Code string } `yaml:"status_on_error"`
	AllowedHeaders      envoyPatterns         `yaml:"allowed_headers"`
	HTTPService         struct {
		ServerURI struct {
			URI, Cluster string
			Timeout      time.Duration
		} `yaml:"server_uri"`
		PathPrefix            string `yaml:"path_prefix"`
		AuthorizationResponse struct {
			AllowedUpstreamHeaders envoyPatterns `yaml:"allowed_upstream_headers"`
		} `yaml:"authorization_response"`
	} `yaml:"http_service"`
}

type envoyPerRoute struct {
	ExtAuthz struct {
		Type     string `yaml:"@type"`
		Disabled bool
	} `yaml:"envoy.filters.http.ext_authz"`
}

type envoyRoute struct {
	Match struct {
		Prefix    string
		SafeRegex struct{ Regex string } `yaml:"safe_regex"`
	}
	Route struct {
		Cluster string
		Timeout string
	}
	DirectResponse struct{ Status int } `yaml:"direct_response"`
	Open           envoyPerRoute        `yaml:"typed_per_filter_config"`
}

type envoyPatterns struct {
	Patterns []struct {
		Exact, Prefix string
		IgnoreCase    bool `yaml:"ignore_case"`
	}
}

func (p envoyPatterns) match(name string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc(p.Patterns, func(one struct {
		Exact, Prefix string
		IgnoreCase    bool `yaml:"ignore_case"`
	}) bool {
		return one.Exact != "" && name == one.Exact || one.Prefix != "" && strings.HasPrefix(name, one.Prefix)
	})
}

func (x *envoy) load(ports map[int]string) {
	resources := x.file.StaticResources
	if len(resources.Listeners) != 1 || len(resources.Listeners[0].FilterChains) != 1 || len(resources.Listeners[0].FilterChains[0].Filters) != 1 {
		x.t.Fatal("the example has more than one listener, chain or network filter")
	}
	x.http = resources.Listeners[0].FilterChains[0].Filters[0].TypedConfig
	for _, c := range resources.Clusters {
		x.at[c.Name] = ports[c.LoadAssignment.Endpoints[0].LbEndpoints[0].Endpoint.Address.SocketAddress.PortValue]
	}
	if len(x.at) != 3 || !x.http.UseRemoteAddress || !x.http.NormalizePath || !x.http.MergeSlashes || len(x.http.HTTPFilters) != 3 {
		x.t.Fatalf("the replay knows another configuration: %+v", x.http)
	}
}

// ServeHTTP reads a request as the connection manager does, and sends it
// through the filters.
func (x *envoy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for name := range r.Header {
		if strings.Contains(name, "_") && x.http.CommonHTTPProtocolOptions.HeadersWithUnderscoresAction == "DROP_HEADER" {
			delete(r.Header, name)
		}
	}
	target, ok := canonicalTarget(r.RequestURI)
	if ok {
		r.URL, _ = url.ParseRequestURI(target)
	}
	if !ok || r.URL == nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	if up := r.Header.Get("Upgrade"); up != "" && strings.Contains(strings.ToLower(strings.Join(r.Header["Connection"], ",")), "upgrade") {
		switch {
		case strings.EqualFold(up, "h2c"): // of an HTTP/1 connection: the wish is not heard
			r.Header.Del("Upgrade")
			r.Header.Del("Connection")
			r.Header.Del("Http2-Settings")
		case x.http.UpgradeConfigs[0].UpgradeType != strings.ToLower(up):
			w.WriteHeader(http.StatusForbidden)
			return
		default:
			r.Header.Set("Connection", "upgrade")
		}
	} else {
		r.Header.Del("Connection")
		r.Header.Del("Upgrade")
	}
	for _, name := range []string{"Keep-Alive", "Proxy-Connection", "Http2-Settings", "X-Envoy-Internal", "X-Envoy-External-Address", "X-Envoy-Original-Path"} {
		r.Header.Del(name)
	}
	r.Header.Set("X-Forwarded-Proto", schemeOf(r))
	r.Header.Set("X-Forwarded-For", strings.Join(append(r.Header["X-Forwarded-For"], addressOf(r)), ","))
	r.Header.Set("X-Request-Id", "4b0f8a1e-0000-4000-8000-000000000000")
	route, open := x.route(r)
	if route == nil {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	x.filter(w, r, target, route, open)
}

// route is the first of the host's routes that matches (Envoy, HTTP routing).
func (x *envoy) route(r *http.Request) (*envoyRoute, bool) {
	path := r.URL.EscapedPath()
	for _, host := range x.http.RouteConfig.VirtualHosts {
		if !slices.Contains(host.Domains, strings.ToLower(r.Host)) {
			continue
		}
		for i, route := range host.Routes {
			regex := route.Match.SafeRegex.Regex
			if regex != "" && regexp.MustCompile("^(?:"+regex+")$").MatchString(path) || route.Match.Prefix != "" && strings.HasPrefix(path, route.Match.Prefix) {
				return &host.Routes[i], host.Open.ExtAuthz.Disabled || route.Open.ExtAuthz.Disabled
			}
		}
	}
	return nil, false
}

func (x *envoy) filter(w http.ResponseWriter, r *http.Request, target string, route *envoyRoute, open bool) {
	for _, f := range x.http.HTTPFilters {
		switch f.Name {
		case "envoy.filters.http.header_mutation":
			x.mutate(r, f.TypedConfig)
		case "envoy.filters.http.ext_authz":
			if !open && !x.authorize(w, r, target, f.TypedConfig) {
				return
			}
		case "envoy.filters.http.router":
			if route.DirectResponse.Status != 0 {
				w.WriteHeader(route.DirectResponse.Status)
				return
			}
			forward(w, r, x.at[route.Route.Cluster], func(http.Header) {})
			return
		default:
			x.t.Errorf("the replay does not know %s", f.Name)
		}
	}
}

func (x *envoy) mutate(r *http.Request, f envoyFilter) {
	values := map[string]string{"%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%": addressOf(r), "%REQ(:AUTHORITY)%": r.Host}
	for _, m := range f.Mutations.RequestMutations {
		r.Header.Del(m.Remove)
		if m.Append == nil {
			continue
		}
		value, known := values[m.Append.Header.Value]
		if !known || m.Append.AppendAction != "OVERWRITE_IF_EXISTS_OR_ADD" {
			x.t.Errorf("the replay does not know %+v", m.Append)
		}
		r.Header.Set(m.Append.Header.Key, value)
	}
}

// authorize is ext_authz with an HTTP service. The check request has the
// method, path and Host of the request, Authorization, what allowed_headers
// matches, and no body; Envoy's HTTP client adds Envoy's own address to
// X-Forwarded-For.
func (x *envoy) authorize(w http.ResponseWriter, r *http.Request, target string, f envoyFilter) bool {
	if f.FailureModeAllow || f.StatusOnError.Code != "ServiceUnavailable" {
		x.t.Error("the replay knows failure_mode_allow: false and status_on_error 503 alone")
	}
	service := f.HTTPService
	check := &http.Request{Method: r.Method, URL: &url.URL{Scheme: "http", Host: x.at[service.ServerURI.Cluster], Opaque: service.PathPrefix + target}, Host: r.Host, Header: http.Header{"Content-Length": {"0"}}}
	for name, values := range r.Header {
		if name == "Authorization" || f.AllowedHeaders.match(name) {
			check.Header[name] = slices.Clone(values)
		}
	}
	if had := check.Header.Get("X-Forwarded-For"); had != "" {
		check.Header.Set("X-Forwarded-For", had+","+localAddress(r))
	}
	answer, err := asker.Do(check.WithContext(r.Context()))
	if err != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		return false
	}
	defer answer.Body.Close()
	switch {
	case answer.StatusCode == http.StatusOK: // and no other
		for name, values := range answer.Header {
			if service.AuthorizationResponse.AllowedUpstreamHeaders.match(name) {
				r.Header[name] = slices.Clone(values[:1])
			}
		}
		return true
	case answer.StatusCode >= 500: // an error like none at all; the answer is not handed on
		w.WriteHeader(http.StatusServiceUnavailable)
	default: // all of it is handed on: allowed_client_headers is not set
		dropHops(answer.Header)
		maps.Copy(w.Header(), answer.Header)
		w.WriteHeader(answer.StatusCode)
		_, _ = io.Copy(w, answer.Body)
	}
	return false
}

func localAddress(r *http.Request) string {
	local, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	host, _, _ := net.SplitHostPort(local.String())
	return host
}

// canonicalTarget is normalize_path and merge_slashes: what need not be encoded
// is decoded, a backslash is a slash, dot segments are resolved, and slashes in
// a row are one. The query stays as it is. A path that cannot be read so, or
// with a fragment, is refused.
//
// See source/common/http/path_utility.cc and source/common/chromium_url.
func canonicalTarget(target string) (string, bool) {
	if !strings.HasPrefix(target, "/") {
		u, err := url.Parse(target) // absolute: its host counts, which net/http has put into r.Host
		if err != nil || u.Host == "" {
			return "", false
		}
		target = target[strings.Index(target, u.Host)+len(u.Host):]
	}
	path, query, _ := strings.Cut(target, "?")
	if query != "" || strings.HasSuffix(target, "?") {
		query = "?" + query
	}
	if strings.Contains(target, "#") || strings.Contains(strings.ToLower(path), "%00") || strings.ContainsFunc(path, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return "", false
	}
	path = code.ReplaceAllStringFunc(strings.ReplaceAll(path, "\\", "/"), func(code string) string {
		plain, _ := url.PathUnescape(code)
		if strings.Trim(plain, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~") == "" {
			return plain
		}
		return code
	})
	var out []string
	segments := strings.Split(path, "/")[1:]
	for i, segment := range segments {
		last := i == len(segments)-1
		switch {
		case segment == "..":
			out = out[:max(len(out)-1, 0)]
			if last {
				out = append(out, "")
			}
		case segment == ".":
			if last {
				out = append(out, "")
			}
		default:
			out = append(out, segment)
		}
	}
	path = "/" + strings.Join(out, "/")
	for strings.Contains(path, "//") {
		path = strings.ReplaceAll(path, "//", "/")
	}
	return path + query, true
}
