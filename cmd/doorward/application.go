package main

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/doorward/doorward/cmd/doorward/internal/orders"
	"github.com/doorward/doorward/cmd/doorward/internal/proxy"
)

// callsFrom is a loopback address that the proxy can call the host from. Where
// the system has more than one it is another than the browser's, so that the
// host believes the proxy and nobody else, as it would elsewhere.
func callsFrom(host net.IP) string {
	if host.To4() == nil {
		return host.String()
	}
	ln, err := net.Listen("tcp", "127.0.0.2:0")
	if err != nil {
		return host.String()
	}
	_ = ln.Close()
	return "127.0.0.2"
}

// front is the proxy's server, and behind it the application's.
type front struct{ proxy, application *http.Server }

// application makes the example application and the proxy before it. Nobody but
// the proxy can reach the application: it listens inside this process.
func (d *demo) application(public string, log *slog.Logger) (*front, error) {
	host, err := url.Parse("http://" + d.Listen)
	if err != nil {
		return nil, err
	}
	from := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(d.Proxy)}, Timeout: 5 * time.Second}
	ln := newInside()
	f := &front{
		application: &http.Server{Handler: orders.New(public, time.Now), ReadHeaderTimeout: 5 * time.Second},
		proxy: &http.Server{
			ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10,
			Handler: proxy.New(proxy.Config{
				Host: host, HostTransport: transport(from.DialContext),
				Upstream: &url.URL{Scheme: "http", Host: "orders"}, Transport: transport(ln.dial),
				Levels: map[string][]string{orders.Approve: {"Authenticated/Fresh"}}, Headers: []string{orders.GroupsHeader}, Log: log,
			}),
		},
	}
	go func() { _ = f.application.Serve(ln) }()
	return f, nil
}

func (f *front) Serve(ln net.Listener) error { return f.proxy.Serve(ln) }

// Close ends both servers and what they are doing.
func (f *front) Close() error {
	_ = f.proxy.Close()
	return f.application.Close()
}

func transport(dial func(ctx context.Context, network, address string) (net.Conn, error)) *http.Transport {
	return &http.Transport{
		DialContext: dial, DisableCompression: true, MaxIdleConnsPerHost: 32, IdleConnTimeout: time.Minute,
		MaxResponseHeaderBytes: 64 << 10, ResponseHeaderTimeout: time.Minute,
	}
}

// inside is a listener that only this process can reach.
type inside struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newInside() *inside { return &inside{conns: make(chan net.Conn), done: make(chan struct{})} }

func (l *inside) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case l.conns <- far:
		return near, nil
	case <-l.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (l *inside) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *inside) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

func (l *inside) Addr() net.Addr { return &net.UnixAddr{Name: "inside", Net: "unix"} }
