// Where the lines of the audit log go.

package host

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/doorward/doorward/host/login"
)

const (
	maxLine      = 16 << 10 // bytes
	sayEvery     = time.Minute
	auditMode    = 0o600
	auditWritten = "written"
	auditFailed  = "failed"
)

// auditLog writes events, one JSON line each, in one write each. A line that
// cannot be written is lost, counted and said: logins go on. It is safe for
// concurrent use.
type auditLog struct {
	path  string // "" writes nothing, "-" to standard output
	now   func() time.Time
	log   *slog.Logger
	lines *prometheus.CounterVec // by outcome

	mu       sync.Mutex
	out      io.Writer
	file     *os.File // out, when it is a file
	torn     bool     // the last line did not come whole: the next begins a line of its own
	lost     int      // lines in a row
	since    time.Time
	why      error     // of the last of them
	said     time.Time // when the log heard of it
	unopened error     // of the last Reopen
}

// openAuditLog opens path for appending.
func openAuditLog(path string, now func() time.Time, log *slog.Logger) (*auditLog, error) {
	a := &auditLog{path: path, now: now, log: log, lines: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "doorward_audit_lines_total", Help: "Lines of the audit log, by outcome; one that failed is lost.",
	}, []string{"outcome"})}
	a.lines.WithLabelValues(auditWritten)
	a.lines.WithLabelValues(auditFailed)
	if path == "" || path == "-" {
		return a, nil
	}
	return a, a.open()
}

// open opens the file, in place of the one before.
func (a *auditLog) open() error {
	switch info, err := os.Stat(a.path); {
	case err == nil && !info.Mode().IsRegular(): // to open a pipe would wait for its reader
		return errors.New("is no regular file; write - for standard output")
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("cannot be opened: %w", reason(err))
	}
	file, err := os.OpenFile(a.path, os.O_RDWR|os.O_APPEND|os.O_CREATE, auditMode)
	if err != nil {
		return fmt.Errorf("cannot be opened: %w", reason(err))
	}
	if a.file != nil {
		_ = a.file.Close() // nothing is left in it to be written
	}
	a.file, a.out, a.torn = file, file, endsTorn(file)
	return nil
}

// endsTorn reports whether the last line of a file has no end: a host was
// killed, or a disk was full, in the middle of it.
func endsTorn(file *os.File) bool {
	info, err := file.Stat()
	if err != nil || info.Size() == 0 {
		return false
	}
	var last [1]byte
	_, err = file.ReadAt(last[:], info.Size()-1)
	return err == nil && last[0] != '\n'
}

// write writes one line.
func (a *auditLog) write(e login.Event) {
	if a.path == "" {
		return
	}
	text, err := lineOf(e)
	a.mu.Lock()
	defer a.mu.Unlock()
	if err == nil {
		err = a.put(text)
	}
	if err != nil {
		a.fail(err)
		return
	}
	a.lines.WithLabelValues(auditWritten).Inc()
	if a.lost > 0 {
		a.log.Warn("the audit log can be written again", "missing", a.lost, "since", a.since.UTC())
		a.lost, a.why, a.said = 0, nil, time.Time{}
	}
}

func (a *auditLog) put(line []byte) error {
	if a.torn {
		line = append([]byte{'\n'}, line...)
	}
	n, err := a.out.Write(line)
	if err == nil && n < len(line) {
		err = io.ErrShortWrite
	}
	if n > 0 {
		a.torn = n < len(line)
	}
	return err
}

func (a *auditLog) fail(err error) {
	a.lines.WithLabelValues(auditFailed).Inc()
	now := a.now()
	if a.lost++; a.lost == 1 {
		a.since = now
	}
	a.why = reason(err)
	if a.said.IsZero() || now.Sub(a.said) >= sayEvery {
		a.said = now
		a.log.Error("the audit log cannot be written, and logins go on without it", "error", a.why, "lost", a.lost)
	}
}

// Reopen opens the file anew, for after it was moved away. When that fails the
// one before stays in use.
func (a *auditLog) Reopen() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.file == nil {
		return nil
	}
	if a.unopened = a.open(); a.unopened != nil {
		a.log.Error("the audit log cannot be opened anew, and its lines go on to the file that was open", "error", a.unopened)
		return fmt.Errorf("the audit log: audit.path %w", a.unopened)
	}
	return nil
}

// Degraded says what is wrong with the log; "" when nothing is.
func (a *auditLog) Degraded() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.lost > 0:
		return fmt.Sprintf("%d lines could not be written since %s: %v", a.lost, a.since.UTC().Format("15:04:05"), a.why)
	case a.unopened != nil:
		return fmt.Sprintf("audit.path %v; the lines go on to the file that was open", a.unopened)
	}
	return ""
}

// Close makes the lines durable and closes the file.
func (a *auditLog) Close() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.file == nil {
		return nil
	}
	file := a.file
	a.file, a.out = nil, closedAudit{}
	return errors.Join(file.Sync(), file.Close())
}

// closedAudit stands for a file that was closed: a line that comes late is
// counted as lost.
type closedAudit struct{}

func (closedAudit) Write([]byte) (int, error) { return 0, fs.ErrClosed }

// reason is an error without the path that its reader knows.
func reason(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}

// lineOf is an event as a line of at most maxLine bytes. Where it would be
// longer it leaves out what weighs most, and says so.
func lineOf(e login.Event) ([]byte, error) {
	for _, less := range []func(*login.Event) string{
		nil,
		func(e *login.Event) string { e.Claims = nil; return "claims" },
		func(e *login.Event) string { e.Withheld = nil; return "withheld" },
		func(e *login.Event) string { e.Before = nil; return "before" },
		func(e *login.Event) string { e.Levels = nil; return "levels" },
		func(e *login.Event) string { e.Proof = nil; return "proof" },
		func(e *login.Event) string { e.Plugins = nil; return "plugins" },
		func(e *login.Event) string { e.Reason = ""; return "reason" },
	} {
		if less != nil {
			e.Omitted = append(e.Omitted, less(&e))
		}
		var line bytes.Buffer
		encoder := json.NewEncoder(&line)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(e); err != nil {
			return nil, fmt.Errorf("encode the event: %w", err)
		}
		if line.Len() <= maxLine {
			return line.Bytes(), nil
		}
	}
	return nil, errors.New("the event is too large")
}
