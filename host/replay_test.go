package host_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/record"
)

// The rules that recorded a thousand logins of every kind make the same of each
// of them.
func TestReplay_TheSameRulesDifferInNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigConfig, rigPolicy)
	rnd := rand.New(rand.NewPCG(1, 2))
	codes, granted := map[login.Code]int{}, map[string]int{}
	for range 1000 {
		p := r.anybody(rnd)
		_, err := r.walk(p)
		if err != nil {
			codes[login.CodeOf(err)]++
		}
		r.pass(time.Duration(rnd.IntN(5000)) * time.Millisecond)
		if r.answers%100 == 0 {
			r.flush() // the queue is bounded
		}
	}
	r.flush()
	err := r.Recorder().Each(t.Context(), time.Time{}, func(page []record.Sealed) error {
		for _, sealed := range page {
			if d := sealed.Open().Record.Decision; d != nil {
				for _, l := range d.Levels {
					granted[l.Path]++
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	// The logins are as varied as the test says, else it proves little.
	for _, code := range []login.Code{login.CodeMappingFailed, login.CodePluginFailed, login.CodeLoginDenied, login.CodeLevelNotReached} {
		if codes[code] == 0 {
			t.Errorf("no login was refused with %s: %v", code, codes)
		}
	}
	for _, level := range []string{"Authenticated/Fresh", "Authenticated/Engineer/OnSite", "Authenticated/Blue", "Authenticated/Trusted", "Authenticated/Lucky", "Authenticated/Roles/staff", "SecurityZones/plant"} {
		if granted[level] == 0 {
			t.Errorf("no login held %s: %v", level, granted)
		}
	}
	report, err := r.Replay(t.Context(), host.ReplayRequest{ForbidLoss: []string{"Authenticated/Lucky"}})
	if err != nil {
		t.Fatal(err)
	}
	if report.Logins != 1000 || report.Replayed != 1000 || report.SameRules != 1000 || report.Different != 0 || len(report.Groups)+len(report.Levels)+len(report.NotReplayable) != 0 || report.Violated() {
		t.Errorf("%s", text(report))
	}
	if f := report.Forbidden[0]; f.Held != granted["Authenticated/Lucky"] || f.Lost != 0 {
		t.Errorf("%+v, and %d held it", f, granted["Authenticated/Lucky"])
	}
	// And so does another process, which has the host's key alone.
	if err := r.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	report, err = host.ReplayLogins(t.Context(), r.config(), host.ReplayRequest{})
	if err != nil || report.Replayed != 1000 || report.Different != 0 || report.SameRules != 1000 {
		t.Errorf("%v\n%s", err, text(report))
	}
}

func text(r record.Report) string {
	var out bytes.Buffer
	_ = r.Write(&out)
	return out.String()
}

// five signs in five people of corp with known facts.
func five(r *rig) (ids []string) {
	r.t.Helper()
	for i, p := range []person{
		{Sub: "ada", UserInfo: map[string]any{"team": "blue", "groups": []string{"engineering"}}},
		{Sub: "bob", UserInfo: map[string]any{"team": "blue", "groups": []string{"engineering"}}},
		{Sub: "cyd", UserInfo: map[string]any{"team": "red", "groups": []string{"engineering"}}, Zones: []string{"plant"}},
		{Sub: "dan", UserInfo: map[string]any{"team": "red", "groups": []string{"staff"}}},
		{Sub: "eve", UserInfo: map[string]any{"team": "red", "groups": []string{"staff"}}, Claims: map[string]any{"denied": true}},
	} {
		p.IdP, p.AuthTime = "corp", r.at().Unix()-10
		if p.Claims == nil {
			p.Claims = map[string]any{"email": p.Sub + "@example.com"}
		}
		id, err := r.walk(p)
		if (err != nil) != (i == 4) {
			r.t.Fatal(p.Sub, err)
		}
		ids = append(ids, id)
		r.pass(time.Second)
	}
	r.flush()
	return ids
}

// A changed policy: exactly those whom it concerns, in groups.
func TestReplay_AChangedPolicyShowsWhomItConcerns(t *testing.T) {
	t.Parallel()
	r := newRig(t, strings.ReplaceAll(rigConfig, "      - plugin: chance\n", ""), rigPolicy)
	ids := five(r)
	changed := strings.NewReplacer(
		`reauth.until("5m")`, `reauth.until("2m")`,
		` if "engineering" in input.user.roles`, " if {\n\t\"engineering\" in input.user.roles\n\tinput.user.attributes.team != \"blue\"\n}",
		`input.sources.userInfo.team == "blue"`, `input.sources.userInfo.team == "red"`,
	).Replace(rigPolicy)
	report, err := r.Replay(t.Context(), host.ReplayRequest{
		RuleFiles:  host.RuleFiles{Policies: map[string]string{"new/levels.rego": changed}},
		ForbidLoss: []string{"Authenticated/Engineer", "Authenticated/Engineer/OnSite", "Authenticated"},
	})
	if err != nil {
		t.Fatal(err)
	}
	ends := []record.EndChange{{Level: "Authenticated/Fresh", Change: "earlier", Seconds: 180}}
	want := []record.Group{
		{Difference: record.Difference{Lost: []string{"Authenticated/Blue", "Authenticated/Engineer"}, Ends: ends}, Logins: 2, Examples: ids[:2]},
		{Difference: record.Difference{Gained: []string{"Authenticated/Blue"}, Ends: ends}, Logins: 2, Examples: ids[2:4]},
	}
	if !slices.EqualFunc(report.Groups, want, func(a, b record.Group) bool { return reflect.DeepEqual(a, b) }) {
		slices.Reverse(want) // of equal size: by what they say
		if !slices.EqualFunc(report.Groups, want, func(a, b record.Group) bool { return reflect.DeepEqual(a, b) }) {
			t.Errorf("groups %+v", report.Groups)
		}
	}
	levels := []record.LevelCount{
		{Level: "Authenticated/Blue", Gained: 2, Lost: 2},
		{Level: "Authenticated/Engineer", Lost: 2},
		{Level: "Authenticated/Fresh", Earlier: 4},
	}
	if !reflect.DeepEqual(report.Levels, levels) || report.Different != 4 || report.Replayed != 5 || report.SameRules != 0 {
		t.Errorf("%s", text(report))
	}
	forbidden := []record.Forbidden{
		{Level: "Authenticated/Engineer", Held: 3, Lost: 2, Examples: ids[:2]},
		{Level: "Authenticated/Engineer/OnSite", Held: 1, Examples: []string{}},
		{Level: "Authenticated", Held: 4, Examples: []string{}},
	}
	if !reflect.DeepEqual(report.Forbidden, forbidden) || !report.Violated() {
		t.Errorf("forbidden %+v", report.Forbidden)
	}
}

// A changed plugin: who is denied loses everything, who was denied gains it,
// and attributes are named without their values.
func TestReplay_AChangedPluginShowsWhomItConcerns(t *testing.T) {
	t.Parallel()
	r := newRig(t, strings.ReplaceAll(rigConfig, "      - plugin: chance\n", ""), rigPolicy)
	ids := five(r)
	module := func(name string) map[string][]byte {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return map[string][]byte{"gate": text}
	}
	report, err := r.Replay(t.Context(), host.ReplayRequest{RuleFiles: host.RuleFiles{Plugins: module("testdata/deny.wasm")}, ForbidLoss: []string{"Authenticated"}})
	if err != nil || report.Different != 4 || report.Forbidden[0].Lost != 4 || !strings.Contains(text(report), "is refused now: login_denied") {
		t.Errorf("%v\n%s", err, text(report))
	}
	report, err = r.Replay(t.Context(), host.ReplayRequest{RuleFiles: host.RuleFiles{Plugins: module("testdata/roles.wasm")}, ForbidLoss: []string{"Authenticated"}})
	if err != nil || report.Different != 5 || report.Forbidden[0].Lost != 0 || report.Violated() {
		t.Fatalf("%v\n%s", err, text(report))
	}
	i := slices.IndexFunc(report.Groups, func(g record.Group) bool { return g.Admitted == login.CodeLoginDenied })
	if i < 0 || !slices.Equal(report.Groups[i].Examples, ids[4:]) || !slices.Contains(report.Groups[i].Gained, "Authenticated/Roles/one") {
		t.Errorf("%s", text(report))
	}
	if !strings.Contains(text(report), "roles is changed") {
		t.Errorf("%s", text(report))
	}
}

// What a record does not hold cannot be replayed, and is not guessed.
func TestReplay_CountsWhatItCannotTell(t *testing.T) {
	t.Parallel()
	const reads = "      - direct: {attribute: attributes.token, source: tokenEndpointResponse, path: access_token}\n      - plugin: chance\n      - plugin: gate\n"
	r := newRig(t, rigConfig, rigPolicy)
	p := person{IdP: "corp", Sub: "ada", UserInfo: map[string]any{"team": "blue", "groups": []string{"engineering"}}, Claims: map[string]any{"email": "ada@example.com"}}
	p.AuthTime = r.at().Unix()
	if _, err := r.walk(p); err != nil {
		t.Fatal(err)
	}
	p.UserInfo["copy"] = "canary-access-token-ada"
	if _, err := r.walk(p); err != nil {
		t.Fatal(err)
	}
	r.flush()
	report, err := r.Replay(t.Context(), host.ReplayRequest{ForbidLoss: []string{"Authenticated/Blue"}})
	if err != nil || report.Replayed != 1 || len(report.NotReplayable) != 1 || report.NotReplayable[0].Reason != record.ReasonTokenCopied || report.Forbidden[0].Unchecked != 1 || report.Violated() {
		t.Errorf("%v\n%s", err, text(report))
	}
	for name, c := range map[string]struct {
		config string
		policy string
		reason record.Reason
		n      int
	}{
		"a mapper reads a token": {strings.Replace(rigConfig, "      - plugin: chance\n      - plugin: gate\n", reads, 1), rigPolicy, record.ReasonMapperTokens, 1},
		"a rule reads a token": {strings.Replace(rigConfig, "policies: {path: policies}", "policies: {path: policies, grant_tokens: true}", 1),
			rigPolicy + "\ngrant contains \"Authenticated/Blue\" if startswith(input.sources.tokenEndpointResponse.access_token, \"x\")\n", record.ReasonPolicyTokens, 1},
		"a provider is gone":                {strings.Replace(rigConfig, "  corp:\n", "  other:\n", 1), rigPolicy, record.ReasonNoProvider, 1},
		"a rule sees tokens and reads none": {strings.Replace(rigConfig, "policies: {path: policies}", "policies: {path: policies, grant_tokens: true}", 1), rigPolicy, "", 0},
	} {
		if err := r.Close(context.Background()); err != nil && name == "" {
			t.Fatal(err)
		}
		r.write("doorward.yaml", c.config)
		r.write("policies/levels.rego", c.policy)
		report, err := host.ReplayLogins(t.Context(), r.config(), host.ReplayRequest{})
		if err != nil {
			t.Fatal(name, err)
		}
		found := 0
		for _, s := range report.NotReplayable {
			if s.Reason == c.reason {
				found += s.Logins
			}
		}
		if found != c.n || report.Replayed+found != 1 || report.Different != 0 {
			t.Errorf("%s: %s", name, text(report))
		}
	}
}

// A login that is walked where tokens are read is marked when it is recorded:
// rules that read none later do not make it replayable.
func TestReplay_RemembersThatTokensWereRead(t *testing.T) {
	t.Parallel()
	r := newRig(t, strings.Replace(rigConfig, "      - plugin: chance\n", "      - expression: {attribute: attributes.bearer, value: '{attribute-source:tokenEndpointResponse:access_token} != \"\"'}\n", 1), rigPolicy)
	if _, err := r.walk(person{IdP: "corp", Sub: "ada", AuthTime: r.at().Unix(), Claims: map[string]any{"email": "ada@example.com"}}); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	r.write("doorward.yaml", rigConfig)
	report, err := host.ReplayLogins(t.Context(), r.config(), host.ReplayRequest{})
	if err != nil || report.Replayed != 0 || report.NotReplayable[0].Reason != record.ReasonMapperTokens {
		t.Errorf("%v\n%s", err, text(report))
	}
}

// What a breaker or a clock decided is no property of the login.
func TestReplay_WhatTimeDecidedIsNotReplayed(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigConfig, rigPolicy)
	for i := range 11 { // ten failures open the plugin's breaker
		p := person{IdP: "guests", Sub: fmt.Sprint("person-", i), AuthTime: r.at().Unix(), UserInfo: map[string]any{"broken": true}}
		if _, err := r.walk(p); login.CodeOf(err) != login.CodePluginFailed {
			t.Fatal(err)
		}
	}
	r.flush()
	report, err := r.Replay(t.Context(), host.ReplayRequest{})
	if err != nil || report.Replayed != 10 || report.Different != 0 || len(report.NotReplayable) != 1 || report.NotReplayable[0].Reason != record.ReasonInterrupted || report.NotReplayable[0].Logins != 1 {
		t.Errorf("%v\n%s", err, text(report))
	}
}

func TestReplay_RefusesWhatItCannotAnswer(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigConfig, rigPolicy)
	ctx := t.Context()
	if _, err := r.Replay(ctx, host.ReplayRequest{ForbidLoss: []string{"Authenticated/Enginer"}}); err == nil || !strings.Contains(err.Error(), `"Authenticated/Enginer"`) {
		t.Errorf("an unknown level: %v", err)
	}
	bad := host.RuleFiles{Policies: map[string]string{"new/levels.rego": "package doorward.levels\n\ngrant contains \"Authenticated/Fresh\" if input.sources.userinfo.x\n"}}
	if _, err := r.Replay(ctx, host.ReplayRequest{RuleFiles: bad}); err == nil || !strings.Contains(err.Error(), "new/levels.rego:3") {
		t.Errorf("a policy that does not compile: %v", err)
	}
	if _, err := r.Replay(ctx, host.ReplayRequest{RuleFiles: host.RuleFiles{Plugins: map[string][]byte{"chance": []byte("no module")}}}); err == nil || !strings.Contains(err.Error(), "chance") {
		t.Errorf("a module that does not load: %v", err)
	}
	report, err := r.Replay(ctx, host.ReplayRequest{ForbidLoss: []string{"Authenticated"}})
	if err != nil || !report.Violated() {
		t.Errorf("a gate that saw no login is open: %v %s", err, text(report))
	}
	ids := five(r)
	report, err = r.Replay(ctx, host.ReplayRequest{Since: r.at().Add(-2500 * time.Millisecond)})
	if err != nil || report.Logins != 2 || report.Since.IsZero() {
		t.Errorf("since: %v\n%s", err, text(report))
	}
	found, err := r.Recorder().Find(ctx, ids[1])
	if err != nil || found.Err != nil || found.Record.Person.Subject != "bob" {
		t.Errorf("%+v %v", found, err)
	}
	if _, err := r.Recorder().Find(ctx, "unheard"); !errors.Is(err, record.ErrNone) {
		t.Error(err)
	}
}

func TestReadRuleFiles(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigConfig, rigPolicy)
	cfg := r.config()
	r.write("new/fragile.wasm", "one")
	r.write("new/notes.txt", "two")
	files, err := host.ReadRuleFiles(cfg, filepath.Join(r.dir, "policies"), filepath.Join(r.dir, "new"))
	if err != nil || len(files.Policies) != 1 || len(files.Plugins) != 1 || string(files.Plugins["fragile"]) != "one" {
		t.Errorf("%v %v", files, err)
	}
	r.write("new/unheard.wasm", "three")
	if _, err := host.ReadRuleFiles(cfg, "", filepath.Join(r.dir, "new")); err == nil || !strings.Contains(err.Error(), "unheard.wasm") || !strings.Contains(err.Error(), "chance, fragile, gate") {
		t.Error(err)
	}
	if _, err := host.ReadRuleFiles(cfg, filepath.Join(r.dir, "nowhere"), ""); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if _, err := host.ReadRuleFiles(cfg, "", filepath.Join(r.dir, "policies")); err == nil {
		t.Error("a folder without modules was taken")
	}
}

// No token and no claim shows in the store's file, in a report or in an error.
func TestReplay_CanarySecrets(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigConfig, rigPolicy)
	const canary = "canary-claim-value-71"
	p := person{IdP: "corp", Sub: "canary-71", AuthTime: r.at().Unix(), Claims: map[string]any{"email": canary + "@example.com"},
		UserInfo: map[string]any{"team": canary, "groups": []string{"engineering"}}}
	if _, err := r.walk(p); err != nil {
		t.Fatal(err)
	}
	r.flush()
	report, err := r.Replay(t.Context(), host.ReplayRequest{RuleFiles: host.RuleFiles{Policies: map[string]string{
		"n.rego": "package doorward.levels\n\ngrant contains \"Authenticated/Blue\" if startswith(input.user.attributes.team, \"canary\")\n\ngrant contains level if level := input.user.attributes.team\n",
	}}})
	if err != nil || report.Different != 1 {
		t.Fatalf("%v\n%s", err, text(report))
	}
	raw, _ := json.Marshal(report)
	if shown := string(raw) + text(report); strings.Contains(shown, "canary") {
		t.Errorf("the report shows %s", shown)
	}
	files := 0
	_ = filepath.WalkDir(filepath.Join(r.dir, "data"), func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			content, _ := os.ReadFile(path)
			files++
			if bytes.Contains(content, []byte("canary")) || bytes.Contains(content, []byte("engineering")) {
				t.Errorf("%s holds a claim", path)
			}
		}
		return nil
	})
	if files == 0 {
		t.Error("no file was looked at")
	}
	// The record has the claims, as the rules need them, and no token.
	err = r.Recorder().Each(t.Context(), time.Time{}, func(page []record.Sealed) error {
		read := page[0].Open()
		text, err := read.Record.File.Encode()
		if shown := fmt.Sprintf("%s %+v", text, read.Record.User); read.Err != nil || err != nil || !strings.Contains(shown, canary) || strings.Contains(shown, "canary-access") || strings.Contains(shown, "canary-refresh") {
			t.Errorf("%v %v %s", read.Err, err, shown)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
