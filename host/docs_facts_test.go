package host_test

import (
	"context"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/hosttest"
)

var (
	metricRow  = regexp.MustCompile("(?m)^\\| `(doorward_[a-z_]+)` \\| ([a-z]+) \\|([^|]*)\\| [^|]+ \\|$")
	metricType = regexp.MustCompile(`(?m)^# TYPE (doorward_[a-z_]+) ([a-z]+)$`)
	labelName  = regexp.MustCompile(`([a-z_]+)="`)
)

// The table of metrics says what a host shows at which everything happened that
// is counted.
func TestTheDocsNameEveryMetricAndItsLabels(t *testing.T) {
	t.Parallel()
	s := onePlugin(t, fixture(t, "fragile", "", ""), "")
	s.as("bob-11", true) // fails
	b := s.browser()
	s.idp.Set(func(k *hosttest.Knobs) {
		delete(k.UserClaims, "broken")
		k.Refreshing.Offered, k.EditTokens = true, func(tokens map[string]any) { tokens["expires_in"] = 60 }
	})
	b.signedIn("/login?idp=corp")
	s.idp.Clock.Advance(time.Minute)
	b.session() // refreshes it
	if a := b.get("/nowhere"); a.StatusCode != http.StatusNotFound {
		t.Fatal(a.Status)
	}
	if err := s.host.Reload(context.Background()); err != nil {
		t.Fatal(err)
	}
	text, err := fs.ReadFile(rootFS, "docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]string{}
	for _, row := range metricRow.FindAllStringSubmatch(string(text), -1) {
		labels := strings.FieldsFunc(row[3], func(r rune) bool { return strings.ContainsRune("`, ", r) })
		slices.Sort(labels)
		said[row[1]] = strings.Join(append([]string{row[2]}, labels...), " ")
	}
	shown := metricsOf(s.metrics())
	if len(shown) < 8 {
		t.Errorf("the host shows %v only", shown)
	}
	for name, is := range shown {
		if said[name] != is {
			t.Errorf("%s is %q, and docs/metrics.md says %q", name, is, said[name])
		}
	}
	for name := range said {
		if shown[name] == "" {
			t.Errorf("docs/metrics.md has %s, which no host shows", name)
		}
	}
}

// metricsOf is the kind of each metric, and its labels in the order of their
// names, out of the Prometheus text format.
func metricsOf(text string) map[string]string {
	shown := map[string]string{}
	for _, found := range metricType.FindAllStringSubmatch(text, -1) {
		sample := regexp.MustCompile(`(?m)^` + found[1] + `(?:_bucket|_sum|_count)?(?:\{(.*)\})? `).FindStringSubmatch(text)
		is := found[2:3:3]
		for _, l := range labelName.FindAllStringSubmatch(sample[1], -1) {
			if l[1] != "le" {
				is = append(is, l[1])
			}
		}
		shown[found[1]] = strings.Join(is, " ")
	}
	return shown
}

// The README's configuration is one that loads, and has what it is to show.
func TestTheReadmesConfigurationLoads(t *testing.T) {
	text, err := fs.ReadFile(rootFS, "README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), "```yaml\n")
	sample, _, _ := strings.Cut(after, "```")
	dir := t.TempDir()
	secret := filepath.Join(dir, "secret")
	sample = strings.Replace(sample, "/run/secrets/corp", secret, 1)
	for name, content := range map[string]string{secret: "of-the-client", filepath.Join(dir, "doorward.yaml"): sample} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cfg, err := config.Load(filepath.Join(dir, "doorward.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if len(cfg.Providers) != 1 || len(cfg.Applications) != 1 || len(cfg.TrustedProxies) != 1 {
		t.Errorf("%d providers, %d applications, %d proxies", len(cfg.Providers), len(cfg.Applications), len(cfg.TrustedProxies))
	}
}

// Whoever starts at the README finds what there is for people of their kind.
func TestTheReadmeLeadsToWhatEachKindOfPersonNeeds(t *testing.T) {
	linked := linksOf(t, "README.md")
	for _, page := range []string{"applications", "forward-auth", "proxies", "doorward-js", "events", "session", "reauthentication", "console", "commands", "metrics", "state", "errors", "plugins", "levels"} {
		if !slices.Contains(linked, "docs/"+page+".md") {
			t.Errorf("README.md does not link to docs/%s.md", page)
		}
	}
}
