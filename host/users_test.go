package host_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/doorward/doorward/host"
	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/idp/people"
	"github.com/doorward/doorward/host/login"
)

// staff is a site with a built-in provider of two people: one of the
// configuration, and bob of the store.
func staff(t testing.TB) settings {
	t.Helper()
	return settings{Builtin: "people_file: people.yaml\npasswords: {min_length: 14}", Files: map[string]string{
		"people.yaml": "people: [{user_name: conf, subject: c-1, name: Configured One, badges: ['7777']}]\n",
	}}
}

// What a command does to people is the same whether or not the host runs, and
// a person is one and the same in both.
func TestPeopleCommands_OfARunningHostAndOfAStoppedOne(t *testing.T) {
	t.Parallel()
	for _, running := range []bool{true, false} {
		s := newSite(t, hosttest.NewProvider(t), staff(t))
		cfg := s.options().Config
		var told []login.Event
		audit := func(_ context.Context, e login.Event) { told = append(told, e) }
		ctx := context.Background()
		if !running {
			s.stop()
		}
		ask := func(ask host.PeopleRequest) (host.PeopleAnswer, error) { return host.People(ctx, cfg, ask, audit) }
		user, name := "bob", "Bob Builder"
		if _, err := ask(host.PeopleRequest{Do: "add", New: &people.New{Change: people.Change{UserName: &user, Name: &name, Claims: map[string]any{"n": 7}}, Subject: "s-bob", Password: "mzkq-uwhc-pnre", Badges: []string{"4711"}}}); err != nil {
			t.Fatalf("running %v: %v", running, err)
		}
		for _, step := range []host.PeopleRequest{
			{Do: "passwd", UserName: "bob", Password: "uwhc-pnre-mzkq", Must: true}, {Do: "badge", UserName: "bob", Badge: "4712"},
			{Do: "badge-remove", UserName: "bob", Badge: "4711"}, {Do: "disable", UserName: "bob"}, {Do: "enable", UserName: "bob"}, {Do: "reset", UserName: "bob"},
			{Do: "set", UserName: "bob", Change: &people.Change{UserName: ptr("Robert")}},
		} {
			if _, err := ask(step); err != nil {
				t.Errorf("running %v: %s: %v", running, step.Do, err)
			}
		}
		for want, bad := range map[string]host.PeopleRequest{
			"nobody: no such person":  {Do: "show", UserName: "nobody"},
			"edit that file":          {Do: "disable", UserName: "conf"},
			"at least 14 characters":  {Do: "passwd", UserName: "robert", Password: "mzkq-uwhc"},
			"the badge belongs to co": {Do: "badge", UserName: "robert", Badge: "77-77"},
			"of another version":      {Do: "enchant", UserName: "robert"},
			"nobody is described":     {Do: "add"},
			"no change is described":  {Do: "set", UserName: "robert"},
		} {
			if _, err := ask(bad); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "running host") {
				t.Errorf("running %v: %s: %v; want %q", running, bad.Do, err, want)
			}
		}
		list, err := ask(host.PeopleRequest{Do: "list", Query: "build", Limit: 10})
		if err != nil || len(list.People) != 1 || list.People[0].Subject != "s-bob" || list.People[0].UserName != "Robert" || list.People[0].Badges != 1 || !list.People[0].MustChange {
			t.Errorf("running %v: %+v %v", running, list, err)
		}
		var file bytes.Buffer
		if err := host.ExportPeople(ctx, cfg, &file, people.JSON, people.ExportOptions{Secrets: true}, audit); err != nil {
			t.Errorf("running %v: export: %v", running, err)
		}
		if _, err := ask(host.PeopleRequest{Do: "remove", UserName: "robert"}); err != nil {
			t.Errorf("running %v: remove: %v", running, err)
		}
		text := strings.Replace(file.String(), `{"user_name":"conf"`, `{"user_name":"other","subject":"o"},{"user_name":"conf"`, 1)
		report, err := host.ImportPeople(ctx, cfg, strings.NewReader(text), people.JSON, people.ImportOptions{Replace: true}, audit)
		if err != nil || report.Added != 2 || report.Unchanged != 1 { // who is configured is as they were
			t.Errorf("running %v: import: %+v %v", running, report, err)
		}
		if found, err := ask(host.PeopleRequest{Do: "show", UserName: "robert"}); err != nil || found.People[0].Badges != 1 || fmt.Sprint(found.People[0].Claims) != "map[n:7]" {
			t.Errorf("running %v: after the import: %+v %v", running, found, err)
		}
		if left, _ := os.ReadDir(s.dir + "/data"); strings.Contains(fmt.Sprint(left), ".people") {
			t.Errorf("running %v: the import left %v", running, left)
		}
		if running {
			told = s.eventsOf("person_", "people_")
		}
		want := "person_added person_password_set person_badge_added person_badge_removed person_disabled person_enabled person_second_factor_reset person_changed people_exported person_removed people_imported"
		if got := strings.Join(kinds(told), " "); got != want {
			t.Errorf("running %v: audited %s", running, got)
		}
		for _, e := range told {
			if e.By != "command" || e.Provider != "staff" || strings.HasPrefix(e.Type, "person") == (e.Person == "") {
				t.Errorf("running %v: %+v", running, e)
			}
		}
	}
}

func ptr[T any](v T) *T { return &v }

// eventsOf are those whose type begins so.
func (s *site) eventsOf(begins ...string) (found []login.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.events {
		for _, begin := range begins {
			if strings.HasPrefix(e.Type, begin) {
				found = append(found, e)
			}
		}
	}
	return found
}

// However often the host's key is rotated, badges stay good; they come from a
// people file, too.
func TestRotationKeepsTheBadges(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), staff(t))
	cfg := s.options().Config
	rotate := func() {
		for range 3 {
			if _, err := host.RotateKeys(context.Background(), cfg); err != nil {
				t.Fatal(err)
			}
		}
	}
	owner := func() string {
		_, err := host.People(context.Background(), cfg, host.PeopleRequest{Do: "add", New: &people.New{Change: people.Change{UserName: ptr("thief")}, Badges: []string{"7777"}}}, nil)
		if err == nil {
			return "nobody"
		}
		return err.Error()
	}
	for _, running := range []bool{true, false} {
		if !running {
			s.stop()
		}
		rotate()
		if got := owner(); !strings.Contains(got, "the badge belongs to conf") {
			t.Errorf("running %v: %s", running, got)
		}
	}
}

// Without a built-in provider there is nobody, and no file is made.
func TestPeopleCommands_WithoutTheProvider(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{})
	cfg := s.options().Config
	_, err := host.People(context.Background(), cfg, host.PeopleRequest{Do: "list"}, nil)
	_, importing := host.ImportPeople(context.Background(), cfg, strings.NewReader(""), people.CSV, people.ImportOptions{}, nil)
	exporting := host.ExportPeople(context.Background(), cfg, &bytes.Buffer{}, people.CSV, people.ExportOptions{}, nil)
	for _, err := range []error{err, importing, exporting} {
		if err == nil || !strings.Contains(err.Error(), "no built-in provider") || errors.Is(err, os.ErrNotExist) {
			t.Errorf("%v", err)
		}
	}
}
