package host_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/doorward/doorward/host"
	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/hosttest"
)

// A copy that is made of a running host brings back who was signed in then, in
// a host that lost everything but its key.
func TestABackupRestores(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{})
	b := s.browser()
	b.get("/login")
	cfg, err := config.Load(filepath.Join(s.dir, "doorward.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), "copy.db")
	size, err := host.Backup(t.Context(), cfg, copied)
	if err != nil || size == 0 {
		t.Fatalf("backup: %d bytes, %v", size, err)
	}
	if info, err := os.Stat(copied); err != nil || info.Size() != size || info.Mode().Perm() != 0o600 {
		t.Errorf("the copy: %v %v", info, err)
	}
	if _, err := host.Backup(t.Context(), cfg, copied); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a backup over another: %v", err)
	}
	later := s.browser()
	later.get("/login")

	s.stop()
	content, err := os.ReadFile(copied)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Remove(cfg.Store.Path), os.WriteFile(cfg.Store.Path, content, 0o600)); err != nil {
		t.Fatal(err)
	}
	s.start()
	if !b.session().Authenticated {
		t.Error("who was signed in at the time of the backup is not")
	}
	if later.session().Authenticated {
		t.Error("who signed in after the backup still is")
	}
	again := filepath.Join(t.TempDir(), "again.db")
	s.stop()
	if _, err := host.Backup(t.Context(), cfg, again); err != nil {
		t.Errorf("of a host that does not run: %v", err)
	}
}
