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
	rustMissing = "install it with https://rustup.rs and run rustup target add " + rustTarget +
		", or install Debian's packages rustc, cargo, libstd-rust-dev-wasm32 and lld"
	rustTargetMissing = "run rustup target add " + rustTarget + ", or install Debian's package libstd-rust-dev-wasm32"
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
	linker, err := rustLinker(rustc)
	if err != nil {
		return nil, err
	}
	if linker != "" {
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
	var without string
	for _, dir := range rustDirs() {
		cargo, rustc = filepath.Join(dir, "cargo"), filepath.Join(dir, "rustc")
		switch {
		case !exists(cargo) || !exists(rustc):
		case hasTarget(rustc):
			return cargo, rustc, nil
		case without == "":
			without = rustc
		}
	}
	if without != "" {
		return "", "", wrong(rustTargetMissing, "%s cannot build for WebAssembly: it has no standard library for %s", without, rustTarget)
	}
	return "", "", wrong(rustMissing, "Rust is not installed, or its cargo and rustc are not on PATH")
}

// rustDirs are where the compiler is looked for; RUSTC names another.
func rustDirs() []string {
	var dirs []string
	if own := os.Getenv("RUSTC"); own != "" {
		dirs = append(dirs, filepath.Dir(own))
	}
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		if filepath.IsAbs(dir) { // what lies in the present folder is not the system's
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

func hasTarget(rustc string) bool {
	libraries, err := exec.Command(rustc, "--print", "target-libdir", "--target", rustTarget).Output()
	if err != nil {
		return false
	}
	core, _ := filepath.Glob(filepath.Join(escapeGlob(strings.TrimSpace(string(libraries))), "libcore-*.rlib"))
	return len(core) > 0
}

// rustLinker is a linker for a toolchain that brings none, as Debian's.
func rustLinker(rustc string) (string, error) {
	sysroot, _ := exec.Command(rustc, "--print", "sysroot").Output()
	if own, _ := filepath.Glob(filepath.Join(escapeGlob(strings.TrimSpace(string(sysroot))), "lib/rustlib/*/bin/rust-lld")); len(own) > 0 {
		return "", nil
	}
	if linker := firstTool("wasm-ld", "wasm-ld-19", "wasm-ld-16", "wasm-ld-15", "wasm-ld-14"); linker != "" {
		return linker, nil
	}
	return "", wrong("install lld, in Debian the package lld", "%s brings no linker for WebAssembly, and wasm-ld is not on PATH", rustc)
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
