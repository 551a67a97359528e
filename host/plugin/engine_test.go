package plugin

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestClockNeverGoesBackAndEndsSomewhere(t *testing.T) {
	var c clock
	c.set(imageTime)
	last := c.read(monotonic)
	for _, ns := range []int64{0, -5, 1, int64(time.Hour), 1<<63 - 1, 1<<63 - 1, 1} {
		c.sleep(ns)
		if now := c.read(monotonic); now <= last && now < 1<<61 {
			t.Errorf("after a sleep of %d: %d, before %d", ns, now, last)
		} else {
			last = now
		}
	}
	c.set(imageTime)
	if now := c.read(realtime); now != imageTime.UnixNano() {
		t.Errorf("a new wall clock starts at %d", now)
	}
}

func TestCleanLines(t *testing.T) {
	for text, want := range map[string]string{
		"plain ü":                "plain ü",
		"a\r\nb\tc\x00d\x1b[0m":  "a��b c�d�[0m",
		"right\u202eleft":        "right�left",
		"bad\xff\xfe":            "bad�",
		strings.Repeat("ü", 600): strings.Repeat("ü", 510) + "…",
	} {
		if got := clean(text, 1024); got != want || len(got) > 1024 {
			t.Errorf("%q became %q", text, got)
		}
	}
}

// A secret at the end of a long line is masked before the line is cut.
func TestMaskComesBeforeTheCut(t *testing.T) {
	l := lines{mask: func(s string) string { return strings.ReplaceAll(s, "hunter2-and-more", "***") }}
	l.add(1, []byte(strings.Repeat("a", 1015)+"hunter2-and-more"))
	if text := l.kept[0].Text; strings.Contains(text, "hunter2") || !strings.HasSuffix(text, "***") {
		t.Errorf("the line ends with %q", text[1000:])
	}
}

func TestLimitErrors(t *testing.T) {
	for _, test := range []struct {
		err  *LimitError
		want string
	}{
		{&LimitError{Limit: limitInput, Used: 9, Max: 8, Key: "plugins.p.limits.input"}, "the input of 9 bytes is larger than 8; plugins.p.limits.input raises it"},
		{&LimitError{Limit: limitFuel, Used: 9, Max: 8, Key: "plugins.p.limits.fuel"}, "the call needed more than its fuel of 8; plugins.p.limits.fuel raises it, or fuel_per_byte for long inputs"},
		{&LimitError{Limit: limitTimeout, Used: int64(251300 * time.Microsecond), Max: int64(250 * time.Millisecond), Key: "k"}, "the time limit of 250ms ended the call after 251.3ms; k raises it"},
		{&LimitError{Limit: limitMemory, Used: 9, Max: 8, Key: "k", Err: &TrapError{Cause: "unreachable"}}, "the guest asked for 9 bytes of memory and may have 8; k raises it"},
	} {
		if test.err.Error() != test.want {
			t.Errorf("got %q, want %q", test.err, test.want)
		}
		if deadline := errors.Is(fmt.Errorf("x: %w", test.err), context.DeadlineExceeded); deadline != (test.err.Limit == limitTimeout) {
			t.Errorf("%s: deadline %v", test.err.Limit, deadline)
		}
	}
	var trap *TrapError
	if !errors.As(&LimitError{Limit: limitMemory, Err: &TrapError{Cause: "unreachable"}}, &trap) {
		t.Error("what the guest made of the limit is lost")
	}
}
