// Asking Regal, the linter for Rego.

package main

import (
	"bytes"
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/doorward/doorward/host/config"
)

const (
	lintTimeout = 2 * time.Minute
	noRegal     = "not linted: Regal is not installed (https://www.openpolicyagent.org/projects/regal)"
)

// regalConfig is what Regal has to know of policies for Doorward.
//
//go:embed policytemplate/regal.yaml
var regalConfig []byte

// remark is what Regal says of one place.
type remark struct {
	Title, Description, Category string
	Location                     struct {
		File     string
		Row, Col int
	}
}

func (r remark) String() string {
	at := config.Fault{File: r.Location.File, Line: r.Location.Row, Column: r.Location.Col, Message: fmt.Sprintf("%s (regal %s/%s)", r.Description, r.Category, r.Title)}
	if at.File == "" {
		return at.Message
	}
	return at.Error()
}

// lint asks Regal about folder, prints what it says, and counts it; -1 when it
// is not installed. Regal's own configuration counts where there is one in the
// folder or above it.
func lint(c *cobra.Command, folder string) (int, error) {
	regal, err := exec.LookPath("regal")
	if err != nil {
		fmt.Fprintln(c.ErrOrStderr(), noRegal)
		return -1, nil
	}
	args := []string{"lint", "--format", "json", folder}
	if !hasRegalConfig(folder) {
		own, err := os.CreateTemp("", "regal-*.yaml")
		if err != nil {
			return 0, err
		}
		defer os.Remove(own.Name())
		if _, err := own.Write(regalConfig); err != nil {
			return 0, errors.Join(err, own.Close())
		}
		if err := own.Close(); err != nil {
			return 0, err
		}
		args = append(args, "--config-file", own.Name())
	}
	remarks, err := askRegal(c.Context(), regal, args)
	if err != nil {
		return 0, err
	}
	for _, r := range remarks {
		fmt.Fprintln(c.OutOrStdout(), "lint: "+r.String())
	}
	return len(remarks), nil
}

func askRegal(ctx context.Context, regal string, args []string) ([]remark, error) {
	ctx, cancel := context.WithTimeout(ctx, lintTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, regal, args...)
	cmd.Env = append(os.Environ(), "REGAL_DISABLE_VERSION_CHECK=1") // it would ask the network
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		return nil, fmt.Errorf("regal cannot be run: %w; --no-lint leaves it out", err)
	}
	var said struct{ Violations []remark }
	if json.Unmarshal(stdout.Bytes(), &said) != nil {
		why, _, _ := strings.Cut(strings.TrimSpace(stderr.String()), "\n")
		return nil, fmt.Errorf("regal failed: %.500s; --no-lint leaves it out", cmp.Or(why, fmt.Sprint(err)))
	}
	slices.SortStableFunc(said.Violations, func(a, b remark) int {
		return cmp.Or(cmp.Compare(a.Location.File, b.Location.File), cmp.Compare(a.Location.Row, b.Location.Row), cmp.Compare(a.Location.Col, b.Location.Col))
	})
	return said.Violations, nil
}

// hasRegalConfig reports whether Regal finds a configuration of its own for
// folder: there or above it.
func hasRegalConfig(folder string) bool {
	dir, err := filepath.Abs(folder)
	if err != nil {
		return false
	}
	for {
		for _, name := range []string{".regal.yaml", filepath.Join(".regal", "config.yaml")} {
			if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
				return true
			}
		}
		above := filepath.Dir(dir)
		if above == dir {
			return false
		}
		dir = above
	}
}
