// Discovery: the provider's metadata, fetched when first needed, kept for an
// hour, asked for again with growing pauses while the provider is down.

package oidcrp

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/token"
)

const (
	refreshAfter = time.Hour        // then it is fetched again, while the old is used
	forgetAfter  = 24 * time.Hour   // then the old is used no more
	probeAfter   = 30 * time.Second // how old an answer Ready believes
	firstPause   = time.Second
	longestPause = time.Minute
)

// discovery is a provider's metadata and how fresh it is.
type discovery struct {
	issuer string
	client *token.Client
	now    func() time.Time
	log    *slog.Logger
	given  *metadata // by the configuration; with an authorization endpoint, nothing is fetched

	mu       sync.Mutex
	known    *metadata
	at       time.Time // when known was fetched
	failures int       // since the last success
	retryAt  time.Time
	err      error         // of the last attempt; nil only while known is set
	flight   chan struct{} // closed when the attempt under way ends
}

// get is the metadata, from the cache when it can be. What is older than an
// hour is used once more while the new one comes in the background.
func (d *discovery) get(ctx context.Context) (*metadata, error) {
	if d.given.authorization != "" {
		return d.given, nil
	}
	d.mu.Lock()
	known, age := d.known, d.now().Sub(d.at)
	var flight chan struct{}
	if known == nil || age >= refreshAfter {
		flight = d.begin(ctx)
	}
	d.mu.Unlock()
	if known != nil && age < forgetAfter {
		return known, nil
	}
	return d.await(ctx, flight)
}

// probe is nil when the provider answered within the last half minute, or does
// so now.
func (d *discovery) probe(ctx context.Context) error {
	if d.given.authorization != "" {
		return nil
	}
	d.mu.Lock()
	if d.known != nil && d.now().Sub(d.at) < probeAfter {
		d.mu.Unlock()
		return nil
	}
	flight := d.begin(ctx)
	d.mu.Unlock()
	_, err := d.await(ctx, flight)
	return err
}

// begin starts an attempt, unless one is under way or it is too early for the
// next, and returns the one under way, if any. The lock is held.
func (d *discovery) begin(ctx context.Context) chan struct{} {
	if d.flight == nil && !d.now().Before(d.retryAt) {
		d.flight = make(chan struct{})
		// Not the caller's context: others wait for the same attempt. The
		// client bounds its time.
		go d.attempt(context.WithoutCancel(ctx))
	}
	return d.flight
}

// await waits for the attempt under way, if any, and returns what the last one
// found.
func (d *discovery) await(ctx context.Context, flight chan struct{}) (*metadata, error) {
	step := login.Begin(ctx, "discovery")
	step.In("issuer", d.issuer)
	if flight != nil {
		select {
		case <-flight:
		case <-ctx.Done():
			return nil, step.End(outage("the discovery document", ctx.Err()))
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err != nil {
		return nil, step.End(d.err)
	}
	return d.known, step.End(nil)
}

func (d *discovery) attempt(ctx context.Context) {
	found, unreachable, err := d.fetch(ctx)
	d.mu.Lock()
	defer d.mu.Unlock()
	defer func() { close(d.flight); d.flight = nil }()
	d.err = err
	if err != nil {
		d.log.WarnContext(ctx, "discovery failed", "issuer", d.issuer, "error", err)
		d.retryAt = d.now().Add(min(firstPause<<min(d.failures, 10), longestPause))
		d.failures++
		if !unreachable {
			d.known = nil // it answers, and is not what was configured
		}
		return
	}
	if d.known != nil && d.known.keys.URL() == found.keys.URL() {
		found.keys = d.known.keys
	}
	d.known, d.at, d.failures, d.retryAt = found, d.now(), 0, time.Time{}
}

func (d *discovery) fetch(ctx context.Context) (found *metadata, unreachable bool, err error) {
	res, err := d.client.Get(ctx, strings.TrimSuffix(d.issuer, "/")+oidc.DiscoveryEndpoint, "application/json")
	if err != nil {
		return nil, true, outage("the discovery document", err)
	}
	found, err = parseMetadata(res, d.issuer, d.client, d.now)
	if err != nil {
		return nil, res.Status != 200, &login.Fault{Code: login.CodeProviderDown, Detail: err.Error(), Err: err}
	}
	found.prefer(d.given)
	return found, false, nil
}

// outage is the Fault for a call that got no answer.
func outage(what string, err error) *login.Fault {
	if token.IsTimeout(err) {
		return login.NewFault(login.CodeProviderTimeout, "%s did not come in time: %w", what, err)
	}
	return login.NewFault(login.CodeProviderDown, "%s could not be had: %w", what, err)
}
