// Getting hold of a module's bytes: from a file, a URL or the binary itself.

package plugin

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	maxModule    = 32 << 20
	fetchTimeout = 30 * time.Second
	maxRedirects = 5

	bundledScheme = "bundled:"
)

// module returns the bytes of the configured module and their digest, which
// it has compared with the configured one.
func (r *Runtime) module(ctx context.Context, c Config) ([]byte, string, error) {
	bytes, err := r.read(ctx, c)
	if err != nil {
		return nil, "", c.fault("module", err)
	}
	digest := digestOf(bytes)
	if c.SHA256 != "" && c.SHA256 != digest {
		return nil, "", c.fault("sha256", fmt.Errorf("the module's digest is %s, not the configured one: find out why before you change either", digest))
	}
	return bytes, digest, nil
}

func digestOf(module []byte) string {
	sum := sha256.Sum256(module)
	return hex.EncodeToString(sum[:])
}

func (r *Runtime) read(ctx context.Context, c Config) ([]byte, error) {
	if name, ok := strings.CutPrefix(c.Module, bundledScheme); ok {
		return r.bundled(name)
	}
	scheme, _, isURL := strings.Cut(c.Module, "://")
	switch {
	case c.Module == "":
		return nil, errors.New("missing; write a path, an https URL or bundled:NAME")
	case !isURL:
		return r.file(c.Module)
	case scheme == "https":
		return r.download(ctx, c)
	}
	return nil, fmt.Errorf("the scheme %s:// is not supported; write a path, an https URL or bundled:NAME", scheme)
}

func (r *Runtime) bundled(name string) ([]byte, error) {
	if r.config.Bundled != nil {
		if module, ok := r.config.Bundled(name); ok {
			return module, nil
		}
	}
	return nil, fmt.Errorf("no bundled plugin is called %q; there are %s", name, strings.Join(r.config.BundledNames, ", "))
}

func (r *Runtime) file(path string) ([]byte, error) {
	if !filepath.IsAbs(path) {
		path = filepath.Join(r.config.BaseDir, path)
	}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w; a relative path begins at the configuration's folder", err)
	}
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return readBounded(file)
}

// readBounded reads a module, refusing more than 32 MiB.
func readBounded(from io.Reader) ([]byte, error) {
	bytes, err := io.ReadAll(io.LimitReader(from, maxModule+1))
	if err != nil {
		return nil, err
	}
	if len(bytes) > maxModule {
		return nil, fmt.Errorf("larger than %d bytes", maxModule)
	}
	return bytes, nil
}

// download fetches a pinned module, or takes the copy that an earlier start
// left in the cache.
func (r *Runtime) download(ctx context.Context, c Config) ([]byte, error) {
	copyPath := ""
	if r.config.CacheDir != "" {
		copyPath = filepath.Join(r.config.CacheDir, "modules", c.SHA256+".wasm")
		if bytes, err := r.file(copyPath); err == nil && digestOf(bytes) == c.SHA256 {
			return bytes, nil
		}
	}
	if r.config.Offline {
		return nil, errors.New("nothing is fetched offline, and no earlier start kept the module: check again without --offline")
	}
	bytes, err := r.fetch(ctx, c.Module)
	if err != nil || copyPath == "" || digestOf(bytes) != c.SHA256 {
		return bytes, err
	}
	if err := keep(copyPath, bytes); err != nil {
		r.config.Log.WarnContext(ctx, "a fetched plugin could not be kept in the cache", "plugin", c.Name, "error", err)
	}
	return bytes, nil
}

// keep writes a file that is either whole or absent.
func keep(path string, bytes []byte) error {
	if err := privateDir(filepath.Dir(path)); err != nil {
		return err
	}
	part, err := os.CreateTemp(filepath.Dir(path), "part-")
	if err != nil {
		return err
	}
	_, err = part.Write(bytes)
	err = errors.Join(err, part.Close())
	if err == nil {
		err = os.Rename(part.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(part.Name()))
	}
	return nil
}

// fetch asks for a module. Its errors do not hold the address: it may have a
// secret in its query, and so may one that it redirects to.
func (r *Runtime) fetch(ctx context.Context, address string) ([]byte, error) {
	client := &http.Client{Transport: r.config.Transport, Timeout: fetchTimeout, CheckRedirect: onlyHTTPS}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, unaddressed(err)
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, unaddressed(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the server answered %d %s; it must give the module itself, to anybody who asks", response.StatusCode, http.StatusText(response.StatusCode))
	}
	return readBounded(response.Body)
}

func onlyHTTPS(next *http.Request, via []*http.Request) error {
	next.Header.Del("Referer") // it has the first address, whose query may hold a secret
	if next.URL.Scheme != "https" {
		return errors.New("it redirects to an address without https")
	}
	if len(via) >= maxRedirects {
		return fmt.Errorf("more than %d redirects", maxRedirects)
	}
	return nil
}
