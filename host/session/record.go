package session

import (
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/doorward/doorward/host/login"
)

// Record is an open session, as it was when it was opened. It is shared with
// other uses of the session: callers must change nothing of it. Printing a
// Record shows its id and nothing else; encoding it yourself shows everything,
// tokens included.
//
// session.user.timestamp is Document.ReceivedAt in milliseconds: it moves with
// a new sign-in only.
type Record struct {
	ID        string    // 32 hex digits; no secret, and opens nothing
	CreatedAt time.Time // kept by a step-up, moved by a login
	Document  login.Document
	User      login.User
	Tokens    login.Tokens
	Version   uint64 // of Document, User and Tokens: 1, and one more with each continuation and renewal

	key  []byte // the data key
	size int    // an estimate of the memory it takes, in bytes
	memo *memo  // shared by every use while the record is kept in memory
}

// memo is a value that is computed from a record at most once.
type memo struct {
	once  sync.Once
	value any
}

// Memo returns what compute returned the first time that Memo was called on
// this record, in any use of the session while the record is kept in memory.
// compute must depend on nothing but the record. It is safe for concurrent use.
func (r *Record) Memo(compute func() any) any {
	if r.memo == nil {
		return compute()
	}
	r.memo.once.Do(func() { r.memo.value = compute() })
	return r.memo.value
}

// String is the session's id.
func (r Record) String() string { return "session " + r.ID }

// Format prints String for every verb, so that no verb shows a token.
func (r Record) Format(f fmt.State, _ rune) { fmt.Fprint(f, r.String()) }

// LogValue is the session's id.
func (r Record) LogValue() slog.Value { return slog.StringValue(r.ID) }
