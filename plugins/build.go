//go:build ignore

// Build makes the bundled plugins' modules: it compiles each folder beside it
// that has a plugin.json and puts that file into the module as its metadata.
//
//	go run build.go [-out FOLDER] [NAME ...]
//
// The same toolchain gives the same bytes on every machine. Its version is
// recorded in GOVERSION beside the modules.
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

func main() {
	out := flag.String("out", ".", "the `folder` to write NAME/NAME.wasm and GOVERSION to")
	flag.Parse()
	if err := build(*out, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "build:", err)
		os.Exit(1)
	}
}

func build(out string, names []string) error {
	if len(names) == 0 {
		found, err := filepath.Glob("*/plugin.json")
		if err != nil {
			return err
		}
		for _, file := range found {
			names = append(names, filepath.Dir(file))
		}
	}
	for _, name := range names {
		if err := buildOne(out, name); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	version, err := goTool("env", "GOVERSION").Output()
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(out, "GOVERSION"), version, 0o644)
}

func buildOne(out, name string) error {
	metadata, err := readMetadata(filepath.Join(name, "plugin.json"))
	if err != nil {
		return err
	}
	temp, err := os.MkdirTemp("", "plugin-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	built := filepath.Join(temp, "guest.wasm")
	compile := goTool("build", "-buildmode=c-shared", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", built, "./"+name)
	compile.Env = append(compile.Env, "GOOS=wasip1", "GOARCH=wasm")
	compile.Stderr = os.Stderr
	if err := compile.Run(); err != nil {
		return err
	}
	module, err := os.ReadFile(built)
	if err != nil {
		return err
	}
	module, err = wasmbin.WithCustom(module, abi.MetadataSection, metadata)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(out, name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(out, name, name+".wasm"), module, 0o644)
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

// goTool is the go command, without the settings of the environment that
// change what it builds.
func goTool(args ...string) *exec.Cmd {
	command := exec.Command("go", args...)
	for _, setting := range os.Environ() {
		switch name, _, _ := strings.Cut(setting, "="); name {
		case "GOFLAGS", "GOEXPERIMENT", "GOWASM", "GOWORK", "GODEBUG", "GOOS", "GOARCH", "CGO_ENABLED", "GOFIPS140":
		default:
			command.Env = append(command.Env, setting)
		}
	}
	command.Env = append(command.Env, "GOFLAGS=-mod=readonly", "GOWORK=off", "CGO_ENABLED=0")
	return command
}
