package main

import (
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/doorward/doorward/host"
	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/keyring"
)

func newKeys() *cobra.Command {
	var file string
	list := &cobra.Command{
		Use: "list", Short: "List the host keys that are accepted", Args: exactly(0),
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := config.Load(file)
			if err != nil {
				return faults(c, err)
			}
			keys, err := host.ListKeys(c.Context(), cfg)
			if err != nil {
				return err
			}
			return printKeys(c, keys)
		},
	}
	rotate := &cobra.Command{
		Use: "rotate", Short: "Make a new host key; the one before it is still accepted", Args: exactly(0),
		Long: "rotate makes a new host key and keeps the present one as the previous key;\nthe one before that is dropped, so let at least session.idle pass between two\nrotations. A running host takes the new key over at once.",
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := config.Load(file)
			if err != nil {
				return faults(c, err)
			}
			keys, err := host.RotateKeys(c.Context(), cfg)
			if err != nil {
				return err
			}
			return printKeys(c, keys)
		},
	}
	configFlag(list, &file)
	configFlag(rotate, &file)
	return group("keys", "List and rotate the host's key, and the built-in provider's signing keys", list, rotate, newSigningKeys())
}

func printKeys(c *cobra.Command, keys []keyring.KeyInfo) error {
	w := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "KEY\tCREATED\tUSE")
	for _, k := range keys {
		use := "previous"
		if k.Current {
			use = "current"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", k.ID, k.Created.Format(time.RFC3339), use)
	}
	return w.Flush()
}
