package session

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/doorward/doorward/host/login"
)

// Record is an open session. Document and User are shared with other uses of
// the session: callers must not change what they refer to. Printing a Record
// shows its id and nothing else; encoding it yourself shows everything,
// tokens included.
//
// session.user.timestamp is Document.ReceivedAt in milliseconds: it moves with
// a new sign-in only.
type Record struct {
	ID        string    // 32 hex digits; no secret, and opens nothing
	CreatedAt time.Time // kept by a step-up
	LastUsed  time.Time // this use
	Document  login.Document
	User      login.User
	Version   uint64 // of the stored record

	key []byte // the data key
}

// String is the session's id.
func (r Record) String() string { return "session " + r.ID }

// Format prints String for every verb, so that no verb shows a token.
func (r Record) Format(f fmt.State, _ rune) { fmt.Fprint(f, r.String()) }

// LogValue is the session's id.
func (r Record) LogValue() slog.Value { return slog.StringValue(r.ID) }
