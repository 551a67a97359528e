package host_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/doorward/doorward/host/hosttest"
)

const (
	benchConnections = 16
	benchHot         = 5000 // sessions; the host keeps as many and more in memory
)

// desk is an application on the host's own origin, which every handle that
// a login makes is good for.
const desk = "  desk: {origins: [\"https://login.example.test\"], paths: [/desk]}\n"

// BenchmarkForwardAuth is GET /auth over loopback TCP, in turn with a Fiber
// handler that does nothing but send the very same bytes, under the same
// settings. The client is a process of its own, and is the same for both.
//
// DOORWARD_BENCH_SESSIONS=1000000 adds a store of that size: eight minutes to
// fill, 6 GB of disk.
func BenchmarkForwardAuth(b *testing.B) {
	sizes := []int{1, 10_000}
	if n, err := strconv.Atoi(os.Getenv("DOORWARD_BENCH_SESSIONS")); err == nil {
		sizes = append(sizes, n)
	}
	for _, n := range sizes {
		b.Run(fmt.Sprintf("sessions=%d", n), func(b *testing.B) { benchForwardAuth(b, n) })
	}
}

func benchForwardAuth(b *testing.B, n int) {
	s := newSite(b, hosttest.NewProvider(b), settings{Quiet: true, Top: trusting, Provider: benchMappers, Rest: benchPlugins + levels + applications + desk})
	tick(b, s.idp.Clock)
	who := s.browser()
	who.echoed("https://wiki.example.test/page")
	handles := s.fill(n-1, who.cookie("__Host-doorward").Value)
	load := hosttest.NewLoad(b)
	cookie := "__Host-doorward=" + who.at("wiki.example.test", "__Host-doorward")
	for _, c := range []struct{ name, query, cookie, mode string }{
		{"live", "", cookie, "cors"}, {"none", "", "", "cors"}, {"none-page", "", "", "navigate"}, {"missing-level", "?level=Authenticated/Challenged", cookie, "cors"},
	} {
		request := bytes.Replace(question(c.query, c.cookie), []byte("Mode: cors"), []byte("Mode: "+c.mode), 1)
		bare := newBare(b, exchange(b, s.listen, request), asOurs)
		b.Run(c.name, func(b *testing.B) { beside(b, load, bare, s.listen, request) })
	}
	if n == 1 {
		request := question("", cookie)
		answer := exchange(b, s.listen, request)
		plain, ours := newBare(b, answer, fiber.Config{}), newBare(b, answer, asOurs)
		b.Run("bare-settings", func(b *testing.B) { beside(b, load, plain, ours, request) })
		return
	}
	hot := s.anyOf(handles, benchHot)
	memory := heapInUse()
	warm := hot
	warm.Cold, warm.Count = true, benchHot
	load.Run(warm)
	memory = (heapInUse() - memory) / benchHot
	info, err := os.Stat(filepath.Join(s.dir, "data", "doorward.db"))
	if err != nil {
		b.Fatal(err)
	}
	b.Run("live-of-5000", func(b *testing.B) {
		among(b, load, hot)
		b.ReportMetric(memory, "memory-B/session")
		b.ReportMetric(float64(info.Size())/float64(n), "file-B/session")
	})
	if n > 10*benchHot { // more than the host keeps in memory
		b.Run("live-of-all", func(b *testing.B) { among(b, load, s.anyOf(handles, n-1)) })
	}
}

// asOurs are the host's settings for its connections.
var asOurs = fiber.Config{
	Immutable: true, EnableTrustedProxyCheck: true, ReadBufferSize: 32 << 10, BodyLimit: 256 << 10,
	ReadTimeout: 15 * time.Second, WriteTimeout: time.Minute, IdleTimeout: 2 * time.Minute, StrictRouting: true, CaseSensitive: true,
}

// beside compares two servers that give the same answer to a request.
func beside(b *testing.B, load *hosttest.Load, bare, addr string, request []byte) {
	want, _, _ := strings.Cut(string(exchange(b, addr, request)), "\r\n")
	job := hosttest.Job{Addr: bare, Connections: benchConnections, Request: request, Want: want}
	ours := job
	ours.Addr = addr
	f := load.Compare(b, job, ours)
	b.ReportMetric(f[1].PerSecond, "requests/s")
	b.ReportMetric(f[0].PerSecond, "bare-requests/s")
	b.ReportMetric(f[1].Beside, "of-bare")
	b.ReportMetric(f[1].CPU, "cpu-µs/op")
	b.ReportMetric(f[0].CPU, "bare-cpu-µs/op")
	b.ReportMetric(f[1].ClientCPU, "client-cpu-µs/op")
	b.ReportMetric(f[1].CPUBeside, "cpu-of-bare")
}

// anyOf asks with the handle of another of the first n sessions each time.
func (s *site) anyOf(handles string, n int) hosttest.Job {
	request := bytes.Replace(question("", "__Host-doorward="+hosttest.ValueMark), []byte("wiki.example.test"), []byte("login.example.test"), 1)
	request = bytes.Replace(request, []byte("Uri: /page"), []byte("Uri: /desk"), 1)
	return hosttest.Job{Addr: s.listen, Connections: benchConnections, Request: request, Want: "HTTP/1.1 200 ", Values: handles, Among: n, Cold: n > benchHot}
}

func among(b *testing.B, load *hosttest.Load, job hosttest.Job) {
	f := load.Compare(b, job)
	b.ReportMetric(f[0].PerSecond, "requests/s")
	b.ReportMetric(f[0].CPU, "cpu-µs/op")
	b.ReportMetric(f[0].ClientCPU, "client-cpu-µs/op")
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
func newBare(b *testing.B, answer []byte, with fiber.Config) (addr string) {
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
	with.DisableStartupMessage = true
	app := fiber.New(with)
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
