package clients

// Secrets that do not show.

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
)

// Secret prints as "[redacted]" whatever the verb; convert it to a string to
// use it.
type Secret string

const redacted = "[redacted]"

func (Secret) String() string               { return redacted }
func (Secret) GoString() string             { return redacted }
func (Secret) LogValue() slog.Value         { return slog.StringValue(redacted) }
func (Secret) MarshalJSON() ([]byte, error) { return json.Marshal(redacted) }
func (Secret) Format(f fmt.State, _ rune)   { _, _ = io.WriteString(f, redacted) }

// Is compares s with secret in constant time. An empty one fits nothing.
func (s Secret) Is(secret string) bool {
	got, want := sha256.Sum256([]byte(secret)), sha256.Sum256([]byte(s))
	return s != "" && subtle.ConstantTimeCompare(got[:], want[:]) == 1
}

// newSecret is n random bytes, in base64url.
func newSecret(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}
