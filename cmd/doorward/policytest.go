package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/doorward/doorward/host/policy"
)

// testFlags say how the tests of policies are run and told.
type testFlags struct {
	format   string
	run      string
	coverage bool
	verbose  bool
	watch    bool
	least    float64
}

func newPolicyTest() *cobra.Command {
	var f testFlags
	c := &cobra.Command{
		Use: "test [FOLDER]...", Short: "Run the tests of policies",
		Long: "test runs the _test.rego files of each folder, with Doorward's library beside\nthem. Without a folder it tests the folder policies, or where there is none the\nlibrary and the default policy.",
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 && isFolder(usualFolder) {
				args = []string{usualFolder}
			}
			options, err := f.options()
			if err != nil {
				return err
			}
			if f.watch {
				if len(args) == 0 {
					return usageError{errors.New("--watch needs a folder; write doorward policy test --watch policies")}
				}
				return watchPolicies(c, args, f, options)
			}
			return testFolders(c, args, f, options)
		},
	}
	flags := c.Flags()
	flags.StringVar(&f.format, "format", "text", "`text`, json or junit")
	flags.StringVar(&f.run, "run", "", "only tests whose name matches this `pattern`")
	flags.BoolVar(&f.coverage, "coverage", false, "say which lines no test evaluates")
	flags.Float64Var(&f.least, "min-coverage", 0, "fail below this `percentage` of covered lines")
	flags.BoolVarP(&f.verbose, "verbose", "v", false, "also show the tests that passed")
	flags.BoolVar(&f.watch, "watch", false, "test again after each change")
	return c
}

func (f *testFlags) options() (policy.TestOptions, error) {
	o := policy.TestOptions{Coverage: f.coverage || f.least > 0}
	switch f.format {
	case "text", "json", "junit":
	default:
		return o, usageError{fmt.Errorf("--format %q is unknown; write text, json or junit", f.format)}
	}
	if f.least < 0 || f.least > 100 {
		return o, usageError{errors.New("--min-coverage is a percentage, from 0 to 100")}
	}
	var err error
	if o.Run, err = regexp.Compile(f.run); err != nil {
		return o, usageError{fmt.Errorf("--run: %w; write part of a test's name, such as engineer", err)}
	}
	return o, nil
}

// testFolders tests each folder for itself, or what ships with the host, and
// tells of all in one report.
func testFolders(c *cobra.Command, dirs []string, f testFlags, o policy.TestOptions) error {
	var all policy.TestReport
	for _, dir := range dirs {
		modules, err := readPolicies(dir)
		if err != nil {
			return err
		}
		report, err := policy.TestModules(c.Context(), modules, o)
		if err != nil {
			return policyFaults(c, err)
		}
		all.Add(report)
	}
	if len(dirs) == 0 {
		var err error
		if all, err = policy.Test(c.Context(), policy.Shipped(), o); err != nil {
			return policyFaults(c, err)
		}
	}
	return f.tell(c, all)
}

// tell prints the report, and fails when a test failed, none was run, or too
// few lines are covered.
func (f *testFlags) tell(c *cobra.Command, r policy.TestReport) (err error) {
	out := c.OutOrStdout()
	switch f.format {
	case "json":
		err = r.WriteJSON(out)
	case "junit":
		err = r.WriteJUnit(out)
	default:
		err = r.Write(out, f.verbose)
	}
	switch {
	case err != nil:
		return err
	case r.Passed+r.Failed == 0 && f.run != "":
		fmt.Fprintf(c.ErrOrStderr(), "no test matches --run %s; -v without it shows their names\n", f.run)
	case r.Passed+r.Failed == 0:
		fmt.Fprintln(c.ErrOrStderr(), "there is no test; write rules called test_… into files whose names end in _test.rego")
	}
	if !r.OK() {
		return reported{}
	}
	if r.Coverage != nil && r.Coverage.Percent < f.least {
		fmt.Fprintf(c.ErrOrStderr(), "%.1f %% of the lines are covered, less than --min-coverage %g; --coverage shows which are not\n", r.Coverage.Percent, f.least)
		return reported{}
	}
	return nil
}

const lookEvery = 300 * time.Millisecond

// watchPolicies tests the folders, and again after each change of their files,
// until the command is interrupted.
func watchPolicies(c *cobra.Command, dirs []string, f testFlags, o policy.TestOptions) error {
	for {
		seen := lookOf(dirs)
		var said reported
		if err := testFolders(c, dirs, f, o); err != nil && !errors.As(err, &said) {
			fmt.Fprintf(c.ErrOrStderr(), "doorward: %v\n", err)
		}
		if c.Context().Err() == nil {
			fmt.Fprintln(c.OutOrStdout(), "waiting for a change; Ctrl-C ends")
		}
		if !changes(c.Context(), dirs, seen) {
			return nil
		}
	}
}

// changes waits until the files are others than those seen; false when ctx is
// over.
func changes(ctx context.Context, dirs []string, seen string) bool {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-ticker.C:
			if lookOf(dirs) != seen {
				return true
			}
		}
	}
}

// lookOf changes with the name, size and time of each policy file.
func lookOf(dirs []string) string {
	var look strings.Builder
	for _, dir := range dirs {
		_ = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || filepath.Ext(path) != ".rego" {
				return nil // a file that is gone changes the look by itself
			}
			if info, err := entry.Info(); err == nil {
				fmt.Fprintln(&look, path, info.Size(), info.ModTime().UnixNano())
			}
			return nil
		})
	}
	return look.String()
}
