// Asking the server whether there is another bundle.

package bundle

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/doorward/doorward/host/token"
)

const (
	maxBundle = 16 << 20 // bytes, as sent and unpacked
	maxETag   = 256
	timeout   = 30 * time.Second
)

// Config says where a bundle lies and who may have signed it.
type Config struct {
	URL       string            // https, or http on loopback
	JWKS      []byte            // the public keys; a signature's kid names one
	Scope     string            // of the signature; empty for none
	Token     token.Secret      // bearer token for the server; may be empty
	Keep      string            // the file that keeps the last accepted bundle; empty for none
	Transport http.RoundTripper // a bounded one of our own when nil
}

// Bundle is one set of policies, verified.
type Bundle struct {
	Revision string            // of the manifest: a whole number, or a time (RFC 3339)
	Modules  map[string]string // the .rego files, tests included: path in the bundle to text
	Digest   string            // SHA-256 of the archive, in hexadecimal

	archive []byte
	etag    string
}

// Source fetches one bundle again and again. It is safe for concurrent use.
type Source struct {
	cfg    Config
	client *token.Client
	keys   keys

	mu      sync.Mutex
	current *Bundle // in use
	seen    string  // the ETag that need not be asked for again
	refused string  // the digest of the last bundle that was refused
}

// New returns a Source. It fetches nothing. The error says what is wrong with
// the keys.
func New(cfg Config) (*Source, error) {
	keys, err := readKeys(cfg.JWKS)
	if err != nil {
		return nil, err
	}
	client := token.NewClient(token.ClientConfig{
		Timeout: timeout, MaxBody: maxBundle, AllowLoopback: true, Transport: cfg.Transport,
	})
	return &Source{cfg: cfg, client: client, keys: keys}, nil
}

// Fetch returns the server's bundle, or nil when it is the one in use or one
// that was refused already. What is cut off, not signed, too large or older
// than the bundle in use is an error that says which, and is asked for again.
func (s *Source) Fetch(ctx context.Context) (*Bundle, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	response, err := s.ask(ctx)
	if err != nil {
		return nil, err
	}
	switch response.Status {
	case http.StatusOK:
	case http.StatusNotModified:
		if s.seen != "" {
			return nil, nil
		}
		fallthrough
	default:
		return nil, fmt.Errorf("the bundle's server answers %d", response.Status)
	}
	digest := digestOf(response.Body)
	inUse := s.current != nil && digest == s.current.Digest
	if inUse {
		s.refused = "" // the server went back
	}
	if inUse || digest == s.refused {
		s.seen = etagOf(response.Header)
		return nil, nil
	}
	b, err := s.verify(response.Body)
	if err != nil {
		return nil, err
	}
	b.etag = etagOf(response.Header)
	if s.current != nil {
		if err := newer(b.Revision, s.current.Revision); err != nil {
			return nil, err
		}
	}
	return b, nil
}

func (s *Source) ask(ctx context.Context) (token.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.cfg.URL, nil)
	if err != nil {
		return token.Response{}, errors.New("the bundle's address cannot be parsed")
	}
	request.Header.Set("Accept", "application/gzip, application/octet-stream")
	if s.seen != "" {
		request.Header.Set("If-None-Match", s.seen)
	}
	if s.cfg.Token != "" {
		request.Header.Set("Authorization", "Bearer "+string(s.cfg.Token))
	}
	response, err := s.client.Do(request)
	if errors.Is(err, token.ErrTooLarge) {
		return response, fmt.Errorf("the bundle is larger than %d bytes", maxBundle)
	}
	return response, err
}

// etagOf is the answer's entity tag, when it is one that can be sent back.
func etagOf(header http.Header) string {
	if tag := header.Get("ETag"); len(tag) <= maxETag {
		return tag
	}
	return ""
}

// Accept notes that b is in use now, and keeps it for the next start. The
// error is that of keeping: b is accepted all the same.
func (s *Source) Accept(b *Bundle) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current, s.refused = b, ""
	if b.etag != "" {
		s.seen = b.etag
	}
	return s.keep(b)
}

// Refusing reports whether the server's bundle, when it was last asked, was one
// that was refused.
func (s *Source) Refusing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refused != ""
}

// Refuse notes that b did not become the one in use: it is not fetched or
// looked at again until the server has another.
func (s *Source) Refuse(b *Bundle) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused, s.seen = b.Digest, b.etag
}
