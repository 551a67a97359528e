//go:build ignore

// Build makes the bundled plugins' modules: it compiles the crates beside it
// that have a plugin.json and puts that file into the module as its metadata.
//
//	go run build.go [-out FOLDER] [NAME ...]
//	go run build.go -test                       runs the crates' own tests
//
// The same toolchain gives the same bytes on every machine. It is recorded in
// TOOLCHAIN beside the modules. Without one it says what to install.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/doorward/doorward/host/plugin/wasmbin"
	"github.com/doorward/doorward/sdk/abi"
)

const target = "wasm32-unknown-unknown"

// registry is where Debian's librust-*-dev packages put the sources of crates;
// Cargo.lock has their digests.
const registry = "/usr/share/cargo/registry"

func main() {
	out := flag.String("out", ".", "the `folder` to write NAME/NAME.wasm and TOOLCHAIN to")
	test := flag.Bool("test", false, "run the crates' tests instead")
	flag.Parse()
	if err := run(*out, *test, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "build:", err)
		os.Exit(1)
	}
}

func run(out string, test bool, names []string) error {
	rust, err := findRust()
	if err != nil {
		return err
	}
	temp, err := os.MkdirTemp("", "plugins-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	if test {
		return rust.cargo(".", filepath.Join(temp, "target"), "", "test", "--quiet", "--workspace")
	}
	if len(names) == 0 {
		found, err := filepath.Glob("*/plugin.json")
		if err != nil {
			return err
		}
		for _, file := range found {
			names = append(names, filepath.Dir(file))
		}
	}
	return rust.build(temp, out, names)
}

// build compiles copies: cargo puts the distance from the workspace to a crate
// outside of it into every symbol, and so into the order of functions. In the
// copy nothing is outside.
func (r rust) build(temp, out string, names []string) error {
	if err := stage(temp); err != nil {
		return err
	}
	flags := "-Clink-arg=-zstack-size=65536\x1f--remap-path-prefix=" + temp + "=/doorward"
	args := []string{"build", "--quiet", "--release", "--target", target}
	for _, name := range names {
		args = append(args, "--package", name)
	}
	if err := r.cargo(temp, filepath.Join(temp, "target"), flags, args...); err != nil {
		return err
	}
	for _, name := range names {
		built := filepath.Join(temp, "target", target, "release", strings.ReplaceAll(name, "-", "_")+".wasm")
		if err := finish(built, filepath.Join(out, name), name); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return os.WriteFile(filepath.Join(out, "TOOLCHAIN"), []byte(r.version), 0o644)
}

// stage makes a workspace in temp that holds the plugins and the SDK.
func stage(temp string) error {
	manifest, err := os.ReadFile("Cargo.toml")
	if err != nil {
		return err
	}
	moved := strings.Replace(string(manifest), `members = ["`, `members = ["plugins/`, 1)
	head, tail, _ := strings.Cut(moved, "]\n\n")
	moved = strings.ReplaceAll(head, `", "`, `", "plugins/`) + "]\n\n" + tail
	if err := os.WriteFile(filepath.Join(temp, "Cargo.toml"), []byte(moved), 0o644); err != nil {
		return err
	}
	crates, err := filepath.Glob("*/Cargo.toml")
	if err != nil {
		return err
	}
	for _, manifest := range crates {
		crate := filepath.Dir(manifest)
		if err := os.CopyFS(filepath.Join(temp, "plugins", crate), os.DirFS(crate)); err != nil {
			return err
		}
	}
	sdk := filepath.Join("..", "sdk", "rust")
	if err := os.CopyFS(filepath.Join(temp, "sdk", "rust", "src"), os.DirFS(filepath.Join(sdk, "src"))); err != nil {
		return err
	}
	for from, to := range map[string]string{"Cargo.lock": "Cargo.lock", filepath.Join(sdk, "Cargo.toml"): "sdk/rust/Cargo.toml"} {
		text, err := os.ReadFile(from)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(temp, to), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// finish adds the metadata to a built module and writes it to its place.
func finish(built, folder, name string) error {
	metadata, err := readMetadata(filepath.Join(name, "plugin.json"))
	if err != nil {
		return err
	}
	module, err := os.ReadFile(built)
	if err != nil {
		return err
	}
	if module, err = wasmbin.WithCustom(module, abi.MetadataSection, metadata); err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, name+".wasm"), module, 0o644)
}

// readMetadata is plugin.json without white space, checked as the host does.
func readMetadata(file string) ([]byte, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, text); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if _, err := abi.DecodeMetadata(compact.Bytes()); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return compact.Bytes(), nil
}

// rust is a toolchain that can build guests.
type rust struct {
	env     map[string]string // RUSTC, CARGO, …
	version string            // of everything that decides the bytes
}

func findRust() (rust, error) {
	find := exec.Command("../sdk/rust/toolchain")
	find.Stderr = os.Stderr
	found, err := find.Output()
	if err != nil {
		return rust{}, err
	}
	r := rust{env: map[string]string{}}
	for _, line := range strings.Fields(string(found)) {
		name, value, _ := strings.Cut(line, "=")
		r.env[name] = value
	}
	for _, tool := range []string{"RUSTC", "CARGO", "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER"} {
		if r.env[tool] == "" {
			continue
		}
		version, err := exec.Command(r.env[tool], "--version").Output()
		if err != nil {
			return rust{}, err
		}
		line, _, _ := strings.Cut(string(version), "\n")
		r.version += strings.TrimSpace(line) + "\n"
	}
	return r, nil
}

// cargo runs cargo without the settings of the environment that change what it
// builds. On Debian it takes crates from the registry of the system and never
// from the network.
func (r rust) cargo(dir, targetDir, flags string, args ...string) error {
	args = append([]string{"--locked"}, args...)
	if _, err := os.Stat(registry); err == nil {
		args = append([]string{"--offline", "--config", `source.crates-io.replace-with="system"`, "--config", `source.system.directory="` + registry + `"`}, args...)
	}
	command := exec.Command(r.env["CARGO"], args...)
	command.Dir, command.Stdout, command.Stderr = dir, os.Stdout, os.Stderr
	for _, setting := range os.Environ() {
		name, _, _ := strings.Cut(setting, "=")
		if !strings.HasPrefix(name, "CARGO_") && !strings.HasPrefix(name, "RUST") || name == "CARGO_HOME" || name == "RUSTUP_HOME" || name == "RUSTUP_TOOLCHAIN" {
			command.Env = append(command.Env, setting)
		}
	}
	for name, value := range r.env {
		command.Env = append(command.Env, name+"="+value)
	}
	command.Env = append(command.Env, "CARGO_TARGET_DIR="+targetDir)
	if flags != "" {
		command.Env = append(command.Env, "CARGO_ENCODED_RUSTFLAGS="+flags)
	}
	return command.Run()
}
