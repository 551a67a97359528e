package host_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"

	"github.com/doorward/doorward/host/hosttest"
)

// BenchmarkForwardAuth is GET /auth over loopback TCP, each answer beside that
// of a bare Fiber handler with the very same bytes. Sixteen connections are kept
// alive; the client only writes and reads.
func BenchmarkForwardAuth(b *testing.B) {
	s := newSite(b, hosttest.NewProvider(b), settings{Quiet: true, Top: trusting, Provider: benchMappers, Rest: benchPlugins + levels + applications})
	who := s.browser()
	who.echoed("https://wiki.example.test/page")
	cookie := "__Host-doorward=" + who.at("wiki.example.test", "__Host-doorward")
	for _, c := range []struct{ name, cookie, query string }{
		{"live", cookie, ""}, {"none", "", ""}, {"missing-level", cookie, "?level=Authenticated/Challenged"},
	} {
		request := question(c.query, c.cookie)
		answer := exchange(b, s.listen, request)
		bare := newBare(b, answer)
		b.Run(c.name+"/bare", func(b *testing.B) { hammer(b, bare, request, len(exchange(b, bare, request))) })
		b.Run(c.name+"/doorward", func(b *testing.B) { hammer(b, s.listen, request, len(answer)) })
	}
}

// question is what a proxy asks about a script's request.
func question(query, cookie string) []byte {
	text := "GET /auth" + query + " HTTP/1.1\r\nHost: login.example.test\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n" +
		"Accept: application/json\r\nAccept-Language: en\r\nAccept-Encoding: gzip, br\r\nSec-Fetch-Mode: cors\r\n" +
		"X-Forwarded-Method: GET\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: wiki.example.test\r\nX-Forwarded-Uri: /page?x=1\r\nX-Forwarded-For: 192.0.2.7\r\n"
	if cookie != "" {
		text += "Cookie: theme=dark; " + cookie + "\r\n"
	}
	return []byte(text + "\r\n")
}

// exchange sends one request and returns the whole answer.
func exchange(t testing.TB, addr string, request []byte) []byte {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write(bytes.Replace(request, []byte("\r\n\r\n"), []byte("\r\nConnection: close\r\n\r\n"), 1)); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Replace(answer, []byte("Connection: close\r\n"), nil, 1)
}

// newBare serves answer by a handler that does nothing else.
func newBare(b *testing.B, answer []byte) (addr string) {
	b.Helper()
	head, body, _ := strings.Cut(string(answer), "\r\n\r\n")
	lines := strings.Split(head, "\r\n")
	status := 0
	if _, err := fmt.Sscanf(lines[0], "HTTP/1.1 %d", &status); err != nil {
		b.Fatal(err)
	}
	var headers [][2]string
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ": ")
		if name != "Date" && name != "Content-Length" {
			headers = append(headers, [2]string{name, value})
		}
	}
	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	app.Get("/auth", func(c *fiber.Ctx) error {
		for _, header := range headers {
			c.Set(header[0], header[1])
		}
		return c.Status(status).SendString(body)
	})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	go func() { _ = app.Listener(ln) }()
	b.Cleanup(func() { _ = app.Shutdown() })
	return ln.Addr().String()
}

// hammer asks again and again; every answer has size bytes.
func hammer(b *testing.B, addr string, request []byte, size int) {
	b.SetParallelism(8)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			b.Error(err)
			return
		}
		defer conn.Close()
		answer := make([]byte, size)
		for pb.Next() {
			if _, err = conn.Write(request); err == nil {
				_, err = io.ReadFull(conn, answer)
			}
			if err != nil || !bytes.HasPrefix(answer, []byte("HTTP/1.1 ")) {
				b.Errorf("%v: %.60s", err, answer)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
}
