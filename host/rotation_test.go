package host_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/doorward/doorward/host"
	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/hosttest"
)

// However often the key is rotated, and whether or not the host runs, the
// built-in provider's signing keys stay readable.
func TestRotationKeepsTheSigningKeys(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{Provider: "display_name: Corp\n", Rest: levels, Files: map[string]string{
		"people.yaml": `people: [{user_name: ada, subject: p1, password_hash: '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g'}]`,
	}, Builtin: "people_file: people.yaml"})
	cfg, err := config.Load(filepath.Join(s.dir, "doorward.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	keys := func() string { return s.browser().get("/idp/keys").Body }
	before := keys()
	rotate := func(times int) {
		for range times {
			if list, err := host.RotateKeys(context.Background(), cfg); err != nil || len(list) != 2 {
				t.Fatalf("%v, %v", list, err)
			}
		}
	}
	rotate(3) // while it runs, through the admin socket
	s.stop()
	rotate(3) // while it does not
	s.start()
	if after := keys(); after != before {
		t.Errorf("the signing keys changed:\n%s\n%s", before, after)
	}
}
