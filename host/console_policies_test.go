package host_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest"
)

func TestConsole_ShowsThePoliciesInUse(t *testing.T) {
	t.Parallel()
	idp := hosttest.NewProvider(t)
	s := operators(t, idp, settings{
		Rest: fmt.Sprintf(`policies: {path: policies}
levels:
  Authenticated/Fresh: {description: proved lately, step_up: true}
  Authenticated/Shop: {group: true}
  Authenticated/Shop/Owner: {description: owns the shop}
  Authenticated/Idle: {}
grants:
  - {idp: corp, iss: %q, sub: alice-7f3a, levels: [Authenticated/Shop/Owner]}
  - {idp: corp, iss: %q, sub: nobody, levels: [Authenticated/Shop/Owner]}
`, idp.URL, idp.URL),
		Files: map[string]string{"policies/levels.rego": "package doorward.levels\n\n# METADATA\n# title: proved within five minutes\ngrant contains \"Authenticated/Fresh\" if input.now > 5\n"},
	})
	b := s.operator()
	page := plainText(b.get("/console/policies").Body)
	for _, want := range []string{
		"From the folder " + filepath.Join(s.dir, "policies"), "levels.rego:5", "proved within five minutes", "Authenticated/ Fresh proved lately step-up 1 can be held",
		"Authenticated/ Idle nobody can hold it: no rule and no grant gives it", "Authenticated/ Shop groups can be held",
		`level "Authenticated/Idle" has no rule and no grant`, "grant contains \"Authenticated/Fresh\" if input.now > 5",
		"nobody corp · " + idp.URL + " Authenticated/Shop/Owner never",
		"alice-7f3a corp · " + idp.URL + " Authenticated/Shop/Owner " + s.idp.Clock.Now().UTC().Format("2 Jan 2006"),
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q\n%s", want, page)
		}
	}
	revision := s.revision()
	if !strings.Contains(page, "Revision "+revision) {
		t.Errorf("the page does not name the revision %s", revision)
	}
	// A change that is refused leaves what is shown, and is told.
	file := filepath.Join(s.dir, "policies", "levels.rego")
	if err := os.WriteFile(file, []byte("package doorward.levels\n\ngrant contains \"Authenticated/Nowhere\" if true\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if s.host.Reload(context.Background()) == nil {
		t.Fatal("the broken policy was taken")
	}
	page = plainText(b.get("/console/policies").Body)
	for _, want := range []string{"The last change was refused", `level "Authenticated/Nowhere" is not declared`, "Revision " + revision, "if input.now > 5"} {
		if !strings.Contains(page, want) {
			t.Errorf("after a refused change the page lacks %q\n%s", want, page)
		}
	}
	if err := os.WriteFile(file, []byte("package doorward.levels\n\ngrant contains \"Authenticated/Idle\" if true\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.host.Reload(context.Background()); err != nil {
		t.Fatal(err)
	}
	page = plainText(b.get("/console/policies").Body)
	if strings.Contains(page, "was refused") || strings.Contains(page, revision) || !strings.Contains(page, "Authenticated/ Idle 1 can be held") {
		t.Errorf("after a change:\n%s", page)
	}
}

// revision is that of the policies in use, as /readyz names it.
func (s *site) revision() string {
	s.t.Helper()
	_, body := s.atAdmin("/readyz")
	_, text, _ := strings.Cut(body, `"policies":{"ready":true,`)
	_, text, _ = strings.Cut(text, `"revision":"`)
	revision, _, _ := strings.Cut(text, `"`)
	return revision
}

func TestConsole_ATestLoginIsExplained(t *testing.T) {
	t.Parallel()
	const token = "access-canary-0123456789"
	s := operators(t, hosttest.NewProvider(t, func(k *hosttest.Knobs) { k.AccessToken = token }), settings{
		Rest: "policies: {path: policies}\nlevels:\n  Authenticated/Fresh: {}\n  Authenticated/Staff: {}\n",
		Files: map[string]string{"policies/levels.rego": `package doorward.levels

grant contains "Authenticated/Fresh" if "admins" in input.user.roles

grant contains "Authenticated/Staff" if "staff" in input.sources.userInfo.groups

grant contains "Authenticated/Fresh" if input.sources.tokenEndpointResponse.access_token == "` + token[:5] + `"
`},
	})
	b := s.operator()
	a := b.test(nil)
	page := plainText(a.Body)
	for _, want := range []string{
		"Authenticated/Staff held", "Authenticated/Fresh not held", `false: "admins" in input.user.roles`, "levels.rego:3:",
		`input.user.roles = ["operators", "staff"]`, `access_token = "sha256:`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q\n%s", want, page)
		}
	}
	if strings.Contains(a.Body, token) {
		t.Error("the page holds the token")
	}
	if strings.Contains(page, "The policies in use now are others") {
		t.Error("the policies did not change")
	}
	if err := os.WriteFile(filepath.Join(s.dir, "policies", "levels.rego"), []byte("package doorward.levels\n\ngrant contains \"Authenticated/Fresh\" if input.now > 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.host.Reload(context.Background()); err != nil {
		t.Fatal(err)
	}
	page = plainText(b.get(a.Request.URL.Path).Body)
	if !strings.Contains(page, "The policies in use now are others") || !strings.Contains(page, "Authenticated/Staff not held") {
		t.Errorf("after a change:\n%s", page)
	}
}

func TestConsole_ARecordedLoginIsExplainedAndWhoLookedIsTold(t *testing.T) {
	t.Parallel()
	const token = "access-canary-0123456789"
	s := writers(t, hosttest.NewProvider(t, func(k *hosttest.Knobs) { k.AccessToken = token }), settings{})
	s.member("edith", "staff")
	id := s.lastLogin()
	s.idp.Clock.Advance(time.Hour / 2)
	b := s.member("olga", "operators")
	if a := b.get("/console/logins"); a.StatusCode != http.StatusOK || len(s.audited("login_explained")) != 0 {
		t.Errorf("the form: %s", a.Status)
	}
	a := b.get("/console/logins?id=" + url.QueryEscape(" "+id+" "))
	page := plainText(a.Body)
	for _, want := range []string{
		"Login " + id, "somebody else's data", "Subject edith", "Outcome admitted", "Authenticated/Fresh held until", "Authenticated/Roles/staff held",
		"the person proved their credentials within five minutes",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q\n%s", want, page)
		}
	}
	if a.Request.URL.Path != "/console/logins/"+id || strings.Contains(a.Body, token) || strings.Contains(a.Body, "eyJ") {
		t.Errorf("at %s, or a token shows", a.Request.URL)
	}
	looked := s.audited("login_explained")
	if len(looked) != 1 || looked[0].LoginID != id || looked[0].By == "" || looked[0].Person == "" || looked[0].Claims != nil {
		t.Errorf("audited: %+v", looked)
	}
	for _, unknown := range []string{"0123456789abcdef", "..%2f", strings.Repeat("a", 65)} {
		a := b.get("/console/logins/" + unknown)
		if a.StatusCode != http.StatusNotFound || !strings.Contains(a.Body, `role="alert"`) {
			t.Errorf("%s: %s\n%s", unknown, a.Status, plainText(a.Body))
		}
		in := b.request("GET", "/console/logins/"+unknown, "")
		in.Header.Set("Accept", "application/json")
		if a := b.do(in); a.code() != "not_found" {
			t.Errorf("%s to a program: %s %s", unknown, a.Status, a.code())
		}
	}
	if n := len(s.audited("login_explained")); n != 1 {
		t.Errorf("%d events", n)
	}
	if own := b.get("/console/logins/" + s.lastLogin()); !strings.Contains(own.Body, "This is a login of your own.") {
		t.Errorf("one's own:\n%s", plainText(own.Body))
	}
}

