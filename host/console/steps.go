// The trace, step by step.

package console

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/login"
)

// step is one entry of the trace, masked.
type step struct {
	Name    string
	At      moment
	Took    string
	In, Out string // JSON, indented; "" when empty
	Notes   []string
	Code    login.Code // of its failure
	Error   string

	in, out map[string]any
}

// steps masks a trace: its steps leave secrets out themselves, and what a
// provider or a plugin wrote goes through the document's secrets again.
func steps(entries []login.Entry, secrets attrs.Secrets) (list []step) {
	for _, e := range entries {
		s := step{
			Name: e.Step, At: momentOf(e.At), Took: took(e.Took), Code: e.Code, Error: secrets.MaskString(e.Error),
			in: plain(e.In, secrets), out: plain(e.Out, secrets),
		}
		s.At.Text = e.At.UTC().Format("15:04:05.000")
		for _, note := range e.Notes {
			s.Notes = append(s.Notes, secrets.MaskString(note))
		}
		s.In, s.Out = text(s.in), text(s.out)
		list = append(list, s)
	}
	return list
}

// plain is the JSON value of what a step wrote, masked.
func plain(written map[string]any, secrets attrs.Secrets) map[string]any {
	if len(written) == 0 {
		return nil
	}
	raw, err := json.Marshal(written)
	if err != nil {
		return map[string]any{"unreadable": true}
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var value map[string]any
	if decoder.Decode(&value) != nil {
		return map[string]any{"unreadable": true}
	}
	masked, _ := secrets.Mask(value).(map[string]any)
	return masked
}

// text is a JSON value for people.
func text(value any) string {
	if m, ok := value.(map[string]any); ok && len(m) == 0 {
		return ""
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if encoder.Encode(value) != nil {
		return ""
	}
	return string(bytes.TrimSpace(out.Bytes()))
}

func took(d time.Duration) string {
	return fmt.Sprintf("%.2f ms", float64(d.Microseconds())/1000)
}

// find is the newest step of that name, or nil.
func find(list []step, name string) *step {
	for i := len(list) - 1; i >= 0; i-- {
		if list[i].Name == name {
			return &list[i]
		}
	}
	return nil
}

// word is a member of what a step wrote, when it is text or a number.
func word(m map[string]any, name string) string {
	switch value := m[name].(type) {
	case string:
		return value
	case json.Number:
		return value.String()
	}
	return ""
}
