package idp

// Pushed authorization requests (RFC 9126): a client leaves its request here,
// and sends the browser with a reference to it.

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/zitadel/oidc/v3/pkg/op"

	"github.com/doorward/doorward/host/idp/ask"
	"github.com/doorward/doorward/host/idp/clients"
	"github.com/doorward/doorward/host/idp/proof"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/store"
)

const (
	bucketPushed  = "idp.pushed"
	pushedPrefix  = "urn:ietf:params:oauth:request_uri:"
	pushedFor     = 90 * time.Second
	pushesAtOnce  = 500 // of one client within pushedFor
	errTooMany    = "too many requests of this client wait; try again later"
	errNotPushed  = "the client must push its requests: send client_id and the request_uri that /par gave"
	errPushedGone = "the pushed request is unknown, expired, used, or another client's"
)

// push stores the request of an authenticated client, checked as it will be
// used.
func (p *Provider) push(w http.ResponseWriter, r *http.Request, form url.Values) {
	client, err := callerOf(r.Context())
	if err != nil {
		op.WriteError(w, r, err, p.cfg.Log)
		return
	}
	if form.Has("request_uri") {
		writeOAuthError(w, http.StatusBadRequest, "invalid_request", "a pushed request holds no request_uri")
		return
	}
	if !p.pushes.take(client.ID) {
		w.Header().Set("Retry-After", strconv.Itoa(int(pushedFor/time.Second)))
		writeOAuthError(w, http.StatusTooManyRequests, "temporarily_unavailable", errTooMany)
		return
	}
	req, refused := p.reader().Read(r.Context(), client, form)
	if refused == nil {
		refused, err = p.boundBy(r, &req)
	}
	if refused != nil {
		writeOAuthError(w, http.StatusBadRequest, refused.Code, refused.Description)
		return
	}
	var uri string
	if err == nil {
		uri, err = p.keepPushed(r.Context(), req)
	}
	if err != nil {
		op.WriteError(w, r, p.down(r.Context(), err), p.cfg.Log)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	_ = json.NewEncoder(w).Encode(map[string]any{"request_uri": uri, "expires_in": int(pushedFor / time.Second)})
}

// boundBy binds the code to the key of the request's DPoP proof, if it has one
// (RFC 9449, section 10.1).
func (p *Provider) boundBy(r *http.Request, req *ask.Request) (*ask.Refusal, error) {
	key, err := p.proofs.Verify(r.Context(), r.Header, r.Method, p.cfg.Issuer+pathPushed, "")
	switch {
	case errors.Is(err, proof.ErrMissing):
		return nil, nil
	case errors.Is(err, proof.ErrInvalid):
		return &ask.Refusal{Code: "invalid_dpop_proof", Description: err.Error()}, nil
	case err != nil:
		return nil, err
	case req.Thumbprint != "" && req.Thumbprint != key:
		return &ask.Refusal{Code: "invalid_dpop_proof", Description: "dpop_jkt is not the key of the DPoP proof"}, nil
	}
	req.Thumbprint = key
	return nil, nil
}

// keepPushed stores req and is what to call it by.
func (p *Provider) keepPushed(ctx context.Context, req ask.Request) (string, error) {
	secret, expires := newSecret(), p.cfg.Now().Add(pushedFor)
	req.Expires, req.Pushed = expires.Unix(), secretKey(secret)
	value, err := json.Marshal(req)
	if err != nil {
		return "", err
	}
	kept := store.Op{Bucket: bucketPushed, Key: req.Pushed, Value: value, Expires: expires.Add(pendingFor)} // the person's time to answer
	return pushedPrefix + secret, p.cfg.Store.Apply(ctx, kept)
}

// pulled is the pushed request that uri names. A page may be loaded again (RFC
// 9126, section 4), so it is the answer that uses the request up.
func (p *Provider) pulled(ctx context.Context, client clients.Client, uri string) (ask.Request, *login.Fault) {
	var req ask.Request
	key := secretKey(strings.TrimPrefix(uri, pushedPrefix))
	item, err := p.cfg.Store.Get(ctx, bucketPushed, key)
	if err == nil && (json.Unmarshal(item.Value, &req) != nil || req.ClientID != client.ID || p.cfg.Now().Unix() >= req.Expires) {
		err = store.ErrNotFound
	}
	switch {
	case errors.Is(err, store.ErrNotFound):
		return req, login.NewFault(login.CodeParameterInvalid, "client %s: %s", client.ID, errPushedGone)
	case err != nil:
		return req, unavailable("read the pushed request", err)
	}
	_, fault := p.clientOf(ctx, req)
	return req, fault
}

// usedUp is the change that uses req's pushed request up, none when it was not
// pushed. It conflicts when that was done before.
func usedUp(req ask.Request) []store.Op {
	if req.Pushed == "" {
		return nil
	}
	once := uint64(1) // it is put once
	return []store.Op{{Bucket: bucketPushed, Key: req.Pushed, Delete: true, If: &once}}
}

// unused says why req's pushed request can no longer be answered; nil when it
// can, or was not pushed.
func (p *Provider) unused(ctx context.Context, req ask.Request) *login.Fault {
	if req.Pushed == "" {
		return nil
	}
	_, err := p.cfg.Store.Get(ctx, bucketPushed, req.Pushed)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return login.NewFault(login.CodeParameterInvalid, "client %s: %s", req.ClientID, errPushedGone)
	case err != nil:
		return unavailable("read the pushed request", err)
	}
	return nil
}

// pushes counts what the clients have stored; a public one proves nothing
// before it does.
type pushes struct {
	now   func() time.Time
	mu    sync.Mutex
	since time.Time
	count map[string]int // by client
}

// take counts one more of client, unless there are enough.
func (q *pushes) take(client string) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if now := q.now(); q.count == nil || now.Sub(q.since) >= pushedFor {
		q.since, q.count = now, map[string]int{}
	}
	if q.count[client] >= pushesAtOnce {
		return false
	}
	q.count[client]++
	return true
}
