package main

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"github.com/doorward/doorward/host"
	"github.com/doorward/doorward/host/config"
)

func newBackup() *cobra.Command {
	var file string
	c := &cobra.Command{
		Use: "backup FILE", Short: "Write a copy of the store to a new file", Args: exactly(1),
		Long: "backup writes the store as it is now, people, clients, sessions and records, to a\nnew file. A running host goes on meanwhile. The host's key is not in the copy:\nkeep it in another place, since without it the signing keys cannot be read.\n\nTo restore, stop the host, put the copy where store.path says, and start it.",
		RunE: func(c *cobra.Command, args []string) error {
			cfg, err := config.Load(file)
			if err != nil {
				return faults(c, err)
			}
			size, err := host.Backup(c.Context(), cfg, args[0])
			if errors.Is(err, fs.ErrExist) {
				return fmt.Errorf("%s is there already; name a new file", args[0])
			}
			if err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "%s has %d bytes; the host's key is %s\n", args[0], size, cfg.HostKeyFile)
			return nil
		},
	}
	configFlag(c, &file)
	return c
}
