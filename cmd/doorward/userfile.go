package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/doorward/doorward/host"
	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/idp/people"
	"github.com/doorward/doorward/host/login"
)

func newUserImport() *cobra.Command {
	var o people.ImportOptions
	var format string
	c := userCommand(&cobra.Command{
		Use: "import FILE", Short: "Add people of a JSON or CSV file, or change them", Args: exactly(1),
		Long: "import looks at the whole file first: when one row is wrong, every fault is\nsaid and nothing is written. FILE may be -, for standard input.",
	}, func(c *cobra.Command, args []string, cfg *config.Config) error {
		form, err := formatOf(format, args[0])
		if err != nil {
			return err
		}
		in := c.InOrStdin()
		if args[0] != "-" {
			file, err := os.Open(args[0])
			if err != nil {
				return err
			}
			defer file.Close()
			in = file
		}
		return auditing(c, cfg, func(audit func(context.Context, login.Event)) error {
			report, err := host.ImportPeople(c.Context(), cfg, in, form, o, audit)
			if err != nil {
				return err
			}
			return printReport(c, report, o)
		})
	})
	c.Flags().StringVar(&format, "format", "", "`json` or csv; by the file's name when left out")
	c.Flags().BoolVar(&o.Replace, "replace", false, "change people who are there already")
	c.Flags().BoolVar(&o.DryRun, "dry-run", false, "look at the file, and write nothing")
	return c
}

func printReport(c *cobra.Command, r people.Report, o people.ImportOptions) error {
	for _, p := range r.Problems {
		name := p.UserName
		if name != "" {
			name = " (" + name + ")"
		}
		fmt.Fprintf(c.ErrOrStderr(), "row %d%s: %s\n", p.Row, name, p.Text)
	}
	if more := r.Faulty - len(r.Problems); more > 0 {
		fmt.Fprintf(c.ErrOrStderr(), "and %d more rows\n", more)
	}
	if r.Faulty > 0 {
		fmt.Fprintf(c.ErrOrStderr(), "doorward: %d of %d rows are wrong; nothing was written\n", r.Faulty, r.Rows)
		return reported{}
	}
	was := "were"
	if o.DryRun {
		was = "would be"
	}
	fmt.Fprintf(c.OutOrStdout(), "%d people %s added, %d changed; %d are the same\n", r.Added, was, r.Changed, r.Unchanged)
	return nil
}

func newUserExport() *cobra.Command {
	var o people.ExportOptions
	var format string
	c := userCommand(&cobra.Command{
		Use: "export FILE", Short: "Write everybody to a new JSON or CSV file", Args: exactly(1),
		Long: "export writes a new file with mode 0600. FILE may be -, for standard output.",
	}, func(c *cobra.Command, args []string, cfg *config.Config) error {
		form, err := formatOf(format, args[0])
		if err != nil {
			return err
		}
		return auditing(c, cfg, func(audit func(context.Context, login.Event)) error {
			return exportTo(c.OutOrStdout(), args[0], func(w io.Writer) error {
				return host.ExportPeople(c.Context(), cfg, w, form, o, audit)
			})
		})
	})
	c.Flags().StringVar(&format, "format", "", "`json` or csv; by the file's name when left out")
	c.Flags().BoolVar(&o.Secrets, "secrets", false, "password hashes too, and in JSON badges, passkeys and authenticator apps: such a file is as secret as the store and its key")
	return c
}

// exportTo writes a new file, whole or not at all.
func exportTo(stdout io.Writer, path string, write func(io.Writer) error) (err error) {
	if path == "-" {
		return write(stdout)
	}
	part, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(part.Name())) }()
	if err := errors.Join(write(part), part.Sync(), part.Close()); err != nil {
		return err
	}
	err = os.Link(part.Name(), path) // unlike a rename, it replaces nothing
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%s is there already; name a new file", path)
	}
	return err
}

func formatOf(format, path string) (people.Format, error) {
	if format == "" {
		format = strings.TrimPrefix(strings.ToLower(filepath.Ext(path)), ".")
	}
	switch form := people.Format(format); form {
	case people.JSON, people.CSV:
		return form, nil
	}
	return "", usageError{errors.New("the format is not known by the file's name: write --format json or --format csv")}
}
