package author_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/doorward/doorward/cmd/doorward/internal/author"
)

// screen is what a watcher prints, while it prints.
type screen struct {
	mu   sync.Mutex
	text strings.Builder
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

// until waits for a text and forgets what came before its end.
func (s *screen) until(t *testing.T, want string) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		s.mu.Lock()
		text := s.text.String()
		if _, after, found := strings.Cut(text, want); found {
			s.text.Reset()
			s.text.WriteString(after)
			s.mu.Unlock()
			return
		}
		s.mu.Unlock()
		if time.Now().After(deadline) {
			t.Fatalf("there is no %q in\n%s", want, text)
		}
	}
}

func TestWatchTestsAgainAfterAChange(t *testing.T) {
	h, p := host(t), project(t, "team", "")
	file(t, p.Dir, "testdata/red/output.json", red)
	ctx, stop := context.WithCancel(context.Background())
	out := &screen{}
	ended := make(chan error, 1)
	go func() { ended <- p.Watch(ctx, h, author.TestOptions{}, out, out) }()

	out.until(t, "building "+p.Module()+"\n")
	out.until(t, "1 passed, 0 failed\nwaiting for a change")
	// Another case.
	file(t, p.Dir, "testdata/none/output.json", `{"result":{},"log":["info: there is no team"]}`)
	file(t, p.Dir, "testdata/none/input.json", `{}`)
	out.until(t, "2 passed, 0 failed\nwaiting for a change")
	// A plugin.json that is broken, and mended.
	good, err := os.ReadFile(filepath.Join(p.Dir, "plugin.json"))
	if err != nil {
		t.Fatal(err)
	}
	file(t, p.Dir, "plugin.json", "{")
	out.until(t, "mend")
	file(t, p.Dir, "plugin.json", strings.Replace(string(good), "team.wasm", "fail.wasm", 1))
	out.until(t, "0 passed, 2 failed\nwaiting for a change")
	stop()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Error("it goes on after its end")
	}
}
