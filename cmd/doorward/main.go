// Command doorward is the login host and its tools in one binary.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run executes one command line and returns its exit status: 0 for success, 1
// for a failure that was reported, 2 for a command line that makes no sense.
func run(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	asked, err := root.ExecuteContextC(ctx)
	var said reported
	switch {
	case err == nil:
		return 0
	case errors.As(err, &said):
		return 1
	}
	fmt.Fprintf(stderr, "doorward: %v\n", err)
	var usage usageError
	if errors.As(err, &usage) {
		about := "how it is used"
		if asked.HasSubCommands() {
			about = "the commands"
		}
		fmt.Fprintf(stderr, "run %s --help for %s\n", asked.CommandPath(), about)
		return 2
	}
	return 1
}

// reported is a failure whose text was printed already.
type reported struct{}

func (reported) Error() string { return "reported" }

// usageError is a command line that makes no sense.
type usageError struct{ error }

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "doorward",
		Short:         "A login host whose rules are plugins",
		SilenceErrors: true, SilenceUsage: true,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddCommand(newDemo(), newServe(), newCheck(), newConfig(), newPlugin(), newPolicy(), newKeys(), newSession(), newReplay(), newUser(), newIdP(), newBackup(), newLogin(), newToken(), newLogout(), newVersion())
	return root
}

// group is a command that only holds others.
func group(use, short string, children ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, RunE: func(c *cobra.Command, args []string) error {
		if len(args) > 0 {
			return usageError{fmt.Errorf("unknown command %q for %q", args[0], c.CommandPath())}
		}
		return c.Help()
	}}
	c.AddCommand(children...)
	return c
}

// exactly wants n arguments, and says so as a usage error.
func exactly(n int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if err := cobra.ExactArgs(n)(c, args); err != nil {
			return usageError{err}
		}
		return nil
	}
}

// atMost wants no more than n arguments, and says so as a usage error.
func atMost(n int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if err := cobra.MaximumNArgs(n)(c, args); err != nil {
			return usageError{err}
		}
		return nil
	}
}
