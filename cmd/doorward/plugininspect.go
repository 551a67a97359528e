package main

import (
	"github.com/spf13/cobra"

	"github.com/doorward/doorward/cmd/doorward/internal/author"
)

func newPluginInspect() *cobra.Command {
	var asIs, asJSON bool
	c := &cobra.Command{
		Use: "inspect" + moduleUse, Short: "Show what a module is, needs and contains", Args: atMostOne("module"),
		Long: "inspect shows a module's kind, imports, exports, needs, config schema, sections and\ndigest, and whether a host would load it. Of a broken module it shows as much as\ncan be read, and exits with 1. The module of a folder is built when its sources are\nnewer." + runsCode,
		RunE: withHost(func(c *cobra.Command, h *author.Host, args []string) error {
			m, err := moduleOf(c, h, args, asIs)
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
	noBuildFlag(c, &asIs)
	jsonFlag(c, &asJSON)
	return c
}
