package mapper_test

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/mapper"
)

// plugin answers as it was told, and remembers what it was given.
type plugin struct {
	result login.PluginResult
	err    error
	seen   *login.PluginCall
	during func()
}

func (p plugin) Map(_ context.Context, call login.PluginCall) (login.PluginResult, error) {
	if p.seen != nil {
		*p.seen = call
	}
	if p.during != nil {
		p.during()
	}
	return p.result, p.err
}

func TestPluginSetsAndUnsets(t *testing.T) {
	var seen login.PluginCall
	p := newPipeline(t,
		mapper.Direct{Attribute: "attributes.old", Path: "text"},
		mapper.Direct{Attribute: "attributes.kept", Path: "verified"},
		mapper.PluginRule{Name: "p", Plugin: plugin{seen: &seen, result: login.PluginResult{
			Set: map[string]any{
				"userName": "ada", "roles": []string{"engineer"},
				"attributes": map[string]any{"unit": json.Number("4.0")},
			},
			Unset: []string{"email", "attributes.old"},
		}}},
		mapper.Expression{Attribute: "attributes.after", Value: `user.userName + "/" + user.roles[0]`})
	user, entry, err := traced(t, p, document(t, ada))
	if err != nil {
		t.Fatal(err)
	}
	want := login.User{
		ID: "248289761001", UserName: "ada", FirstName: "Ada", LastName: "Lovelace", Roles: []string{"engineer"},
		Attributes: map[string]any{"kept": true, "unit": json.Number("4.0"), "after": "ada/engineer"},
	}
	if !reflect.DeepEqual(user, want) {
		t.Errorf("user\n%+v, want\n%+v", user, want)
	}
	if seen.User.Email != "ada@example.com" || seen.User.Attributes["old"] != "one,two" {
		t.Errorf("the plugin saw %+v, not the user so far", seen.User)
	}
	shown, _ := json.Marshal(entry.Out["mappers"])
	if !strings.Contains(string(shown), `"plugin":"p","position":3,"set":{"attributes":{"unit":4.0},"roles":["engineer"],"userName":"ada"},"unset":["email","attributes.old"]`) {
		t.Errorf("the trace shows %s", shown)
	}
}

func TestAPluginsFailureIsTheLogins(t *testing.T) {
	broken := errors.New("trapped")
	user, err := newPipeline(t, mapper.PluginRule{Name: "p", Plugin: plugin{err: broken}}).Map(context.Background(), document(t, ada))
	if login.CodeOf(err) != login.CodePluginFailed || !errors.Is(err, broken) || !strings.Contains(err.Error(), "plugin p") {
		t.Fatalf("error %v", err)
	}
	if !reflect.DeepEqual(user, login.User{}) {
		t.Errorf("a half-mapped user came back: %+v", user)
	}
	named := login.NewFault(login.CodePluginFailed, "plugin p: memory: used 33 MiB, plugins.p.limits.memory raises it")
	_, err = newPipeline(t, mapper.PluginRule{Name: "p", Plugin: plugin{err: named}}).Map(context.Background(), document(t, ada))
	if err != error(named) {
		t.Errorf("the plugin host's own fault became %v", err)
	}
}

func TestASkippedPluginChangesNothing(t *testing.T) {
	for name, guest := range map[string]plugin{
		"it fails": {err: errors.New("trapped"), result: login.PluginResult{Set: map[string]any{"userName": "half"}}},
		"its answer is refused half way": {result: login.PluginResult{
			Unset: []string{"email"},
			Set:   map[string]any{"attributes": map[string]any{"a": true}, "userName": "half", "id": strings.Repeat("x", 2000)}}},
	} {
		t.Run(name, func(t *testing.T) {
			doc := document(t, ada)
			before := mapper.Direct{Attribute: "attributes.a", Path: "text"}
			want, err := newPipeline(t, before).Map(context.Background(), doc)
			if err != nil {
				t.Fatal(err)
			}
			user, entry, err := traced(t, newPipeline(t, before, mapper.PluginRule{Name: "p", Plugin: guest, SkipOnError: true}), doc)
			if err != nil || !reflect.DeepEqual(user, want) {
				t.Fatalf("user %+v, %v, want %+v", user, err, want)
			}
			shown, _ := json.Marshal(entry.Out["mappers"])
			if !strings.Contains(string(shown), `"code":"plugin_skipped"`) || !strings.Contains(strings.Join(entry.Notes, ""), "plugin p failed and was skipped") {
				t.Errorf("the trace does not show it: %s %q", shown, entry.Notes)
			}
		})
	}
}

