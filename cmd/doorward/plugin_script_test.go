package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// The plugin commands, told as scripts: each language from an empty folder to
// a mapped login. One whose toolchain is missing is skipped, except in CI.
func TestPluginScripts(t *testing.T) {
	for name, needs := range map[string]func() string{
		"go": nothing, "module": nothing,
		"c":              needsClang,
		"rust":           needsRust,
		"assemblyscript": needsASC,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if missing := needs(); missing != "" && os.Getenv("DOORWARD_CI") == "1" {
				t.Fatal(missing)
			} else if missing != "" {
				t.Skip(missing)
			}
			testscript.Run(t, testscript.Params{Files: []string{"testdata/plugin/" + name + ".txtar"}, Setup: pluginEnv})
		})
	}
}

// pluginEnv gives a script the caches and toolchains of whoever runs the tests,
// a cache of its own for compiled plugins, and the modules of
// internal/author/testdata.
func pluginEnv(env *testscript.Env) error {
	for _, setting := range []string{"GOCACHE", "GOMODCACHE", "GOROOT"} {
		out, err := exec.Command("go", "env", setting).Output()
		if err != nil {
			return err
		}
		env.Setenv(setting, strings.TrimSpace(string(out)))
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return err
	}
	for setting, fallback := range map[string]string{"RUSTUP_HOME": ".rustup", "CARGO_HOME": ".cargo"} {
		value := os.Getenv(setting)
		if value == "" {
			value = filepath.Join(home, fallback)
		}
		env.Setenv(setting, value)
	}
	modules, err := filepath.Abs("internal/author/testdata")
	if err != nil {
		return err
	}
	env.Setenv("MODULES", modules)
	env.Setenv("GOPROXY", "off") // nothing may be fetched
	env.Setenv("CARGO_NET_OFFLINE", "true")
	env.Setenv("NODE_MODULES", ascModules())
	env.Setenv("XDG_CACHE_HOME", filepath.Join(env.WorkDir, ".cache"))
	env.Setenv("HOME", env.WorkDir)
	return nil
}

func nothing() string { return "" }

func needsClang() string {
	linker, err := exec.Command("clang", "--target=wasm32", "-print-prog-name=wasm-ld").Output()
	if err == nil {
		_, err = exec.LookPath(strings.TrimSpace(string(linker)))
	}
	if err != nil {
		return "clang for wasm32 is missing: install Debian's clang and lld"
	}
	return ""
}

func needsRust() string {
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		libraries, err := exec.Command(filepath.Join(dir, "rustc"), "--print", "target-libdir", "--target", "wasm32-unknown-unknown").Output()
		if _, missing := os.Stat(strings.TrimSpace(string(libraries))); err == nil && missing == nil {
			return ""
		}
	}
	return "Rust for wasm32-unknown-unknown is missing: install Debian's rustc, cargo, libstd-rust-dev-wasm32 and lld-14"
}

func needsASC() string {
	if _, err := os.Stat(filepath.Join(ascModules(), ".bin", "asc")); err != nil {
		return "the AssemblyScript compiler is missing: run npm ci --prefix sdk/assemblyscript"
	}
	return ""
}

// ascModules is where the compiler for the SDK's own tests is installed.
func ascModules() string {
	dir, err := filepath.Abs("../../sdk/assemblyscript/node_modules")
	if err != nil {
		return ""
	}
	return dir
}
