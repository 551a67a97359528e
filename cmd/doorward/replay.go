package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/doorward/doorward/host"
	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/login"
)

func newReplay() *cobra.Command {
	var file, since, policies, plugins string
	var forbid []string
	var asJSON bool
	c := &cobra.Command{
		Use: "replay", Short: "Run recorded logins again, under these or other rules", Args: exactly(0),
		Long: "replay runs the logins that a host recorded (record: {keep: 168h} in the\nconfiguration) through the mappers, plugins and policies again, and prints who\nwould gain or lose which level or attribute. Nobody's session changes. It asks\nthe running host, or opens the store.\n\nWith --forbid-loss it exits with 1 when a login would lose that level, or when no\nlogin was replayed.",
		RunE: func(c *cobra.Command, _ []string) error {
			ago, err := parseAgo(since)
			if err != nil {
				return usageError{err}
			}
			cfg, err := config.Load(file)
			if err != nil {
				return faults(c, err)
			}
			req := host.ReplayRequest{ForbidLoss: forbid}
			if ago > 0 {
				req.Since = time.Now().Add(-ago)
			}
			if req.RuleFiles, err = host.ReadRuleFiles(cfg, policies, plugins); err != nil {
				return err
			}
			report, err := host.ReplayLogins(c.Context(), cfg, req)
			if err != nil {
				return faults(c, err)
			}
			if asJSON {
				out := json.NewEncoder(c.OutOrStdout())
				out.SetIndent("", "  ")
				out.SetEscapeHTML(false)
				err = out.Encode(report)
			} else {
				err = report.Write(c.OutOrStdout())
			}
			if err == nil && report.Violated() {
				err = reported{}
			}
			return err
		},
	}
	configFlag(c, &file)
	c.Flags().StringVar(&since, "since", "", "logins of this `time` and later: 7d, 36h; all that are kept when left out")
	c.Flags().StringVar(&policies, "policies", "", "`folder` of policies to try in place of the configured ones")
	c.Flags().StringVar(&plugins, "plugins", "", "`folder` of modules to try, NAME.wasm for the plugin NAME")
	c.Flags().StringArrayVar(&forbid, "forbid-loss", nil, "exit with 1 when a login would lose this `level`; may be repeated")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON, times in UTC")
	c.AddCommand(newReplayForget())
	return c
}

func newReplayForget() *cobra.Command {
	var file string
	var person login.Person
	c := &cobra.Command{
		Use: "forget", Short: "Remove every recorded login of a person", Args: exactly(0),
		Long: "forget removes the recorded logins of one person, and those that no key opens\nany more. It goes through the running host, or opens the store.",
		RunE: func(c *cobra.Command, _ []string) error {
			if person.Issuer == "" || person.Subject == "" {
				return usageError{errors.New("a person is --iss and --sub together, and --idp when one provider is meant")}
			}
			cfg, err := config.Load(file)
			if err != nil {
				return faults(c, err)
			}
			gone, err := host.ForgetRecords(c.Context(), cfg, person)
			if err != nil {
				return err
			}
			fmt.Fprintln(c.OutOrStdout(), removed(gone.Records))
			if gone.Unreadable > 0 {
				fmt.Fprintf(c.OutOrStdout(), "%s, which no key opens any more\n", removed(gone.Unreadable))
			}
			return nil
		},
	}
	configFlag(c, &file)
	personFlags(c, &person)
	return c
}

func removed(n int) string {
	if n == 1 {
		return "1 recorded login removed"
	}
	return fmt.Sprintf("%d recorded logins removed", n)
}

// parseAgo reads a time that is over: a duration, or whole days such as 7d.
func parseAgo(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	ago, err := time.ParseDuration(text)
	if days, is := strings.CutSuffix(text, "d"); is {
		var n int
		n, err = strconv.Atoi(days)
		if n > 36500 {
			err = strconv.ErrRange
		}
		ago = time.Duration(n) * 24 * time.Hour
	}
	if err != nil || ago <= 0 {
		return 0, fmt.Errorf("--since %.40q is no time: write 7d, 36h or 90m", text)
	}
	return ago, nil
}
