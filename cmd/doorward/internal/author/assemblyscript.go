// AssemblyScript: asc, as npm installs it.

package author

import (
	"os"
	"path/filepath"
)

const ascMissing = "run npm install in the project, which needs Node.js 18 or later (Debian: nodejs and npm); it fetches the compiler that package.json names. ASC names another"

// assemblyScriptSteps compiles what asconfig.json says.
func assemblyScriptSteps(p *Project, out *string) ([]step, error) {
	asc := findASC(p.Dir)
	if asc == "" {
		return nil, wrong(ascMissing, "the AssemblyScript compiler asc is neither in node_modules nor on PATH")
	}
	return []step{{run: []string{asc, "--config", "asconfig.json", "--outFile", *out}, missing: ascMissing}}, nil
}

// findASC is what ASC names, or else looks in node_modules of the project and of the folders above it, as
// node does, and then on PATH.
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
