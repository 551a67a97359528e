package plugin

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/doorward/doorward/sdk/abi"
)

// toolchains are those of the SDKs, and TinyGo for that of Go, where it is on
// PATH or TINYGO names it: no distribution has it.
func toolchains(t *testing.T) []string {
	t.Helper()
	all := []string{"go", "rust", "assemblyscript", "c"}
	if _, err := exec.LookPath(cmp.Or(os.Getenv("TINYGO"), "tinygo")); err != nil {
		t.Logf("without TinyGo: %v", err)
		return all
	}
	return append(all, "tinygo")
}

// built is the conformance guest of an SDK, as sdk/LANG/build-guest makes it.
func built(t *testing.T, toolchain string) string {
	t.Helper()
	sdk, script := toolchain, "build-guest"
	if toolchain == "tinygo" {
		sdk, script = "go", "build-guest-tinygo"
	}
	out := filepath.Join(t.TempDir(), toolchain+".wasm")
	folder := filepath.Join("..", "..", "sdk", sdk)
	text, err := exec.Command(filepath.Join(folder, script), filepath.Join(folder, "tck"), out).CombinedOutput()
	var failed *exec.ExitError
	if errors.As(err, &failed) && failed.ExitCode() == 3 && os.Getenv("DOORWARD_CI") != "1" {
		t.Skipf("%s", bytes.TrimSpace(text))
	}
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return out
}

// turns are inputs of different sizes that make a guest do different things.
func turns() (all []Job) {
	for i, do := range []string{
		`{"do":"count"}`, `{"do":"random"}`, `{"do":"time"}`, `{"do":"user"}`, `{"do":"big","n":30000}`, `{"do":"nothing"}`,
		`{"do":"log","level":2,"text":"a line","times":70}`, `{"do":"fail","reason":"no"}`, `{"do":"deny","reason":"no"}`,
		`{"do":"texts","pointer":"/sources/idTokenClaims/groups"}`, `{"do":"members","pointer":"/sources/idTokenClaims"}`,
		`{"do":"set","values":{"userName":"ü\n","roles":["a","b"],"attributes":{"x":[1,2,3]}}}`, `{"do":"unknown"}`,
	} {
		input := randomInput(rand.New(rand.NewPCG(uint64(i), 1)), do)
		if i%3 == 2 {
			input = abi.AppendInput(nil, abi.Input{Config: abi.Raw(do), Sources: []abi.Member{{Name: "idTokenClaims",
				Value: abi.Raw(`{"groups":[` + strings.Repeat(`"group",`, 8000*i) + `"last"]}`)}}})
		}
		all = append(all, Job{Input: input, LoginID: fmt.Sprint("login ", i), Received: imageTime.Add(time.Duration(i) * time.Hour)})
	}
	return all
}

// ended is a call's outcome, but for its time.
type ended struct {
	Report
	failure string
}

func endOf(p *Plugin, job Job) ended {
	report, err := p.Run(context.Background(), job)
	report.Took, report.Stack = 0, nil
	return ended{report, fmt.Sprint(err)}
}

// With the guest of every toolchain: what a call gives, says and uses depends
// on its input alone, whatever ran before it and runs beside it; and afterwards
// each instance is the image, to the byte.
func TestT42_HostileTurns(t *testing.T) {
	calls := 3000
	if testing.Short() {
		calls = 300
	}
	calls = Soak(t, calls)
	for _, toolchain := range toolchains(t) {
		t.Run(toolchain, func(t *testing.T) {
			path, err := filepath.Abs(built(t, toolchain))
			if err != nil {
				t.Fatal(err)
			}
			p := openIn(t, "", path, `{"do":"nothing"}`)
			if p.info.Traits != Pooled || p.info.WarmUp != nil {
				t.Errorf("it is %s; warm-up: %v", p.info.Traits, p.info.WarmUp)
			}
			jobs := turns()
			alone := make([]ended, len(jobs))
			for n, job := range jobs { // each on an instance that nothing was called in
				p.engine.pool.close()
				alone[n] = endOf(p, job)
			}
			began := time.Now()
			takeTurns(t, p, jobs, alone, calls)
			t.Logf("%d calls: %s; the pool is %+v", calls, time.Since(began), p.Stats().Pool)
			endOf(p, jobs[0]) // large turns let their instances go: now one is idle
			p.engine.holdsTheImage(t)
		})
	}
}

func takeTurns(t *testing.T, p *Plugin, jobs []Job, alone []ended, calls int) {
	t.Helper()
	var group sync.WaitGroup
	const at = 8
	for g := range at {
		group.Go(func() {
			r := rand.New(rand.NewPCG(uint64(g), 3))
			for range calls / at {
				n := r.IntN(len(jobs))
				if got := endOf(p, jobs[n]); !reflect.DeepEqual(got, alone[n]) {
					t.Errorf("turn %d gave %.300s (%s, %d fuel), alone %.300s (%s, %d fuel)", n, got.Output, got.failure, got.Fuel, alone[n].Output, alone[n].failure, alone[n].Fuel)
					return
				}
			}
		})
	}
	group.Wait()
}

// holdsTheImage compares the whole state of each idle instance.
func (e *engine) holdsTheImage(t *testing.T) {
	t.Helper()
	if len(e.pool.idle) == 0 {
		t.Error("no instance is idle: the test proves nothing")
	}
	for _, i := range e.pool.idle {
		if !bytes.Equal(memoryOf(i), e.image.memory.content()) {
			t.Error("an instance's memory is not the image")
		}
		for n, g := range i.globals {
			if g.Get() != e.image.globals[n] {
				t.Errorf("global %d is %d, not %d", n, g.Get(), e.image.globals[n])
			}
		}
	}
}
