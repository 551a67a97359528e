package host_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/doorward/doorward/host"
	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/hosttest"
)

// A mapper that reads userInfo is a fault when the discovery document offers no
// userinfo endpoint: it would map nothing for ever.
func TestCheckHoldsMappersAgainstDiscovery(t *testing.T) {
	t.Parallel()
	idp := hosttest.NewProvider(t)
	with := settings{Provider: "mappers:\n  - direct: {attribute: email, source: userInfo, path: email}"}
	file := filepath.Join(t.TempDir(), "doorward.yaml")
	if err := os.WriteFile(file, []byte(with.text(idp)), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	check := func() error {
		_, err := host.Check(context.Background(), host.Options{Config: cfg, Transport: idp.Client().Transport}, nil, false)
		return err
	}
	if err := check(); err != nil {
		t.Fatal(err)
	}
	idp.Set(func(k *hosttest.Knobs) { k.UserInfo = hosttest.UserInfoOff })
	if err := check(); err == nil || !strings.Contains(err.Error(), "doorward.yaml:13:44:") || !strings.Contains(err.Error(), "userinfo") {
		t.Errorf("%v", err)
	}
}

// A token that a mapper copied stays masked wherever a page names the person.
func TestT48_copied_token_in_a_name(t *testing.T) {
	t.Parallel()
	const canary = "canary-access-token-0123456789"
	idp := hosttest.NewProvider(t, func(k *hosttest.Knobs) { k.AccessToken = canary })
	s := newSite(t, idp, settings{Provider: `mappers:
  - direct: {attribute: firstName, source: tokenEndpointResponse, path: access_token}
  - direct: {attribute: userName, source: tokenEndpointResponse, path: access_token}`})
	b := s.browser()
	pages := b.get("/login").Body + b.get("/").Body + b.get("/logout").Body + b.get("/session").Body
	if !strings.Contains(pages, "sha256:") {
		t.Error("the name is not shown as a digest")
	}
	if strings.Contains(pages, canary) || strings.Contains(s.log.String(), canary) {
		t.Error("a copied token is shown")
	}
}

// What a start would refuse about the people of a file, a check refuses.
func TestCheckLooksAtBadges(t *testing.T) {
	t.Parallel()
	for badges, want := range map[string]string{
		"['4711']": "", "['7']": "4 to 128 letters and digits", "['0815', 'x-77x']": "the badge is there twice",
	} {
		dir := t.TempDir()
		people := "people: [{user_name: ada, subject: p-1, badges: " + badges + "}, {user_name: bob, subject: p-2, badges: ['X77X', 'X 77 Y']}]\n"
		text := "public_url: http://localhost:8080\nproviders:\n  staff:\n    type: builtin\n    people_file: people.yaml\n"
		for name, text := range map[string]string{"people.yaml": people, "doorward.yaml": text} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		cfg, err := config.Load(filepath.Join(dir, "doorward.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = host.Check(context.Background(), host.Options{Config: cfg}, nil, false)
		if (err == nil) != (want == "") || err != nil && (!strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "doorward.yaml:5:18:")) {
			t.Errorf("%s: %v; want %q", badges, err, want)
		}
	}
}
