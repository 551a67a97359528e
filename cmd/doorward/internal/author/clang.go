// C: clang and its linker, with the flags that come with the SDK.

package author

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

const (
	clangMissing = "install clang 14 or later with lld, in Debian the packages clang and lld, or name it with CLANG"
	lldMissing   = "install lld of the same version as clang, in Debian the package lld, with Homebrew lld"
)

// flagsFile lies beside doorward.c and holds what clang is told.
const flagsFile = "wasm.flags"

// cSteps compiles the sources in the folder, and those in src, with the SDK's.
func cSteps(p *Project, out *string) ([]step, error) {
	sdk, err := findC(p.Dir)
	if err != nil {
		return nil, err
	}
	clang := firstTool(clangNames()...)
	if clang == "" {
		return nil, wrong(clangMissing, "clang is not installed, or not on PATH")
	}
	if err := checkClang(clang); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(sdk, flagsFile))
	if err != nil {
		return nil, advise(err, "make it readable")
	}
	c := cBuild{clang: clang, sdk: sdk, flags: strings.Fields(string(text)), temp: filepath.Dir(*out)}
	for _, source := range append(cSources(p.Dir), filepath.Join(sdk, "doorward.c")) {
		c.compile(source)
	}
	c.link(*out)
	return c.steps, nil
}

// checkClang looks for what a clang may come without: WebAssembly, as Apple's,
// and its linker. One that cannot be asked is tried.
func checkClang(clang string) error {
	if targets, err := exec.Command(clang, "-print-targets").Output(); err == nil && !bytes.Contains(targets, []byte("wasm32")) {
		return wrong(clangMissing, "%s is a clang that does not know WebAssembly", clang)
	}
	linker, err := exec.Command(clang, "--target=wasm32", "-print-prog-name=wasm-ld").Output()
	if err != nil {
		return nil
	}
	if _, err := exec.LookPath(strings.TrimSpace(string(linker))); err != nil {
		return wrong(lldMissing, "%s does not find wasm-ld, the linker for WebAssembly", clang)
	}
	return nil
}

// cBuild compiles and links in commands of their own: a clang that is told to
// optimise while it links runs wasm-opt where it finds one, which takes the
// functions' names away, and other machines would build other bytes.
type cBuild struct {
	clang, sdk, temp string
	flags            []string
	steps            []step
	objects          []string
}

func (c *cBuild) compile(source string) {
	object := filepath.Join(c.temp, strconv.Itoa(len(c.objects))+".o")
	c.objects = append(c.objects, object)
	c.run(c.without("-Wl,"), "-I"+c.sdk, "-c", source, "-o", object)
}

func (c *cBuild) link(out string) {
	c.run(append(c.without("-O", "-Wl,--strip-"), "-Qunused-arguments"), append(c.objects, "-o", out)...)
}

func (c *cBuild) run(flags []string, more ...string) {
	c.steps = append(c.steps, step{run: append(append([]string{c.clang}, flags...), more...), missing: clangMissing})
}

// without is the flags but for those that begin so.
func (c *cBuild) without(prefixes ...string) []string {
	return slices.DeleteFunc(slices.Clone(c.flags), func(flag string) bool {
		return slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(flag, prefix) })
	})
}

func clangNames() []string {
	if own := os.Getenv("CLANG"); own != "" {
		return []string{own}
	}
	return []string{"clang", "clang-19", "clang-16", "clang-15", "clang-14"}
}

// cSources are the project's own sources, relative to its folder; tests are
// left out by their names.
func cSources(dir string) []string {
	var sources []string
	for _, pattern := range []string{"*.c", "src/*.c"} {
		found, _ := filepath.Glob(filepath.Join(escapeGlob(dir), pattern))
		for _, file := range found {
			if inside, err := filepath.Rel(dir, file); err == nil && !isCTest(filepath.Base(file)) {
				sources = append(sources, inside)
			}
		}
	}
	slices.Sort(sources)
	return sources
}

func isCTest(name string) bool {
	stem := strings.TrimSuffix(name, ".c")
	return stem == "test" || strings.HasPrefix(stem, "test_") || strings.HasSuffix(stem, "_test")
}

// findC is the folder of the C SDK: doorward in the project, or sdk/c of a
// tree that the project is part of.
func findC(dir string) (string, error) {
	at, err := filepath.Abs(dir)
	if err != nil {
		return "", advise(err, "name the folder by its whole path")
	}
	if own := filepath.Join(at, "doorward"); exists(own, flagsFile) {
		return own, nil
	}
	for ; at != filepath.Dir(at); at = filepath.Dir(at) {
		if shared := filepath.Join(at, "sdk", "c"); exists(shared, flagsFile) {
			return shared, nil
		}
	}
	return "", wrong("copy the folder doorward of a new project, which doorward plugin new makes", "the C SDK is not in %s", filepath.Join(dir, "doorward"))
}
