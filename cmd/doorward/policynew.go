package main

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"text/template"

	"github.com/spf13/cobra"

	"github.com/doorward/doorward/host/policy"
)

// policyTemplates are the files of a new policy; NAME in a file's name is the
// policy's.
//
//go:embed policytemplate/*.tmpl
var policyTemplates embed.FS

var policyName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,40}$`)

// newLevel is what a new policy is about.
type newLevel struct {
	Name   string // engineer
	Level  string // Authenticated/Engineer
	Folder string
}

func newPolicyNew() *cobra.Command {
	level := newLevel{Folder: usualFolder}
	c := &cobra.Command{
		Use: "new NAME", Short: "Write a rule that grants a level, with its tests and its page",
		Long: "new writes NAME.rego, NAME_test.rego and NAME.md, and for editors what the linter\nhas to know. The tests pass at once. Files that exist are never touched.",
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case len(args) != 1:
				return usageError{errors.New("write one name, such as: doorward policy new engineer")}
			case !policyName.MatchString(args[0]):
				return usageError{fmt.Errorf("%.50q is no name for a policy; write lower-case letters, digits and _, such as engineer", args[0])}
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			level.Name = args[0]
			if level.Level == "" {
				level.Level = "Authenticated/" + title(level.Name)
			}
			written, err := level.write(c.Context())
			if err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "wrote %s\n%s", strings.Join(written, ", "), level.next())
			return nil
		},
	}
	c.Flags().StringVar(&level.Folder, "dir", level.Folder, "`folder` to write into")
	c.Flags().StringVar(&level.Level, "level", "", "`path` of the level (default: Authenticated/Name)")
	return c
}

// title is name with capital letters: shop_floor is ShopFloor.
func title(name string) string {
	var out strings.Builder
	for part := range strings.SplitSeq(name, "_") {
		if part != "" {
			out.WriteString(strings.ToUpper(part[:1]) + part[1:])
		}
	}
	return out.String()
}

// next says how to go on.
func (l newLevel) next() string {
	var levels strings.Builder
	for _, above := range l.above() {
		fmt.Fprintf(&levels, "      %s: {group: true}\n", above)
	}
	return fmt.Sprintf(`
Next, test it, and see what the host makes of it:

    doorward policy test %[1]s
    doorward policy check %[1]s

Then let the host's configuration have it. The default policy goes when a folder
of your own is named:

    policies: {path: %[1]s}
    levels:
%[2]s      %[3]s: {description: …}
`, l.Folder, &levels, l.Level)
}

// above is what lies between the level and the built-in ones.
func (l newLevel) above() (paths []string) {
	for path := l.Level; strings.Contains(path, "/"); {
		path = path[:strings.LastIndexByte(path, '/')]
		if path != "Authenticated" {
			paths = append([]string{path}, paths...)
		}
	}
	return paths
}

// write writes the files, all or none, and returns their paths.
func (l newLevel) write(ctx context.Context) (written []string, err error) {
	files, err := l.files()
	if err != nil {
		return nil, err
	}
	if err := l.compiles(ctx, files); err != nil {
		return nil, err
	}
	names := []string{l.Name + ".rego", l.Name + "_test.rego", l.Name + ".md"}
	for _, name := range names {
		path := filepath.Join(l.Folder, name)
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%s is there already; write another name, or another folder with --dir", path)
		}
	}
	if !hasRegalConfig(l.Folder) {
		names = append(names, ".regal.yaml")
		files[filepath.Join(l.Folder, ".regal.yaml")] = regalConfig
	}
	if err := os.MkdirAll(l.Folder, 0o777); err != nil {
		return nil, err
	}
	for _, name := range names {
		path := filepath.Join(l.Folder, name)
		if err := os.WriteFile(path, files[path], 0o666); err != nil {
			return nil, err
		}
		written = append(written, path)
	}
	return written, nil
}

// levelPath keeps out what Rego and YAML would each write in their own way.
var levelPath = regexp.MustCompile(`^[\p{L}\p{N}_][\p{L}\p{N}_.-]*(/[\p{L}\p{N}_][\p{L}\p{N}_.-]*)*$`)

// compiles refuses a level that no rule may grant.
func (l newLevel) compiles(ctx context.Context, files map[string][]byte) error {
	if !levelPath.MatchString(l.Level) {
		return usageError{fmt.Errorf("--level %.100q is no path; write names joined by slashes, such as Authenticated/Engineer", l.Level)}
	}
	rule := filepath.Join(l.Folder, l.Name+".rego")
	_, err := policy.New(ctx, policy.Config{DeclareGranted: true, Modules: map[string]string{rule: string(files[rule])}})
	var wrong policy.Faults
	if errors.As(err, &wrong) {
		return usageError{fmt.Errorf("--level: %s; write another, such as Authenticated/Engineer", wrong[0].Message)}
	}
	return err
}

// files are the new files by path.
func (l newLevel) files() (map[string][]byte, error) {
	files := map[string][]byte{}
	parsed, err := template.ParseFS(policyTemplates, "policytemplate/*.tmpl")
	if err != nil {
		return nil, err
	}
	for _, one := range parsed.Templates() {
		var out bytes.Buffer
		if err := one.Execute(&out, l); err != nil {
			return nil, err
		}
		name := strings.TrimSuffix(strings.Replace(one.Name(), "NAME", l.Name, 1), ".tmpl")
		files[filepath.Join(l.Folder, name)] = out.Bytes()
	}
	return files, nil
}
