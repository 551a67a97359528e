// The mapper "staff" without an SDK: a WASI command. It reads the input's JSON
// from standard input and writes the result's to standard output. Each line on
// standard error is a log line; after a failure the last one is its reason.
package main

import (
	"io"
	"os"
)

func main() {
	input, err := io.ReadAll(os.Stdin)
	if err == nil {
		err = answer(input)
	}
	if err != nil {
		say(err.Error())
		os.Exit(1)
	}
}

func answer(input []byte) error {
	result, line, err := mapStaff(input)
	if err != nil {
		return err
	}
	if line != "" {
		say(line)
	}
	_, err = os.Stdout.Write(result)
	return err
}

func say(line string) { os.Stderr.WriteString(line + "\n") }
