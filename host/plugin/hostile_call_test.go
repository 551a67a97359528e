package plugin_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/doorward/doorward/host/plugin"
	"github.com/doorward/doorward/sdk/abi"
)

// attack is a hostile plugin and what its calls must come to.
type attack struct {
	name   string
	plugin *plugin.Plugin
	hostileCall
}

// attacks opens every module that loads.
func attacks(t *testing.T, runtime *plugin.Runtime) (all []attack) {
	t.Helper()
	add := func(name, title string, call hostileCall) {
		config := hostileConfig(hostile(t, name), call.limits)
		config.Config = []byte(call.config)
		all = append(all, attack{title, open(t, runtime, config), call})
	}
	for name, call := range called {
		if name != "replay-slow" { // it has a test of its own
			add(name, name, call)
		}
	}
	for _, name := range timed {
		add(name, name+" by time", hostileCall{endless, "", "timeout", timeSays})
	}
	return all
}

// holds checks the end of one call.
func (a attack) holds(t *testing.T, err error) {
	if a.kind == "" {
		if err != nil {
			t.Errorf("%s: %v, which stays within its limits", a.name, err)
		}
		return
	}
	if err == nil {
		t.Errorf("%s: it went well", a.name)
		return
	}
	mustFail[error](t, err)
	if kind := plugin.FailureKind(err); kind != a.kind || !strings.Contains(err.Error(), a.wants) {
		t.Errorf("%s: %s: %.300v, want %s: %q", a.name, kind, err, a.kind, a.wants)
	}
	var limit *plugin.LimitError
	if errors.As(err, &limit) && limit.Limit != "depth" && (limit.Used <= limit.Max || limit.Key != "plugins.p.limits."+limit.Limit) {
		t.Errorf("%s: %+v", a.name, limit)
	}
	if a.kind == "timeout" && (!errors.Is(err, context.DeadlineExceeded) || limit.Used > int64(30*time.Second)) {
		t.Errorf("%s: %v after %s", a.name, err, time.Duration(limit.Used))
	}
	for _, said := range []string{"guest-said-this", "guest_said_this", "\x1b", "\n"} {
		if strings.Contains(err.Error(), said) {
			t.Errorf("%s: the guest's %q is in the message %q", a.name, said, err)
		}
	}
}

// person is a well-behaved login that must get what is its own.
type person struct{ sub string }

func (p person) job() plugin.Job {
	claims := fmt.Sprintf(`{"sub":%q,"pad":%q}`, p.sub, strings.Repeat("x", 64-len(p.sub)))
	return plugin.Job{LoginID: p.sub, Received: received, Input: abi.AppendInput(nil, abi.Input{
		Sources: []abi.Member{{Name: "idTokenClaims", Value: abi.Raw(claims)}}, Login: abi.Login{IdP: "corp", Protocol: "oidc"}, Config: abi.Raw("{}"),
	})}
}

func (p person) served(t *testing.T, by *plugin.Plugin) int64 {
	report, err := by.Run(context.Background(), p.job())
	if want := `{"set":{"userName":"` + p.sub + `"}}`; err != nil || string(report.Output) != want {
		t.Errorf("%s got %s, %v", p.sub, report.Output, err)
	}
	return report.Fuel
}

// Sixty-four people log in at once through hostile plugins and a good one, all
// of one runtime. What is hostile fails closed, within its limits, by an error
// that names the limit and the key; what is good notices nothing; and when it is
// over the memory is what it was.
func TestT42_HostilePluginsAt64Logins(t *testing.T) {
	runtime := newRuntime(t, plugin.Grace(300*time.Millisecond))
	all := attacks(t, runtime)
	config := hostileConfig(hostile(t, "good"), plugin.Limits{})
	good := open(t, runtime, config)
	for _, a := range all { // each alone, so that all there is to make is made
		_, err := a.plugin.Map(context.Background(), signIn(t))
		a.holds(t, err)
	}
	fuel := person{"00-0"}.served(t, good)
	before := memoryNow(t)
	began := time.Now()
	var group sync.WaitGroup
	for n := range 64 {
		group.Go(func() {
			r := rand.New(rand.NewPCG(uint64(n), 42))
			for i := range 8 {
				a := all[r.IntN(len(all))]
				_, err := a.plugin.Map(context.Background(), signIn(t))
				a.holds(t, err)
				if used := (person{fmt.Sprintf("%02d-%d", n, i)}).served(t, good); used != fuel {
					t.Errorf("the good plugin used %d fuel, alone %d", used, fuel)
				}
			}
		})
	}
	group.Wait()
	t.Logf("%d plugins, %s", len(all), time.Since(began))
	before.isBack(t, 24<<20)
	for _, a := range all {
		if s := a.plugin.Stats(); s.Pool.Busy != 0 || s.Calls == 0 || (a.kind == "") != (len(s.Failures) == 0) {
			t.Errorf("%s: %+v", a.name, s)
		}
	}
}

