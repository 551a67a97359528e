package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/doorward/doorward/cmd/doorward/internal/author"
	"github.com/doorward/doorward/host"
	"github.com/doorward/doorward/host/config"
)

func newIdP() *cobra.Command {
	return group("idp", "Import and export the configuration of identity providers", newIdPImport(), newIdPExport())
}

func newIdPImport() *cobra.Command {
	var in host.IdPImport
	var dry bool
	c := &cobra.Command{
		Use: "import NAME", Short: "Write what a provider says of itself into the configuration file", Args: exactly(1),
		Long: "import reads a discovery document, SAML metadata, or what doorward idp export\nprinted, and changes providers.NAME in the configuration file. Comments, the\norder of keys and all other keys stay. It never touches the client's secret.",
		RunE: func(c *cobra.Command, args []string) error {
			if in.From == "" {
				return usageError{fmt.Errorf("name the document with --from")}
			}
			in.Name = args[0]
			edit, err := host.ImportIdP(c.Context(), in)
			if err != nil {
				return faults(c, err)
			}
			return finish(c, edit, in.Config, dry)
		},
	}
	configFlag(c, &in.Config)
	c.Flags().StringVar(&in.From, "from", "", "`address or file` of the document")
	c.Flags().BoolVar(&in.Explicit, "explicit", false, "write the endpoints too, so that discovery is not asked any more")
	c.Flags().StringVar(&in.ClientID, "client-id", "", "client `id` of a provider that is new")
	c.Flags().StringVar(&in.ClientSecretFile, "client-secret-file", "", "`file` that holds the client secret of a provider that is new")
	c.Flags().StringVar(&in.ClientAuth, "client-auth", "", "how the client authenticates: `method`, as in client_auth")
	c.Flags().BoolVar(&dry, "dry-run", false, "print the difference, write nothing")
	return c
}

// finish says what an import changes, and writes it unless it is dry.
func finish(c *cobra.Command, edit *config.Edit, file string, dry bool) error {
	warnings, err := edit.Check()
	for _, w := range warnings {
		fmt.Fprintln(c.ErrOrStderr(), "warning: "+w.Error())
	}
	if err != nil {
		return faults(c, err)
	}
	switch {
	case len(edit.Changes()) == 0:
		fmt.Fprintf(c.OutOrStdout(), "%s is as it should be\n", file)
		return nil
	case dry:
		for _, line := range author.Diff(string(edit.Before()), string(edit.After())) {
			fmt.Fprintln(c.OutOrStdout(), line)
		}
		return nil
	}
	for _, change := range edit.Changes() {
		fmt.Fprintln(c.OutOrStdout(), change)
	}
	return edit.Write()
}

func newIdPExport() *cobra.Command {
	var file string
	c := &cobra.Command{
		Use: "export NAME", Short: "Print a provider's configuration as JSON, without its secrets", Args: exactly(1),
		RunE: func(c *cobra.Command, args []string) error {
			text, err := host.ExportIdP(file, args[0])
			if err != nil {
				return faults(c, err)
			}
			_, err = c.OutOrStdout().Write(text)
			return err
		},
	}
	configFlag(c, &file)
	return c
}
