package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/doorward/doorward/cmd/doorward/internal/author"
)

func newPluginTest() *cobra.Command {
	var o author.TestOptions
	var pattern string
	var limits []string
	var watch bool
	c := &cobra.Command{
		Use: "test [DIR]", Short: "Run a plugin's golden cases", Args: atMostOne("folder"),
		Long: "test builds the plugin when its sources are newer than its module, maps the login\nof each folder of testdata in the host's runtime, and compares what comes out with\nthe folder's output.json." + runsCode,
		RunE: withHost(func(c *cobra.Command, h *author.Host, args []string) error {
			p, err := author.Open(subject(args))
			if err != nil {
				return err
			}
			if o.Only, err = author.CompilePattern(pattern); err != nil {
				return usageError{err}
			}
			if o.Limits, err = author.ParseLimits(limits); err != nil {
				return usageError{err}
			}
			if watch {
				return p.Watch(c.Context(), h, o, c.OutOrStdout(), c.ErrOrStderr())
			}
			sum, err := p.Test(c.Context(), h, o, c.OutOrStdout(), c.ErrOrStderr())
			if err == nil && sum.Failed > 0 {
				fmt.Fprintln(c.ErrOrStderr(), "doorward: "+whatToDo(sum))
				err = reported{}
			}
			return err
		}),
	}
	c.Flags().BoolVar(&o.Update, "update", false, "write what comes out to output.json where it differs or is missing")
	c.Flags().BoolVar(&watch, "watch", false, "build and test again whenever a file changes")
	c.Flags().StringVar(&pattern, "run", "", "only cases whose names match the regular `expression`")
	c.Flags().StringVar(&o.Module, "module", "", "test this `module`, which may be bundled:NAME, and build nothing")
	noBuildFlag(c, &o.AsIs)
	c.Flags().StringVar(&o.Cases, "cases", "", "`folder` of cases (default: testdata)")
	limitsFlag(c, &limits)
	return c
}

// whatToDo about cases that failed. Those that could not be run say it
// themselves.
func whatToDo(sum author.Tested) string {
	if sum.Differ == 0 {
		return "what FAIL says is what to mend"
	}
	return "lines with - were wanted, lines with + came out; mend the mapper, or accept them with --update"
}
