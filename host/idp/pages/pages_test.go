package pages

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

func newPages(t testing.TB, change ...func(*Config)) *Pages {
	t.Helper()
	cfg := Config{Base: "/idp", Zone: time.UTC}
	for _, c := range change {
		c(&cfg)
	}
	p, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// show renders v for somebody who reads the languages of accept.
func show(t testing.TB, p *Pages, v Page, accept string, targets ...string) *httptest.ResponseRecorder {
	t.Helper()
	r, w := httptest.NewRequest(http.MethodGet, "/idp/x", nil), httptest.NewRecorder()
	r.Header.Set("Accept-Language", accept)
	if err := p.Show(w, r, http.StatusTeapot, v, targets...); err != nil {
		t.Fatal(err)
	}
	return w
}

var (
	loaded     = regexp.MustCompile(`<(?:link|script|img|form|iframe|object|embed|source|use)\b[^>]*?\b(?:href|src|action|data)="([^"]*)"`)
	formaction = regexp.MustCompile(`formaction="([^"]*)"`)
	anchor     = regexp.MustCompile(`<a [^>]*href="(https?:[^"]*)"[^>]*>`)
	handler    = regexp.MustCompile(`<[^>]*\s(?:style|on[a-z]+)="`)
	inline     = regexp.MustCompile(`<style|<script[^>]*>[^<]`)
	keyShown   = regexp.MustCompile(`>[^<]*\b(?:say|sign_in|account|scope|failure|field|month|consent|client)\.[a-z_]+`)
	tags       = regexp.MustCompile(`<[^>]*>`)
	button     = regexp.MustCompile(`name="do" value="([^"]*)"`)
)

// Whoever reads the gallery in either language finds whole sentences, nothing
// from elsewhere, and nothing that the policy would stop.
func TestGallery(t *testing.T) {
	p := newPages(t, func(c *Config) { c.Brand = plant7 })
	for _, language := range []string{"en", "de"} {
		for _, s := range gallery() {
			t.Run(language+"/"+s.name, func(t *testing.T) { inspect(t, show(t, p, s.page, language), language) })
		}
	}
}

func inspect(t *testing.T, w *httptest.ResponseRecorder, language string) {
	body := w.Body.String()
	if w.Code != http.StatusTeapot || !strings.Contains(body, `<html lang="`+language+`">`) || w.Header().Get("Content-Language") != language {
		t.Errorf("status %d, headers %v", w.Code, w.Header())
	}
	for name, want := range map[string]string{
		"Content-Security-Policy": "default-src 'none'", "X-Frame-Options": "DENY", "Cache-Control": "no-store", "Content-Type": "text/html; charset=utf-8",
	} {
		if !strings.HasPrefix(w.Header().Get(name), want) {
			t.Errorf("%s is %q", name, w.Header().Get(name))
		}
	}
	for _, bad := range []*regexp.Regexp{handler, inline, keyShown} {
		if found := bad.FindString(body); found != "" {
			t.Errorf("the page has %s", found)
		}
	}
	for _, bad := range []string{"ZgotmplZ", "<b>", "javascript:", "%!", "<no value>"} {
		if strings.Contains(body, bad) {
			t.Errorf("the page has %s", bad)
		}
	}
	if text := tags.ReplaceAllString(body, ""); strings.ContainsAny(text, "{}") {
		t.Errorf("a placeholder is left:\n%s", text)
	}
	for _, m := range append(loaded.FindAllStringSubmatch(body, -1), formaction.FindAllStringSubmatch(body, -1)...) {
		if !strings.HasPrefix(m[1], "/") && m[1] != "https://wiki.example.com/callback" {
			t.Errorf("the page loads or posts to %q", m[1])
		}
	}
	for _, m := range anchor.FindAllString(body, -1) {
		if !strings.Contains(m, `rel="noopener noreferrer"`) {
			t.Errorf("the link %s tells where it was followed", m)
		}
	}
	if strings.Count(body, "autofocus") > 1 {
		t.Error("two elements want the focus")
	}
}

// What the callers look for in "do" is on some page, and nothing else is.
func TestButtonsAreTheConstants(t *testing.T) {
	constants := regexp.MustCompile(`\bDo[A-Za-z]+ += "([a-z-]+)"`)
	source, err := os.ReadFile("views.go")
	if err != nil {
		t.Fatal(err)
	}
	var declared, there []string
	for _, m := range constants.FindAllStringSubmatch(string(source), -1) {
		declared = append(declared, m[1])
	}
	p := newPages(t)
	for _, s := range gallery() {
		for _, m := range button.FindAllStringSubmatch(show(t, p, s.page, "en").Body.String(), -1) {
			there = append(there, m[1])
		}
	}
	slices.Sort(declared)
	slices.Sort(there)
	if there = slices.Compact(there); !slices.Equal(declared, there) {
		t.Errorf("declared %v\non pages %v", declared, there)
	}
}

// The origins that a form may lead to are those that the caller names.
func TestShowTargets(t *testing.T) {
	w := show(t, newPages(t), SignedOut{}, "en", "https://wiki.example.com")
	if policy := w.Header().Get("Content-Security-Policy"); !strings.Contains(policy, "form-action 'self' https://wiki.example.com;") {
		t.Errorf("the policy is %s", policy)
	}
}

// A person can be told where an application sits, and that nobody checked it,
// but its name is text and its addresses are links only when they are the web's.
func TestClientsCannotForgeThePage(t *testing.T) {
	body := show(t, newPages(t), SignIn{Client: self}, "en").Body.String()
	for _, want := range []string{"<bdi>Free Coffee \u202eevil &lt;b&gt;</bdi>", "registered itself", "coffee.example.net"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page has no %s", want)
		}
	}
	if strings.Contains(body, "Privacy policy") {
		t.Error("a javascript: address became a link")
	}
}

