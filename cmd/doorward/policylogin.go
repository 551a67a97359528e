// The login that policy eval, explain and bench ask about.

package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/doorward/doorward/host"
	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/login"
)

// loginFlags say which login is asked about, and when.
type loginFlags struct{ login, now string }

func (f *loginFlags) register(c *cobra.Command) {
	c.Flags().StringVar(&f.login, "login", "", "login `file`, or the ID of a recorded login")
	c.Flags().StringVar(&f.now, "now", "", "decide for another `time`: 2026-11-22T10:00:00Z, Unix seconds, or +10m after the login file's")
}

const saveOne = "save one from a test login in the console"

func (f *loginFlags) valid() error {
	if f.login == "" {
		return usageError{errors.New("the login is missing; write --login login.json, and " + saveOne)}
	}
	_, err := moment(f.now, 0)
	return err
}

// given is a login to decide about.
type given struct {
	file login.File
	doc  login.Document
}

// read is the login that the flags name: a file, or with a configuration also
// the ID of a recorded login.
func (f *loginFlags) read(c *cobra.Command, cfg *config.Config) (g given, err error) {
	data, err := readLogin(f.login)
	switch {
	case err == nil:
		if g.file, err = login.ReadFile(data); err != nil {
			return g, fmt.Errorf("%s: %w", f.login, hinted(err))
		}
		strangeSources(c, f.login, g.file)
	case errors.Is(err, os.ErrNotExist) && isLoginID(f.login) && cfg == nil:
		return g, fmt.Errorf("there is no login file %s; if that is the ID of a recorded login, write --config and the host's configuration", f.login)
	case errors.Is(err, os.ErrNotExist) && isLoginID(f.login):
		if g.file, err = host.RecordedLogin(c.Context(), cfg, f.login); err != nil {
			return g, err
		}
	case errors.Is(err, os.ErrNotExist):
		return g, fmt.Errorf("there is no login file %s; %s", f.login, saveOne)
	default:
		return g, fmt.Errorf("%w; write a login file, such as login.json", err)
	}
	if g.file.Now, err = moment(f.now, g.file.Now); err != nil {
		return g, err
	}
	g.doc = g.file.Document()
	return g, nil
}

// readLogin reads one byte more than a login file may have at most.
func readLogin(name string) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, login.MaxFile+1))
}

// hinted adds where login files come from, when err is of another kind of file.
func hinted(err error) error {
	var wrong *login.FileError
	if errors.As(err, &wrong) && wrong.Member == "format" {
		return fmt.Errorf("%w; a plugin's input and what policies see are none: %s", err, saveOne)
	}
	return err
}

// strangeSources warns of sources that no provider gives, which is how a
// misspelt one shows.
func strangeSources(c *cobra.Command, name string, f login.File) {
	known := []string{attrs.IDTokenClaims, attrs.TokenEndpointResponse, attrs.UserInfo, attrs.AuthnResponse}
	for _, source := range f.Sources.Names() {
		if !slices.Contains(known, source) {
			fmt.Fprintf(c.ErrOrStderr(), "warning: %s: no rule can read the source %.64q; the sources are %s\n", name, source, strings.Join(known, ", "))
		}
	}
}

// isLoginID reports whether text is an AuthRequest's ID: 16 hexadecimal digits.
func isLoginID(text string) bool {
	return len(text) == 16 && strings.Trim(text, "0123456789abcdef") == ""
}

// moment reads --now; empty is the file's own time.
func moment(text string, own int64) (int64, error) {
	if text == "" {
		return own, nil
	}
	if d, err := time.ParseDuration(text); err == nil && strings.ContainsAny(text[:1], "+-") {
		return max(1, own+int64(d.Seconds())), nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t.Unix(), nil
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && n > 0 && n < 100_000_000_000 {
		return n, nil
	}
	return 0, usageError{fmt.Errorf("--now %.64q is no time; write 2026-11-22T10:00:00Z, Unix seconds, or +10m", text)}
}

// timeText is a Unix time as people read it.
func timeText(seconds int64) string { return time.Unix(seconds, 0).UTC().Format(time.RFC3339) }
