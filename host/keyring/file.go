// The key file: reading, creating and replacing it.

package keyring

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

const maxFile = 8 << 10

// Open reads the host's key from the file at path, or creates the file with a
// new key, durably and mode 0600, and its directory with mode 0700 when it is
// missing. Two processes that create it at once get the same key.
//
// It refuses a file that others can read and says the chmod to run, and a file
// whose format this build does not know (*FormatError).
func Open(path string) (*Keyring, error) {
	k := newKeyring(nil, path)
	r, err := readFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		r, err = createFile(path, &ring{keys: []key{generate(k.now())}})
	}
	if err != nil {
		return nil, err
	}
	k.ring.Store(r)
	return k, nil
}

// Rotate makes a new current key; the old one becomes the previous one, and an
// older one is dropped: what it sealed no longer opens. The file is replaced
// atomically before the new key is used. Without a file it is ErrConfigured.
func (k *Keyring) Rotate() error {
	if k.path == "" {
		return ErrConfigured
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	onDisk, err := readFile(k.path)
	if err != nil {
		return err
	}
	next := &ring{keys: []key{generate(k.now()), onDisk.keys[0]}}
	if err := replaceFile(k.path, next); err != nil {
		return err
	}
	k.ring.Store(next)
	return nil
}

// Reload reads the file again, so that a rotation done by another process is
// seen. When it fails, the keys stay as they are. Without a file it does
// nothing.
func (k *Keyring) Reload() error {
	if k.path == "" {
		return nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	r, err := readFile(k.path)
	if err != nil {
		return err
	}
	k.ring.Store(r)
	return nil
}

func readFile(path string) (*ring, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the host key: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("read the host key: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("the host key %s is no regular file: move it away, and a new one is made", path)
	}
	if loose := info.Mode().Perm() & 0o077; loose != 0 {
		return nil, fmt.Errorf("the host key %s is open to others (mode %04o): run chmod 600 %s", path, info.Mode().Perm(), path)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read the host key: %w", err)
	}
	r, err := parse(text)
	if err != nil {
		return nil, fmt.Errorf("the host key %s: %w", path, err)
	}
	return r, nil
}

// createFile links a finished file into place: a link never overwrites, so of
// two processes one wins, and both then read the winner's key.
func createFile(path string, r *ring) (*ring, error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("create the host key: %w", err)
	}
	temp, err := writeTemp(path, r)
	if err != nil {
		return nil, err
	}
	defer os.Remove(temp)
	if err := os.Link(temp, path); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("create the host key: %w", err)
	}
	if err := syncDir(dir); err != nil {
		return nil, err
	}
	return readFile(path)
}

func replaceFile(path string, r *ring) error {
	temp, err := writeTemp(path, r)
	if err != nil {
		return err
	}
	if err := os.Rename(temp, path); err != nil {
		os.Remove(temp)
		return fmt.Errorf("replace the host key: %w", err)
	}
	return syncDir(filepath.Dir(path))
}

// writeTemp writes and syncs a file of mode 0600 beside path.
func writeTemp(path string, r *ring) (string, error) {
	suffix := make([]byte, 8)
	rand.Read(suffix) // never fails
	temp := path + ".new-" + hex.EncodeToString(suffix)
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", fmt.Errorf("write the host key: %w", err)
	}
	_, err = f.Write(format(r))
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		os.Remove(temp)
		return "", fmt.Errorf("write the host key: %w", err)
	}
	return temp, nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("make the host key durable: %w", err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("make the host key durable: %w", err)
	}
	return nil
}
