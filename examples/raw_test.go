package examples_test

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"
)

// raw sends bytes that no client would through the proxy, and returns all that
// comes back until the connection is closed or silent.
func (p *place) raw(t *testing.T, host, bytes string) string {
	t.Helper()
	conn := p.dial(t, host)
	defer conn.Close()
	return exchange(conn, bytes)
}

func (p *place) dial(t *testing.T, host string) net.Conn {
	t.Helper()
	conn, err := tls.Dial("tcp", p.front, &tls.Config{RootCAs: roots(t), ServerName: host})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	return conn
}

// quiet is how long a connection that stays open is listened to.
const quiet = 400 * time.Millisecond

func exchange(conn net.Conn, bytes string) string {
	got, _ := exchangeToTheEnd(conn, bytes)
	return got
}

// exchangeToTheEnd is exchange, and whether the other side ended the connection.
func exchangeToTheEnd(conn net.Conn, bytes string) (got string, ended bool) {
	_ = conn.SetWriteDeadline(time.Now().Add(5 * time.Second))
	go func() { _, _ = io.WriteString(conn, bytes) }() // the other side may hang up before it has all
	var all []byte
	buf := make([]byte, 16<<10)
	wait := 3 * time.Second // for the first byte
	for {
		_ = conn.SetReadDeadline(time.Now().Add(wait))
		n, err := conn.Read(buf)
		all = append(all, buf[:n]...)
		if err != nil {
			return string(all), !errors.Is(err, os.ErrDeadlineExceeded)
		}
		wait = quiet
	}
}
