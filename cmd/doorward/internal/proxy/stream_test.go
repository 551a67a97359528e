package proxy_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestEventsPassAsTheyCome(t *testing.T) {
	h := newHouse(t)
	next := make(chan string)
	h.serve = func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for line := range next {
			_, _ = io.WriteString(w, line)
			_ = http.NewResponseController(w).Flush()
		}
	}
	go func() { next <- "data: 1\n\n" }()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, "GET", h.URL+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewReader(resp.Body)
	if line, err := lines.ReadString('\n'); line != "data: 1\n" {
		t.Fatalf("%q %v", line, err)
	}
	time.Sleep(400 * time.Millisecond) // longer than the question may take
	next <- "data: 2\n\n"
	_, _ = lines.ReadString('\n')
	if line, err := lines.ReadString('\n'); line != "data: 2\n" {
		t.Fatalf("%q %v", line, err)
	}
	close(next)
}

func TestAWebSocketPassesWhenItIsLetIn(t *testing.T) {
	h := newHouse(t)
	h.serve = func(w http.ResponseWriter, r *http.Request) {
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		_, _ = rw.WriteString("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
		_ = rw.Flush()
		line, _ := rw.ReadString('\n')
		_, _ = rw.WriteString(r.Header.Get("X-Doorward-User") + " says " + line + "\n")
		_ = rw.Flush()
	}
	ask := "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, X-Doorward-User\r\nUpgrade: websocket\r\nX-Doorward-User: forged\r\n\r\n"
	if got := raw(t, h, ask, "hello\n"); !strings.Contains(got, "ada says hello") {
		t.Errorf("%q", got)
	}
	h.set(no(401))
	got := raw(t, h, ask)
	if _, reached := h.seen(); !strings.HasPrefix(got, "HTTP/1.1 401") || len(reached) != 1 {
		t.Errorf("%q", got)
	}
}

// raw sends each text after something came back for the one before.
func raw(t *testing.T, h *house, texts ...string) (got string) {
	t.Helper()
	conn, err := net.Dial("tcp", h.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, text := range texts {
		if _, err := io.WriteString(conn, text); err != nil {
			t.Fatal(err)
		}
		_ = conn.SetReadDeadline(time.Now().Add(time.Second))
		read := make([]byte, 4096)
		n, _ := conn.Read(read)
		got += string(read[:n])
	}
	return got
}
