package examples_test

import (
	"bufio"
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/textproto"
	"strings"
	"sync"
	"testing"
)

// echo is an application that keeps every request as it arrived, byte for byte.
type echo struct {
	addr string
	mu   sync.Mutex
	seen []arrival
}

// arrival is one request at an application.
type arrival struct {
	Head string // from the request line to the empty line, as it was sent
	Body string
	*http.Request
}

func newEcho(t *testing.T) *echo {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	e := &echo{addr: ln.Addr().String()}
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go e.serve(conn)
		}
	}()
	return e
}

// serve answers every request on a connection with "echo PATH".
func (e *echo) serve(conn net.Conn) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	before := ""
	for {
		head, err := readHead(in)
		if err != nil {
			return
		}
		r, err := http.ReadRequest(bufio.NewReader(io.MultiReader(strings.NewReader(head), in)))
		if err != nil {
			e.keep(arrival{Head: before + head})
			return
		}
		body := r.Body
		if r.ContentLength == 0 { // the reader above may have read ahead only when there is a body
			body = http.NoBody
		}
		before = head // shown with what follows and is no request
		rest, err := io.ReadAll(body)
		if err != nil {
			e.keep(arrival{head, string(rest), r})
			return
		}
		for name, values := range r.Trailer {
			head += name + ": " + strings.Join(values, ", ") + "\r\n" // some servers take trailers for headers
		}
		e.keep(arrival{head, string(rest), r})
		if strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
			sum := sha1.Sum([]byte(r.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")) // RFC 6455, section 4.2.2
			fmt.Fprintf(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n", base64.StdEncoding.EncodeToString(sum[:]))
			_, _ = io.Copy(conn, in)
			return
		}
		text, after := "echo "+r.URL.RequestURI(), "keep-alive"
		if body != http.NoBody {
			after = "close" // what was read ahead of the next request is gone with r
		}
		head = fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\nConnection: %s\r\n\r\n", len(text), after)
		if r.Method == http.MethodHead {
			text = ""
		}
		if _, err := fmt.Fprint(conn, head, text); err != nil || after == "close" {
			return
		}
	}
}

// readHead reads up to the empty line, by bare line feeds too.
func readHead(in *bufio.Reader) (string, error) {
	var head bytes.Buffer
	for head.Len() < 1<<20 {
		line, err := in.ReadSlice('\n')
		head.Write(line)
		if err != nil {
			return head.String(), err
		}
		if len(bytes.TrimSpace(line)) == 0 && head.Len() > len(line) {
			return head.String(), nil
		}
	}
	return "", bufio.ErrTooLong
}

func (e *echo) keep(a arrival) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.seen = append(e.seen, a)
}

// take empties the list of what arrived.
func (e *echo) take() []arrival {
	e.mu.Lock()
	defer e.mu.Unlock()
	seen := e.seen
	e.seen = nil
	return seen
}

// one is the only request that arrived since the last look.
func (e *echo) one(t *testing.T) arrival {
	t.Helper()
	seen := e.take()
	if len(seen) != 1 {
		t.Fatalf("%d requests arrived, want one: %v", len(seen), heads(seen))
	}
	return seen[0]
}

func heads(seen []arrival) (list []string) {
	for _, a := range seen {
		list = append(list, a.Head)
	}
	return list
}

// lines are the header lines of an arrival whose name, with every underscore
// taken for a dash as many an application does, is name.
func (a arrival) lines(name string) (values []string) {
	for _, line := range strings.Split(a.Head, "\n")[1:] {
		have, value, _ := strings.Cut(strings.TrimRight(line, "\r"), ":")
		if strings.EqualFold(strings.ReplaceAll(strings.TrimSpace(have), "_", "-"), name) {
			values = append(values, textproto.TrimString(value))
		}
	}
	return values
}
