package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"text/template"
	"time"

	"github.com/spf13/cobra"

	"github.com/doorward/doorward/host"
	"github.com/doorward/doorward/host/config"
)

var (
	//go:embed demo/doorward.yaml
	demoConfig string
	//go:embed demo/people.yaml
	demoPeople []byte
)

// demo is what the demo's configuration is written from.
type demo struct {
	Listen      string // loopback address and port
	Port        string
	At          string // the application's loopback address and port
	Application string // its origin
	Proxy       string // the address that its proxy calls the host from
	Data        string
	Policies    string
}

const (
	demoListen      = "127.0.0.1:8080"
	demoApplication = "127.0.0.1:8081"
)

func newDemo() *cobra.Command {
	var d demo
	c := &cobra.Command{
		Use: "demo", Short: "Run a whole login host on loopback, with people to sign in as", Args: exactly(0),
		Long: "demo runs the host, the built-in identity provider with three people, the\nbundled plugin and the default policy, and an example application behind a small\nreverse proxy that asks the host, all on loopback. It writes an ordinary\nconfiguration, which doorward serve can run too.",
		RunE: func(c *cobra.Command, _ []string) error {
			ln, err := d.complete(c.Flags().Changed("listen"), c.Flags().Changed("application"))
			if err != nil {
				return err
			}
			defer ln.Close()
			return d.run(c, ln)
		},
	}
	c.Flags().StringVar(&d.Listen, "listen", demoListen, "loopback `address`; another port is chosen when the default is taken")
	c.Flags().StringVar(&d.At, "application", demoApplication, "loopback `address` of the example application; another port is chosen when the default is taken")
	c.Flags().StringVar(&d.Data, "data", "", "`folder` for the configuration, store and caches (default: in the user's cache folder)")
	c.Flags().StringVar(&d.Policies, "policies", "", "`folder` of policies instead of the default policy")
	return c
}

// complete chooses the ports and the folder, and listens for the application.
func (d *demo) complete(listen, application bool) (net.Listener, error) {
	host, err := loopback("listen", d.Listen, listen)
	if err != nil {
		return nil, err
	}
	ln, err := loopback("application", d.At, application) // while the host's port is taken: it must be another one
	if err := errors.Join(err, host.Close()); err != nil {
		return nil, err
	}
	at := host.Addr().(*net.TCPAddr)
	d.Listen, d.Port, d.Proxy = at.String(), fmt.Sprint(at.Port), callsFrom(at.IP)
	d.At, d.Application = ln.Addr().String(), "http://"+ln.Addr().String()
	if d.Policies != "" {
		if d.Policies, err = filepath.Abs(d.Policies); err != nil {
			return nil, err
		}
	}
	d.Data, err = folder(d.Data)
	return ln, err
}

// loopback listens on the address of a flag; on another port when it is the
// default's and taken.
func loopback(flag, address string, explicit bool) (net.Listener, error) {
	ln, err := net.Listen("tcp", address)
	if err != nil && !explicit {
		ln, err = net.Listen("tcp", "127.0.0.1:0")
	}
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w; choose another address with --%s", address, err, flag)
	}
	if !ln.Addr().(*net.TCPAddr).IP.IsLoopback() {
		fault := usageError{fmt.Errorf("--%s %s is not a loopback address: the demo's passwords are public", flag, address)}
		return nil, errors.Join(fault, ln.Close())
	}
	return ln, nil
}

// folder is where the demo keeps what it needs.
func folder(data string) (string, error) {
	if data != "" {
		return filepath.Abs(data)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	return filepath.Join(cache, "doorward", "demo"), nil
}

// write leaves the demo's configuration in its folder.
func (d *demo) write() (string, error) {
	var text bytes.Buffer
	if err := template.Must(template.New("demo").Parse(demoConfig)).Execute(&text, d); err != nil {
		return "", err
	}
	file := filepath.Join(d.Data, "doorward.yaml")
	for name, content := range map[string][]byte{file: text.Bytes(), filepath.Join(d.Data, "people.yaml"): demoPeople} {
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			return "", fmt.Errorf("make the demo's folder: %w; choose another with --data", err)
		}
		if err := os.WriteFile(name, content, 0o600); err != nil {
			return "", fmt.Errorf("write the demo's configuration: %w; choose another folder with --data", err)
		}
	}
	return file, nil
}

func (d *demo) run(c *cobra.Command, ln net.Listener) error {
	start, out := time.Now(), c.OutOrStdout()
	fmt.Fprintln(out, "Doorward demo")
	file, err := d.write()
	if err != nil {
		return err
	}
	cfg, err := config.Load(file)
	if err != nil {
		return faults(c, err)
	}
	h, err := host.New(c.Context(), host.Options{
		Config: cfg, Log: newLog(c, "warn"),
		Progress: func(what string) { fmt.Fprintf(out, "  %6.2f s  %s\n", time.Since(start).Seconds(), what) },
	})
	if err != nil {
		return faults(c, err)
	}
	front, err := d.application(cfg.PublicURL, newLog(c, "warn"))
	if err != nil {
		return errors.Join(err, h.Close(c.Context()))
	}
	defer front.Close()
	context.AfterFunc(c.Context(), func() { _ = front.Close() }) // its streams must not hold the host up
	return h.Run(c.Context(), func(at host.Addresses) {
		go func() { _ = front.Serve(ln) }()
		fmt.Fprintf(out, "  %6.2f s  ready\n", time.Since(start).Seconds())
		d.explain(out, cfg, at, file)
	})
}

func (d *demo) explain(out io.Writer, cfg *config.Config, at host.Addresses, file string) {
	fmt.Fprintf(out, `
  Open       %-32s an application behind a proxy that asks the host
  Console    %-32s for ada alone: test logins, sessions, policies
  Host       %-32s your session, as the host sees it

  People     ada    password open-sesame    badge 0004711    groups app-admin, app-engineer, staff
             grace  password open-sesame    badge 0004712    groups app-engineer, staff
             edith  password open-sesame    badge 0004713    groups staff

  Try        open the application and sign in as ada: the proxy's headers say who you
             are, and the host's cookies never reach the application
             approve an order: its script goes on when the host saw you prove it again
             open the host: the levels end on time, and edith's differ from ada's
             open the console as ada: a test login shows each step of the walk, and why
             each level is held or not; the playground tries other rules
             in another terminal: doorward login %s --device

  Account    %s
             your passkeys, authenticator app and sessions at the built-in provider;
             sign in with the password, the number of the badge, both, or a passkey
  Session    %s/session    what an application sees
  Admin      http://%s/readyz and /metrics
  Settings   %s

  Press Ctrl-C to stop.
`, d.Application, cfg.PublicURL+"/console", cfg.PublicURL, cfg.PublicURL, cfg.PublicURL+"/idp/account", d.Application+"/.doorward", at.Admin, file)
}
