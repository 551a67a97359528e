// Compiling a rewritten module, or taking it from the cache.

package plugin

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/experimental"
)

// compileLimit ends the compilation of a module that would take for ever, with
// the functions that are being compiled then; wasmbin bounds each of them.
const compileLimit = time.Minute

// compileTimed compiles module and notes how long that took.
func (r *Runtime) compileTimed(ctx context.Context, module []byte, info *Info) (wazero.CompiledModule, error) {
	r.compiling.Lock()
	defer r.compiling.Unlock()
	began, entries := time.Now(), cacheEntries(r.config.CacheDir)
	limited, cancel := context.WithTimeout(ctx, or(r.config.compile, compileLimit))
	defer cancel()
	compiled, err := r.compile(limited, module)
	info.Compiled = time.Since(began)
	info.FromCache = r.config.CacheDir != "" && cacheEntries(r.config.CacheDir) == entries
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return nil, fmt.Errorf("it takes longer than %s to compile; make it smaller", or(r.config.compile, compileLimit))
	}
	if err != nil {
		return nil, fmt.Errorf("it does not compile: %s", clean(err.Error(), 500))
	}
	return compiled, nil
}

// compile compiles a module or takes it from the cache. An entry of the cache
// that cannot be read, after a crash perhaps, must not keep a host from
// starting: the cache is emptied and filled anew.
func (r *Runtime) compile(ctx context.Context, module []byte) (wazero.CompiledModule, error) {
	ctx = experimental.WithCompilationWorkers(ctx, max(2, runtime.GOMAXPROCS(0))) // only with workers it can be ended
	compiled, err := r.wazero.CompileModule(ctx, module)
	if err == nil || r.config.CacheDir == "" || !strings.HasPrefix(err.Error(), "compilationcache:") {
		return compiled, err
	}
	r.config.Log.WarnContext(ctx, "the compilation cache could not be read and is made anew", "error", err)
	if err := emptyCache(r.config.CacheDir); err != nil {
		return nil, err
	}
	return r.wazero.CompileModule(ctx, module)
}

// cacheEntries counts the compiled modules in the cache.
func cacheEntries(dir string) (n int) {
	if dir == "" {
		return 0
	}
	_ = filepath.WalkDir(filepath.Join(dir, "compiled"), func(_ string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			n++
		}
		return nil
	})
	return n
}

// emptyCache removes the compiled code, and leaves the folders as wazero made
// them: it does not make them again.
func emptyCache(dir string) error {
	return filepath.WalkDir(filepath.Join(dir, "compiled"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		return os.Remove(path)
	})
}
