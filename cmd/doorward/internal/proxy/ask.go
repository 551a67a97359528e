// The question to the host, and what its answers mean.
package proxy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

const maxAnswer = 1 << 20 // of a page that is passed on

// told is what the host is told of the client's request besides its method and
// address: the handle, what kind of answer is wanted, and by whom.
var told = []string{"Accept", "Accept-Language", "Authorization", "Cookie", "Origin", "Referer",
	"Sec-Fetch-Dest", "Sec-Fetch-Mode", "Sec-Fetch-Site", "Sec-Fetch-User", "User-Agent"}

var (
	errIncomplete = errors.New("not an answer of /auth: an identity header is missing or comes twice")
	errNoPeer     = errors.New("the client's address cannot be read")
)

// ask puts one question to the host. Its headers have come when it returns;
// the whole conversation ends after Patience.
func (p *Proxy) ask(r *http.Request) (*http.Response, error) {
	client, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNoPeer, err)
	}
	ctx, cancel := context.WithTimeout(r.Context(), p.config.Patience)
	at := p.config.Host.JoinPath("/auth")
	at.RawQuery = url.Values{"level": p.levels(r.URL.Path)}.Encode()
	question, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
	if err != nil {
		cancel()
		return nil, err
	}
	question.Header = http.Header{
		"X-Forwarded-Method": {r.Method}, "X-Forwarded-Proto": {scheme(r)},
		"X-Forwarded-Host": {r.Host}, "X-Forwarded-Uri": {r.RequestURI}, "X-Forwarded-For": {client},
		"User-Agent": {""}, // no default in place of none
	}
	for _, name := range told {
		if values := r.Header[name]; values != nil {
			question.Header[name] = values
		}
	}
	answer, err := p.config.HostTransport.RoundTrip(question) // a redirect is for the client to follow
	if err != nil {
		cancel()
		return nil, err
	}
	answer.Body = &bounded{Reader: io.LimitReader(answer.Body, maxAnswer), body: answer.Body, cancel: cancel}
	return answer, nil
}

// bounded is a body that ends its request's context when it is closed.
type bounded struct {
	io.Reader
	body   io.Closer
	cancel context.CancelFunc
}

func (b *bounded) Close() error {
	defer b.cancel()
	return b.body.Close()
}

// levels are those of the longest path that path is at or below.
func (p *Proxy) levels(path string) []string {
	var at string
	for place := range p.config.Levels {
		below := path == place || strings.HasPrefix(path, strings.TrimSuffix(place, "/")+"/")
		if below && len(place) > len(at) {
			at = place
		}
	}
	return p.config.Levels[at]
}

// read takes from a 200 what the application gets: each identity header, empty
// or not, exactly once, and the cookies that are left.
func (p *Proxy) read(answer *http.Response) (http.Header, error) {
	said := http.Header{}
	for _, name := range p.identity {
		if len(answer.Header[name]) != 1 {
			return nil, fmt.Errorf("%w: %s", errIncomplete, name)
		}
		said[name] = answer.Header[name]
	}
	if cookies := answer.Header["Cookie"]; len(cookies) == 1 && cookies[0] != "" {
		said["Cookie"] = cookies
	}
	return said, nil
}

// pass hands the host's answer to the client, without what is meant for the
// application.
func (p *Proxy) pass(w http.ResponseWriter, answer *http.Response) {
	for name, values := range answer.Header {
		if name != "Cookie" && !slices.Contains(hopByHop, name) && !p.claims(name) {
			w.Header()[name] = values
		}
	}
	w.WriteHeader(answer.StatusCode)
	_, _ = io.Copy(w, answer.Body) // what is missing of a page lets nobody in
}

func scheme(r *http.Request) string {
	if r.TLS != nil {
		return "https"
	}
	return "http"
}
