package token

import (
	"fmt"
	"log/slog"
)

const redacted = "[redacted]"

// Secret is a string that prints, logs and marshals as "[redacted]". Reveal is
// the only way to its value that reads like one in a review.
type Secret string

// Reveal is the secret itself. Its result must not reach a log, a trace, an
// error or a page.
func (s Secret) Reveal() string { return string(s) }

// Format writes "[redacted]" whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

func (s Secret) String() string               { return redacted }
func (s Secret) GoString() string             { return redacted }
func (s Secret) LogValue() slog.Value         { return slog.StringValue(redacted) }
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
