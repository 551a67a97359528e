package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// A recorded login is explained by its ID, while the host runs and after it was
// killed.
func TestExplainARecordedLogin(t *testing.T) {
	data := t.TempDir()
	p := startDemo(t, "--data", data)
	v := newVisitor(t, p.URL)
	resp, body := v.get("/login")
	v.signIn(resp, body, "ada", "open-sesame")
	file := filepath.Join(data, "doorward.yaml")

	_, out, _ := command("replay", "--config", file, "--policies", oneLevel(t))
	_, ids, ok := strings.Cut(out, "such as ")
	if !ok {
		t.Fatalf("replay names no login:\n%s", out)
	}
	id := strings.TrimSpace(ids[:16])
	for _, when := range []string{"while the host runs", "after it was killed"} {
		status, out, errs := command("policy", "explain", "--config", file, "--login", id, "--level", "Authenticated/Fresh")
		if status != 0 || errs != "" || !strings.HasPrefix(out, "Authenticated/Fresh: held until ") {
			t.Errorf("%s: %d\n%s%s", when, status, out, errs)
		}
		status, out, errs = command("policy", "eval", "--config", file, "--login", id, "--now", "+10m")
		if status != 0 || errs != "" || !strings.Contains(out, "Authenticated/Roles/admin") || !strings.Contains(out, "Authenticated/Fresh       expired: ended ") {
			t.Errorf("%s: %d\n%s%s", when, status, out, errs)
		}
		status, _, errs = command("policy", "bench", "--config", file, "--login", "00000000000000ff")
		if status != 1 || !strings.Contains(errs, `no login "00000000000000ff" is recorded`) {
			t.Errorf("%s: %d %s", when, status, errs)
		}
		p.kill()
	}
}

// oneLevel is a folder of policies that grant less than the default policy.
func oneLevel(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "less")
	if status, _, errs := command("policy", "new", "less", "--dir", dir, "--level", "Authenticated/Challenged"); status != 0 {
		t.Fatal(errs)
	}
	return dir
}
