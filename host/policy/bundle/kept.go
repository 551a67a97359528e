// The last accepted bundle, on disk: a host starts with it when the server is
// down, and takes no older one after a restart.

package bundle

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Kept returns the bundle that an earlier run kept, verified again, and holds
// later ones against its revision; nil when there is none. A bundle that no
// present key has signed is an error, and does not count.
func (s *Source) Kept() (*Bundle, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cfg.Keep == "" {
		return nil, nil
	}
	file, err := os.Open(s.cfg.Keep)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	archive, err := io.ReadAll(io.LimitReader(file, maxBundle+1))
	if err != nil {
		return nil, err
	}
	if len(archive) > maxBundle {
		return nil, fmt.Errorf("the kept bundle is larger than %d bytes", maxBundle)
	}
	b, err := s.verify(archive)
	if err != nil {
		return nil, fmt.Errorf("the bundle kept from before: %w", err)
	}
	s.current = b
	return b, nil
}

// keep writes b beside its place and renames it there, so that a crash leaves
// the old or the new one.
func (s *Source) keep(b *Bundle) error {
	if s.cfg.Keep == "" {
		return nil
	}
	dir := filepath.Dir(s.cfg.Keep)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(dir, ".bundle-*")
	if err != nil {
		return err
	}
	_, err = file.Write(b.archive)
	if err = errors.Join(err, file.Sync(), file.Close()); err == nil {
		err = os.Rename(file.Name(), s.cfg.Keep)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}