func TestALoginThatWasGivenUpIsNotSkipped(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	guest := plugin{err: context.Canceled, during: cancel}
	_, err := newPipeline(t, mapper.PluginRule{Name: "p", Plugin: guest, SkipOnError: true}).Map(ctx, document(t, ada))
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want the cancellation", err)
	}
}

func TestDenyIsADecision(t *testing.T) {
	const reason = "not in the list\r\n of SlAV32hkKG-7c2f0a91d4"
	guest := plugin{result: login.PluginResult{Deny: &login.Deny{Reason: reason}, Set: map[string]any{"userName": "x"}}}
	_, entry, err := traced(t, newPipeline(t, mapper.PluginRule{Name: "gate", Plugin: guest, SkipOnError: true}), document(t, ada))
	if login.CodeOf(err) != login.CodeLoginDenied {
		t.Fatalf("error %v: on_error applied to a deny", err)
	}
	if strings.Contains(err.Error(), "list") {
		t.Errorf("the error tells the reason: %v", err)
	}
	var denied *mapper.DeniedError
	if !errors.As(err, &denied) || denied.Plugin != "gate" || !strings.HasPrefix(denied.Reason, "sha256:") {
		t.Errorf("%+v has no plugin, or a token in its reason", denied)
	}
	shown, _ := json.Marshal(entry)
	if !strings.Contains(string(shown), `"denied":true`) || strings.Contains(string(shown), "SlAV32hkKG") {
		t.Errorf("the trace shows %s", shown)
	}
	plain := plugin{result: login.PluginResult{Deny: &login.Deny{Reason: "not\tin the list" + strings.Repeat("!", 2000)}}}
	_, err = newPipeline(t, mapper.PluginRule{Name: "gate", Plugin: plain}).Map(context.Background(), document(t, ada))
	if !errors.As(err, &denied) || !strings.HasPrefix(denied.Reason, "not in the list!") || len(denied.Reason) > 1024 {
		t.Errorf("reason %q", denied.Reason)
	}
}

func TestAPluginsAnswerIsBounded(t *testing.T) {
	for name, result := range map[string]login.PluginResult{
		"an unknown name":           {Set: map[string]any{"levels": []string{"Authenticated/Admin"}}},
		"a dotted name":             {Set: map[string]any{"attributes.x": "y"}},
		"a number for a name":       {Set: map[string]any{"userName": json.Number("1")}},
		"null":                      {Set: map[string]any{"email": nil}},
		"a null attribute":          {Set: map[string]any{"attributes": map[string]any{"a": nil}}},
		"attributes that are none":  {Set: map[string]any{"attributes": []any{}}},
		"an attribute's empty name": {Set: map[string]any{"attributes": map[string]any{"": true}}},
		"too many roles":            {Set: map[string]any{"roles": make([]string, 10_000)}},
		"a header in a role":        {Set: map[string]any{"roles": []string{"a\r\nX-Admin: 1"}}},
		"too much":                  {Set: map[string]any{"attributes": map[string]any{"a": strings.Repeat("x", 65<<10)}}},
		"unset of an unknown name":  {Unset: []string{"sub"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := newPipeline(t, mapper.PluginRule{Name: "p", Plugin: plugin{result: result}}).Map(context.Background(), document(t, ada))
			if login.CodeOf(err) != login.CodePluginFailed {
				t.Fatalf("error %v, want plugin_failed", err)
			}
		})
	}
}

func TestAPluginCannotChangeTheUserSoFar(t *testing.T) {
	var seen login.PluginCall
	guest := plugin{seen: &seen, err: errors.New("trapped")}
	guest.during = func() {
		seen.User.Attributes["a"] = "changed"
		seen.User.Roles[0] = "admin"
	}
	user, err := newPipeline(t,
		mapper.Direct{Attribute: "attributes.a", Path: "text"},
		mapper.Direct{Attribute: "roles", Source: attrs.UserInfo, Path: "groups"},
		mapper.PluginRule{Name: "p", Plugin: guest, SkipOnError: true}).Map(context.Background(), document(t, ada))
	if err != nil || user.Attributes["a"] != "one,two" || user.Roles[0] != "engineering" {
		t.Fatalf("user %+v, %v", user, err)
	}
}
