// Reading other policies and modules than the configured ones.

package host

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/policy"
)

// RuleFiles are the texts of policies and modules in place of the configured
// ones.
type RuleFiles struct {
	Policies map[string]string `json:"policies,omitempty"` // name to text; nil for the configured ones
	Plugins  map[string][]byte `json:"plugins,omitempty"`  // the plugin's name to its module
}

// Bounds of RuleFiles, in bytes.
const (
	maxPolicyFiles = 16 << 20
	maxModuleFiles = 64 << 20
)

// ReadRuleFiles reads the policies below one folder, and the modules in
// another. A module NAME.wasm is that of the plugin called NAME, or else of
// every plugin whose declared module has that file name. Empty folders' names
// read nothing.
func ReadRuleFiles(cfg *config.Config, policies, plugins string) (files RuleFiles, err error) {
	if policies != "" {
		if files.Policies, err = policy.ReadDir(policies); err != nil {
			return RuleFiles{}, err
		}
		if len(files.Policies) == 0 {
			return RuleFiles{}, fmt.Errorf("%s holds no .rego file", policies)
		}
	}
	if plugins != "" {
		if files.Plugins, err = readModules(cfg, plugins); err != nil {
			return RuleFiles{}, err
		}
	}
	return files, files.check()
}

// check holds the files against their bounds.
func (f RuleFiles) check() error {
	size := 0
	for _, text := range f.Policies {
		size += len(text)
	}
	if size > maxPolicyFiles {
		return fmt.Errorf("the policies have %d bytes together, more than %d", size, maxPolicyFiles)
	}
	size = 0
	for _, module := range f.Plugins {
		size += len(module)
	}
	if size > maxModuleFiles {
		return fmt.Errorf("the modules have %d bytes together, more than %d", size, maxModuleFiles)
	}
	return nil
}

func readModules(cfg *config.Config, dir string) (map[string][]byte, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("plugins: %w", err)
	}
	modules := map[string][]byte{}
	for _, entry := range entries {
		if entry.IsDir() || !strings.HasSuffix(entry.Name(), ".wasm") {
			continue
		}
		of := pluginsOf(cfg, entry.Name())
		if len(of) == 0 {
			return nil, fmt.Errorf("%s is no declared plugin's module: call it NAME.wasm after one of %s", filepath.Join(dir, entry.Name()), strings.Join(slices.Sorted(maps.Keys(cfg.Plugins)), ", "))
		}
		module, err := readModule(filepath.Join(dir, entry.Name()))
		if err != nil {
			return nil, err
		}
		for _, name := range of {
			modules[name] = module
		}
	}
	if len(modules) == 0 {
		return nil, fmt.Errorf("%s holds no .wasm file", dir)
	}
	return modules, nil
}

// pluginsOf are the plugins that a module file stands for.
func pluginsOf(cfg *config.Config, file string) (names []string) {
	if name := strings.TrimSuffix(file, ".wasm"); hasPlugin(cfg, name) {
		return []string{name}
	}
	for _, name := range slices.Sorted(maps.Keys(cfg.Plugins)) {
		if path.Base(filepath.ToSlash(cfg.Plugins[name].Module)) == file {
			names = append(names, name)
		}
	}
	return names
}

func hasPlugin(cfg *config.Config, name string) bool {
	_, ok := cfg.Plugins[name]
	return ok
}

var errModuleSize = errors.New("larger than 32 MiB")

func readModule(name string) ([]byte, error) {
	const most = 32 << 20
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	module, err := io.ReadAll(io.LimitReader(file, most+1))
	if err == nil && len(module) > most {
		err = fmt.Errorf("%s: %w", name, errModuleSize)
	}
	return module, err
}
