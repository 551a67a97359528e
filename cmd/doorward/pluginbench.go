package main

import (
	"errors"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/doorward/doorward/cmd/doorward/internal/author"
)

func newPluginBench() *cobra.Command {
	var a asked
	o := author.BenchOptions{}
	c := &cobra.Command{
		Use: "bench" + moduleUse, Short: "Measure a plugin's time and fuel", Args: atMostOne("module"),
		Long: "bench maps one login many times, each call isolated as in a host, and prints\npercentiles beside the plugin's limits. Without --login and --input it takes a\nproject's golden cases in turn. It exits with 1 when a call failed, unless its case\nwants that. The module of a folder is built when its sources are newer." + runsCode,
		RunE: withHost(func(c *cobra.Command, h *author.Host, args []string) error {
			given, err := a.call(c, isFolder(subject(args)))
			if err != nil {
				return err
			}
			m, err := moduleOf(c, h, args, a.asIs)
			if err != nil {
				return err
			}
			b, err := bench(c, h, m, subject(args), given, o)
			if err != nil {
				return err
			}
			if a.asJSON {
				err = printJSON(c, b)
			} else {
				b.Write(c.OutOrStdout())
			}
			if err == nil && b.Failed > 0 {
				err = reported{}
			}
			return err
		}),
	}
	a.flags(c)
	c.Flags().IntVar(&o.Calls, "calls", 2000, "`number` of calls at most")
	c.Flags().DurationVar(&o.For, "for", 10*time.Second, "`time` at most")
	return c
}

// bench measures the login that was named, or the cases of the folder.
func bench(c *cobra.Command, h *author.Host, m *author.Module, argument string, g author.Given, o author.BenchOptions) (author.Benched, error) {
	if o.Calls < 1 || o.For <= 0 {
		return author.Benched{}, usageError{errors.New("nothing would be measured; write a number of --calls and a time --for above zero")}
	}
	if g.Login == "" && g.Input == "" {
		p, err := author.Open(argument)
		if err != nil {
			return author.Benched{}, err
		}
		return p.BenchCases(c.Context(), h, m, g.Limits, o)
	}
	return author.Bench(c.Context(), h, m, g, o)
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
