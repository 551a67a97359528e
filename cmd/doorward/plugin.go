package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/doorward/doorward/cmd/doorward/internal/author"
	"github.com/doorward/doorward/host"
)

func newPlugin() *cobra.Command {
	return group("plugin", "Write, build, test and measure plugins",
		newPluginNew(), newPluginBuild(), newPluginTest(), newPluginRun(), newPluginBench(), newPluginInspect())
}

func newPluginNew() *cobra.Command {
	o := author.NewOptions{Version: version()}
	c := &cobra.Command{
		Use: "new NAME", Short: "Make a folder with a plugin that builds and passes its test", Args: oneName,
		Long: "new writes a folder with a small mapper, its tests, and the source of the SDK:\nnothing is fetched. A folder that exists is never touched.",
		RunE: func(c *cobra.Command, args []string) error {
			if o.Language == "" {
				return usageError{fmt.Errorf("the language is missing; write --lang and one of %s, such as: doorward plugin new %s --lang go", strings.Join(author.Languages(), ", "), args[0])}
			}
			o.Name = args[0]
			p, err := author.New(o)
			if err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "%s is a plugin in %s. Next:\n\n    cd %s\n    %s\n    doorward plugin test\n", p.Dir, p.Title(), p.Dir, strings.Join(p.Prepare(), "\n    "))
			return nil
		},
	}
	c.Flags().StringVar(&o.Language, "lang", "", "`language`: "+strings.Join(author.Languages(), ", "))
	c.Flags().StringVar(&o.Dir, "dir", "", "`folder` to make (default: NAME)")
	return c
}

func newPluginBuild() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "build [DIR]", Short: "Build a plugin's module", Args: atMostOne("folder"),
		Long: "build runs the language's toolchain, strips debug sections, puts plugin.json into\nthe module, and asks the host's runtime whether it would load it. The module is\nNAME.wasm in the folder, NAME being the name in plugin.json.",
		RunE: withHost(func(c *cobra.Command, h *author.Host, args []string) error {
			p, err := author.Open(subject(args))
			if err != nil {
				return err
			}
			built, err := p.Build(c.Context(), h, c.ErrOrStderr())
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(c, built)
			}
			built.Write(c.OutOrStdout())
			return nil
		}),
	}
	jsonFlag(c, &asJSON)
	return c
}

// withHost gives a command the runtime in which plugins run.
func withHost(run func(c *cobra.Command, h *author.Host, args []string) error) func(*cobra.Command, []string) error {
	return func(c *cobra.Command, args []string) error {
		h, err := author.OpenHost(c.Context(), host.BundledPlugin, host.BundledPlugins())
		if err != nil {
			return err
		}
		err = run(c, h, args)
		if errors.Is(err, context.Canceled) {
			err = errors.New("interrupted; run it again")
		}
		return errors.Join(err, h.Close(context.WithoutCancel(c.Context())))
	}
}

// subject is what a command is about: its argument, or else the present folder.
func subject(args []string) string {
	if len(args) == 0 {
		return "."
	}
	return args[0]
}

func jsonFlag(c *cobra.Command, asJSON *bool) {
	c.Flags().BoolVar(asJSON, "json", false, "print JSON")
}

func printJSON(c *cobra.Command, v any) error {
	encoder := json.NewEncoder(c.OutOrStdout())
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(v)
}

// oneName wants the name of a new plugin.
func oneName(c *cobra.Command, args []string) error {
	const example = "write a name and a language, such as: doorward plugin new team-roles --lang go"
	switch len(args) {
	case 0:
		return usageError{errors.New("the plugin's name is missing; " + example)}
	case 1:
		return nil
	}
	return usageError{fmt.Errorf("%s is one name too many; %s", args[1], example)}
}

// atMostOne wants no argument, or one, and says so as a usage error.
func atMostOne(what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) > 1 {
			return usageError{fmt.Errorf("%s takes one %s at most; leave out %s", c.CommandPath(), what, args[1])}
		}
		return nil
	}
}
