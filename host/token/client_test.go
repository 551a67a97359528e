package token

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func serve(t testing.TB, handle http.HandlerFunc) (*httptest.Server, *Client) {
	t.Helper()
	server := httptest.NewUnstartedServer(handle)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	return server, NewClient(ClientConfig{Transport: server.Client().Transport, Timeout: 300 * time.Millisecond, MaxBody: 1000})
}

func TestT50_RedirectsAreNotFollowed(t *testing.T) {
	var calls atomic.Int32
	server, client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		http.Redirect(w, r, "/elsewhere", http.StatusFound)
	})
	res, err := client.Get(context.Background(), server.URL, "*/*")
	if err != nil || res.Status != http.StatusFound || calls.Load() != 1 {
		t.Errorf("status %d, %d calls, %v", res.Status, calls.Load(), err)
	}
}

func TestT50_OnlyHTTPSIsCalled(t *testing.T) {
	strict, lax := NewClient(ClientConfig{}), NewClient(ClientConfig{AllowLoopback: true})
	for address, want := range map[string][2]bool{ // strict, lax
		"https://idp.example.com/x":   {true, true},
		"https://127.0.0.1/x":         {true, true},
		"http://idp.example.com/x":    {false, false},
		"http://localhost:8080/x":     {false, true},
		"http://LOCALHOST./x":         {false, true},
		"http://idp.localhost/x":      {false, true},
		"http://127.9.8.7/x":          {false, true},
		"http://[::1]:80/x":           {false, true},
		"http://[::ffff:127.0.0.1]/x": {false, true},
		"http://localhost.evil.com/":  {false, false},
		"http://127.0.0.1.evil.com/":  {false, false},
		"http://localhost@evil.com/":  {false, false},
		"https://user:pw@idp.example": {false, false},
		"https:idp.example.com":       {false, false},
		"https:///x":                  {false, false},
		"file:///etc/passwd":          {false, false},
		"gopher://localhost/":         {false, false},
		"//idp.example.com/":          {false, false},
		"":                            {false, false},
		"https://a b/":                {false, false},
	} {
		for i, client := range []*Client{strict, lax} {
			err := client.CheckURL(address)
			if (err == nil) != want[i] || err != nil && !errors.Is(err, ErrInsecureURL) {
				t.Errorf("%q, lax %d: %v", address, i, err)
			}
		}
		if !want[0] {
			if _, err := strict.Get(context.Background(), address, "*/*"); !errors.Is(err, ErrInsecureURL) {
				t.Errorf("%q was called: %v", address, err)
			}
		}
	}
}

func TestT50_PrivateAddressesCanBeDenied(t *testing.T) {
	var calls atomic.Int32
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { calls.Add(1) }))
	defer server.Close()
	client := NewClient(ClientConfig{DenyPrivate: true})
	// A name that leads to this machine is refused as its address is.
	for _, address := range []string{server.URL, strings.Replace(server.URL, "127.0.0.1", "localhost", 1)} {
		if _, err := client.Get(context.Background(), address, "*/*"); !errors.Is(err, ErrPrivateAddress) {
			t.Errorf("%s: %v", address, err)
		}
	}
	if calls.Load() != 0 {
		t.Error("the server was called")
	}
	for address, public := range map[string]bool{
		"93.184.216.34": true, "2606:2800:220:1::1": true, "64:ff9b::5db8:d822": true,
		"127.0.0.1": false, "10.1.2.3": false, "172.16.0.1": false, "192.168.1.1": false, "169.254.169.254": false,
		"100.64.0.1": false, "0.0.0.0": false, "0.1.2.3": false, "224.0.0.1": false, "255.255.255.255": false,
		"::1": false, "::": false, "fe80::1": false, "fd00::1": false, "ff02::1": false,
		"::ffff:10.0.0.1": false, "64:ff9b::7f00:1": false,
	} {
		if got := IsPublic(netip.MustParseAddr(address)); got != public {
			t.Errorf("IsPublic(%s) = %v", address, got)
		}
	}
}

func TestT50_BodiesAreBounded(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write(make([]byte, 8<<20))
	_ = z.Close()
	for name, tt := range map[string]struct {
		handle http.HandlerFunc
		want   error
		length int
	}{
		"just fits": {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 1000)) }, nil, 1000},
		"one over":  {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 1001)) }, ErrTooLarge, 1000},
		"endless": {func(w http.ResponseWriter, _ *http.Request) {
			for {
				if _, err := w.Write(make([]byte, 4096)); err != nil {
					return
				}
			}
		}, ErrTooLarge, 1000},
		"gzip bomb": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(packed.Bytes())
		}, ErrTooLarge, 1000},
		"another encoding": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "br")
			_, _ = w.Write([]byte("x"))
		}, ErrEncoding, 0},
	} {
		server, client := serve(t, tt.handle)
		res, err := client.Get(context.Background(), server.URL, "*/*")
		if !errors.Is(err, tt.want) || len(res.Body) != tt.length {
			t.Errorf("%s: %d bytes, %v", name, len(res.Body), err)
		}
	}
}

func TestT49_EveryCallHasATimeout(t *testing.T) {
	for name, handle := range map[string]http.HandlerFunc{
		"no headers": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"no body": func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write([]byte("{"))
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		},
		"a drop at a time": func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				_, _ = w.Write([]byte(" "))
				w.(http.Flusher).Flush()
				time.Sleep(20 * time.Millisecond)
			}
		},
	} {
		server, client := serve(t, handle)
		start := time.Now()
		_, err := client.Get(context.Background(), server.URL, "*/*")
		if !IsTimeout(err) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", name, err)
		}
		if took := time.Since(start); took > 3*time.Second {
			t.Errorf("%s: gave up after %v", name, took)
		}
	}
}

func TestT48_ErrorsHoldNoQuery(t *testing.T) {
	server, client := serve(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	_, err := client.Get(context.Background(), server.URL+"/token?secret=canary-1", "*/*")
	if err == nil || IsTimeout(err) || strings.Contains(err.Error(), "canary") {
		t.Errorf("error: %v", err)
	}
}
