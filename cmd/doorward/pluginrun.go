package main

import (
	"fmt"

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
	f.StringVar(&a.given.Login, "login", "", "login `file` to map, as a test login exports it; a config.json beside a login.json is its config")
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
// the golden cases are, where that is possible. The config that lies beside a
// login is taken, and said to be.
func (a *asked) call(c *cobra.Command, cases bool) (g author.Given, err error) {
	if a.given.Limits, err = author.ParseLimits(a.limits); err != nil {
		return g, usageError{err}
	}
	if cases && a.given.Login == "" && a.given.Input == "" && a.given.Config == "" && a.given.Sources == nil {
		return a.given, nil
	}
	if err := a.given.Check(); err != nil {
		return g, usageError{err}
	}
	g, note := a.given.WithItsConfig()
	if note != "" {
		fmt.Fprintln(c.ErrOrStderr(), note)
	}
	return g, nil
}

// moduleUse is how a command takes what moduleOf finds.
const moduleUse = " [MODULE|DIR|bundled:NAME]"

// moduleOf is what a command is about: the module itself, that of a plugin's
// folder, by default the present one, or one of the binary's own.
func moduleOf(c *cobra.Command, h *author.Host, args []string, asIs bool) (*author.Module, error) {
	return author.Find(c.Context(), h, subject(args), asIs, c.ErrOrStderr())
}

func newPluginRun() *cobra.Command {
	var a asked
	c := &cobra.Command{
		Use: "run" + moduleUse, Short: "Map one login and show what came of it", Args: atMostOne("module"),
		Long: "run maps one login as a host would and prints the result, the log lines, and the\nfuel, memory and time that were used. A trap comes with the guest's stack. The\nmodule of a folder is built when its sources are newer." + runsCode,
		RunE: withHost(func(c *cobra.Command, h *author.Host, args []string) error {
			given, err := a.call(c, false)
			if err != nil {
				return err
			}
			m, err := moduleOf(c, h, args, a.asIs)
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
