package plugin

import (
	"context"
	"encoding/binary"
	"strings"
	"testing"
	"time"

	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental/wazerotest"

	"github.com/doorward/doorward/sdk/abi"
)

// wasiCall is a command in the middle of its call.
func wasiCall(input string) (*call, api.Memory) {
	c := &call{config: &Config{Limits: DefaultLimits}, kind: Command, input: []byte(input), received: imageTime}
	c.seed = func() [32]byte { return [32]byte{1} }
	c.begin(context.Background(), time.Hour)
	c.fuel.left = 1 << 40
	return c, wazerotest.NewFixedMemory(1 << 16)
}

func invokeWASI(t *testing.T, c *call, memory api.Memory, name string, params ...uint64) errno {
	t.Helper()
	f, ok := hostFunctionNamed(abi.WASI, name)
	if !ok || len(f.params) != len(params) {
		t.Fatalf("%s has the parameters %q", name, f.params)
	}
	stack := append([]uint64{0}[:0:0], params...)
	if len(stack) == 0 {
		stack = []uint64{0}
	}
	f.run(c, memory, stack)
	return errno(stack[0])
}

// Every function of preview 1 is there, answers anything, and stays within
// memory.
func TestT42_WASIAnswersAnything(t *testing.T) {
	if len(wasiFunctions) != 46 {
		t.Errorf("there are %d functions, preview 1 has 46", len(wasiFunctions))
	}
	for _, f := range wasiFunctions {
		for _, value := range []uint64{0, 1, 2, 3, 65532, 65536, 0x7fffffff, 0xffffffff, 1 << 63} {
			c, memory := wasiCall("{}")
			params := make([]uint64, max(1, len(f.params)))
			for i := range params {
				params[i] = value
			}
			func() {
				defer func() {
					if ended := recover(); ended != nil && f.name != "proc_exit" {
						if _, isError := ended.(error); !isError || c.stopped == nil {
							t.Errorf("%s(%d…) panicked: %v", f.name, value, ended)
						}
					}
				}()
				f.run(c, memory, params)
			}()
		}
	}
}

func TestWASIFilesAreNotThere(t *testing.T) {
	c, memory := wasiCall("{}")
	for name, params := range map[string][]uint64{
		"path_open":      {3, 0, 0, 1, 0, 2, 2, 0, 100},
		"fd_prestat_get": {3, 100},
		"sock_accept":    {3, 0, 100},
		"fd_read":        {1, 0, 0, 100},
		"fd_write":       {0, 0, 0, 100},
		"fd_close":       {3},
		"fd_renumber":    {0, 3},
		"path_symlink":   {0, 1, 9, 0, 1},
	} {
		if got := invokeWASI(t, c, memory, name, params...); got != badf {
			t.Errorf("%s gave %d, want %d", name, got, badf)
		}
	}
	for name, want := range map[string]errno{"fd_seek": spipe, "sock_shutdown": notsock, "fd_datasync": success} {
		params := []uint64{1, 0, 0, 0}
		f, _ := hostFunctionNamed(abi.WASI, name)
		if got := invokeWASI(t, c, memory, name, params[:len(f.params)]...); got != want {
			t.Errorf("%s of standard output gave %d, want %d", name, got, want)
		}
	}
}

