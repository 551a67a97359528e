package main

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/near"
	"github.com/doorward/doorward/host/policy"
)

func newPolicyExplain() *cobra.Command {
	var rules policyFlags
	var of loginFlags
	var levels []string
	var asJSON bool
	c := &cobra.Command{
		Use: "explain --login FILE|ID", Short: "Say why a login holds a level, or why not", Args: loginOnly,
		Long: "explain shows for each level which rule granted it, or the first expression that\nfailed in each rule that could have, with the values it saw. ID is that of a\nrecorded login, from the audit log; it needs the configuration.\n\nValues are shown as policies see them: claims in clear, tokens never.",
		RunE: func(c *cobra.Command, _ []string) error {
			return withLogin(c, &rules, &of, func(r *policyRules, g given, facts login.Facts) error {
				if err := r.named(levels); err != nil {
					return err
				}
				explanation, err := r.engine().Explain(c.Context(), facts, levels...)
				if err != nil {
					return policyFaults(c, err)
				}
				if asJSON {
					return printJSON(c, explanation)
				}
				return explanation.Write(c.OutOrStdout(), isTerminal(c.OutOrStdout()))
			})
		},
	}
	rules.register(c)
	of.register(c)
	c.Flags().StringArrayVar(&levels, "level", nil, "only this `level`; can be given again")
	jsonFlag(c, &asJSON)
	return c
}

// named refuses levels that no rule gives, when there is no configuration that
// declares them: then such a level is a misspelt one.
func (r *policyRules) named(levels []string) error {
	if r.alone == nil {
		return nil
	}
	for _, level := range levels {
		if reach, _ := r.alone.Reach(level); reach != policy.Unreached {
			continue
		}
		given := slices.Sorted(maps.Keys(r.alone.Levels()))
		if close := near.Name(level, given); close != "" {
			return fmt.Errorf("no rule gives the level %.100q: did you mean %q?", level, close)
		}
		if len(given) > 0 {
			return fmt.Errorf("no rule gives the level %.100q; those of the policies are %s", level, strings.Join(given, ", "))
		}
		return fmt.Errorf("no rule gives the level %.100q; write one: doorward policy new NAME --level %s", level, level)
	}
	return nil
}

// isTerminal reports whether colours are read by a person. NO_COLOR turns them
// off (https://no-color.org).
func isTerminal(out any) bool {
	file, ok := out.(*os.File)
	if !ok || os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
