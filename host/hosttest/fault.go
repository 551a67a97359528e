package hosttest

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"sync"
	"time"
)

// quiet drops what net/http says of connections that tests break.
var quiet = log.New(io.Discard, "", 0)

func (f Fault) answer(w http.ResponseWriter, r *http.Request) {
	if f.Slow > 0 {
		select {
		case <-time.After(f.Slow):
		case <-r.Context().Done():
		}
	}
	if f.Drop {
		panic(http.ErrAbortHandler)
	}
	for name, value := range f.Header {
		w.Header().Set(name, value)
	}
	if f.ContentType != "" {
		w.Header().Set("Content-Type", f.ContentType)
	}
	if f.Redirect != "" {
		w.Header().Set("Location", f.Redirect)
		f.Status = http.StatusFound
	}
	body := []byte(f.Body)
	if f.Bomb {
		w.Header().Set("Content-Encoding", "gzip")
		body = bomb()
	}
	if f.Status != 0 {
		w.WriteHeader(f.Status)
	}
	_, _ = w.Write(body)
}

var bomb = sync.OnceValue(func() []byte {
	var out bytes.Buffer
	z, _ := gzip.NewWriterLevel(&out, gzip.BestSpeed)
	_, _ = z.Write([]byte(`{"a":"`))
	block := bytes.Repeat([]byte("a"), 1<<20)
	for range 64 {
		_, _ = z.Write(block)
	}
	_ = z.Close()
	return out.Bytes()
})

func writeJSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value)
}

func writeError(w http.ResponseWriter, status int, code string) {
	writeJSON(w, status, map[string]any{"error": code, "error_description": "the provider's own words"})
}
