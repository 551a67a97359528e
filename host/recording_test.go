package host_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host"
	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
)

// Real logins, recorded by a running host and replayed through its admin
// socket: a login, a step-up, one that is refused.
func TestRecording_ThroughTheRunningHost(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{
		Top:      "record: {keep: 1h, max: 100}",
		Provider: "mappers: [{direct: {attribute: roles, source: userInfo, path: groups}}]",
	})
	cfg, err := config.Load(filepath.Join(s.dir, "doorward.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	b := s.browser()
	b.signedIn("/login?idp=corp")
	s.idp.Clock.Advance(20 * time.Second)
	b.signedIn("/login?level=Authenticated/Fresh")
	s.idp.Clock.Advance(10 * time.Minute)
	b.signedIn("/login?level=Authenticated/Fresh")
	s.idp.Set(func(k *hosttest.Knobs) { k.UserClaims["groups"] = "staff" })
	s.helpful(s.browser().get("/login?idp=corp"), "mapping_failed")

	report, err := host.ReplayLogins(t.Context(), cfg, host.ReplayRequest{Since: s.idp.Clock.Now().Add(-time.Hour), ForbidLoss: []string{"Authenticated/Fresh"}})
	if err != nil || report.Logins != 3 || report.Replayed != 3 || report.Different != 0 || report.SameRules != 3 || report.Violated() {
		t.Errorf("%v\n%s", err, text(report))
	}
	none := map[string]string{"none.rego": "package doorward.levels\n\ngrant contains \"Authenticated/Challenged\" if input.user.roles[0] == \"staff\"\n"}
	report, err = host.ReplayLogins(t.Context(), cfg, host.ReplayRequest{RuleFiles: host.RuleFiles{Policies: none}, ForbidLoss: []string{"Authenticated/Fresh"}})
	if err != nil || report.Forbidden[0].Lost != 2 || !report.Violated() || !strings.Contains(text(report), "is refused now: level_not_reached") {
		t.Errorf("%v\n%s", err, text(report))
	}
	if _, err := host.ReplayLogins(t.Context(), cfg, host.ReplayRequest{ForbidLoss: []string{"Nowhere"}}); err == nil || !strings.Contains(err.Error(), "Nowhere") {
		t.Errorf("an unknown level: %v", err)
	}
	if m := s.metrics(); !strings.Contains(m, "doorward_recorded_logins_total 3") || !strings.Contains(m, "doorward_recorded_logins 3") {
		t.Error("the metrics do not count the records")
	}
	if d := b.session(); d.level(freshLevel) == nil {
		t.Error("a replay changed a session")
	}
	gone, err := host.ForgetRecords(t.Context(), cfg, login.Person{Issuer: s.idp.URL, Subject: "alice-7f3a"})
	if err != nil || gone.Records != 3 {
		t.Errorf("%+v %v", gone, err)
	}
	if report, err = host.ReplayLogins(t.Context(), cfg, host.ReplayRequest{}); err != nil || report.Logins != 0 {
		t.Errorf("%v\n%s", err, text(report))
	}
	s.stop()
	if report, err = host.ReplayLogins(t.Context(), cfg, host.ReplayRequest{}); err != nil || report.Logins != 0 {
		t.Errorf("without the host: %v\n%s", err, text(report))
	}
}

// A host that is not asked to records nobody.
func TestRecording_IsOffUnlessAsked(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{})
	s.browser().signedIn("/login?idp=corp")
	if _, err := s.host.Replay(t.Context(), host.ReplayRequest{}); err == nil || !strings.Contains(err.Error(), "record: {keep") {
		t.Error(err)
	}
}
