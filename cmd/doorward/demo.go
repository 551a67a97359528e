package main

import (
	"bytes"
	_ "embed"
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
	Listen   string // loopback address and port
	Port     string
	Data     string
	Policies string
}

const demoListen = "127.0.0.1:8080"

func newDemo() *cobra.Command {
	var d demo
	c := &cobra.Command{
		Use: "demo", Short: "Run a whole login host on loopback, with people to sign in as", Args: exactly(0),
		Long: "demo runs the host, the built-in identity provider with three people, the\nbundled plugin and the default policy, all on loopback. It writes an ordinary\nconfiguration, which doorward serve can run too.",
		RunE: func(c *cobra.Command, _ []string) error {
			if err := d.complete(c.Flags().Changed("listen")); err != nil {
				return err
			}
			return d.run(c)
		},
	}
	c.Flags().StringVar(&d.Listen, "listen", demoListen, "loopback `address`; another port is chosen when the default is taken")
	c.Flags().StringVar(&d.Data, "data", "", "`folder` for the configuration, store and caches (default: in the user's cache folder)")
	c.Flags().StringVar(&d.Policies, "policies", "", "`folder` of policies instead of the default policy")
	return c
}

// complete chooses the port and the folder.
func (d *demo) complete(explicit bool) error {
	ln, err := net.Listen("tcp", d.Listen)
	if err != nil && !explicit {
		ln, err = net.Listen("tcp", "127.0.0.1:0")
	}
	if err != nil {
		return fmt.Errorf("listen on %s: %w; choose another address with --listen", d.Listen, err)
	}
	at := ln.Addr().(*net.TCPAddr)
	if err := ln.Close(); err != nil {
		return err
	}
	if !at.IP.IsLoopback() {
		return usageError{fmt.Errorf("--listen %s is not a loopback address: the demo's passwords are public", d.Listen)}
	}
	d.Listen, d.Port = at.String(), fmt.Sprint(at.Port)
	if d.Policies != "" {
		if d.Policies, err = filepath.Abs(d.Policies); err != nil {
			return err
		}
	}
	if d.Data != "" {
		d.Data, err = filepath.Abs(d.Data)
		return err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	d.Data = filepath.Join(cache, "doorward", "demo")
	return nil
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

func (d *demo) run(c *cobra.Command) error {
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
	return h.Run(c.Context(), func(at host.Addresses) {
		fmt.Fprintf(out, "  %6.2f s  ready\n", time.Since(start).Seconds())
		d.explain(out, cfg, at, file)
	})
}

func (d *demo) explain(out io.Writer, cfg *config.Config, at host.Addresses, file string) {
	fmt.Fprintf(out, `
  Open       %s

  People     ada    password open-sesame    groups app-admin, app-engineer, staff
             grace  password open-sesame    groups app-engineer, staff
             edith  password open-sesame    groups staff

  Try        sign in as ada: the plugin turns her app- groups into roles, and the
             policy grants Authenticated/Fresh and /Challenged for five minutes
             wait, or sign in again without a password: the fresh levels end on time
             press "Prove it again": the host asks for a fresh login, and checks it

  Session    %s/session    what an application sees
  Admin      http://%s/readyz and /metrics
  Settings   %s

  Press Ctrl-C to stop.
`, cfg.PublicURL, cfg.PublicURL, at.Admin, file)
}