// Reading and writing go through arrays of ranges, as far as they last.
func TestWASIStreams(t *testing.T) {
	c, memory := wasiCall("0123456789")
	for i, v := range []uint32{200, 4, 300, 100} {
		memory.WriteUint32Le(uint32(4*i), v)
	}
	if e := invokeWASI(t, c, memory, "fd_read", 0, 0, 2, 100); e != success {
		t.Fatal(e)
	}
	first, _ := memory.Read(200, 4)
	rest, _ := memory.Read(300, 7)
	if n, _ := memory.ReadUint32Le(100); n != 10 || string(first) != "0123" || string(rest) != "456789\x00" {
		t.Errorf("read %d bytes: %q, %q", n, first, rest)
	}
	memory.WriteUint32Le(12, 6)
	if e := invokeWASI(t, c, memory, "fd_write", 1, 0, 2, 100); e != success || string(c.output) != "0123456789" {
		t.Errorf("wrote %q, %d", c.output, e)
	}
	invokeWASI(t, c, memory, "fd_renumber", 2, 1)
	invokeWASI(t, c, memory, "fd_write", 1, 0, 2, 100)
	c.endLine()
	if string(c.output) != "0123456789" || len(c.lines.kept) != 1 || c.lines.kept[0].Text != "0123456789" {
		t.Errorf("standard error as 1 gave %q and %v", c.output, c.lines.kept)
	}
	if e := invokeWASI(t, c, memory, "fd_write", 2, 0, 2, 100); e != badf {
		t.Errorf("a descriptor that was moved gave %d", e)
	}
	memory.WriteUint32Le(4, 1<<20)
	if e := invokeWASI(t, c, memory, "fd_write", 1, 0, 1, 100); e != fault {
		t.Errorf("a range outside the memory gave %d", e)
	}
}

// subscribe writes a subscription to memory.
func subscribe(memory api.Memory, at uint32, userdata uint64, kind byte, id uint32, timeout uint64, absolute uint16) {
	memory.WriteUint64Le(at, userdata)
	memory.WriteByte(at+8, kind)
	memory.WriteUint32Le(at+16, id)
	memory.WriteUint64Le(at+24, timeout)
	memory.WriteUint16Le(at+40, absolute)
}

func TestWASIPollNeverWaits(t *testing.T) {
	type waits struct {
		kind     byte
		id       uint32
		timeout  uint64
		absolute uint16
	}
	hour := uint64(time.Hour)
	tests := []struct {
		name   string
		subs   []waits
		events []uint64 // userdata: number of the subscription
		slept  int64
		state  errno
	}{
		{"relative", []waits{{0, 1, hour, 0}}, []uint64{0}, int64(hour), success},
		{"absolute", []waits{{0, 1, hour, 1}}, []uint64{0}, int64(hour), success},
		{"past", []waits{{0, 0, 1, 1}}, []uint64{0}, 0, success},
		{"first of two", []waits{{0, 1, hour, 0}, {0, 0, 5, 0}}, []uint64{1}, 5, success},
		{"stream before clock", []waits{{0, 1, hour, 0}, {1, 0, 0, 0}}, []uint64{1}, 0, success},
		{"no such stream", []waits{{2, 7, 0, 0}}, []uint64{0}, 0, badf},
		{"no such clock", []waits{{0, 7, 0, 0}}, []uint64{0}, 0, inval},
		{"for ever", []waits{{0, 1, 1<<64 - 1, 0}}, []uint64{0}, clockEnd, success},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c, memory := wasiCall("{}")
			for i, s := range test.subs {
				subscribe(memory, uint32(i*subscriptionSize), uint64(i), s.kind, s.id, s.timeout, s.absolute)
			}
			if e := invokeWASI(t, c, memory, "poll_oneoff", 0, 1000, uint64(len(test.subs)), 5000); e != success {
				t.Fatal(e)
			}
			n, _ := memory.ReadUint32Le(5000)
			if int(n) != len(test.events) || c.clock.elapsed != test.slept {
				t.Fatalf("%d events after %d", n, c.clock.elapsed)
			}
			for i, want := range test.events {
				event, _ := memory.Read(uint32(1000+i*eventSize), eventSize)
				if binary.LittleEndian.Uint64(event) != want || errno(binary.LittleEndian.Uint16(event[8:])) != test.state || event[10] != test.subs[want].kind {
					t.Errorf("event %d is %x", i, event)
				}
			}
		})
	}
	c, memory := wasiCall("{}")
	if e := invokeWASI(t, c, memory, "poll_oneoff", 0, 1000, 0, 5000); e != inval {
		t.Errorf("nothing to wait for gave %d", e)
	}
}

func TestWASINames(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range wasiFunctions {
		if seen[f.name] || strings.Trim(f.params, "iI") != "" {
			t.Errorf("%s(%s)", f.name, f.params)
		}
		seen[f.name] = true
	}
}
