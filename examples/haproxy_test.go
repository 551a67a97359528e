package examples_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// TestHAProxy runs examples/haproxy in Debian's HAProxy. Only addresses and
// paths of files are changed.
func TestHAProxy(t *testing.T) {
	t.Parallel()
	haproxy := installed(t, "haproxy")
	p := newPlace(t, "haproxy")
	p.startHAProxy(haproxy)
	p.check(t)
}

func (p *place) startHAProxy(haproxy string) {
	t := p.t
	dir := t.TempDir()
	p.front = freePort(t)
	cert, key := certificate()
	write(t, dir, "certs/example.com.pem", string(cert)+string(key))
	conf := p.upstreams(read(t, "haproxy", "haproxy.cfg"))
	conf = swap(t, conf, "bind :443 ", "bind "+p.front+" ")
	conf = swap(t, conf, "/etc/haproxy/", dir+"/")
	write(t, dir, "haproxy.cfg", conf)
	write(t, dir, "doorward.lua", read(t, "haproxy", "doorward.lua"))
	p.run(dir, haproxy, "-db", "-f", filepath.Join(dir, "haproxy.cfg"))
}

// TestT08_answers_that_are_none puts a server in the place of Doorward that
// answers what Doorward never does. HAProxy goes on when a script fails, so
// nothing but a whole answer may let a request through.
func TestT08_answers_that_are_none(t *testing.T) {
	t.Parallel()
	haproxy := installed(t, "haproxy")
	p := newPlace(t, "haproxy")
	p.doorward = newFake(t)
	p.startHAProxy(haproxy)
	for name := range fakes {
		r := page(t, "https://"+wikiHost+"/")
		r.Header.Set("User-Agent", name)
		r.Header.Set("X-Doorward-User", "forged")
		a := p.browser(t).step(r)
		if whole := name == "whole"; whole != (a.StatusCode == http.StatusOK) || !whole && a.StatusCode < 500 {
			t.Errorf("%s: %s", name, a.Status)
		}
		if seen := p.wiki.take(); (len(seen) == 1) != (name == "whole") {
			t.Errorf("%s: %q arrived", name, heads(seen))
		}
	}
}

const everyHeader = "X-Doorward-Subject: s\r\nX-Doorward-User: u\r\nX-Doorward-Email:\r\nX-Doorward-Roles:\r\nX-Doorward-Levels:\r\nX-Doorward-Idp:\r\nX-Doorward-Assertion: a\r\nCookie:\r\n"

// fakes are answers by the User-Agent that they are for.
var fakes = map[string]string{
	"whole":           "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + everyHeader + "\r\n",
	"no headers":      "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
	"one is missing":  "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + strings.Replace(everyHeader, "X-Doorward-Roles:\r\n", "", 1) + "\r\n",
	"no cookie":       "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + strings.Replace(everyHeader, "Cookie:\r\n", "", 1) + "\r\n",
	"one comes twice": "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + everyHeader + "X-Doorward-User: v\r\n\r\n",
	"too large":       "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + strings.Replace(everyHeader, "Roles:", "Roles: "+strings.Repeat("r", 60<<10), 1) + "\r\n",
	"204":             "HTTP/1.1 204 No Content\r\n" + everyHeader + "\r\n",
	"no HTTP":         "hello\r\n\r\n",
	"cut off":         "HTTP/1.1 200 OK\r\nX-Doorward-User: u\r\n",
	"nothing":         "",
}

// newFake answers every request out of fakes, and hangs up.
func newFake(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			if r, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
				_, _ = io.WriteString(conn, fakes[r.UserAgent()])
			}
			conn.Close()
		}
	}()
	return ln.Addr().String()
}
