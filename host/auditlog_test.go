package host

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/doorward/doorward/host/login"
)

// tearing writes so many bytes of each line.
type tearing struct {
	bytes.Buffer
	most int
}

func (w *tearing) Write(p []byte) (int, error) {
	if w.most >= 0 && len(p) > w.most {
		n, _ := w.Buffer.Write(p[:w.most])
		return n, errors.New("no space left on device")
	}
	return w.Buffer.Write(p)
}

func newLog(t *testing.T, path string) *auditLog {
	t.Helper()
	a, err := openAuditLog(path, time.Now, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// A line that did not come whole spoils none of those after it.
func TestAuditLog_ATornLineEndsWhereItIs(t *testing.T) {
	for most := range 40 {
		out := &tearing{most: -1}
		a := newLog(t, "-")
		a.out = out
		a.write(login.Event{Type: "login", LoginID: "1"})
		out.most = most
		a.write(login.Event{Type: "login", LoginID: "2"})
		a.write(login.Event{Type: "login", LoginID: "3"})
		out.most = -1
		a.write(login.Event{Type: "login", LoginID: "4"})
		var whole []string
		for line := range strings.Lines(out.String()) {
			var e login.Event
			if json.Unmarshal([]byte(line), &e) == nil {
				whole = append(whole, e.LoginID)
			}
		}
		if got := strings.Join(whole, ""); got != "14" {
			t.Errorf("%d bytes: the whole lines are %q of %q", most, got, out.String())
		}
	}
}

// A file that a killed host left in the middle of a line is gone on with on the
// next one; one that ends well is not.
func TestAuditLog_AFileThatWasLeftInTheMiddle(t *testing.T) {
	for left, want := range map[string]int{"": 1, "{\"type\":\"login\"}\n": 2, `{"type":"log`: 2} {
		path := filepath.Join(t.TempDir(), "audit.jsonl")
		if err := os.WriteFile(path, []byte(left), 0o600); err != nil {
			t.Fatal(err)
		}
		a := newLog(t, path)
		a.write(login.Event{Type: "logout"})
		if err := a.Close(); err != nil {
			t.Error(err)
		}
		raw, _ := os.ReadFile(path)
		lines := strings.Split(strings.TrimSuffix(string(raw), "\n"), "\n")
		if last := lines[len(lines)-1]; len(lines) != want || !json.Valid([]byte(last)) {
			t.Errorf("after %q the file is %q", left, raw)
		}
		a.write(login.Event{Type: "logout"}) // too late: counted, and no panic
		if a.Degraded() == "" {
			t.Error("a line after the end was not counted as lost")
		}
	}
}

func TestAuditLog_LinesAreBounded(t *testing.T) {
	long := make([]string, 3000)
	for i := range long {
		long[i] = "Authenticated/Roles/" + strings.Repeat("x", 60)
	}
	e := login.Event{
		Type: "login", LoginID: "kept", Session: "kept", Before: long, Levels: long, Reason: strings.Repeat("r", 100), Code: "kept",
		Claims: map[string]any{"email": "a@example.com"}, Plugins: []login.Module{{Name: "p", SHA256: strings.Repeat("0", 64)}},
	}
	line, err := lineOf(e)
	var got login.Event
	if err != nil || len(line) > maxLine || json.Unmarshal(line, &got) != nil || got.LoginID != "kept" || got.Code != "kept" || len(got.Plugins) != 1 {
		t.Fatalf("%v: %d bytes, %+v", err, len(line), got)
	}
	if want := "claims withheld before levels"; strings.Join(got.Omitted, " ") != want {
		t.Errorf("left out are %q, want %s", got.Omitted, want)
	}
	if _, err := lineOf(login.Event{RequestID: strings.Repeat("x", maxLine)}); err == nil {
		t.Error("an event that cannot be bounded was written")
	}
	one, err := lineOf(login.Event{Type: "refused", Reason: "a\nb\u2028{\"type\":\"login\"}\r"})
	if err != nil || bytes.Count(one, []byte{'\n'}) != 1 || bytes.ContainsAny(one, "\r\u2028") {
		t.Errorf("%v %q", err, one)
	}
}

// Lines of many at once are whole, also while the file is opened anew.
func TestAuditLog_ManyAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	a := newLog(t, path)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 200 {
				a.write(login.Event{Type: "login", Reason: strings.Repeat("x", 100)})
			}
		})
	}
	all.Go(func() {
		for range 50 {
			if err := a.Reopen(); err != nil {
				t.Error(err)
			}
			_ = a.Degraded()
		}
	})
	all.Wait()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	decoder, n := json.NewDecoder(bytes.NewReader(raw)), 0
	for ; ; n++ {
		var e login.Event
		if err := decoder.Decode(&e); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if n != 1600 || a.Close() != nil {
		t.Errorf("%d lines", n)
	}
}

func BenchmarkAuditLine(b *testing.B) {
	a, err := openAuditLog(filepath.Join(b.TempDir(), "audit.jsonl"), time.Now, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	e := login.Event{
		Time: time.Now(), Type: "login", LoginID: "0123456789abcdef", Provider: "corp", Session: strings.Repeat("0", 32), Person: "0123456789abcdef",
		Levels: []string{"Authenticated", "Authenticated/Fresh", "Authenticated/Engineer"}, Policy: strings.Repeat("0", 32), Proof: &login.Proof{},
	}
	b.ReportAllocs()
	for b.Loop() {
		a.write(e)
	}
	if a.Degraded() != "" || a.Close() != nil {
		b.Error("a line was lost")
	}
}
