package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/doorward/doorward/host"
	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/session"
)

func newSession() *cobra.Command {
	return group("session", "List and end the sessions of people", newSessionList(), newSessionRevoke())
}

func newSessionList() *cobra.Command {
	var file string
	var choice host.SessionChoice
	var asJSON bool
	c := &cobra.Command{
		Use: "list", Short: "List the sessions that live, the newest first", Args: exactly(0),
		Long: "list shows for each session its ID, a tag that is equal for sessions of the\nsame person, the provider, the device, the levels of the sign-in, and when it\nwas made and last used. It asks the running host, or opens the store.",
		RunE: func(c *cobra.Command, _ []string) error {
			if err := wholePerson(choice.Person); err != nil {
				return err
			}
			cfg, err := config.Load(file)
			if err != nil {
				return faults(c, err)
			}
			list, err := host.ListSessions(c.Context(), cfg, choice)
			if err != nil {
				return err
			}
			if asJSON {
				out := json.NewEncoder(c.OutOrStdout())
				out.SetIndent("", "  ")
				return out.Encode(list)
			}
			return printSessions(c, list)
		},
	}
	configFlag(c, &file)
	personFlags(c, &choice.Person)
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON, times in UTC")
	return c
}

func newSessionRevoke() *cobra.Command {
	var file string
	var choice host.SessionChoice
	c := &cobra.Command{
		Use: "revoke [ID]", Short: "End one session, one person's, or all",
		Long: "revoke ends sessions at once: no handle opens them any more. ID may be the\nbeginning of a session's ID when no other begins so. It goes through the\nrunning host, or opens the store.",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usageError{errors.New("revoke takes one ID at most")}
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 1 {
				choice.ID = args[0]
			}
			if err := oneChoice(choice, len(args) == 1, c.Flags().Changed("same-person")); err != nil {
				return err
			}
			cfg, err := config.Load(file)
			if err != nil {
				return faults(c, err)
			}
			// For when no host runs; a running one writes the lines itself.
			audit, done, err := host.AuditTo(cfg, slog.New(slog.NewJSONHandler(c.ErrOrStderr(), nil)))
			if err != nil {
				return faults(c, err)
			}
			revoked, err := host.RevokeSessions(c.Context(), cfg, choice, audit)
			if err = errors.Join(err, done()); err != nil {
				return err
			}
			fmt.Fprintln(c.OutOrStdout(), ended(revoked.Sessions))
			return nil
		},
	}
	configFlag(c, &file)
	personFlags(c, &choice.Person)
	c.Flags().StringVar(&choice.SamePerson, "same-person", "", "every session of the person whose session has this `ID`")
	c.Flags().BoolVar(&choice.All, "all", false, "every session there is")
	return c
}

func personFlags(c *cobra.Command, p *login.Person) {
	c.Flags().StringVar(&p.IdP, "idp", "", "`name` of the person's provider; any when left out")
	c.Flags().StringVar(&p.Issuer, "iss", "", "the person's `issuer`")
	c.Flags().StringVar(&p.Subject, "sub", "", "the person's `subject`")
}

// wholePerson refuses half a name: whoever leaves sub out would mean everyone.
func wholePerson(p login.Person) error {
	if p != (login.Person{}) && (p.Issuer == "" || p.Subject == "") {
		return usageError{errors.New("a person is --iss and --sub together, and --idp when one provider is meant")}
	}
	return nil
}

func oneChoice(choice host.SessionChoice, id, samePerson bool) error {
	if err := wholePerson(choice.Person); err != nil {
		return err
	}
	given := 0
	for _, is := range []bool{id, samePerson, choice.All, choice.Person != login.Person{}} {
		if is {
			given++
		}
	}
	if given != 1 {
		return usageError{errors.New("name what to end, one way: an ID, --same-person ID, --iss and --sub, or --all")}
	}
	return nil
}

func ended(n int) string {
	if n == 1 {
		return "1 session ended"
	}
	return fmt.Sprintf("%d sessions ended", n)
}

func printSessions(c *cobra.Command, list []session.Listed) error {
	w := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tPERSON\tPROVIDER\tDEVICE\tLEVELS\tCREATED\tLAST USED")
	for _, l := range list {
		device, levels := l.Device, strings.Join(l.Levels, ",")
		if device == "" {
			device = "unknown"
		}
		if levels == "" {
			levels = "-"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", l.ID, l.Person, l.IdP, device, levels,
			l.CreatedAt.Format(time.RFC3339), l.LastUsed.Format(time.RFC3339))
	}
	return w.Flush()
}
