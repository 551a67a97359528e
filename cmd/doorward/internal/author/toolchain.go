// Running compilers.

package author

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// step is one command of a build.
type step struct {
	run     []string
	env     []string // NAME=value, in the place of the environment's
	without []string // settings of the environment that would change what is built
	missing string   // what to install when the command is not there
}

// do runs the step in a folder. What the command says goes to out as it is.
func (s step) do(ctx context.Context, dir string, out io.Writer) error {
	path, err := exec.LookPath(s.run[0])
	if err != nil {
		return wrong(s.missing, "%s is not installed, or not on PATH", s.run[0])
	}
	command := exec.CommandContext(ctx, path, s.run[1:]...)
	command.Dir, command.Stdout, command.Stderr = dir, out, out
	command.Env = s.environment()
	command.WaitDelay = 5 * time.Second
	err = command.Run()
	if err != nil {
		interrupted(ctx)
	}
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &exit):
		return wrong("mend what it says above and build again", "%s failed (%s)", head(s.run), exit.ProcessState)
	}
	return advise(err, "look whether %s can be run", path)
}

// interrupted waits a moment for the end of ctx: what ends this program, Ctrl-C
// among it, may end the compiler first.
func interrupted(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(100 * time.Millisecond):
	}
}

func (s step) environment() []string {
	var env []string
	for _, setting := range os.Environ() {
		if name, _, _ := strings.Cut(setting, "="); !slices.Contains(s.without, name) {
			env = append(env, setting)
		}
	}
	return append(env, s.env...)
}

// commandLine is a command for people to read before it runs; an argument that
// is not plain is quoted, so that none can look like another, or hide.
func commandLine(run []string) string {
	words := make([]string, len(run))
	for i, word := range run {
		words[i] = word
		if word == "" || strings.Trim(word, plainWord) != "" {
			words[i] = strconv.QuoteToASCII(word)
		}
	}
	return strings.Join(words, " ")
}

const plainWord = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=,+@%"

// head is a command's name and its verb.
func head(run []string) string {
	name := filepath.Base(run[0])
	if len(run) > 1 && !strings.ContainsAny(run[1], "-/.") {
		name += " " + run[1]
	}
	return name
}
