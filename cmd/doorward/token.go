package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/doorward/doorward/cmd/doorward/internal/program"
)

func newToken() *cobra.Command {
	var app, resource string
	c := &cobra.Command{
		Use: "token [URL]", Short: "Print the session's bearer, or an access token for an API", Args: atMost(1),
		Long: "token prints the bearer of the session that doorward login keeps, for\nAuthorization: Bearer at the host and behind its proxies. With --resource it asks\nthe host for an access token for that API. It prints nothing else. URL and --app\nare needed when several sessions are kept.",
		RunE: func(c *cobra.Command, args []string) error {
			_, session, err := keptSession(args, app)
			if err != nil {
				return err
			}
			if !time.Now().Before(session.Expires) {
				return endedHint(session)
			}
			token := string(session.Bearer)
			if resource != "" {
				host, err := program.Discover(c.Context(), session.Issuer)
				if err != nil {
					return err
				}
				token, err = host.Token(c.Context(), session, resource)
				if errors.Is(err, program.ErrEnded) {
					return endedHint(session)
				}
				if err != nil {
					return err
				}
			}
			fmt.Fprintln(c.OutOrStdout(), token)
			return nil
		},
	}
	c.Flags().StringVar(&app, "app", "", "`name` of the application whose program is signed in")
	c.Flags().StringVar(&resource, "resource", "", "the API's `URI`, one of applications.NAME.resources")
	return c
}

func newLogout() *cobra.Command {
	var app string
	c := &cobra.Command{
		Use: "logout [URL]", Short: "End the session of this command line", Args: atMost(1),
		Long: "logout ends the session that doorward login keeps, at the host, and forgets it.\nYour browser stays signed in. URL and --app are needed when several sessions are\nkept.",
		RunE: func(c *cobra.Command, args []string) error {
			kept, session, err := keptSession(args, app)
			if err != nil {
				return err
			}
			host, err := program.Discover(c.Context(), session.Issuer)
			if err == nil {
				err = host.Revoke(c.Context(), session)
			}
			if err != nil {
				return fmt.Errorf("the session goes on, and is still kept: %w", err)
			}
			if err := kept.Forget(session); err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "signed out of %s\n", session.Issuer)
			return nil
		},
	}
	c.Flags().StringVar(&app, "app", "", "`name` of the application whose program is signed in")
	return c
}

func keptSession(args []string, app string) (program.Kept, program.Session, error) {
	kept, err := program.UserKept()
	if err != nil {
		return kept, program.Session{}, err
	}
	address := ""
	if len(args) == 1 {
		address = args[0]
	}
	session, err := kept.Find(address, app)
	return kept, session, err
}

func endedHint(s program.Session) error {
	return fmt.Errorf("the session has ended: run doorward login %s --app %s", s.Issuer, s.App)
}
