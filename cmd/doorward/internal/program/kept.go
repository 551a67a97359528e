// Sessions between two commands: one file each, in the user's configuration
// folder, that nobody else can read.

package program

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// Kept is a folder of sessions.
type Kept struct{ Folder string }

// UserKept is the user's own, doorward/sessions in os.UserConfigDir.
func UserKept() (Kept, error) {
	base, err := os.UserConfigDir()
	if err != nil {
		return Kept{}, fmt.Errorf("find a folder for the session: %w", err)
	}
	return Kept{filepath.Join(base, "doorward", "sessions")}, nil
}

// file is where the session of a program at a host is kept.
func (k Kept) file(issuer, app string) string {
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '-' || r == '_' {
			return r
		}
		return '_'
	}, strings.TrimPrefix(strings.TrimPrefix(issuer, "https://"), "http://")+"."+app)
	return filepath.Join(k.Folder, name+".json")
}

// Save keeps a session, with mode 0600, in place of the one that the program
// had at that host.
func (k Kept) Save(s Session) error {
	if err := os.MkdirAll(k.Folder, 0o700); err != nil {
		return err
	}
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	temp, err := os.CreateTemp(k.Folder, ".new-*") // with mode 0600
	if err != nil {
		return err
	}
	_, err = temp.Write(append(text, '\n'))
	err = errors.Join(err, temp.Sync(), temp.Close())
	if err == nil {
		err = os.Rename(temp.Name(), k.file(s.Issuer, s.App))
	}
	if err != nil {
		_ = os.Remove(temp.Name())
	}
	return err
}

// Find is the one session that is kept of the host and the program; each may be
// empty, which means any.
func (k Kept) Find(address, app string) (Session, error) {
	issuer := ""
	if address != "" {
		var err error
		if issuer, err = issuerOf(address); err != nil {
			return Session{}, err
		}
	}
	entries, err := os.ReadDir(k.Folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Session{}, err
	}
	var found []Session
	for _, e := range entries {
		if e.IsDir() || filepath.Ext(e.Name()) != ".json" {
			continue
		}
		s, err := k.read(filepath.Join(k.Folder, e.Name()))
		if err != nil {
			return Session{}, err
		}
		if (issuer == "" || s.Issuer == issuer) && (app == "" || s.App == app) {
			found = append(found, s)
		}
	}
	switch len(found) {
	case 0:
		return Session{}, errors.New("nobody is signed in there: run doorward login URL")
	case 1:
		return found[0], nil
	}
	var names []string
	for _, s := range found {
		names = append(names, s.Issuer+" --app "+s.App)
	}
	return Session{}, fmt.Errorf("%d sessions are kept: name one of %s", len(found), strings.Join(names, ", "))
}

func (k Kept) read(path string) (s Session, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return s, err
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return s, fmt.Errorf("others may read %s: run chmod 600 on it, or doorward login again", path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return s, err
	}
	if json.Unmarshal(text, &s) != nil || s.Issuer == "" || s.App == "" || s.Bearer == "" {
		return s, fmt.Errorf("%s is no session: remove it, and run doorward login again", path)
	}
	return s, nil
}

// Forget removes a session that is kept.
func (k Kept) Forget(s Session) error {
	err := os.Remove(k.file(s.Issuer, s.App))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
