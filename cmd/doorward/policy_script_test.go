package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// The policy commands, told as scripts. A regal that the machine may have is
// not theirs: a script that wants one brings it in bin.
func TestPolicyScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata/policy", Setup: func(env *testscript.Env) error {
		doorward, _, _ := strings.Cut(os.Getenv("PATH"), string(filepath.ListSeparator))
		env.Setenv("PATH", doorward+string(filepath.ListSeparator)+filepath.Join(env.WorkDir, "bin"))
		env.Setenv("HOME", env.WorkDir)
		return nil
	}})
}
