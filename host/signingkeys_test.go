package host_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/doorward/doorward/host"
	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/idp/keys"
)

// The command says what is published, and changes it, whether or not the host
// runs.
func TestRotateSigningKeys(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{Provider: "display_name: Corp\n", Rest: levels, Files: map[string]string{
		"people.yaml": `people: [{user_name: ada, subject: p1, password_hash: '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g'}]`,
	}, Builtin: "people_file: people.yaml\nsigning_keys: {algorithms: [RS256, ES256]}"})
	cfg, err := config.Load(filepath.Join(s.dir, "doorward.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	count := func(list []keys.Info, err error) (signs, retired int) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range list {
			switch k.Use {
			case keys.Signs:
				signs++
			case keys.Retired:
				retired++
			}
		}
		return signs, retired
	}
	published := func() int { return strings.Count(s.browser().get("/idp/keys").Body, `"kid"`) }
	if signs, retired := count(host.ListSigningKeys(context.Background(), cfg)); signs != 2 || retired != 0 || published() != 2 {
		t.Errorf("at first: %d sign, %d are retired, %d published", signs, retired, published())
	}
	if signs, retired := count(host.RotateSigningKeys(context.Background(), cfg, false)); signs != 2 || retired != 2 || published() != 4 {
		t.Errorf("rotated while it runs: %d sign, %d are retired, %d published", signs, retired, published())
	}
	s.stop()
	if signs, retired := count(host.RotateSigningKeys(context.Background(), cfg, false)); signs != 2 || retired != 4 {
		t.Errorf("rotated while it does not: %d sign, %d are retired", signs, retired)
	}
	s.start()
	if published() != 6 {
		t.Errorf("after a start: %d published", published())
	}
	if signs, retired := count(host.RotateSigningKeys(context.Background(), cfg, true)); signs != 2 || retired != 0 || published() != 2 {
		t.Errorf("replaced: %d sign, %d are retired, %d published", signs, retired, published())
	}
}
