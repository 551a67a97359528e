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
