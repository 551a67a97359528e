package author_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/doorward/doorward/cmd/doorward/internal/author"
)

// fakes is a folder with commands as the whole PATH. Each is a shell script,
// unless it says what runs it.
func fakes(t *testing.T, scripts map[string]string) {
	t.Helper()
	dir := t.TempDir()
	for name, script := range scripts {
		if !strings.HasPrefix(script, "#!") {
			script = "#!/bin/sh\n" + script
		}
		if err := os.Chmod(file(t, dir, name, script+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir)
	for _, name := range []string{"CLANG", "RUSTC", "ASC"} {
		t.Setenv(name, "")
	}
}

// Where something of its toolchain is missing, each language says what it is,
// and what to install. Nothing is run that would say it less well.
func TestMissingToolchains(t *testing.T) {
	h := host(t)
	const (
		clangKnows = `case "$*" in *-print-targets*) echo "    wasm32 - WebAssembly 32-bit";; *-print-prog-name=wasm-ld*) echo wasm-ld;; esac`
		noTarget   = `case "$*" in *target-libdir*) echo /nowhere/lib;; *sysroot*) echo /nowhere;; esac`
	)
	library := t.TempDir()
	file(t, library, "libcore-0.rlib", "")
	hasTarget := `case "$*" in *target-libdir*) echo ` + library + `;; *sysroot*) echo /nowhere;; esac`
	for _, c := range []struct {
		name, language string
		path           map[string]string
		wrong, advice  string
	}{
		{"no go", "go", nil, "go is not installed, or not on PATH", "install Go 1.24"},
		{"an old go", "go", map[string]string{"go": "echo go1.22.3"}, "/go is go1.22.3, and plugins need go1.24", "install Go 1.24"},
		{"a go that cannot fetch a newer one", "go", map[string]string{"go": `echo "go: download go1.24 for linux/amd64: toolchain not available" >&2; exit 1`},
			"is too old for this go.mod: download go1.24 for linux/amd64: toolchain not available", "install Go 1.24"},
		{"no rust", "rust", nil, "Rust is not installed", "rustup target add wasm32-unknown-unknown"},
		{"cargo alone", "rust", map[string]string{"cargo": ""}, "its cargo and rustc are not on PATH", "https://rustup.rs"},
		{"rust without the target", "rust", map[string]string{"cargo": "", "rustc": noTarget}, "/rustc cannot build for WebAssembly: it has no standard library for wasm32-unknown-unknown", "run rustup target add wasm32-unknown-unknown, or install Debian's package libstd-rust-dev-wasm32"},
		{"rust without a linker", "rust", map[string]string{"cargo": "", "rustc": hasTarget}, "brings no linker for WebAssembly, and wasm-ld is not on PATH", "install lld"},
		{"neither asc nor node", "assemblyscript", nil, "node is not installed", "install Node.js 18"},
		{"node without asc", "assemblyscript", map[string]string{"node": "echo v20.1.0"}, "asc is neither in node_modules nor on PATH", "run npm install in the project"},
		{"asc without node", "assemblyscript", map[string]string{"asc": "#!/usr/bin/env node"}, "runs on Node.js, and node is not installed, or not on PATH", "install Node.js 18"},
		{"an old node", "assemblyscript", map[string]string{"node": "echo v16.20.2"}, "/node is Node.js v16.20.2, which is too old", "install Node.js 18"},
		{"no clang", "c", nil, "clang is not installed", "install clang 14 or later with lld"},
		{"clang without lld", "c", map[string]string{"clang": clangKnows}, "/clang does not find wasm-ld, the linker for WebAssembly", "install lld of the same version as clang"},
		{"clang without WebAssembly", "c", map[string]string{"clang": "echo x86-64"}, "/clang is a clang that does not know WebAssembly", "install clang 14 or later with lld"},
	} {
		p, err := author.New(author.NewOptions{Name: "mine", Language: c.language, Dir: filepath.Join(t.TempDir(), "mine")})
		if err != nil {
			t.Fatal(err)
		}
		t.Run(c.name, func(t *testing.T) {
			fakes(t, c.path)
			_, said, err := build(t, h, p)
			advised(t, err, c.wrong, c.advice)
			if said != "" {
				t.Error(said)
			}
		})
	}
}

// A toolchain that lacks nothing is not refused: what it says itself is shown.
func TestToolchainsThatAreWhole(t *testing.T) {
	h := host(t)
	for language, path := range map[string]map[string]string{
		"go":             {"go": `test "$1" = env && echo go1.24 || { echo the go compiler ran; exit 3; }`},
		"c":              {"clang": `case "$*" in *-print-targets*) echo wasm32;; *-print-prog-name=*) echo wasm-ld;; *) echo the c compiler ran; exit 3;; esac`, "wasm-ld": ""},
		"assemblyscript": {"asc": "# node\necho the assemblyscript compiler ran; exit 3"},
	} {
		p, err := author.New(author.NewOptions{Name: "mine", Language: language, Dir: filepath.Join(t.TempDir(), "mine")})
		if err != nil {
			t.Fatal(err)
		}
		t.Run(language, func(t *testing.T) {
			fakes(t, path)
			_, said, err := build(t, h, p)
			advised(t, err, "failed (exit status 3)", "mend what it says above")
			if !strings.Contains(said, "the "+language+" compiler ran\n") {
				t.Errorf("it said %q", said)
			}
		})
	}
}