// Without a script, and for those whose browser has none, each way of signing
// in but the passkey is one press of an ordinary button away.
func TestSignInMethods(t *testing.T) {
	p := newPages(t)
	v := SignIn{Request: sealed, Methods: everyMethod, PasskeyOptions: getOptions, PasskeyAction: "/idp/passkey"}
	for method, inputs := range map[string][]string{
		MethodPassword: {"username", "password"}, MethodBadge: {"badge"}, MethodBadgePassword: {"badge", "password"}, MethodPasskey: nil,
	} {
		v.Method = method
		body := show(t, p, v, "en").Body.String()
		for _, input := range []string{"username", "password", "badge"} {
			if strings.Contains(body, `id="`+input+`"`) != slices.Contains(inputs, input) {
				t.Errorf("%s: wrong about the input %s", method, input)
			}
		}
		for _, other := range everyMethod[:3] {
			if strings.Contains(body, `name="use" value="`+other+`"`) != (other != method) {
				t.Errorf("%s: wrong about the button for %s", method, other)
			}
		}
		if !strings.Contains(body, "data-passkey-off") || !strings.Contains(body, `formaction="/idp/passkey"`) {
			t.Errorf("%s: no passkey, or no word about it", method)
		}
	}
	v.Methods, v.Method = []string{MethodBadge}, MethodPassword // asked for by a form that is out of date
	if body := show(t, p, v, "en").Body.String(); strings.Contains(body, `id="password"`) || strings.Contains(body, "passkey.js") {
		t.Error("a method that is switched off is shown")
	}
}

// The passkey's options are data in an attribute, whole.
func TestPasskeyOptions(t *testing.T) {
	body := show(t, newPages(t), SignIn{Methods: []string{MethodPasskey}, PasskeyOptions: getOptions}, "en").Body.String()
	m := regexp.MustCompile(`data-options="([^"]*)"`).FindStringSubmatch(body)
	if m == nil || !json.Valid([]byte(strings.ReplaceAll(m[1], "&#34;", `"`))) {
		t.Errorf("the options are %v", m)
	}
}

func TestTimes(t *testing.T) {
	p := newPages(t, func(c *Config) { c.Zone = time.FixedZone("CET", 3600) })
	v := Account{Sessions: []Session{{Started: noon, Used: noon}}}
	for language, want := range map[string]string{"en": "4 March 2026, 13:05 CET", "de": "4. März 2026, 13:05 Uhr (CET)"} {
		if body := show(t, p, v, language).Body.String(); !strings.Contains(body, want) {
			t.Errorf("%s: no %q", language, want)
		}
	}
}

// logged collects what New says.
type logged struct{ lines []string }

func (l *logged) Enabled(context.Context, slog.Level) bool { return true }
func (l *logged) WithAttrs([]slog.Attr) slog.Handler       { return l }
func (l *logged) WithGroup(string) slog.Handler            { return l }
func (l *logged) Handle(_ context.Context, r slog.Record) error {
	line := r.Message
	r.Attrs(func(a slog.Attr) bool { line += " " + a.Key + "=" + a.Value.String(); return true })
	l.lines = append(l.lines, line)
	return nil
}

// folder is a folder of translations: name, content pairs.
func folder(t *testing.T, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i < len(files); i += 2 {
		if err := os.WriteFile(filepath.Join(dir, files[i]), []byte(files[i+1]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func BenchmarkSignIn(b *testing.B) {
	p := newPages(b)
	for b.Loop() {
		show(b, p, SignIn{Client: wiki, Methods: everyMethod, PasskeyOptions: getOptions}, "de")
	}
}
