// Source: the provider's metadata, fetched when first needed, kept as long as it
// says, fetched again beside its use, with growing pauses while it cannot be had.

package samlsp

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/token"
)

const (
	refreshAfter = 24 * time.Hour     // unless cacheDuration is shorter
	refreshLeast = 5 * time.Minute    // however short cacheDuration is
	forgetAfter  = 7 * 24 * time.Hour // then what cannot be renewed is used no more
	probeAfter   = 30 * time.Second   // how old an answer Ready believes
	firstPause   = time.Second
	longestPause = time.Minute
)

// source is a provider's metadata and how fresh it is.
type source struct {
	url    string // "" for metadata that was given
	client *token.Client
	now    func() time.Time
	log    *slog.Logger
	read   func([]byte) (*metadata, error)

	mu       sync.Mutex
	known    *metadata
	at       time.Time // when known was fetched
	failures int       // since the last success
	retryAt  time.Time
	err      error         // of the last attempt; nil only while known is set
	flight   chan struct{} // closed when the attempt under way ends
}

// get is the metadata, from memory when it can be. What is due is used once more
// while the new one comes in the background; what is past its validUntil is not
// used at all.
func (s *source) get(ctx context.Context) (*metadata, error) {
	s.mu.Lock()
	known, now := s.known, s.now()
	var flight chan struct{}
	if s.url != "" && (known == nil || s.due(now)) {
		flight = s.begin(ctx)
	}
	good := known != nil && s.good(now)
	s.mu.Unlock()
	if good {
		return known, nil
	}
	return s.await(ctx, flight)
}

// due reports whether known is to be fetched again. The lock is held.
func (s *source) due(now time.Time) bool {
	after := refreshAfter
	if s.known.cacheFor > 0 {
		after = min(after, max(s.known.cacheFor, refreshLeast))
	}
	if until := s.known.validUntil; !until.IsZero() && now.After(until.Add(-refreshLeast)) {
		return true
	}
	return now.Sub(s.at) >= after
}

// good reports whether known may be used. The lock is held.
func (s *source) good(now time.Time) bool {
	if until := s.known.validUntil; !until.IsZero() && !now.Before(until) {
		return false
	}
	return s.url == "" || now.Sub(s.at) < forgetAfter
}

// probe is nil when the metadata was had within the last half minute, or comes
// now.
func (s *source) probe(ctx context.Context) error {
	s.mu.Lock()
	if s.url == "" || s.known != nil && s.now().Sub(s.at) < probeAfter {
		s.mu.Unlock()
		_, err := s.get(ctx)
		return err
	}
	flight := s.begin(ctx)
	s.mu.Unlock()
	_, err := s.await(ctx, flight)
	return err
}

// begin starts an attempt, unless one is under way or it is too early for the
// next, and returns the one under way, if any. The lock is held.
func (s *source) begin(ctx context.Context) chan struct{} {
	if s.flight == nil && !s.now().Before(s.retryAt) {
		s.flight = make(chan struct{})
		// Not the caller's context: others wait for the same attempt. The
		// client bounds its time.
		go s.attempt(context.WithoutCancel(ctx))
	}
	return s.flight
}

// await waits for the attempt under way, if any, and returns what the last one
// found.
func (s *source) await(ctx context.Context, flight chan struct{}) (*metadata, error) {
	step := login.Begin(ctx, "metadata")
	if flight != nil {
		select {
		case <-flight:
		case <-ctx.Done():
			return nil, step.End(outage(ctx.Err()))
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.err != nil:
		return nil, step.End(s.err)
	case s.known == nil || !s.good(s.now()):
		return nil, step.End(login.NewFault(login.CodeProviderDown, "the provider's metadata is past its validUntil"))
	}
	return s.known, step.End(nil)
}

func (s *source) attempt(ctx context.Context) {
	asked := s.now()
	found, err := s.fetch(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	defer func() { close(s.flight); s.flight = nil }()
	s.err = err
	if err != nil {
		s.log.WarnContext(ctx, "the provider's metadata could not be had", "error", err)
		s.retryAt = s.now().Add(min(firstPause<<min(s.failures, 10), longestPause))
		s.failures++
		return
	}
	s.known, s.at, s.failures, s.retryAt = found, asked, 0, time.Time{}
}

func (s *source) fetch(ctx context.Context) (*metadata, error) {
	res, err := s.client.Get(ctx, s.url, "application/samlmetadata+xml, application/xml, text/xml")
	if err != nil {
		return nil, outage(err)
	}
	if res.Status != http.StatusOK {
		return nil, login.NewFault(login.CodeProviderDown, "the provider's metadata came with status %d", res.Status)
	}
	found, err := s.read(res.Body)
	if err != nil {
		return nil, &login.Fault{Code: login.CodeProviderDown, Detail: err.Error(), Err: err}
	}
	return found, nil
}

// outage is the Fault for a call that got no answer.
func outage(err error) *login.Fault {
	code := login.CodeProviderDown
	if token.IsTimeout(err) || errors.Is(err, context.Canceled) {
		code = login.CodeProviderTimeout
	}
	return login.NewFault(code, "the provider's metadata could not be had: %w", err)
}

// Ready reports whether the provider's metadata can be had: it is asked for,
// unless it was within the last half minute. It returns nil or a *login.Fault:
// provider_unavailable or provider_timeout. While it cannot be had it is asked
// for at growing intervals, a minute at most, however often Ready is called.
func (p *Provider) Ready(ctx context.Context) error { return p.source.probe(ctx) }
