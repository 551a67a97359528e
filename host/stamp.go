package host

import (
	"io/fs"
	"os"
	"strings"
)

// stamp is how a file looks from outside. Another stamp means that its content
// may have changed; what changed is seen by reading it.
type stamp struct{ info fs.FileInfo } // nil when there is no such file

func stampOf(path string) stamp {
	info, err := os.Stat(path)
	if err != nil {
		return stamp{}
	}
	return stamp{info}
}

func (s stamp) same(as stamp) bool {
	if s.info == nil || as.info == nil {
		return s.info == as.info
	}
	return os.SameFile(s.info, as.info) && s.info.Size() == as.info.Size() && s.info.ModTime().Equal(as.info.ModTime())
}

// isPath reports whether a module is a file: one from a URL is pinned by its
// digest, and a bundled one is part of the binary.
func isPath(module string) bool {
	return !strings.HasPrefix(module, "bundled:") && !strings.Contains(module, "://")
}
