package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/doorward/doorward/host"
	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/idp/people"
	"github.com/doorward/doorward/host/login"
)

func newUser() *cobra.Command {
	return group("user", "Work on the built-in provider's people", newUserAdd(), newUserSet(), newUserPasswd(), newUserBadge(),
		newUserDeed("disable", "Keep a person from signing in, and end their sessions"), newUserDeed("enable", "Let a disabled person sign in again"),
		newUserDeed("reset", "Take passkeys and the authenticator app from a person who lost them"), newUserDeed("remove", "Remove a person for good, and end their sessions"),
		newUserList(), newUserShow(), newUserImport(), newUserExport(), newUserHash())
}

// userCommand is a command that works on the people of a configuration.
func userCommand(c *cobra.Command, run func(c *cobra.Command, args []string, cfg *config.Config) error) *cobra.Command {
	var file string
	c.RunE = func(c *cobra.Command, args []string) error {
		cfg, err := config.Load(file)
		if err != nil {
			return faults(c, err)
		}
		return run(c, args, cfg)
	}
	configFlag(c, &file)
	return c
}

// auditing calls do with what writes audit lines when no host runs; one that
// runs writes them itself.
func auditing(c *cobra.Command, cfg *config.Config, do func(func(context.Context, login.Event)) error) error {
	audit, done, err := host.AuditTo(cfg, slog.New(slog.NewJSONHandler(c.ErrOrStderr(), nil)))
	if err != nil {
		return faults(c, err)
	}
	return errors.Join(do(audit), done())
}

// changed asks for what changes a person, and says what they are then.
func changed(c *cobra.Command, cfg *config.Config, ask host.PeopleRequest, said string) error {
	return auditing(c, cfg, func(audit func(context.Context, login.Event)) error {
		answer, err := host.People(c.Context(), cfg, ask, audit)
		if err != nil {
			return err
		}
		name := ask.UserName
		for _, person := range answer.People {
			name = person.UserName
		}
		fmt.Fprintf(c.OutOrStdout(), "%s %s\n", name, said)
		return nil
	})
}

// newUserDeed is a command that does one thing to one person.
func newUserDeed(name, short string) *cobra.Command {
	said := map[string]string{"disable": "is disabled", "enable": "is enabled", "reset": "has no passkey and no authenticator app", "remove": "is removed"}[name]
	return userCommand(&cobra.Command{Use: name + " NAME", Short: short, Args: exactly(1)}, func(c *cobra.Command, args []string, cfg *config.Config) error {
		return changed(c, cfg, host.PeopleRequest{Do: name, UserName: args[0]}, said)
	})
}

func newUserPasswd() *cobra.Command {
	var must bool
	c := userCommand(&cobra.Command{
		Use: "passwd NAME", Short: "Give a person another password", Args: exactly(1),
		Long: "passwd asks for the password on the terminal, or takes the first line of\nstandard input. The person's sessions end.",
	}, func(c *cobra.Command, args []string, cfg *config.Config) error {
		password, err := readPassword(c)
		if err != nil {
			return err
		}
		if password == "" {
			return usageError{errNoPassword}
		}
		return changed(c, cfg, host.PeopleRequest{Do: "passwd", UserName: args[0], Password: password, Must: must}, "has another password")
	})
	c.Flags().BoolVar(&must, "must-change", false, "the person must choose their own at the next sign-in")
	return c
}

func newUserBadge() *cobra.Command {
	var remove, all bool
	c := userCommand(&cobra.Command{
		Use: "badge NAME", Short: "Give a badge to a person, or take it from them", Args: exactly(1),
		Long: "badge asks for the number on the terminal, where a badge reader can type it, or\ntakes the first line of standard input. Case, spaces, dots, colons and hyphens\ndo not count.",
	}, func(c *cobra.Command, args []string, cfg *config.Config) error {
		ask, said := host.PeopleRequest{Do: "badge", UserName: args[0]}, "has the badge"
		if remove || all {
			ask.Do, said = "badge-remove", "has the badge no more"
		}
		if all {
			return changed(c, cfg, ask, "has no badge")
		}
		var err error
		if ask.Badge, err = readLine(c, "Badge: "); err != nil {
			return err
		}
		if ask.Badge == "" {
			return usageError{errors.New("the badge number on standard input is empty")}
		}
		return changed(c, cfg, ask, said)
	})
	c.Flags().BoolVar(&remove, "remove", false, "take the badge from the person")
	c.Flags().BoolVar(&all, "remove-all", false, "take all badges from the person; no number is asked for")
	return c
}

func newUserHash() *cobra.Command {
	return &cobra.Command{
		Use: "hash", Short: "Read a password from standard input and print its hash", Args: exactly(0),
		Long: "hash prints the argon2id hash of the password on the first line of standard\ninput, for password_hash in a people file.",
		RunE: func(c *cobra.Command, _ []string) error {
			password, err := readPassword(c)
			if err != nil {
				return err
			}
			if password == "" {
				return usageError{errNoPassword}
			}
			hash, err := people.HashPassword(password)
			if err != nil {
				return err
			}
			fmt.Fprintln(c.OutOrStdout(), hash)
			return nil
		},
	}
}
