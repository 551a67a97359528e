// AssemblyScript: asc, as npm installs it.

package author

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

const (
	ascMissing  = "run npm install in the project, which fetches the compiler that package.json names; without a network copy node_modules of another project, or name an asc with ASC"
	nodeMissing = "install Node.js 18 or later, in Debian the packages nodejs and npm"
	nodeOldest  = 18

	ascAbout = "`npm install` fetches the compiler that `package.json` names, and nothing else. Without a network copy `node_modules` from another project with that version, or run `npm install --offline` where npm has fetched it before.\n\n"
)

// assemblyScriptSteps compiles what asconfig.json says.
func assemblyScriptSteps(p *Project, out *string) ([]step, error) {
	asc := findASC(p.Dir)
	if asc == "" {
		if err := checkNode(); err != nil {
			return nil, err
		}
		return nil, wrong(ascMissing, "the AssemblyScript compiler asc is neither in node_modules nor on PATH")
	}
	if runsOnNode(asc) {
		if err := checkNode(); err != nil {
			return nil, err
		}
	}
	return []step{{run: []string{asc, "--config", "asconfig.json", "--outFile", *out}, missing: ascMissing}}, nil
}

// findASC is what ASC names. Or else it looks in node_modules of the project
// and of the folders above it, as node does, and then on PATH.
func findASC(dir string) string {
	if own := os.Getenv("ASC"); own != "" {
		return own
	}
	at, err := filepath.Abs(dir)
	for err == nil {
		if own := filepath.Join(at, "node_modules", ".bin", "asc"); exists(own) {
			return own
		}
		if at == filepath.Dir(at) {
			break
		}
		at = filepath.Dir(at)
	}
	return firstTool("asc")
}

// runsOnNode reports whether a command is a script for node, as npm installs
// them.
func runsOnNode(path string) bool {
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	first, _ := bufio.NewReaderSize(file, 256).ReadSlice('\n')
	return strings.HasPrefix(string(first), "#!") && strings.Contains(string(first), "node")
}

func checkNode() error {
	path, err := exec.LookPath("node")
	if err != nil {
		return wrong(nodeMissing, "the AssemblyScript compiler runs on Node.js, and node is not installed, or not on PATH")
	}
	out, err := exec.Command(path, "--version").Output()
	if err != nil {
		return nil // it will say itself what is wrong with it
	}
	name := strings.TrimSpace(string(out))
	major, _, _ := strings.Cut(strings.TrimPrefix(name, "v"), ".")
	if n, err := strconv.Atoi(major); err == nil && n < nodeOldest {
		return wrong(nodeMissing, "%s is Node.js %s, which is too old for the AssemblyScript compiler", path, name)
	}
	return nil
}
