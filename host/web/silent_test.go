package web

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"testing"
	"time"
)

// A connection that was opened ahead of need, as browsers and proxies do, is no
// reason for a stop to take long: the framework would wait for its first byte.
func TestSilentConnectionsDoNotHoldUpAStop(t *testing.T) {
	public, _ := url.Parse("https://login.example.com")
	s := New(Config{PublicURL: public, Origins: NewOrigins(public, nil), Log: slog.New(slog.DiscardHandler), Now: time.Now})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(ln) }()
	resp, err := http.Get(fmt.Sprintf("http://%s/no-such-page", ln.Addr())) // the server is up, and a spoken connection stays open
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	var silent []net.Conn
	for range 3 {
		c, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		silent = append(silent, c)
	}
	time.Sleep(100 * time.Millisecond)                                      // they are accepted, and read from
	ctx, cancel := context.WithTimeout(context.Background(), readTimeout/2) // a silent connection would last longer
	defer cancel()
	closed := make(chan error, 1)
	go func() { closed <- s.Close(ctx) }()
	for _, c := range silent {
		if _, err := c.Read(make([]byte, 1)); err == nil {
			t.Error("something was said on a silent connection")
		}
	}
	if err := <-closed; err != nil {
		t.Errorf("close: %v", err)
	}
	if err := <-served; err != nil {
		t.Errorf("serve: %v", err)
	}
}
