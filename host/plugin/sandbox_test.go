package plugin_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/plugin"
)

func TestT42_NoEnvironmentNoFilesNoInputNoSockets(t *testing.T) {
	os.Setenv("DOORWARD_TEST_SECRET", "x")
	p := open(t, newRuntime(t), declare("probe.wasm", `{"probe":3}`))
	got := probe(t, p, signIn(t))
	const badf = 8
	names := []string{"environment variables", "their bytes", "arguments", "their bytes", "fd_prestat_get", "path_open", "bytes of standard input", "sock_accept"}
	wants := []uint32{0, 0, 0, 0, badf, badf, 0, badf}
	for i, want := range wants {
		if n := binary.LittleEndian.Uint32(got[4*i:]); n != want {
			t.Errorf("%s: %d, want %d", names[i], n, want)
		}
	}
}

// The wall clock starts when the login was received and each reading adds a
// microsecond; the monotonic clock moves the same way.
func TestT42_Clock(t *testing.T) {
	p := open(t, newRuntime(t), declare("probe.wasm", `{"probe":1}`))
	got := probe(t, p, signIn(t))
	read := func(i int) int64 { return int64(binary.LittleEndian.Uint64(got[8*i:])) }
	if read(0) != received.UnixNano() || read(1)-read(0) != 1000 {
		t.Errorf("the wall clock says %d, %d; want %d and a microsecond more", read(0), read(1), received.UnixNano())
	}
	if read(3)-read(2) != 1000 {
		t.Errorf("the monotonic clock says %d, %d", read(2), read(3))
	}
}

func TestT42_SleepAddsItsWait(t *testing.T) {
	p := open(t, newRuntime(t), declare("probe.wasm", `{"probe":4}`))
	began := time.Now()
	got := probe(t, p, signIn(t))
	slept := int64(binary.LittleEndian.Uint64(got[8:])) - int64(binary.LittleEndian.Uint64(got))
	if slept != int64(time.Hour)+1000 {
		t.Errorf("an hour's sleep took the guest %s", time.Duration(slept))
	}
	if took := time.Since(began); took > time.Minute {
		t.Errorf("it took the host %s", took)
	}
}

// Randomness is a function of the replay key and the login's id, and while a
// guest initialises, of the replay key and the module.
func TestT42_RandomnessIsReplayed(t *testing.T) {
	other := newRuntime(t, func(c *plugin.RuntimeConfig) { c.ReplayKey = bytes.Repeat([]byte{7}, 32) })
	runtime := newRuntime(t)
	p := open(t, runtime, declare("probe.wasm", `{"probe":2}`))
	in := signIn(t)
	first := probe(t, p, in)
	if again := probe(t, open(t, newRuntime(t), declare("probe.wasm", `{"probe":2}`)), in); !bytes.Equal(first, again) {
		t.Errorf("the same login drew %x and %x", first, again)
	}
	if bytes.Equal(first, make([]byte, 32)) || bytes.Equal(first[:16], first[16:]) {
		t.Errorf("it drew %x", first)
	}
	if elsewhere := probe(t, open(t, other, declare("probe.wasm", `{"probe":2}`)), in); bytes.Equal(first, elsewhere) {
		t.Error("another replay key drew the same")
	}
	in.Document.ID = "ffeeddccbbaa9988"
	if next := probe(t, p, in); bytes.Equal(first, next) {
		t.Error("another login drew the same")
	}
}

// While it initialises a guest sees no input, a fixed time, and randomness
// that no login changes; what it logs then reaches no login's trace.
func TestT42_Initialising(t *testing.T) {
	p := open(t, newRuntime(t), declare("probe.wasm", `{"probe":6}`))
	in := signIn(t)
	result, step, err := traced(t, p, in)
	if err != nil || len(step.Notes) != 0 {
		t.Fatalf("%v, notes %q", err, step.Notes)
	}
	got := raw(t, result)
	if n := binary.LittleEndian.Uint32(got); n != 0 {
		t.Errorf("input_len was %d", n)
	}
	if n := int32(binary.LittleEndian.Uint32(got[4:])); n != -1 {
		t.Errorf("get was %d", n)
	}
	if n := binary.LittleEndian.Uint32(got[8:]); n != 0 {
		t.Errorf("input_read was %d", n)
	}
	if at := time.Unix(0, int64(binary.LittleEndian.Uint64(got[28:]))).UTC(); at.Format(time.DateOnly) != "2020-01-01" {
		t.Errorf("the wall clock was at %s", at)
	}
	in.Document.ID, in.Document.ReceivedAt = "ffeeddccbbaa9988", received.Add(time.Hour)
	if next := probe(t, p, in); !bytes.Equal(got, next) {
		t.Errorf("another login initialised differently: %x and %x", got, next)
	}
}

// secondCall is what the counters of probe 5 say in every call: the warm-up
// was the first, and no login is the third.
const secondCall = "\x02\x00\x00\x00\x02\x00\x00\x00"

