package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"github.com/doorward/doorward/cmd/doorward/internal/program"
)

// defaultApp is the application whose program this command is, unless it is
// told another.
const defaultApp = "cli"

func newLogin() *cobra.Command {
	var wish program.Wish
	var device, stay bool
	c := &cobra.Command{
		Use: "login URL", Short: "Sign in at a host, for this command line", Args: exactly(1),
		Long: "login signs you in at the host with that public URL, and keeps a session of its\nown in your configuration folder. It opens your browser and waits for it on a\nloopback address. With --device it prints a code instead, which you type into a\nbrowser anywhere. The application must allow it: see applications.NAME.clients.",
		RunE: func(c *cobra.Command, args []string) error {
			kept, err := program.UserKept()
			if err != nil {
				return err
			}
			host, err := program.Discover(c.Context(), args[0])
			if err != nil {
				return err
			}
			var session program.Session
			if device {
				session, err = host.ByDevice(c.Context(), wish, func(p program.Prompt) { showCode(c, p) })
			} else {
				session, err = host.ByLoopback(c.Context(), wish, func(address string) { showAddress(c, address, stay) })
			}
			if err != nil {
				return explained(err, host.Issuer, wish)
			}
			return keep(c, host, kept, session)
		},
	}
	c.Flags().StringVar(&wish.App, "app", defaultApp, "`name` of the application whose program this is")
	c.Flags().StringVar(&wish.Level, "level", "", "security `level` that the session must hold")
	c.Flags().BoolVar(&device, "device", false, "print a code to type into a browser elsewhere")
	c.Flags().BoolVar(&stay, "no-browser", false, "print the address instead of opening a browser")
	return c
}

// keep saves the new session and ends the one that it takes the place of.
func keep(c *cobra.Command, host *program.Host, kept program.Kept, session program.Session) error {
	before, missing := kept.Find(session.Issuer, session.App)
	if err := kept.Save(session); err != nil {
		return errors.Join(fmt.Errorf("keep the session: %w", err), host.Revoke(c.Context(), session))
	}
	if missing == nil {
		_ = host.Revoke(c.Context(), before) // it ends by itself, too
	}
	who, err := host.Who(c.Context(), session)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.OutOrStdout(), "signed in to %s as %s, until %s at the latest\n", session.Issuer, who, session.Expires.Format(time.RFC3339))
	return nil
}

func showCode(c *cobra.Command, p program.Prompt) {
	fmt.Fprintf(c.ErrOrStderr(), "Open %s in a browser and type the code %s\n(or open %s)\n", p.Address, p.Code, p.Complete)
}

// showAddress opens the browser, and prints the address in case it does not.
func showAddress(c *cobra.Command, address string, stay bool) {
	fmt.Fprintf(c.ErrOrStderr(), "Open this in a browser on this machine, if none opens:\n%s\n", address)
	if stay {
		return
	}
	name, args := browserCommand()
	browser := exec.Command(name, append(args, address)...)
	if browser.Start() == nil {
		go func() { _ = browser.Wait() }()
	}
}

func browserCommand() (name string, args []string) {
	if name := os.Getenv("BROWSER"); name != "" {
		return name, nil
	}
	switch runtime.GOOS {
	case "darwin":
		return "open", nil
	case "windows":
		return "rundll32", []string{"url.dll,FileProtocolHandler"}
	}
	return "xdg-open", nil
}

// explained says what to change about a refusal.
func explained(err error, issuer string, w program.Wish) error {
	var refused *program.Refused
	if !errors.As(err, &refused) {
		return err
	}
	switch refused.Name {
	case "invalid_client", "unauthorized_client":
		return fmt.Errorf("%s lets no program of the application %q sign in this way: use --app, or write applications.%s.clients in its configuration", issuer, w.App, w.App)
	case "access_denied":
		return errors.New("the sign-in was refused, or did not reach what was asked for; nothing was kept")
	}
	return err
}
