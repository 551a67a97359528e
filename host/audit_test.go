package host_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/doorward/doorward/host"
	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
)

const audited = "audit: {path: audit.jsonl}\n"

// written is the lines of the site's audit log, each of which must be whole.
func (s *site) written() (lines []login.Event) {
	s.t.Helper()
	raw, err := os.ReadFile(filepath.Join(s.dir, "audit.jsonl"))
	if err != nil {
		s.t.Fatal(err)
	}
	if len(raw) > 0 && raw[len(raw)-1] != '\n' {
		s.t.Errorf("the last line has no end: %s", raw)
	}
	for line := range strings.Lines(string(raw)) {
		var e login.Event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			s.t.Errorf("%v: %q", err, line)
		}
		lines = append(lines, e)
	}
	return lines
}

func kinds(events []login.Event) (list []string) {
	for _, e := range events {
		list = append(list, e.Type)
	}
	return list
}

// One line for each sign-in, step-up, change of levels, refusal and sign-out,
// and none for a request.
func TestAudit_ALineForEachThatHappened(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{Top: audited})
	b := s.browser()
	b.signedIn("/login?idp=corp")
	for range 20 {
		b.session()
	}
	s.idp.Clock.Advance(6 * time.Minute)
	for range 20 {
		b.session()
	}
	b.get(stepUp(freshLevel))
	s.idp.Clock.Advance(time.Minute)
	s.idp.Set(ignoresPrompt)
	b.get("/login?idp=corp&force_auth=true")
	b.post("/logout", nil)
	lines := s.written()
	if got := kinds(lines); !slices.Equal(got, []string{"login", "levels", "step_up", "refused", "logout"}) {
		t.Fatalf("written: %q", got)
	}
	in, change, up, refused, out := lines[0], lines[1], lines[2], lines[3], lines[4]
	plain, fresh := []string{"Authenticated"}, []string{"Authenticated", freshLevel}
	if in.Before != nil || !slices.Equal(in.Levels, fresh) || in.LoginID == "" || in.Provider != "corp" || in.Policy == "" || in.Proof == nil || in.RequestID == "" {
		t.Errorf("login: %+v", in)
	}
	if change.Cause != login.CauseEnded || !slices.Equal(change.Before, fresh) || !slices.Equal(change.Levels, plain) || change.Policy != in.Policy ||
		len(change.Withheld) != 1 || change.Withheld[0].Reason != login.ReasonExpired {
		t.Errorf("levels: %+v", change)
	}
	if up.Level != freshLevel || !slices.Equal(up.Before, plain) || !slices.Equal(up.Levels, fresh) || !up.Proof.Performed || !up.Proof.ForceAuth {
		t.Errorf("step_up: %+v", up)
	}
	if refused.Code != login.CodeReauthNotPerformed || refused.Purpose != login.PurposeLogin || !slices.Equal(refused.Before, fresh) || !slices.Equal(refused.Levels, fresh) || refused.Proof.Performed {
		t.Errorf("refused: %+v", refused)
	}
	for _, e := range lines {
		if e.Person == "" || e.Person != in.Person || e.Claims != nil || e.Type != "refused" && e.Session != in.Session || e.Time.IsZero() {
			t.Errorf("%s: %+v", e.Type, e)
		}
	}
	if out.Session == "" {
		t.Errorf("logout: %+v", out)
	}
	if info, err := os.Stat(filepath.Join(s.dir, "audit.jsonl")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
}

// The tag of a person is the one that lists of sessions show, is the same at the
// next sign-in, and tells people apart.
func TestAudit_APersonIsATag(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{Top: audited})
	s.browser().signedIn("/login?idp=corp")
	s.browser().signedIn("/login?idp=corp")
	s.idp.Set(func(k *hosttest.Knobs) { k.Subject = "bob-0001" })
	s.browser().signedIn("/login?idp=corp")
	lines := s.written()
	if lines[0].Person != lines[1].Person || lines[0].Person == lines[2].Person || len(lines[0].Person) != 16 {
		t.Errorf("%q %q %q", lines[0].Person, lines[1].Person, lines[2].Person)
	}
	cfg, err := config.Load(filepath.Join(s.dir, "doorward.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	list, err := host.ListSessions(context.Background(), cfg, host.SessionChoice{All: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 3 {
		t.Errorf("%d sessions are listed", len(list))
	}
	for _, listed := range list {
		i := slices.IndexFunc(lines, func(e login.Event) bool { return e.Session == listed.ID })
		if i < 0 || lines[i].Person != listed.Person {
			t.Errorf("listed as %s, written as %v", listed.Person, lines)
		}
	}
}

