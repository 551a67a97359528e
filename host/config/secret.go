// Secrets, and JSON taken over from YAML.

package config

import (
	"fmt"
	"io"
	"log/slog"
)

// Secret is a text that prints as [redacted] wherever it is formatted, logged
// or encoded. Reveal is the only way to its value.
type Secret struct{ value string }

// NewSecret wraps value.
func NewSecret(value string) Secret { return Secret{value} }

const redacted = "[redacted]"

// Reveal is the secret itself.
func (s Secret) Reveal() string { return s.value }

// Empty reports whether there is no secret.
func (s Secret) Empty() bool { return s.value == "" }

// String is [redacted].
func (s Secret) String() string { return redacted }

// Format writes [redacted] for every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// MarshalText writes [redacted], so that JSON and YAML encoders do too.
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue is [redacted].
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// JSON is the JSON text of any value. Numbers keep their digits.
type JSON []byte

// MarshalJSON is the text itself.
func (j JSON) MarshalJSON() ([]byte, error) {
	if len(j) == 0 {
		return []byte("null"), nil
	}
	return j, nil
}
