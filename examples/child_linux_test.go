package examples_test

import (
	"os/exec"
	"syscall"
)

// dieToo ends a child when the tests end without a word, as after a panic.
func dieToo(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM} }
