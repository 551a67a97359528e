package web

// Connections on which nobody has said anything yet. The framework counts one
// as busy from the start, so a browser's or a proxy's spare connection would
// hold up the stop of the host until its time is over.

import (
	"net"
	"sync"
	"sync/atomic"
)

// listener closes, with itself, the connections on which nothing came.
type listener struct {
	net.Listener
	mu     sync.Mutex
	closed bool
	silent map[*conn]struct{}
}

func listening(ln net.Listener) *listener {
	return &listener{Listener: ln, silent: map[*conn]struct{}{}}
}

func (l *listener) Accept() (net.Conn, error) {
	accepted, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &conn{Conn: accepted, from: l}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		_ = c.Conn.Close()
		return nil, net.ErrClosed
	}
	l.silent[c] = struct{}{}
	return c, nil
}

// Close stops listening and closes the silent connections.
func (l *listener) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	for c := range l.silent {
		_ = c.Conn.Close()
	}
	clear(l.silent)
	return l.Listener.Close()
}

func (l *listener) heard(c *conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.silent, c)
}

// conn is a connection that tells its listener when something came, or when
// it ends.
type conn struct {
	net.Conn
	from *listener
	said atomic.Bool
}

func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 && !c.said.Swap(true) {
		c.from.heard(c)
	}
	return n, err
}

func (c *conn) Close() error {
	if !c.said.Swap(true) {
		c.from.heard(c)
	}
	return c.Conn.Close()
}
