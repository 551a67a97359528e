package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/doorward/doorward/cmd/doorward/internal/author"
)

// asked is how run and bench say which login is mapped, and with what.
type asked struct {
	given  author.Given
	limits []string
	asIs   bool
	asJSON bool
}

func (a *asked) flags(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&a.given.Login, "login", "", "login `file` to map, as a test login exports it")
	f.StringVar(&a.given.Input, "input", "", "`file` with a plugin's input to map")
	f.StringVar(&a.given.Config, "config", "", "`file` with the plugin's config, for --login")
	f.StringSliceVar(&a.given.Sources, "sources", nil, "`sources` that are granted (default: idTokenClaims, userInfo, what the plugin needs, and what --input holds)")
	limitsFlag(c, &a.limits)
	noBuildFlag(c, &a.asIs)
	jsonFlag(c, &a.asJSON)
}

// runsCode is for the help of every command that may build.
const runsCode = "\n\nBuilding runs the toolchain, or the x-build command of plugin.json: in a folder of\nsomebody else's, this runs its code. With --no-build nothing is built."

func noBuildFlag(c *cobra.Command, asIs *bool) {
	c.Flags().BoolVar(asIs, "no-build", false, "use a folder's module as it is, so that none of its commands run")
}

func limitsFlag(c *cobra.Command, limits *[]string) {
	c.Flags().StringSliceVar(limits, "limits", nil, "`limits` other than the default, such as fuel=50000000,memory=32MiB,timeout=250ms")
}

// call is what was asked for, once the command line is read. Without a login
// the golden cases are, where that is possible.
func (a *asked) call(cases bool) (g author.Given, err error) {
	if a.given.Limits, err = author.ParseLimits(a.limits); err != nil {
		return g, usageError{err}
	}
	if cases && a.given.Login == "" && a.given.Input == "" && a.given.Config == "" && a.given.Sources == nil {
		return a.given, nil
	}
	if err := a.given.Check(); err != nil {
		return g, usageError{err}
	}
	return a.given, nil
}

func newPluginTest() *cobra.Command {
	var o author.TestOptions
	var pattern string
	var limits []string
	var watch bool
	c := &cobra.Command{
		Use: "test [DIR]", Short: "Run a plugin's golden cases", Args: atMost(1, "one folder"),
		Long: "test builds the plugin when its sources are newer than its module, maps the login\nof each folder of testdata in the host's runtime, and compares what comes out with\nthe folder's output.json." + runsCode,
		RunE: withHost(func(c *cobra.Command, h *author.Host, args []string) error {
			p, err := author.Open(projectFolder(args))
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
				fmt.Fprintln(c.ErrOrStderr(), "doorward: lines with - were wanted, lines with + came out; mend the mapper, or accept them with --update")
				err = reported{}
			}
			return err
		}),
	}
	c.Flags().BoolVar(&o.Update, "update", false, "write what comes out to output.json where it differs")
	c.Flags().BoolVar(&watch, "watch", false, "build and test again whenever a file changes")
	c.Flags().StringVar(&pattern, "run", "", "only cases whose names match the regular `expression`")
	c.Flags().StringVar(&o.Module, "module", "", "test this `module` and build nothing")
	noBuildFlag(c, &o.AsIs)
	c.Flags().StringVar(&o.Cases, "cases", "", "`folder` of cases (default: testdata)")
	limitsFlag(c, &limits)
	return c
}

func newPluginRun() *cobra.Command {
	var a asked
	c := &cobra.Command{
		Use: "run MODULE|DIR", Short: "Map one login and show what came of it", Args: exactly(1),
		Long: "run maps one login as a host would and prints the result, the log lines, and the\nfuel, memory and time that were used. A trap comes with the guest's stack. The\nmodule of a folder is built when its sources are newer." + runsCode,
		RunE: withHost(func(c *cobra.Command, h *author.Host, args []string) error {
			given, err := a.call(false)
			if err != nil {
				return err
			}
			m, err := author.Find(c.Context(), h, args[0], a.asIs, c.ErrOrStderr())
			if err != nil {
				return err
			}
			ran, err := author.Run(c.Context(), h, m, given)
			if err != nil {
				return err
			}
			if a.asJSON {
				err = printJSON(c, ran)
			} else {
				ran.Write(c.OutOrStdout())
			}
			if err == nil && ran.Failure != "" {
				err = reported{}
			}
			return err
		}),
	}
	a.flags(c)
	return c
}

func newPluginBench() *cobra.Command {
	var a asked
	o := author.BenchOptions{}
	c := &cobra.Command{
		Use: "bench MODULE|DIR", Short: "Measure a plugin's time and fuel", Args: exactly(1),
		Long: "bench maps one login many times, each call isolated as in a host, and prints\npercentiles beside the plugin's limits. Without --login and --input it takes a\nproject's golden cases in turn. The module of a folder is built when its sources\nare newer." + runsCode,
		RunE: withHost(func(c *cobra.Command, h *author.Host, args []string) error {
			given, err := a.call(isFolder(args[0]))
			if err != nil {
				return err
			}
			m, err := author.Find(c.Context(), h, args[0], a.asIs, c.ErrOrStderr())
			if err != nil {
				return err
			}
			b, err := bench(c, h, m, args[0], given, o)
			if err != nil {
				return err
			}
			if a.asJSON {
				return printJSON(c, b)
			}
			b.Write(c.OutOrStdout())
			return nil
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

func newPluginInspect() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "inspect MODULE", Short: "Show what a module is, needs and contains", Args: exactly(1),
		Long: "inspect shows a module's kind, imports, exports, needs, config schema, sections and\ndigest, and whether a host would load it. Of a broken module it shows as much as\ncan be read, and exits with 1.",
		RunE: withHost(func(c *cobra.Command, h *author.Host, args []string) error {
			m, err := author.ReadModule(args[0])
			if err != nil {
				return err
			}
			found := author.Inspect(c.Context(), h, m)
			if asJSON {
				err = printJSON(c, found)
			} else {
				found.Write(c.OutOrStdout())
			}
			if err == nil && len(found.Faults) > 0 {
				err = reported{}
			}
			return err
		}),
	}
	jsonFlag(c, &asJSON)
	return c
}
