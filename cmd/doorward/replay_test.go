package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/record"
)

// command runs a command line in this process.
func command(args ...string) (status int, stdout, stderr string) {
	var out, errs bytes.Buffer
	status = run(args, &out, &errs)
	return status, out.String(), errs.String()
}

// The logins of a host, replayed while it runs and after it was killed, gate a
// change of its policies.
func TestReplayGatesAChange(t *testing.T) {
	data := t.TempDir()
	p := startDemo(t, "--data", data)
	for _, name := range []string{"ada", "grace", "edith"} {
		v := newVisitor(t, p.URL)
		resp, body := v.get("/login")
		v.signIn(resp, body, name, "open-sesame")
		if !v.session().Authenticated {
			t.Fatalf("%s did not sign in", name)
		}
	}
	file := filepath.Join(data, "doorward.yaml")
	changed := filepath.Join(t.TempDir(), "new")
	if err := os.Mkdir(changed, 0o700); err != nil {
		t.Fatal(err)
	}
	const policy = "package doorward.levels\n\nimport data.doorward.reauth\n\ngrant contains {\"level\": \"Authenticated/Fresh\", \"until\": reauth.until(\"5m\")}\n\n" +
		"grant contains {\"level\": \"Authenticated/Challenged\", \"until\": reauth.challenged_until(\"5m\")} if \"admin\" in input.user.roles\n"
	if err := os.WriteFile(filepath.Join(changed, "levels.rego"), []byte(policy), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, when := range []string{"while the host runs", "after it was killed"} {
		status, out, errs := command("replay", "--config", file, "--since", "1d", "--forbid-loss", "Authenticated/Challenged")
		if status != 0 || !strings.HasPrefix(out, "3 recorded logins since ") || !strings.Contains(out, ": 3 replayed, 0 different\n") || !strings.Contains(out, "kept: Authenticated/Challenged of 3 logins\n") {
			t.Errorf("%s: %d\n%s%s", when, status, out, errs)
		}
		status, out, errs = command("replay", "--config", file, "--policies", changed, "--forbid-loss", "Authenticated/Fresh", "--forbid-loss", "Authenticated/Challenged")
		if status != 1 || errs != "" || !strings.Contains(out, "     2  loses Authenticated/Challenged\n") || !strings.Contains(out, "forbidden: 2 of 3 logins lose Authenticated/Challenged") || !strings.Contains(out, "kept: Authenticated/Fresh of 3 logins\n") {
			t.Errorf("%s: %d\n%s%s", when, status, out, errs)
		}
		status, out, errs = command("replay", "--config", file, "--policies", changed, "--json")
		var report record.Report
		if err := json.Unmarshal([]byte(out), &report); err != nil || status != 0 || report.Format != record.ReportFormat || report.Different != 2 || len(report.Groups[0].Examples) != 2 {
			t.Errorf("%s: %d %v\n%s%s", when, status, err, out, errs)
		}
		status, out, errs = command("replay", "--config", file, "--forbid-loss", "Authenticated/Chalenged")
		if status != 1 || out != "" || !strings.Contains(errs, `no level is called "Authenticated/Chalenged"`) {
			t.Errorf("%s: %d\n%s%s", when, status, out, errs)
		}
		p.kill()
	}
	status, out, errs := command("replay", "forget", "--config", file, "--iss", p.URL+"/idp", "--sub", "5e1f0000-0000-4000-8000-00000000000b")
	if status != 0 || out != "1 recorded login removed\n" {
		t.Errorf("%d\n%s%s", status, out, errs)
	}
	if status, out, errs := command("replay", "--config", file); status != 0 || !strings.HasPrefix(out, "2 recorded logins: 2 replayed, 0 different\n") {
		t.Errorf("%d\n%s%s", status, out, errs)
	}
}
