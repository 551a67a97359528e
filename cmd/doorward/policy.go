package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/doorward/doorward/host/policy"
)

func newPolicy() *cobra.Command {
	test := &cobra.Command{
		Use: "test [FOLDER]...", Short: "Run the tests of policies",
		Long: "test runs the _test.rego files of each folder, with Doorward's library beside\nthem. Without a folder it tests the library and the default policy.",
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return testPolicies(c, "the default policy and its library", policy.Shipped())
			}
			var errs []error
			for _, dir := range args {
				if info, err := os.Stat(dir); err != nil || !info.IsDir() {
					return fmt.Errorf("%s is not a folder that can be read", dir)
				}
				errs = append(errs, testPolicies(c, dir, os.DirFS(dir)))
			}
			return errors.Join(errs...)
		},
	}
	return group("policy", "Work on the policies that grant levels", test)
}

func testPolicies(c *cobra.Command, name string, files fs.FS) error {
	report, err := policy.Test(c.Context(), files)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if err := report.Write(c.OutOrStdout(), false); err != nil {
		return err
	}
	if !report.OK() {
		return reported{}
	}
	return nil
}
