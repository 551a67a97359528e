package plugin_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/sdk/abi"
)

// The worked example of the boundary's specification is true: its input, its
// calls of get, and its guest.
func TestSpecificationsExample(t *testing.T) {
	text, err := os.ReadFile("../../sdk/abi/README.md")
	if err != nil {
		t.Fatal(err)
	}
	specification := string(text)
	input := abi.AppendInput(nil, abi.Input{
		Sources: []abi.Member{{Name: "userInfo", Value: abi.Raw(`{"team":"x"}`)}},
		Login:   abi.Login{IdP: "a", Protocol: "oidc"},
	})
	if !strings.Contains(specification, string(input)) || len(input) != 136 || !strings.Contains(specification, "The input is 136 bytes") {
		t.Errorf("the example's input should be the %d bytes %s", len(input), input)
	}
	tokens, err := abi.ParsePointer("/sources/userInfo/team")
	if value, ok := abi.Find(input, tokens); err != nil || !ok || string(value) != `"x"` {
		t.Errorf("get gives %s, %v, %v", value, ok, err)
	}
	if source := string(fixture(t, "readme.wat")); !strings.Contains(specification, "```wat\n"+source+"```") {
		t.Error("testdata/readme.wat is not the example's guest")
	}
	p := open(t, newRuntime(t), declare("readme.wasm", ""))
	for team, want := range map[string]string{`"x"`: `{"roles":["team-x"]}`, `"xy"`: `null`} {
		document, err := attrs.Document{}.With(attrs.UserInfo, []byte(`{"team":`+team+`}`))
		if err != nil {
			t.Fatal(err)
		}
		result, err := p.Map(context.Background(), login.PluginCall{Document: login.Document{Sources: document, ReceivedAt: received}})
		if err != nil || string(mustJSON(result.Set)) != want {
			t.Errorf("%s: got %v, %v", team, result, err)
		}
	}
}
