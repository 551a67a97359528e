package plugin

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"github.com/doorward/doorward/plugins"
	"github.com/doorward/doorward/sdk/abi"
)

func openIn(t testing.TB, way, module, config string, change ...func(*Config)) *Plugin {
	t.Helper()
	ctx := context.Background()
	runtime, err := NewRuntime(ctx, RuntimeConfig{ReplayKey: make([]byte, 32), Bundled: plugins.Bundled, BaseDir: "testdata", isolation: way})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { runtime.Close(ctx) })
	c := Config{Name: "p", Module: module, Config: json.RawMessage(config), Limits: Limits{Timeout: 10 * time.Second, Fuel: 1e12}}
	for _, f := range change {
		f(&c)
	}
	p, err := runtime.Open(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// randomInput is a login whose groups and claims differ in number and size.
func randomInput(r *rand.Rand, config string) []byte {
	claims := []byte(`{"sub":"4711","groups":["app-admin"`)
	for n := range r.IntN(40) {
		claims = fmt.Appendf(claims, `,"app-%d-%x"`, n, r.Uint64())
	}
	claims = append(claims, ']')
	for n := range r.IntN(60) {
		claims = fmt.Appendf(claims, `,"c%d":{"x":[%d,"%x"]}`, n, r.Int(), r.Uint64())
	}
	claims = append(claims, '}')
	return abi.AppendInput(nil, abi.Input{
		Sources: []abi.Member{{Name: "idTokenClaims", Value: claims}}, Login: abi.Login{IdP: "corp", Protocol: "oidc"}, Config: abi.Raw(config),
	})
}

// After a call the whole state is that of the image: every byte of memory,
// every mutable global.
func TestT42_StateAfterACallIsTheImage(t *testing.T) {
	guests := []struct{ module, config string }{
		{"mark.wasm", `{"mark":1}`}, {"probe.wasm", `{"probe":5}`}, {"bundled:groups-to-roles", `{"prefix":"app-"}`},
	}
	for _, way := range Ways() {
		for _, guest := range guests {
			t.Run(way+"/"+guest.module, func(t *testing.T) {
				p := openIn(t, way, guest.module, guest.config)
				r := rand.New(rand.NewPCG(1, 2))
				e := p.engine
				kept, changed := bytes.Clone(e.image.memory.content()), false
				for range 100 {
					c := p.newCall(randomInput(r, guest.config), "x", imageTime)
					i, err := e.instance(context.Background(), c)
					if err != nil {
						t.Fatal(err)
					}
					c.begin(context.Background(), time.Minute)
					if err := e.perform(i, c); err != nil {
						t.Fatal(err)
					}
					if !e.reusable(i) {
						t.Fatal("the instance cannot be used again")
					}
					changed = changed || !bytes.Equal(memoryOf(i), kept)
					if err := i.restore(e.image); err != nil {
						t.Fatal(err)
					}
					if !bytes.Equal(memoryOf(i), kept) || !bytes.Equal(e.image.memory.content(), kept) {
						t.Fatal("the memory is not the image")
					}
					for n, g := range i.globals {
						if g.Get() != e.image.globals[n] {
							t.Errorf("global %d is %d, not %d", n, g.Get(), e.image.globals[n])
						}
					}
					e.pool.put(i)
				}
				if !changed {
					t.Error("no call wrote anything: the test proves nothing")
				}
			})
		}
	}
}

func memoryOf(i *instance) []byte {
	memory := i.module.Memory()
	content, _ := memory.Read(0, memory.Size())
	return content
}

// A space that is written at random places, few or many, is the image again;
// what is beyond the image is zero, and sizes beyond the limit are refused.
func TestSpacesAreRestored(t *testing.T) {
	for _, way := range Ways() {
		t.Run(way, func(t *testing.T) {
			by, err := chooseIsolation(way)
			if err != nil {
				t.Fatal(err)
			}
			defer by.close()
			r := rand.New(rand.NewPCG(3, 4))
			content := make([]byte, 64<<16)
			for i := range content {
				if i>>16%3 != 1 { // some pages are holes
					content[i] = byte(r.Uint32())
				}
			}
			image, err := by.keep(content)
			if err != nil {
				t.Fatal(err)
			}
			defer image.free()
			s, err := image.space(80 << 16)
			if err != nil {
				t.Fatal(err)
			}
			defer s.free()
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			for round := range 60 {
				if round%3 > 0 { // a host that says nothing of the beginning loses time, and nothing else
					s.begin()
				}
				own := s.resize(64 << 16)
				if !bytes.Equal(own, content) {
					t.Fatalf("round %d: the memory is not the image", round)
				}
				for range r.IntN(1 << (round % 12)) {
					own[r.IntN(len(own))] ^= byte(1 + r.IntN(255))
				}
				if err := s.restore(); err != nil {
					t.Fatal(err)
				}
			}
			if grown := s.resize(80 << 16); len(grown) != 80<<16 || len(bytes.Trim(grown[64<<16:], "\x00")) != 0 || !bytes.Equal(grown[:64<<16], content) {
				t.Error("the memory did not grow by zeroes")
			}
			if s.resize(81<<16) != nil {
				t.Error("it grew beyond its limit")
			}
		})
	}
}

func TestUnknownIsolationIsAnError(t *testing.T) {
	if _, err := chooseIsolation("magic"); err == nil {
		t.Error("it was found")
	}
}
