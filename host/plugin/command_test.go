package plugin_test

import (
	"context"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/plugin"
)

func mustJSON(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return text
}

// A command sees exactly the input of the contract: granted sources byte for
// byte, the user so far, the login, its config.
func TestCommandReadsTheWholeInput(t *testing.T) {
	p := open(t, newRuntime(t), declare("command.wasm", `{"status":0}`))
	if p.Info().Kind != plugin.Command {
		t.Fatalf("it is a %s", p.Info().Kind)
	}
	in := signIn(t)
	result, step, err := traced(t, p, in)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"version":1,"sources":{"idTokenClaims":` + idToken + `,"userInfo":` + userInfo + `},` +
		`"user":{"id":"4711","email":"a<b>@example.com","roles":["member"]},` +
		`"login":{"idp":"corp","protocol":"oidc","time":1773500966,"forceAuth":true},"config":{"status":0}}`
	if step.In["bytes"] != len(want) {
		t.Errorf("the input has %v bytes, want %d", step.In["bytes"], len(want))
	}
	var decoded any
	decoder := json.NewDecoder(strings.NewReader(want))
	decoder.UseNumber()
	if err := decoder.Decode(&decoded); err != nil {
		t.Fatal(err)
	}
	if got := result.Set["attributes"].(map[string]any)["input"]; !reflect.DeepEqual(got, decoded) {
		t.Errorf("the input was %v, want %v", got, decoded)
	}
	if notes := step.Notes; len(notes) != 2 || notes[0] != "log info: first line" || notes[1] != "log info: last line" {
		t.Errorf("the notes are %q", notes)
	}
}

func TestCommandThatExitsWithAStatusFails(t *testing.T) {
	p := open(t, newRuntime(t), declare("command.wasm", `{"status":3}`))
	_, err := p.Map(context.Background(), signIn(t))
	guest := mustFail[*plugin.GuestError](t, err)
	if guest.Status != 3 || !guest.Exited || guest.Reason != "last line" {
		t.Errorf("got %+v, want status 3 and the last line", guest)
	}
	if strings.Contains(err.Error(), "last line") {
		t.Errorf("%q holds the guest's text", err)
	}
}

func TestLogLinesAreBounded(t *testing.T) {
	p := open(t, newRuntime(t), declare("chatty.wasm", ""))
	_, step, err := traced(t, p, signIn(t))
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, note := range step.Notes[:len(step.Notes)-1] {
		if len(note) > 1100 || !strings.HasPrefix(note, "log warn: aaa") {
			t.Fatalf("a note of %d bytes: %.40q", len(note), note)
		}
		total += len(note)
	}
	if last := step.Notes[len(step.Notes)-1]; last != "984 further log lines were dropped" || total > 18<<10 {
		t.Errorf("%d bytes and %q", total, last)
	}
}

// A guest that was granted the tokens cannot put them into the trace.
func TestT48_TokensAreMaskedInLogLines(t *testing.T) {
	config := declare("command.wasm", `{"status":0}`)
	config.Sources = []string{"tokenEndpointResponse"}
	p := open(t, newRuntime(t), config)
	in := signIn(t)
	in.User.Attributes = map[string]any{"copy": "canary-access-token-value"}
	result, step, err := traced(t, p, in)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(mustJSON(result)), "canary-access-token-value") {
		t.Error("a granted token did not reach the guest")
	}
	if strings.Contains(string(mustJSON(step)), "canary") {
		t.Errorf("the trace holds the token: %+v", step)
	}
	config.Sources = nil
	result, _, err = traced(t, open(t, newRuntime(t), config), in)
	if err != nil || strings.Contains(string(mustJSON(result)), "canary") {
		t.Errorf("a token that a mapper copied reached a guest without the grant: %v", err)
	}
}
