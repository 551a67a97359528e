package host_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host"
	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/store"
)

// readiness is GET /readyz.
func (s *site) readiness() (status int, parts map[string]struct {
	Ready bool
	Code  string
}) {
	s.t.Helper()
	resp, err := http.Get("http://" + s.admin + "/readyz")
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	body := struct{ Parts any }{&parts}
	if err := json.NewDecoder(resp.Body).Decode(&body); err != nil {
		s.t.Fatal(err)
	}
	return resp.StatusCode, parts
}

func TestProviderDownAtStart_IsShownAndComesBack(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]hosttest.Fault{
		"drops the connection": {Drop: true}, "answers 503": {Status: http.StatusServiceUnavailable}, "answers nonsense": {ContentType: "text/html", Body: "<p>soon"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			idp := hosttest.NewProvider(t, func(k *hosttest.Knobs) { k.Faults = faults(hosttest.Discovery, fault) })
			s := newSite(t, idp, settings{Provider: "display_name: Example Corp"})
			b := s.browser()
			if a := b.get("/"); a.StatusCode != http.StatusOK || !strings.Contains(a.Body, "Example Corp cannot be reached just now") || strings.Contains(a.Body, "/login?") {
				t.Errorf("%s\n%s", a.Status, a.Body)
			}
			if status, parts := s.readiness(); status != http.StatusServiceUnavailable || parts["provider:corp"].Ready || parts["provider:corp"].Code != "provider_unavailable" || !parts["store"].Ready {
				t.Errorf("readiness %d %+v", status, parts)
			}
			s.helpful(b.get("/login?idp=corp"), "provider_unavailable")
			if n := idp.Calls(hosttest.Discovery); n != 1 {
				t.Errorf("discovery was asked %d times without a pause", n)
			}
			idp.Set(func(k *hosttest.Knobs) { k.Faults = nil })
			s.idp.Clock.Advance(2 * time.Second)
			if a := b.get("/"); !strings.Contains(a.Body, "Sign in with Example Corp") {
				t.Errorf("it came back, and the page says\n%s", a.Body)
			}
			if status, parts := s.readiness(); status != http.StatusOK || !parts["provider:corp"].Ready {
				t.Errorf("readiness %d %+v", status, parts)
			}
			b.signedIn("/login?idp=corp")
		})
	}
}

func TestProviderDown_OneOfTwoLeavesTheHostReady(t *testing.T) {
	t.Parallel()
	idp, other := hosttest.NewProvider(t), hosttest.NewProvider(t)
	other.Set(func(k *hosttest.Knobs) { k.Faults = faults(hosttest.Discovery, hosttest.Fault{Drop: true}) })
	s := newSite(t, idp, settings{Provider: "display_name: Example Corp", Rest: second(other)})
	b := s.browser()
	a := b.get("/login?return_to=/there&login_hint=ada") // no idp: the person chooses
	up, down := strings.Index(a.Body, ">Example Corp<"), strings.Index(a.Body, "Other People cannot be reached just now")
	if a.StatusCode != http.StatusOK || up < 0 || down < up || strings.Contains(a.Body, "idp=other") {
		t.Errorf("%s\n%s", a.Status, a.Body)
	}
	status, parts := s.readiness()
	if status != http.StatusOK || parts["provider:other"].Ready || !parts["provider:corp"].Ready {
		t.Errorf("readiness %d %+v", status, parts)
	}
}

// options are those of another host on the site's configuration.
func (s *site) options() host.Options {
	s.t.Helper()
	cfg, err := config.Load(filepath.Join(s.dir, "doorward.yaml"))
	if err != nil {
		s.t.Fatal(err)
	}
	return host.Options{Config: cfg, Now: s.idp.Clock.Now, Transport: s.idp.Client().Transport}
}

func TestStart_ASecondHostOnTheSameStoreIsRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{})
	b := s.browser()
	b.signedIn("/login?idp=corp")
	b.unchanged(func() {
		_, err := host.New(context.Background(), s.options())
		if !errors.Is(err, store.ErrLocked) || !errors.Is(err, store.ErrUnavailable) || !strings.Contains(err.Error(), "another doorward process has the store open") {
			t.Errorf("%v", err)
		}
	})
	if _, err := host.ListKeys(context.Background(), s.options().Config); err != nil {
		t.Errorf("the first host's commands: %v", err)
	}
}

func TestStart_FilesAreTheOwnersAlone(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{})
	for name, want := range map[string]os.FileMode{
		"data": os.ModeDir | 0o700, "data/doorward.db": 0o600, "data/doorward.key": 0o600, "data/admin.sock": os.ModeSocket | 0o600,
	} {
		info, err := os.Lstat(filepath.Join(s.dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode() != want {
			t.Errorf("%s has mode %s, want %s", name, info.Mode(), want)
		}
	}
	s.stop()
	if _, err := os.Lstat(filepath.Join(s.dir, "data/admin.sock")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket is left behind: %v", err)
	}
}

// A host that was killed leaves its socket, and whatever else lay there.
func TestStart_ASocketThatWasLeftBehindIsReplaced(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{})
	s.stop()
	for _, left := range []string{"data/admin.sock", "data/.sock"} {
		if err := os.WriteFile(filepath.Join(s.dir, left), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s.start()
	if _, err := host.ListKeys(context.Background(), s.options().Config); err != nil {
		t.Error(err)
	}
}

func TestStart_AStoreThatCannotBeUsedIsRefusedWithWhatToDo(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil func(path string) error
		says  string
	}{
		"open to others": {func(path string) error { return os.Chmod(path, 0o644) }, "run chmod 600"},
		"garbage": {func(path string) error {
			return os.WriteFile(path, []byte(strings.Repeat("not a store ", 1000)), 0o600)
		}, "damaged or no doorward store"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, hosttest.NewProvider(t), settings{})
			s.stop()
			path := filepath.Join(s.dir, "data/doorward.db")
			if err := c.spoil(path); err != nil {
				t.Fatal(err)
			}
			if _, err := host.New(context.Background(), s.options()); err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), path) {
				t.Errorf("%v", err)
			}
		})
	}
}
