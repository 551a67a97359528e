package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/doorward/doorward/host/config"
)

func newPolicy() *cobra.Command {
	return group("policy", "Write, test, explain and measure the policies that grant levels",
		newPolicyNew(), newPolicyTest(), newPolicyCheck(), newPolicyEval(), newPolicyExplain(), newPolicyBench())
}

// policyFlags say which policies a command looks at.
type policyFlags struct {
	config   string
	policies string
}

func (f *policyFlags) register(c *cobra.Command) {
	configFlag(c, &f.config)
	c.Flags().StringVar(&f.policies, "policies", "", "`folder` of policies, in place of the configured ones")
}

// load reads the configuration; nil when there is none and none was asked for.
// Then the policies are those of the usual folder, when there is one.
func (f *policyFlags) load(c *cobra.Command) (*config.Config, error) {
	if _, err := os.Stat(f.config); errors.Is(err, os.ErrNotExist) && !c.Flags().Changed("config") {
		if f.policies == "" && isFolder(usualFolder) {
			f.policies = usualFolder
		}
		return nil, nil
	}
	cfg, err := config.Load(f.config)
	if err != nil {
		return nil, faults(c, err)
	}
	return cfg, nil
}

// folder is where the policies' files lie; empty for the default policy.
func (f *policyFlags) folder(cfg *config.Config) string {
	if f.policies == "" && cfg != nil {
		return cfg.Policies.Path
	}
	return f.policies
}

// policiesIn begins a sentence on the policies in folder, or the default one.
func policiesIn(folder string) string {
	if folder == "" {
		return "the default policy is"
	}
	return "the policies in " + folder + " are"
}

// usualFolder is where policy new writes, and where the other commands look
// when nothing else is said.
const usualFolder = "policies"

// loginOnly refuses arguments of a command that takes --login alone.
func loginOnly(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usageError{fmt.Errorf("%s takes no argument; write %s --login %s", c.CommandPath(), c.CommandPath(), args[0])}
	}
	return nil
}
