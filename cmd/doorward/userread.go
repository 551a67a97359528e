package main

// What must not stand on a command line: it comes from the terminal, without
// being shown, or from standard input.

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"

	"github.com/spf13/cobra"
)

var errNoPassword = errors.New("the password on standard input is empty")

const maxLine = 4096 // bytes that are read

// readPassword asks on the terminal, twice; from elsewhere it takes one line,
// which may be empty.
func readPassword(c *cobra.Command) (string, error) {
	password, terminal, err := readSecret(c, "Password: ")
	if err != nil || !terminal || password == "" {
		return password, err
	}
	again, _, err := readSecret(c, "Once more: ")
	if err == nil && again != password {
		err = errors.New("the two passwords differ; nothing was changed")
	}
	return password, err
}

// readLine asks on the terminal; from elsewhere it takes one line.
func readLine(c *cobra.Command, prompt string) (string, error) {
	line, _, err := readSecret(c, prompt)
	return line, err
}

func readSecret(c *cobra.Command, prompt string) (line string, terminal bool, err error) {
	file, _ := c.InOrStdin().(*os.File)
	if file == nil || stty(file, "-g") != nil {
		line, err = firstLine(c.InOrStdin())
		return line, false, err
	}
	if err := stty(file, "-echo"); err != nil {
		return "", true, fmt.Errorf("the terminal would show what is typed (%w): give it on standard input", err)
	}
	fmt.Fprint(c.ErrOrStderr(), prompt)
	type typed struct {
		line string
		err  error
	}
	read := make(chan typed, 1)
	go func() {
		line, err := firstLine(file)
		read <- typed{line, err}
	}()
	var got typed
	select {
	case got = <-read:
	case <-c.Context().Done():
		got.err = c.Context().Err()
	}
	fmt.Fprintln(c.ErrOrStderr())
	return got.line, true, errors.Join(got.err, stty(file, "echo"))
}

// stty sets the terminal, or fails when there is none.
func stty(terminal *os.File, setting string) error {
	cmd := exec.Command("stty", setting)
	cmd.Stdin = terminal
	return cmd.Run()
}

// firstLine reads no further than it must: a terminal's next line is the next
// question's.
func firstLine(in io.Reader) (string, error) {
	line, err := bufio.NewReaderSize(io.LimitReader(in, maxLine), maxLine).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read standard input: %w", err)
	}
	return strings.TrimRight(line, "\r\n"), nil
}
