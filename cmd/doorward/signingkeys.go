package main

import (
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/doorward/doorward/host"
	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/idp/keys"
)

func newSigningKeys() *cobra.Command {
	var file string
	var replace bool
	run := func(do func(*cobra.Command, *config.Config) ([]keys.Info, error)) func(*cobra.Command, []string) error {
		return func(c *cobra.Command, _ []string) error {
			cfg, err := config.Load(file)
			if err != nil {
				return faults(c, err)
			}
			list, err := do(c, cfg)
			if err != nil {
				return err
			}
			return printSigningKeys(c, list)
		}
	}
	list := &cobra.Command{
		Use: "list", Short: "List the published signing keys", Args: exactly(0),
		RunE: run(func(c *cobra.Command, cfg *config.Config) ([]keys.Info, error) {
			return host.ListSigningKeys(c.Context(), cfg)
		}),
	}
	rotate := &cobra.Command{
		Use: "rotate", Short: "Make new signing keys; those before stay published for a while", Args: exactly(0),
		Long: "rotate makes a new signing key for every algorithm, which signs at once. Those\nbefore stay published until no token that they signed counts any more. A running\nhost takes the new keys over at once, and rotates by itself every\nsigning_keys.rotate.",
		RunE: run(func(c *cobra.Command, cfg *config.Config) ([]keys.Info, error) {
			return host.RotateSigningKeys(c.Context(), cfg, replace)
		}),
	}
	rotate.Flags().BoolVar(&replace, "replace", false, "take the present keys away at once, because somebody else may have them: no token that they signed verifies any more")
	configFlag(list, &file)
	configFlag(rotate, &file)
	return group("signing", "List and rotate the built-in provider's signing keys", list, rotate)
}

func printSigningKeys(c *cobra.Command, list []keys.Info) error {
	w := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "KEY\tALGORITHM\tSIGNS FROM\tUSE")
	for _, k := range list {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", k.ID, k.Algorithm, k.From.Format(time.RFC3339), k.Use)
	}
	return w.Flush()
}
