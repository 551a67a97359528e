package main

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

const programsConfig = `public_url: http://localhost:%s
listen: %s
admin_listen: 127.0.0.1:0
providers:
  staff: {type: builtin, people_file: people.yaml}
applications:
  cli: {clients: [device, loopback]}
  panel: {clients: [device]}
levels:
  Authenticated/Fresh: {step_up: true}
  Authenticated/Never: {step_up: true}
`

func startPrograms(t *testing.T, dir string, more ...string) *process {
	t.Helper()
	at := free(t)
	_, port, _ := net.SplitHostPort(at)
	text := fmt.Sprintf(programsConfig, port, at)
	for name, content := range map[string][]byte{"doorward.yaml": []byte(text), "people.yaml": demoPeople} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return start(t, append([]string{"serve", "--config", filepath.Join(dir, "doorward.yaml")}, more...)...)
}

// The commands of a program, told against a host that runs. Somebody signs in as
// ada in a browser: approve and refuse type the code that a file comes to hold,
// and browse is what doorward login opens as $BROWSER.
func TestProgramScripts(t *testing.T) {
	host := startPrograms(t, t.TempDir()).URL
	answers := func(do string) func(*testscript.TestScript, bool, []string) {
		return func(ts *testscript.TestScript, _ bool, args []string) {
			ts.Check(answerDevice(host, ts.MkAbs(args[0]), do))
		}
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/programs",
		Setup: func(env *testscript.Env) error {
			env.Setenv("HOST", host)
			env.Setenv("XDG_CONFIG_HOME", filepath.Join(env.WorkDir, "config"))
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("BROWSER", "browse")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"approve": answers("allow"), "refuse": answers("refuse"), "mode": modeOf,
		},
	})
}

// modeOf checks the mode of the one file or folder that a pattern matches.
func modeOf(ts *testscript.TestScript, _ bool, args []string) {
	found, err := filepath.Glob(ts.MkAbs(args[1]))
	ts.Check(err)
	if len(found) != 1 {
		ts.Fatalf("%d files are %s", len(found), args[1])
	}
	info, err := os.Stat(found[0])
	ts.Check(err)
	if got := fmt.Sprintf("%04o", info.Mode().Perm()); got != args[0] {
		ts.Fatalf("%s has mode %s", found[0], got)
	}
}

// browse goes to an address as ada, and on to where that leads.
func browse() {
	err := func() error {
		at, err := url.Parse(os.Args[1])
		if err != nil {
			return err
		}
		ada := newPerson(at.Scheme + "://" + at.Host)
		if err := ada.get(at.String()); err != nil {
			return err
		}
		return ada.answer("allow")
	}()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
