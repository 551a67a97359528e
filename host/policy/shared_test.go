package policy

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// Helpers that fail again and again for the same reason are shown within the
// bounds: the reasons double with each level of helpers.
func TestExplain_SharedReasonsStayWithinTheBounds(t *testing.T) {
	var text strings.Builder
	text.WriteString("grant contains \"Authenticated/Engineer\" if h0\n")
	for i := range 40 {
		fmt.Fprintf(&text, "\nh%d if h%d\n\nh%d if {\n\tinput.now > 0\n\th%d\n}\n", i, i+1, i, i+1)
	}
	text.WriteString("\nh40 if input.user.id == \"nobody\"\n")
	e := newEngine(t, Config{Modules: levelsFile(text.String())})
	x, err := e.Explain(t.Context(), whyFacts(t))
	if err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(x)
	if err != nil || len(out) > 4<<20 {
		t.Errorf("%v, %d bytes of JSON", err, len(out))
	}
	var tree strings.Builder
	if err := x.Write(&tree, false); err != nil || tree.Len() > 4<<20 {
		t.Errorf("%v, %d bytes of text", err, tree.Len())
	}
}
