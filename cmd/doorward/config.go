package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/doorward/doorward/host"
	"github.com/doorward/doorward/host/config"
)

func newConfig() *cobra.Command {
	return group("config", "Describe the configuration file", &cobra.Command{
		Use: "schema", Short: "Print the JSON schema of the configuration file", Args: exactly(0),
		RunE: func(c *cobra.Command, _ []string) error {
			_, err := c.OutOrStdout().Write(config.Schema())
			return err
		},
	})
}

func newCheck() *cobra.Command {
	var file string
	var offline bool
	c := &cobra.Command{
		Use: "check", Short: "Check the configuration, its plugins, policies and providers", Args: exactly(0),
		Long: "check reads the configuration, compiles its plugins, mappers and policies, and\nasks each provider for its discovery document. It prints every fault as\nfile:line:column and exits with 1 when there is one.",
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := config.Load(file)
			warnings, err := check(c.Context(), cfg, err, offline)
			for _, w := range warnings {
				fmt.Fprintln(c.ErrOrStderr(), "warning: "+w)
			}
			if err != nil {
				return faults(c, err)
			}
			fmt.Fprintf(c.OutOrStdout(), "%s is good\n", file)
			return nil
		},
	}
	configFlag(c, &file)
	c.Flags().BoolVar(&offline, "offline", false, "do not ask providers for their discovery documents")
	return c
}

// check is every fault of a loaded file and of all that it names; loaded is the
// error of config.Load.
func check(ctx context.Context, cfg *config.Config, loaded error, offline bool) (warnings []string, err error) {
	var broken config.Faults
	if cfg == nil || loaded != nil && !errors.As(loaded, &broken) {
		return nil, loaded
	}
	return host.Check(ctx, host.Options{Config: cfg}, broken, offline)
}

// load reads the file to run it. When it has a fault, the error is every one.
func load(ctx context.Context, file string) (*config.Config, error) {
	cfg, err := config.Load(file)
	if err != nil {
		_, err = check(ctx, cfg, err, true)
		return nil, err
	}
	return cfg, nil
}

func configFlag(c *cobra.Command, file *string) {
	c.Flags().StringVarP(file, "config", "c", "doorward.yaml", "configuration `file`")
}

// faults prints each fault of a configuration on a line of its own.
func faults(c *cobra.Command, err error) error {
	var list config.Faults
	if !errors.As(err, &list) {
		return err
	}
	for _, f := range list {
		fmt.Fprintln(c.ErrOrStderr(), f.Error())
	}
	n := "1 fault"
	if len(list) != 1 {
		n = fmt.Sprintf("%d faults", len(list))
	}
	fmt.Fprintln(c.ErrOrStderr(), n)
	return reported{}
}
