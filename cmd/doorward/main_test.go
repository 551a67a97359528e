package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// The test binary is also the command, so that tests run and kill the real
// thing.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"doorward": func() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) },
		"browse":   browse,
	})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata/script"})
}
