package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/doorward/doorward/host/login"
)

func newPolicyEval() *cobra.Command {
	var rules policyFlags
	var of loginFlags
	var asJSON, input bool
	c := &cobra.Command{
		Use: "eval --login FILE|ID", Short: "Say which levels a login holds", Args: loginOnly,
		Long: "eval maps the login of a login file and decides about it as the host would, at\nthe time in the file. With a configuration its mappers, plugins, levels and grants\ncount; without one every level that a rule names counts as declared. ID is that\nof a recorded login, from the audit log; it needs the configuration.",
		RunE: func(c *cobra.Command, _ []string) error {
			return withLogin(c, &rules, &of, func(r *policyRules, g given, facts login.Facts) error {
				if input {
					return printInput(c, r, facts)
				}
				decision, err := r.engine().Decide(c.Context(), facts)
				if err != nil {
					return err
				}
				if asJSON {
					return printJSON(c, evaluated{g.file.Now, facts.User, decision})
				}
				return writeDecision(c.OutOrStdout(), decision, g.file.Now)
			})
		},
	}
	rules.register(c)
	of.register(c)
	c.Flags().BoolVar(&input, "input", false, "print the input that policies see, instead of deciding")
	jsonFlag(c, &asJSON)
	return c
}

// evaluated is what policy eval --json prints.
type evaluated struct {
	Now      int64          `json:"now"` // Unix seconds
	User     *login.User    `json:"user"`
	Decision login.Decision `json:"decision"`
}

// printInput prints the document that policies see for facts.
func printInput(c *cobra.Command, r *policyRules, facts login.Facts) error {
	text, err := r.engine().Input(facts)
	if err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(text)) // it escapes what HTML would take for markup
	decoder.UseNumber()
	var document any
	if err := decoder.Decode(&document); err != nil {
		return err
	}
	return printJSON(c, document)
}

// writeDecision prints the levels that are held at now, and what was withheld.
func writeDecision(out io.Writer, d login.Decision, now int64) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	if len(d.Levels) == 0 {
		fmt.Fprintln(table, "no level is held")
	} else {
		fmt.Fprintln(table, "HELD\tUNTIL\tBY")
	}
	for _, l := range d.Levels {
		fmt.Fprintf(table, "%s\t%s\t%s\n", l.Path, untilText(l.Until, now), byText(l))
	}
	if len(d.Withheld) > 0 {
		fmt.Fprintln(table, "\nWITHHELD\tREASON\tBY")
	}
	for _, w := range d.Withheld {
		path := w.Path
		if path == "" {
			path = "(computed)"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n", path, reasonText(w), w.Rule)
	}
	fmt.Fprintf(table, "\nat %s, by policies of revision %.12s\n", timeText(now), d.Revision)
	return table.Flush()
}

func untilText(until, now int64) string {
	if until == 0 {
		return "no end"
	}
	return fmt.Sprintf("%s (%s)", timeText(until), time.Duration(until-now)*time.Second)
}

func byText(l login.Level) string {
	switch l.By {
	case login.ByRule:
		if l.Title != "" {
			return l.Rule + " " + l.Title
		}
		return l.Rule
	case login.ByRole:
		return "the person's role"
	case login.ByGroup:
		return "a level in it"
	case login.ByGrant:
		return "a grant of the configuration"
	}
	return "the host"
}

func reasonText(w login.Withheld) string {
	if w.Detail == "" {
		return string(w.Reason)
	}
	return string(w.Reason) + ": " + w.Detail
}
