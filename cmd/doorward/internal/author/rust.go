// Rust: cargo, and a compiler that has the target's standard library.

package author

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const (
	rustTarget  = "wasm32-unknown-unknown"
	rustMissing = "install Rust for WebAssembly: rustup target add " + rustTarget +
		", or Debian's packages rustc, cargo, libstd-rust-dev-wasm32 and lld-14"
)

// rustSteps builds the crate's one cdylib, below target in the project.
func rustSteps(p *Project, out *string) ([]step, error) {
	cargo, rustc, err := rustTools()
	if err != nil {
		return nil, err
	}
	target, err := filepath.Abs(filepath.Join(p.Dir, "target", "doorward"))
	if err != nil {
		return nil, advise(err, "name the folder by its whole path")
	}
	release := filepath.Join(target, rustTarget, "release")
	for _, old := range modulesIn(release) {
		_ = os.Remove(old) // of a crate that had another name
	}
	env := []string{"RUSTC=" + rustc, "CARGO_TARGET_DIR=" + target}
	if linker := rustLinker(rustc); linker != "" {
		env = append(env, "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER="+linker)
	}
	*out = filepath.Join(release, "*.wasm")
	return []step{{
		run: []string{cargo, "build", "--quiet", "--release", "--target", rustTarget},
		env: env, without: []string{"RUSTFLAGS", "RUSTC", "CARGO_TARGET_DIR", "CARGO_BUILD_TARGET"},
		missing: rustMissing,
	}}, nil
}

// modulesIn are the modules in a folder.
func modulesIn(dir string) []string {
	found, _ := filepath.Glob(filepath.Join(escapeGlob(dir), "*.wasm"))
	return found
}

// rustTools is the first pair on PATH that can build for the target: a
// toolchain of rustup's that lacks it gives way to the system's.
func rustTools() (cargo, rustc string, err error) {
	for _, dir := range append([]string{filepath.Dir(os.Getenv("RUSTC"))}, filepath.SplitList(os.Getenv("PATH"))...) {
		cargo, rustc = filepath.Join(dir, "cargo"), filepath.Join(dir, "rustc")
		if !exists(cargo) || !exists(rustc) {
			continue
		}
		libraries, err := exec.Command(rustc, "--print", "target-libdir", "--target", rustTarget).Output()
		if err != nil {
			continue
		}
		if core, _ := filepath.Glob(filepath.Join(strings.TrimSpace(string(libraries)), "libcore-*.rlib")); len(core) > 0 {
			return cargo, rustc, nil
		}
	}
	return "", "", wrong(rustMissing, "no Rust compiler on PATH can build for %s", rustTarget)
}

// rustLinker is a linker for a toolchain that brings none, as Debian's.
func rustLinker(rustc string) string {
	sysroot, _ := exec.Command(rustc, "--print", "sysroot").Output()
	if own, _ := filepath.Glob(filepath.Join(strings.TrimSpace(string(sysroot)), "lib/rustlib/*/bin/rust-lld")); len(own) > 0 {
		return ""
	}
	return firstTool("wasm-ld", "wasm-ld-19", "wasm-ld-16", "wasm-ld-15", "wasm-ld-14")
}

// firstTool is the path of the first of some commands that is there.
func firstTool(names ...string) string {
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}