// T44: what decided, and what mapped, is named by its hash.
func TestT44_TheAuditEventNamesPoliciesAndPlugins(t *testing.T) {
	t.Parallel()
	s := onePlugin(t, role(t, "one"), "")
	s.browser().signedIn("/login?idp=corp")
	first := s.audited("login")[0]
	s.install(role(t, "two"))
	if err := s.host.Reload(context.Background()); err != nil {
		t.Fatal(err)
	}
	s.browser().signedIn("/login?idp=corp")
	second := s.audited("login")[1]
	for _, e := range []login.Event{first, second} {
		if len(e.Policy) < 16 || len(e.Plugins) != 1 || e.Plugins[0].Name != "p" || len(e.Plugins[0].SHA256) != 64 {
			t.Errorf("%+v", e)
		}
	}
	if first.Plugins[0] == second.Plugins[0] || first.Policy != second.Policy {
		t.Error("another module has the same hash, or the same policies have another")
	}
}

// A change is told once, however many look, and only for whom it is one.
func TestAudit_ChangesOfLevels(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{Top: trusting, Rest: twoZones + manyLevels, Files: terminal()})
	b := s.browser()
	b.signedIn("/login?idp=corp")
	for range 30 { // two zones at once, by turns
		b.from("X-Forwarded-For: 10.1.2.3")
		b.from("X-Forwarded-For: 192.0.2.9")
		s.idp.Clock.Advance(15 * time.Second)
	}
	events := s.audited("levels")
	if len(events) != 1 || events[0].Cause != login.CauseRequest || !slices.Equal(events[0].Levels, []string{"Authenticated", "Authenticated/Engineer", "Terminal"}) {
		t.Fatalf("audited: %+v", events)
	}
	err := os.WriteFile(filepath.Join(s.dir, "policies/levels.rego"), []byte("package doorward.levels\n\ngrant contains \"Authenticated/Active\"\n"), 0o600)
	if err := errors.Join(err, s.host.Reload(context.Background())); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		b.from("X-Forwarded-For: 10.1.2.3")
		b.from("X-Forwarded-For: 192.0.2.9")
		s.idp.Clock.Advance(15 * time.Second)
	}
	events = s.audited("levels")
	if len(events) != 2 || events[1].Cause != login.CausePolicies || !slices.Equal(events[1].Levels, []string{"Authenticated", "Authenticated/Active"}) || events[1].Policy == events[0].Policy {
		t.Errorf("audited: %+v", events)
	}
}

// A policy that decides otherwise each second does not fill the log.
func TestAudit_APolicyThatChangesItsMindIsBounded(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{Rest: manyLevels, Files: rego("grant contains \"Authenticated/Active\" if input.now % 2 == 0\n")})
	b := s.browser()
	b.signedIn("/login?idp=corp")
	for range 101 {
		s.idp.Clock.Advance(time.Second)
		b.session()
		b.session()
	}
	if events := s.audited("levels"); len(events) < 5 || len(events) > 11 || events[0].Cause != login.CauseRules {
		t.Errorf("%d events: %+v", len(events), events[0])
	}
}

// Who is refused for want of a level is told, and not at each of a page's
// requests.
func TestAudit_RefusedForWantOfALevel(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{Top: trusting, Rest: manyLevels + applications, Files: terminal()})
	b := s.browser()
	b.echoed("https://wiki.example.test/")
	for range 20 {
		for _, level := range []string{"Authenticated/Active", "Authenticated/Team"} {
			a := s.auth("?level="+level, having(pageAt("https://wiki.example.test/"), "Cookie", handleAt(b.at("wiki.example.test", sessionCookie))))
			denied(t, a, http.StatusForbidden, login.CodeLevelMissing)
		}
	}
	events := s.audited("refused")
	if len(events) != 2 || events[0].Level != "Authenticated/Active" || events[0].App != "wiki" || events[0].Session == "" || events[0].Code != login.CodeLevelMissing || events[0].Person == "" {
		t.Errorf("audited: %+v", events)
	}
	s.idp.Clock.Advance(11 * time.Minute)
	s.auth("?level=Authenticated/Active", having(pageAt("https://wiki.example.test/"), "Cookie", handleAt(b.at("wiki.example.test", sessionCookie))))
	if n := len(s.audited("refused")); n != 3 {
		t.Errorf("%d refusals are told", n)
	}
}

