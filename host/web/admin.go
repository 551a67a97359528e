package web

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/doorward/doorward/host/login"
)

// Admin answers on the admin listener:
//
//	GET /healthz  200 while the process can answer at all
//	GET /readyz   200 when the store and at least one provider can be used,
//	              else 503; the body says how each of them is
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

// component is the state of one part, as /readyz tells it.
type component struct {
	Ready bool       `json:"ready"`
	Code  login.Code `json:"code,omitempty"`
}

// readyz does a real write and read on the store and asks each provider.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readyzTimeout)
	defer cancel()
	parts := map[string]component{"store": {Ready: true}}
	if err := s.config.Store.Ping(ctx); err != nil {
		s.config.Log.Error("the store is not ready", "error", err)
		parts["store"] = component{Code: login.CodeStoreUnavailable}
	}
	usable := 0
	for _, p := range s.config.Providers {
		part := component{Ready: true}
		usable++
		if err := ready(ctx, p); err != nil {
			part = component{Code: login.CodeOf(err)}
			usable--
		}
		parts["provider:"+p.Name] = part
	}
	status := http.StatusOK
	if !parts["store"].Ready || usable == 0 {
		status = http.StatusServiceUnavailable
	}
	writeJSON(w, status, map[string]any{"ready": status == http.StatusOK, "parts": parts})
}

const readyzTimeout = 5 * time.Second

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client has gone when this fails
}
