package host_test

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/record"
)

// A workbench decides about a login file as the host decided about the login.
func TestWorkbench_DecidesAsTheHostDid(t *testing.T) {
	t.Parallel()
	steady, _, _ := strings.Cut(rigPolicy, "# METADATA\n# title: lucky") // the host's key seeds what that rule reads
	r := newRig(t, rigConfig, steady)
	five(r)
	w, err := host.OpenWorkbench(t.Context(), host.Options{Config: r.config()}, host.WorkbenchOverrides{})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close(t.Context())
	n := 0
	err = r.Recorder().Each(t.Context(), time.Time{}, func(page []record.Sealed) error {
		for _, sealed := range page {
			was := sealed.Open().Record
			text, err := was.File.Encode()
			if err != nil {
				return err
			}
			file, err := login.ReadFile(text)
			if err != nil {
				return err
			}
			user, decision, err := w.Run(t.Context(), file)
			if code := login.Code(""); err != nil {
				if code = login.CodeOf(err); code != was.Refused {
					t.Errorf("refused with %s, and by the host with %q", code, was.Refused)
				}
				continue
			}
			n++
			decision.Withheld = nil
			if !reflect.DeepEqual(decision.Levels, was.Decision.Levels) || decision.Revision != was.Decision.Revision || user.ID != was.User.ID || !reflect.DeepEqual(user.Roles, was.User.Roles) {
				t.Errorf("%+v %+v, and by the host %+v %+v", user, decision, was.User, was.Decision)
			}
		}
		return nil
	})
	if err != nil || n != 4 {
		t.Errorf("%d were admitted, %v", n, err)
	}
}

// The same file gives the same bytes, in every workbench of a configuration.
func TestWorkbench_IsTheSameEveryTime(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigConfig, rigPolicy)
	r.write("other/levels.rego", "package doorward.levels\n\ngrant contains \"Authenticated/Lucky\" if true\n")
	p := person{IdP: "corp", Sub: "ada", AuthTime: r.at().Unix(), UserInfo: map[string]any{"team": "blue", "groups": []string{"engineering"}}}
	doc := r.document(p)
	doc.Login = login.Login{IdP: "corp", Protocol: "oidc", ReceivedAt: r.at().Unix()}
	file, _ := login.FileOf(login.Yield{Document: &doc, At: r.at()}, login.Request{})
	var users []login.User
	for _, overrides := range []host.WorkbenchOverrides{{}, {Policies: filepath.Join(r.dir, "other")}} {
		w, err := host.OpenWorkbench(t.Context(), host.Options{Config: r.config()}, overrides)
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			user, decision, err := w.Run(t.Context(), file)
			if err != nil {
				t.Fatal(err)
			}
			users = append(users, user)
			if overrides.Policies != "" && !decision.Holds("Authenticated/Lucky", r.at()) {
				t.Errorf("the other policies do not decide: %+v", decision)
			}
		}
		if _, _, err := w.Run(t.Context(), login.File{Login: login.Login{IdP: "unheard"}, Now: 1}); login.CodeOf(err) != login.CodeProviderUnknown {
			t.Errorf("a provider that is not configured: %v", err)
		}
		if err := w.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if users[0].Attributes["chance"] == nil || users[0].Attributes["clock"] == "0123456789abcdef" {
		t.Errorf("the plugin did nothing: %+v", users[0])
	}
	for _, u := range users[1:] {
		if !reflect.DeepEqual(u, users[0]) {
			t.Errorf("%+v and %+v", u, users[0])
		}
	}
}

// The breaker of a plugin is for logins: in a workbench each one is asked about.
func TestWorkbench_AsksAPluginThatFailedTenTimes(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigConfig, rigPolicy)
	w, err := host.OpenWorkbench(t.Context(), host.Options{Config: r.config()}, host.WorkbenchOverrides{})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close(t.Context())
	file := func(info map[string]any, sub string) login.File {
		doc := r.document(person{IdP: "guests", Sub: sub, UserInfo: info})
		doc.Login.IdP = "guests"
		f, _ := login.FileOf(login.Yield{Document: &doc, At: r.at()}, login.Request{})
		return f
	}
	for i := range 30 {
		if _, _, err := w.Run(t.Context(), file(map[string]any{"broken": true}, string(rune('a'+i)))); login.CodeOf(err) != login.CodePluginFailed {
			t.Fatal(err)
		}
	}
	if _, _, err := w.Run(t.Context(), file(map[string]any{}, "z")); err != nil {
		t.Error(err)
	}
}
