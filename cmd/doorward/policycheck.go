package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	"github.com/spf13/cobra"

	"github.com/doorward/doorward/host/policy"
)

func newPolicyCheck() *cobra.Command {
	var rules policyFlags
	var strict, noLint bool
	c := &cobra.Command{
		Use: "check [FOLDER]", Short: "Check policies: schema, levels, rules that cannot grant, lint", Args: atMostOne("folder"),
		Long: "check compiles policies as the host does, and their tests, and prints every fault\nand warning with its place: members of the input that cannot exist, undeclared\nlevels, levels without a rule, rules that cannot grant. Then it asks Regal, the\nlinter for Rego, when that is installed.",
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 1 {
				if rules.policies != "" {
					return usageError{errors.New("write the folder once: as an argument or with --policies")}
				}
				rules.policies = args[0]
			}
			warned, what, folder, err := rules.check(c)
			if err != nil {
				return err
			}
			remarks := -1
			if folder != "" && !noLint {
				if remarks, err = lint(c, folder); err != nil {
					return err
				}
			}
			if strict && warned+max(0, remarks) > 0 {
				fmt.Fprintf(c.ErrOrStderr(), "%s; --strict wants none\n", found(warned, remarks))
				return reported{}
			}
			fmt.Fprintf(c.OutOrStdout(), "%s sound: %s\n", what, found(warned, remarks))
			return nil
		},
	}
	rules.register(c)
	c.Flags().BoolVar(&strict, "strict", false, "fail on warnings and lint too")
	c.Flags().BoolVar(&noLint, "no-lint", false, "do not ask Regal")
	return c
}

// check compiles the policies, with a configuration against its levels, prints
// the warnings, and returns their number, what was checked, and its folder.
func (f *policyFlags) check(c *cobra.Command) (warned int, what, folder string, err error) {
	r, err := f.open(c, "not against the levels, zones and providers of a host")
	if err != nil {
		return 0, "", "", err
	}
	if folder = f.folder(r.cfg); folder != "" {
		if err := testsCompile(c.Context(), folder); err != nil {
			return 0, "", "", errors.Join(policyFaults(c, err), r.close(c.Context()))
		}
	}
	warnings := r.engine().Warnings()
	for _, w := range warnings {
		fmt.Fprintln(c.OutOrStdout(), "warning: "+w.String())
	}
	what = policiesIn(folder)
	if folder == "" && r.cfg != nil && r.cfg.Policies.Bundle != nil {
		what = "the policies of the bundle are"
	}
	return len(warnings), what, folder, r.close(c.Context())
}

// testsCompile compiles the tests of a folder and runs none.
func testsCompile(ctx context.Context, folder string) error {
	modules, err := readPolicies(folder)
	if err != nil {
		return err
	}
	_, err = policy.TestModules(ctx, modules, policy.TestOptions{Run: regexp.MustCompile(`^\b$`)})
	return err
}

// found is "2 warnings, no remarks of the linter", without the linter when it
// was not asked.
func found(warned, remarks int) string {
	if remarks < 0 {
		return counted(warned, "warning")
	}
	return counted(warned, "warning") + ", " + counted(remarks, "remark") + " of the linter"
}

// counted is "1 remark", "2 remarks", "no remarks".
func counted(n int, what string) string {
	switch n {
	case 0:
		return "no " + what + "s"
	case 1:
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