// Claims that the configuration allows are in the lines, and nothing else is:
// masked where a mapper copied a token, and bounded.
func TestT48_AuditClaimsAreThoseThatAreAllowed(t *testing.T) {
	t.Parallel()
	w := newWatch(t, nil, settings{
		Top: "audit: {path: audit.jsonl, claims: [email, roles, attributes.team, attributes.copy, attributes.long, attributes.deep, attributes.none]}",
		Provider: `mappers:
  - {direct: {attribute: attributes.team, source: userInfo, path: 'groups[0]'}}
  - {direct: {attribute: attributes.copy, source: tokenEndpointResponse, path: access_token}}
  - {expression: {attribute: attributes.long, value: '"` + strings.Repeat("é", 300) + `"'}}
  - {expression: {attribute: attributes.deep, value: '["` + strings.Repeat("x", 300) + `"]'}}
  - {expression: {attribute: lastName, value: '"Bearer " + {attribute-source:tokenEndpointResponse:access_token}'}}`,
	})
	w.walk("text/html")
	lines := w.site.written()
	claims := lines[0].Claims
	if claims["email"] != "canary-mail@example.com" || claims["attributes.team"] != "canary-group" || claims["attributes.deep"] != "(too large)" {
		t.Errorf("claims: %v", claims)
	}
	if long, _ := claims["attributes.long"].(string); len(long) > 300 || !strings.HasSuffix(long, "…") {
		t.Errorf("a long claim: %q", long)
	}
	if copied, _ := claims["attributes.copy"].(string); !strings.Contains(copied, "sha256:") {
		t.Errorf("a copied token: %q", copied)
	}
	if _, there := claims["attributes.none"]; there || len(claims) != 5 {
		t.Errorf("claims: %v", claims)
	}
	for i, secret := range w.secrets { // what is allowed is no secret here
		if secret == "canary-mail" || secret == "canary-group" {
			w.secrets[i] = "canary-sub"
		}
	}
	raw, err := os.ReadFile(filepath.Join(w.site.dir, "audit.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	w.keep("audit log", string(raw))
	w.look()
}

func TestAudit_OpenedAnew(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{Top: "audit: {path: log/audit.jsonl}", Files: map[string]string{"log/x": ""}})
	path := filepath.Join(s.dir, "log/audit.jsonl")
	lines := func(at string) int {
		raw, _ := os.ReadFile(at)
		return strings.Count(string(raw), "\n")
	}
	s.browser().signedIn("/login?idp=corp")
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	s.browser().signedIn("/login?idp=corp") // still to the file that was moved
	if err := s.host.ReopenAudit(); err != nil {
		t.Fatal(err)
	}
	s.browser().signedIn("/login?idp=corp")
	if old, now := lines(path+".1"), lines(path); old != 2 || now != 1 {
		t.Errorf("%d lines in the old file, %d in the new one", old, now)
	}
	if err := errors.Join(os.Rename(path, path+".2"), os.Mkdir(path, 0o700)); err != nil {
		t.Fatal(err)
	}
	if err := s.host.ReopenAudit(); err == nil || !strings.Contains(err.Error(), "audit.path") {
		t.Errorf("a folder was opened: %v", err)
	}
	s.browser().signedIn("/login?idp=corp")
	if n := lines(path + ".2"); n != 2 {
		t.Errorf("%d lines in the file that was open", n)
	}
	if status, body := s.atAdmin("/readyz"); status != http.StatusOK || !strings.Contains(body, `"degraded":true`) || !strings.Contains(body, "no regular file") {
		t.Errorf("%d %s", status, body)
	}
}

// A log that cannot be written loses its lines, says so, and ends no login.
func TestAudit_LoginsGoOnWithoutTheLog(t *testing.T) {
	t.Parallel()
	out := &failing{}
	s := newSite(t, hosttest.NewProvider(t), settings{Top: "audit: {path: '-'}", Stdout: out})
	s.browser().signedIn("/login?idp=corp")
	out.set(errors.New("canary: no space left"))
	s.browser().signedIn("/login?idp=corp")
	s.browser().signedIn("/login?idp=corp")
	status, body := s.atAdmin("/readyz")
	if status != http.StatusOK || !strings.Contains(body, `"degraded":true`) || !strings.Contains(body, "2 lines could not be written since") {
		t.Errorf("%d %s", status, body)
	}
	if n := strings.Count(s.log.String(), "the audit log cannot be written"); n != 1 {
		t.Errorf("the log says %d times that it cannot be written", n)
	}
	for _, want := range []string{`doorward_audit_lines_total{outcome="failed"} 2`, `doorward_audit_lines_total{outcome="written"} 1`} {
		if !strings.Contains(s.metrics(), want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
	out.set(nil)
	s.browser().signedIn("/login?idp=corp")
	if _, body := s.atAdmin("/readyz"); strings.Contains(body, `"degraded":true`) {
		t.Errorf("it can be written again: %s", body)
	}
	if n := len(s.audited("login")); n != 4 {
		t.Errorf("%d logins", n)
	}
}

func TestAudit_APathThatCannotBeOpenedKeepsTheHostFromStarting(t *testing.T) {
	t.Parallel()
	for name, make := range map[string]func(string) error{
		"a folder":  func(path string) error { return os.Mkdir(path, 0o700) },
		"a pipe":    func(path string) error { return syscall.Mkfifo(path, 0o600) },
		"no folder": func(path string) error { return nil },
	} {
		idp := hosttest.NewProvider(t)
		dir := t.TempDir()
		at := "audit.jsonl"
		if name == "no folder" {
			at = "nowhere/audit.jsonl"
		}
		text := settings{Top: "audit: {path: " + at + "}"}.text(idp)
		if err := errors.Join(os.WriteFile(filepath.Join(dir, "doorward.yaml"), []byte(text), 0o600), make(filepath.Join(dir, at))); err != nil {
			t.Fatal(err)
		}
		cfg, err := config.Load(filepath.Join(dir, "doorward.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = host.New(context.Background(), host.Options{Config: cfg, Transport: idp.Client().Transport})
		var faults config.Faults
		if !errors.As(err, &faults) || len(faults) != 1 || !strings.Contains(faults[0].Error(), "audit.path") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A sign-in names what it changed for the session that it continues, so that the
// first use afterwards is no change; what ends between the two is one.
func TestAudit_TheFirstUseAfterASignIn(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{})
	b := s.browser()
	b.get(b.approve(b.begin("/login?idp=corp&return_to=/assets/none")))
	s.idp.Clock.Advance(6 * time.Minute)
	b.session()
	if e := s.audited("levels"); len(e) != 1 || e[0].Cause != login.CauseEnded || !slices.Contains(e[0].Before, freshLevel) {
		t.Errorf("audited: %+v", e)
	}
}

// failing is a standard output that can be broken.
type failing struct {
	mu  sync.Mutex
	err error
}

func (f *failing) set(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.err = err
}

func (f *failing) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil {
		return 0, f.err
	}
	return len(p), nil
}

// A rotated file is left behind by a reload, which is what SIGHUP asks for.
func TestAudit_AReloadOpensTheFileAgain(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{Top: audited})
	b := s.browser()
	b.signedIn("/login?idp=corp")
	path := filepath.Join(s.dir, "audit.jsonl")
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	if err := s.host.Reload(context.Background()); err != nil {
		t.Fatal(err)
	}
	b.post("/logout", nil)
	if got := kinds(s.written()); !slices.Equal(got, []string{"logout"}) {
		t.Errorf("in the new file: %q", got)
	}
	old, err := os.ReadFile(path + ".1")
	if err != nil || strings.Count(string(old), "\n") != 1 {
		t.Errorf("%v, in the old file: %s", err, old)
	}
}
