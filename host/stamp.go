package host

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
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

// stamps are those of a folder's policy files, by path.
type stamps map[string]stamp

// stampsOf looks at the policy files below path, or at path itself.
func stampsOf(path string) stamps {
	found := stamps{}
	if path == "" {
		return found
	}
	_ = filepath.WalkDir(path, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return nil // a file that is gone has no stamp
		case entry.IsDir() && name != path && strings.HasPrefix(entry.Name(), "."):
			return fs.SkipDir
		case len(found) > maxStamps:
			return fs.SkipAll
		case !entry.IsDir() && strings.HasSuffix(name, ".rego"):
			found[name] = stampOf(name)
		}
		return nil
	})
	return found
}

// maxStamps is above the number of files that policies may have.
const maxStamps = 2000

func (s stamps) same(as stamps) bool {
	return maps.EqualFunc(s, as, stamp.same)
}

// isPath reports whether a module is a file: one from a URL is pinned by its
// digest, and a bundled one is part of the binary.
func isPath(module string) bool {
	return !strings.HasPrefix(module, "bundled:") && !strings.Contains(module, "://")
}