// Every range outside the memory, however it is given, ends the call by name.
func TestT42_HostileRanges(t *testing.T) {
	runtime := newRuntime(t)
	path := hostile(t, "pointers")
	for i, want := range []string{
		"output_write was given a range", "output_write was given a range", "output_write was given a range", "output_write was given a range",
		"get was given a range", "get was given a range", "get was given a range", "input_read was given a range", "input_read was given a range",
		"log was given a range", "log was given a level", "log was given a level", "fail was given a range", "fail was given a range",
	} {
		config := hostileConfig(path, plugin.Limits{})
		config.Config = fmt.Appendf(nil, `{"case":"%c"}`, 'a'+i)
		p := open(t, runtime, config)
		for range 2 {
			_, err := p.Map(context.Background(), signIn(t))
			if broken := mustFail[*plugin.ABIError](t, err); !strings.Contains(broken.Error(), want) {
				t.Errorf("case %c: got %v, want %q", 'a'+i, broken, want)
			}
		}
	}
}

// What a guest says reaches the trace only, in bounds and without what could
// deceive a reader.
func TestT42_HostileWords(t *testing.T) {
	runtime := newRuntime(t)
	for _, name := range []string{"fail", "contained-log", "trap", "loop-log", "error-flood", "ungranted-escaped"} {
		p := open(t, runtime, hostileConfig(hostile(t, name), plugin.Limits{}))
		_, step, err := traced(t, p, signIn(t))
		size := 0
		for _, note := range step.Notes {
			size += len(note)
			if strings.ContainsFunc(note, func(r rune) bool { return r < ' ' }) {
				t.Errorf("%s: a note is %q", name, note)
			}
		}
		if size > 32<<10 || len(step.Notes) > 70 {
			t.Errorf("%s: %d notes of %d bytes", name, len(step.Notes), size)
		}
		if err != nil && bytes.ContainsAny([]byte(err.Error()), "\x1b\r\n") {
			t.Errorf("%s: %q", name, err)
		}
	}
}

// A guest that was granted the tokens cannot put one into an error, where names
// are quoted and cut.
func TestT48_HostileNamesHoldNoToken(t *testing.T) {
	runtime := newRuntime(t)
	for name, kind := range map[string]string{"leak-member": "result", "leak-source": "grant"} {
		config := hostileConfig(hostile(t, name), plugin.Limits{})
		config.Sources = []string{"idTokenClaims", "tokenEndpointResponse"}
		config.Config = []byte(`{"claim":"/sources/tokenEndpointResponse/access_token"}`)
		_, step, err := traced(t, open(t, runtime, config), signIn(t))
		if got := plugin.FailureKind(err); got != kind {
			t.Errorf("%s: %s: %v", name, got, err)
		}
		if strings.Contains(err.Error()+string(mustJSON(step)), "canary-access") {
			t.Errorf("%s: the token is in %v or in %+v", name, err, step)
		}
	}
}

// A guest that must be initialised anew for each call gets no more time for
// that than for a call.
func TestT42_HostileReplay(t *testing.T) {
	p := open(t, newRuntime(t), hostileConfig(hostile(t, "replay-slow"), called["replay-slow"].limits))
	if traits := p.Info().Traits; traits != plugin.Replayed {
		t.Fatalf("it is %s", traits)
	}
	for range 3 {
		_, err := p.Map(context.Background(), signIn(t))
		attack{"replay-slow", p, called["replay-slow"]}.holds(t, err)
	}
}
