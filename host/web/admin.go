package web

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"sync"
	"time"

	"github.com/doorward/doorward/host/login"
)

// Admin answers on the admin listener:
//
//	GET /healthz  200 while the process can answer at all
//	GET /readyz   200 when the store and at least one provider can be used,
//	              else 503; the body says how each part is, and whether
//	              there is one to look after
//	GET /metrics  Prometheus text format
func (s *Server) Admin() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	mux.HandleFunc("GET /readyz", s.readyz)
	mux.Handle("GET /metrics", s.metrics.handler())
	return mux
}

// Part is the state of one part of the host, as /readyz tells it. A part that
// is not ready, or has a Detail, degrades the host.
type Part struct {
	Ready  bool       `json:"ready"`
	Code   login.Code `json:"code,omitempty"`   // why it is not ready
	Detail string     `json:"detail,omitempty"` // what to look after; no secret and no claim value

	Revision string `json:"revision,omitempty"` // which version of it is in use
}

// readyz does a real write and read on the store and asks each provider. The
// further parts degrade the host and no more.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readyzTimeout)
	defer cancel()
	parts := map[string]Part{"store": {Ready: true}}
	if err := s.config.Store.Ping(ctx); err != nil {
		s.config.Log.Error("the store is not ready", "error", err)
		parts["store"] = Part{Code: login.CodeStoreUnavailable}
	}
	usable := 0
	for name, err := range s.readiness(ctx) {
		if err == nil {
			usable++
			parts["provider:"+name] = Part{Ready: true}
			continue
		}
		parts["provider:"+name] = Part{Code: login.CodeOf(err)}
	}
	if s.config.Parts != nil {
		maps.Copy(parts, s.config.Parts())
	}
	status := http.StatusOK
	if !parts["store"].Ready || usable == 0 {
		status = http.StatusServiceUnavailable
	}
	writeJSON(w, status, map[string]any{"ready": status == http.StatusOK, "degraded": degraded(parts), "parts": parts})
}

func degraded(parts map[string]Part) bool {
	for _, p := range parts {
		if !p.Ready || p.Detail != "" {
			return true
		}
	}
	return false
}

// readiness asks every provider at the same time, so that one that hangs costs
// the others nothing: nil for each that can be used.
func (s *Server) readiness(ctx context.Context) map[string]error {
	errs := make([]error, len(s.config.Providers))
	var asked sync.WaitGroup
	for i, p := range s.config.Providers {
		if prober, can := p.Flow.Provider.(login.Prober); can {
			asked.Go(func() {
				defer func() {
					if recover() != nil {
						errs[i] = login.NewFault(login.CodeInternal, "asking the provider panicked")
					}
				}()
				errs[i] = prober.Ready(ctx)
			})
		}
	}
	asked.Wait()
	all := map[string]error{}
	for i, p := range s.config.Providers {
		all[p.Name] = errs[i]
	}
	return all
}

const readyzTimeout = 5 * time.Second

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client has gone when this fails
}
