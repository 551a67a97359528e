package behind

import (
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
)

var quiet = log.New(io.Discard, "", 0) // a host that is stopped is part of the tests

// pass passes requests on to the host, as they came.
func (s *Site) pass() http.Handler {
	return &httputil.ReverseProxy{ErrorLog: quiet, Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(&url.URL{Scheme: "http", Host: s.Listen})
		r.Out.Host = r.In.Host
		r.SetXForwarded()
	}}
}

// proxy asks about every request to an application, and leaves Doorward's cookie
// in it: the application's server calls with it.
func (s *Site) proxy(a *Application) http.Handler {
	pass, to := s.pass(), &url.URL{Scheme: "http", Host: a.Upstream}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/.doorward/") {
			pass.ServeHTTP(w, r)
			return
		}
		answer, err := s.Ask(r, "")
		if err != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		defer answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			for header, values := range answer.Header {
				w.Header()[header] = values
			}
			w.WriteHeader(answer.StatusCode)
			_, _ = io.Copy(w, answer.Body)
			return
		}
		(&httputil.ReverseProxy{ErrorLog: quiet, Rewrite: func(out *httputil.ProxyRequest) {
			out.SetURL(to)
			out.Out.Host = r.Host
			for header, values := range answer.Header {
				if strings.HasPrefix(header, "X-Doorward-") {
					out.Out.Header[header] = values
				}
			}
		}}).ServeHTTP(w, r)
	})
}

// Ask is what the host answers a proxy about a request, which needs level too
// unless that is empty.
func (s *Site) Ask(r *http.Request, level string) (*http.Response, error) {
	query := ""
	if level != "" {
		query = "?level=" + url.QueryEscape(level)
	}
	question, err := http.NewRequestWithContext(r.Context(), http.MethodGet, "http://"+s.Listen+"/auth"+query, nil)
	if err != nil {
		return nil, err
	}
	question.Header = r.Header.Clone()
	for name, value := range map[string]string{"X-Forwarded-Method": r.Method, "X-Forwarded-Proto": "http", "X-Forwarded-Host": r.Host, "X-Forwarded-Uri": r.URL.RequestURI(), "X-Forwarded-For": "192.0.2.7"} {
		question.Header.Set(name, value)
	}
	return http.DefaultTransport.RoundTrip(question)
}
