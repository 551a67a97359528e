package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// screen is what a command prints, read while it runs.
type screen struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

// shows waits until the screen has text, and clears it.
func (s *screen) shows(t *testing.T, text string) {
	t.Helper()
	for range 200 {
		s.mu.Lock()
		seen := s.text.String()
		if strings.Contains(seen, text) {
			s.text.Reset()
			s.mu.Unlock()
			return
		}
		s.mu.Unlock()
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("the screen never shows %q:\n%s", text, &s.text)
}

// What --watch is for: a test that fails, a file that does not compile, a new
// file, each shown as soon as it is written.
func TestPolicyTestWatches(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("a.rego", "package doorward.levels\n\ngrant contains \"A\"\n")
	write("a_test.rego", "package a_test\n\nimport data.doorward.levels\n\ntest_a if \"A\" in levels.grant\n")

	ctx, stop := context.WithCancel(t.Context())
	var out screen
	root := newRoot()
	root.SetArgs([]string{"policy", "test", "--watch", dir})
	root.SetOut(&out)
	root.SetErr(&out)
	done := make(chan error)
	go func() { done <- root.ExecuteContext(ctx) }()

	out.shows(t, "1 passed, 0 failed, 0 to do\nwaiting for a change; Ctrl-C ends")
	write("a.rego", "package doorward.levels\n\ngrant contains \"Another\"\n")
	out.shows(t, "0 passed, 1 failed, 0 to do\nwaiting")
	write("a.rego", "package doorward.levels\n\ngrant contains \"A\" if {\n")
	out.shows(t, "a.rego:4:0: unexpected eof token\n1 fault\nwaiting")
	write("a.rego", "package doorward.levels\n\ngrant contains \"A\"\n")
	out.shows(t, "1 passed, 0 failed")
	write("b_test.rego", "package b_test\n\ntest_b if true\n")
	out.shows(t, "2 passed, 0 failed")
	if err := os.RemoveAll(filepath.Join(dir, "b_test.rego")); err != nil {
		t.Fatal(err)
	}
	out.shows(t, "1 passed, 0 failed")
	stop()
	if err := <-done; err != nil {
		t.Errorf("the end of it is no failure: %v", err)
	}
}
