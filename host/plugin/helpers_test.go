package plugin_test

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/plugin"
	"github.com/doorward/doorward/plugins"
)

var (
	replayKey = []byte("0123456789abcdef0123456789abcdef")
	received  = time.Date(2026, 3, 14, 15, 9, 26, 535897000, time.UTC)
)

const (
	idToken  = `{"iss":"https://idp.example.com","sub":"4711","big":12345678901234567890.10,"groups":["app-admin","staff"]}`
	tokens   = `{"access_token":"canary-access-token-value","token_type":"Bearer","expires_in":3600}`
	userInfo = `{ "sub" : "4711", "name":"\u00dcmit", "groups" : ["app-reader"] }`
)

func newRuntime(t testing.TB, change ...func(*plugin.RuntimeConfig)) *plugin.Runtime {
	t.Helper()
	config := plugin.RuntimeConfig{ReplayKey: replayKey, Bundled: plugins.Bundled, BaseDir: "testdata"}
	for _, c := range change {
		c(&config)
	}
	runtime, err := plugin.NewRuntime(context.Background(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := runtime.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return runtime
}

// declare is the declaration of a fixture, with time enough for a busy machine.
func declare(file string, config string) plugin.Config {
	return plugin.Config{Name: "p", Module: file, Config: json.RawMessage(config), Limits: plugin.Limits{Timeout: 10 * time.Second}}
}

func open(t testing.TB, runtime *plugin.Runtime, config plugin.Config) *plugin.Plugin {
	t.Helper()
	p, err := runtime.Open(context.Background(), config)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// write puts a module into a file of the test and returns its path.
func write(t testing.TB, module []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "guest.wasm")
	if err := os.WriteFile(path, module, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	module, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return module
}

// signIn is the call of one login with three sources.
func signIn(t testing.TB) login.PluginCall {
	t.Helper()
	var document attrs.Document
	for name, raw := range map[string]string{attrs.IDTokenClaims: idToken, attrs.TokenEndpointResponse: tokens, attrs.UserInfo: userInfo} {
		var err error
		if document, err = document.With(name, []byte(raw)); err != nil {
			t.Fatal(err)
		}
	}
	return login.PluginCall{
		Document: login.Document{
			Sources:    document,
			Login:      login.Login{IdP: "corp", Protocol: "oidc", ForceAuth: true},
			ID:         "00112233aabbccdd",
			ReceivedAt: received,
		},
		User: login.User{ID: "4711", Email: "a<b>@example.com", Roles: []string{"member"}},
	}
}

// traced runs one call and returns its outcome and its step of the trace.
func traced(t testing.TB, p *plugin.Plugin, in login.PluginCall) (login.PluginResult, login.Entry, error) {
	t.Helper()
	trace := &login.Trace{}
	result, err := p.Map(login.WithTrace(context.Background(), trace), in)
	entries := trace.Entries()
	if len(entries) != 1 || entries[0].Step != "plugin p" {
		t.Fatalf("the trace has %+v, want one step plugin p", entries)
	}
	return result, entries[0], err
}

// probe runs probe.wasm and returns the bytes it saw.
func probe(t testing.TB, p *plugin.Plugin, in login.PluginCall) []byte {
	t.Helper()
	result, err := p.Map(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	return raw(t, result)
}

func raw(t testing.TB, result login.PluginResult) []byte {
	t.Helper()
	text := result.Set["attributes"].(map[string]any)["raw"].(string)
	bytes, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return bytes
}

// mustFail wants a Fault plugin_failed whose chain holds an E, and returns it.
func mustFail[E error](t testing.TB, err error) E {
	t.Helper()
	var fault *login.Fault
	if !errors.As(err, &fault) || fault.Code != login.CodePluginFailed {
		t.Fatalf("got %v, want a fault plugin_failed", err)
	}
	var cause E
	if !errors.As(err, &cause) {
		t.Fatalf("got %v, want a %T", err, cause)
	}
	if text := err.Error(); strings.Count(text, "plugin p:") != 1 || strings.ContainsAny(text, "\n\x1b") {
		t.Errorf("the message is %q: it must name the plugin once and be one line", text)
	}
	return cause
}

// guestWriting is a reactor whose map writes result, whatever its bytes.
func guestWriting(result []byte) []byte {
	section := func(id byte, content ...[]byte) []byte {
		var all []byte
		for _, c := range content {
			all = append(all, c...)
		}
		return append(append([]byte{id}, leb(len(all))...), all...)
	}
	text := func(s string) []byte { return append(leb(len(s)), s...) }
	pages := len(result)>>16 + 1
	body := append([]byte{0, 0x41, 0, 0x41}, signedLEB(len(result))...) // i32.const 0, i32.const len
	body = append(body, 0x10, 0, 0x41, 0, 0x0b)                         // call 0, i32.const 0, end
	module := []byte("\x00asm\x01\x00\x00\x00")
	for _, s := range [][]byte{
		section(1, []byte{2, 0x60, 2, 0x7f, 0x7f, 0, 0x60, 0, 1, 0x7f}),
		section(2, []byte{1}, text("doorward"), text("output_write"), []byte{0, 0}),
		section(3, []byte{1, 1}),
		section(5, []byte{1, 0}, leb(pages)),
		section(7, []byte{2}, text("memory"), []byte{2, 0}, text("map"), []byte{0, 1}),
		section(10, []byte{1}, leb(len(body)), body),
		section(11, []byte{1, 0, 0x41, 0, 0x0b}, leb(len(result)), result),
	} {
		module = append(module, s...)
	}
	return module
}

func leb(n int) []byte {
	var out []byte
	for n >= 0x80 {
		out = append(out, byte(n)|0x80)
		n >>= 7
	}
	return append(out, byte(n))
}

func signedLEB(n int) []byte {
	var out []byte
	for n >= 0x40 {
		out = append(out, byte(n)|0x80)
		n >>= 7
	}
	return append(out, byte(n))
}

// openWriting opens a guest that writes result.
func openWriting(t testing.TB, runtime *plugin.Runtime, result string) *plugin.Plugin {
	t.Helper()
	return open(t, runtime, declare(write(t, guestWriting([]byte(result))), ""))
}