func TestConsole_ReplaysRecordedLogins(t *testing.T) {
	t.Parallel()
	s := writers(t, hosttest.NewProvider(t), settings{})
	s.member("edith", "staff")
	edith := s.lastLogin()
	b := s.member("olga", "operators", "writers")
	run := func(form map[string]string) answer {
		t.Helper()
		form["since"] = "1h"
		return b.send("/console/replay", form)
	}
	a := run(map[string]string{"with": "use", "forbid": "Authenticated/Fresh"})
	page := plainText(a.Body)
	for _, want := range []string{"No difference", "Recorded logins 2", "Replayed 2", "Nobody loses Authenticated/Fresh : 2 logins had it"} {
		if a.StatusCode != http.StatusOK || !strings.Contains(page, want) {
			t.Errorf("%s %s: the page lacks %q\n%s", a.Status, a.Request.URL, want, page)
		}
	}
	report := a.Request.URL.Path
	a = run(map[string]string{"with": "typed", "file": "doorward:default/levels.rego", "policy": "package doorward.levels\n\ngrant contains \"Authenticated/Fresh\" if input.user.id != \"edith\"\n", "forbid": "Authenticated/Fresh Authenticated/Challenged"})
	page = plainText(a.Body)
	for _, want := range []string{"under what was typed in as levels.rego", "1 of 2 logins lose Authenticated/Fresh", "loses Authenticated/Fresh", "Different 2"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q\n%s", want, page)
		}
	}
	if !strings.Contains(a.Body, `href="/console/logins/`+edith+`"`) {
		t.Errorf("the example leads nowhere:\n%s", a.Body)
	}
	for what, form := range map[string]map[string]string{
		"a policy that does not compile": {"with": "typed", "file": "playground.rego", "policy": "package doorward.levels\n\ngrant contains \"Authenticated/Nowhere\" if true\n"},
		"a level that is not declared":   {"with": "use", "forbid": "Nowhere"},
	} {
		if page := plainText(run(form).Body); !strings.Contains(page, "Nowhere") || strings.Contains(page, "What was replayed") {
			t.Errorf("%s:\n%s", what, page)
		}
	}
	other := s.member("olga", "operators", "writers")
	if a := other.get(report); a.StatusCode != http.StatusNotFound {
		t.Errorf("another session sees the report: %s", a.Status)
	}
	if a := other.post(report+"/cancel", nil); a.StatusCode != http.StatusNotFound {
		t.Errorf("another session cancels it: %s", a.Status)
	}
	if e := s.audited("replayed"); len(e) != 4 || e[0].By == "" {
		t.Errorf("audited: %+v", e)
	}
	if !strings.Contains(plainText(b.send("/console/replay", map[string]string{"do": "form", "login": "x", "from": "self", "id": "", "file": "playground.rego", "policy": "# from the playground"}).Body), "# from the playground") {
		t.Error("the form does not show what was typed")
	}
}

func TestConsole_SaysWhichKeyRecordsLogins(t *testing.T) {
	t.Parallel()
	s := operators(t, hosttest.NewProvider(t), settings{})
	b := s.operator()
	for _, path := range []string{"/console/replay", "/console/logins"} {
		if a := b.get(path); !strings.Contains(plainText(a.Body), "record: {keep: 168h}") || strings.Contains(a.Body, "<form") {
			t.Errorf("%s:\n%s", path, plainText(a.Body))
		}
	}
	if a := b.send("/console/replay", map[string]string{"with": "use"}); a.StatusCode != http.StatusBadRequest || len(s.audited("replayed")) != 0 {
		t.Errorf("%s", a.Status)
	}
}