// Nothing one login wrote is visible to the next.
func TestT42_NoStateBetweenLogins(t *testing.T) {
	p := open(t, newRuntime(t), declare("probe.wasm", `{"probe":5}`))
	for i := range 5 {
		if got := probe(t, p, signIn(t)); string(got) != secondCall {
			t.Errorf("call %d: the counters are %x, want 2 and 2", i, got)
		}
	}
}

func TestInputReadAlwaysBeginsAtTheFirstByte(t *testing.T) {
	p := open(t, newRuntime(t), declare("probe.wasm", `{"probe":8}`))
	_, step, err := traced(t, p, signIn(t))
	if err != nil {
		t.Fatal(err)
	}
	got := probe(t, p, signIn(t))
	if n := binary.LittleEndian.Uint32(got); int(n) != step.In["bytes"] {
		t.Errorf("input_len is %d, the trace has %v", n, step.In["bytes"])
	}
	if n := binary.LittleEndian.Uint32(got[4:]); n != 8 || string(got[8:16]) != `{"versio` || string(got[16:24]) != `{"versio` {
		t.Errorf("input_read gave %d bytes, %q and %q", n, got[8:16], got[16:24])
	}
}

func TestGet(t *testing.T) {
	runtime := newRuntime(t)
	tests := []struct {
		pointer string
		code    int32
		value   string
	}{
		{"/version", 1, "1"},
		{"/login/idp", 6, `"corp"`},
		{"/login/time", 10, "1773500966"},
		{"/user/roles", 10, `["member"]`},
		{"/user/email", 19, `"a<b>@example.com"`},
		{"/sources/idTokenClaims/big", 23, "12345678901234567890.10"},
		{"/sources/idTokenClaims/groups/1", 7, `"staff"`},
		{"/sources/idTokenClaims/groups/01", -1, ""},
		{"/sources/idTokenClaims/groups/-", -1, ""},
		{"/sources/idTokenClaims/groups/2", -1, ""},
		{"/sources/idTokenClaims/absent", -1, ""},
		{"/sources/userInfo/name", 11, `"\u00dcmit"`},
		{"/config/a~1b", 1, "2"},
		{"/config/a~b", -2, ""},
		{"sources", -2, ""},
		{"/config/long", 102, ""}, // longer than the buffer: its length, and nothing written
	}
	long := string(bytes.Repeat([]byte{'x'}, 100))
	for _, test := range tests {
		t.Run(test.pointer, func(t *testing.T) {
			config := declare("probe.wasm", `{"probe":0,"a/b":2,"long":"`+long+`","pointer":"`+test.pointer+`"}`)
			got := probe(t, open(t, runtime, config), signIn(t))
			code := int32(binary.LittleEndian.Uint32(got))
			value := string(got[4 : 4+min(max(code, 0), 64)])
			if code > 64 {
				value = strings.Trim(value, "\x00") // the buffer as it was
			}
			if test.code == 19 {
				test.code = int32(len(test.value))
			}
			if code != test.code || value != test.value {
				t.Errorf("got %d %q, want %d %q", code, value, test.code, test.value)
			}
		})
	}
}

func TestT42_SourceThatIsNotGranted(t *testing.T) {
	runtime := newRuntime(t)
	for _, pointer := range []string{"/sources/tokenEndpointResponse/access_token", "/sources/tokenEndpointResponse", "/sources/tokenEndpointResp~0nse", "/sources/authnResponse"} {
		p := open(t, runtime, declare("probe.wasm", `{"probe":0,"pointer":"`+pointer+`"}`))
		_, err := p.Map(context.Background(), signIn(t))
		if grant := mustFail[*plugin.GrantError](t, err); grant.Key != "plugins.p.sources" || !bytes.Contains([]byte(err.Error()), []byte("plugins.p.sources")) {
			t.Errorf("%s: got %+v, %v", pointer, grant, err)
		}
	}
	granted := declare("probe.wasm", `{"probe":0,"pointer":"/sources/tokenEndpointResponse/token_type"}`)
	granted.Sources = []string{"tokenEndpointResponse"}
	if got := probe(t, open(t, runtime, granted), signIn(t)); string(got[4:12]) != `"Bearer"` {
		t.Errorf("a granted source gave %q", got[4:])
	}
}

// Two runs of one login, in two hosts with one key, give one result; the
// guest's language runtime included.
func TestSameInputSameOutput(t *testing.T) {
	first := newRuntime(t, cached(t))
	second := newRuntime(t, cached(t))
	config := plugin.Config{Name: "p", Module: "bundled:groups-to-roles", Limits: plugin.Limits{Timeout: 20 * time.Second}}
	in := signIn(t)
	a, traceA, errA := traced(t, open(t, first, config), in)
	b, traceB, errB := traced(t, open(t, second, config), in)
	if errA != nil || errB != nil {
		t.Fatal(errA, errB)
	}
	if len(a.Set["roles"].([]string)) != 4 || !equal(a, b) || traceA.Out["memoryBytes"] != traceB.Out["memoryBytes"] {
		t.Errorf("got %v (%v) and %v (%v)", a, traceA.Out, b, traceB.Out)
	}
}

func equal(a, b login.PluginResult) bool {
	return string(mustJSON(a)) == string(mustJSON(b))
}
