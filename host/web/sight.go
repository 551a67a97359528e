// What a stream sees of a session, what has changed since, and how it is told.

package web

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/session"
)

// standing tells one state of a session from another.
type standing struct {
	id        string
	version   uint64
	timestamp int64  // milliseconds: of the sign-in
	login     string // the sign-in's own name; empty when all that is known is an event's id
}

func standingOf(r *session.Record) standing {
	return standing{id: r.ID, version: r.Version, timestamp: r.Document.ReceivedAt.UnixMilli(), login: r.Document.ID}
}

// String is the id of an event. Nobody needs it to be kept secret, and it opens
// nothing.
func (at standing) String() string {
	return fmt.Sprintf("%s-%d-%d", at.id, at.version, at.timestamp)
}

// parseStanding reads an event's id, which comes from the browser: it decides
// only what the browser is told that it has missed.
func parseStanding(text string) (at standing, ok bool) {
	if len(text) > 96 {
		return at, false
	}
	parts := strings.Split(text, "-")
	if len(parts) != 3 || len(parts[0]) != 32 {
		return at, false
	}
	_, err := hex.DecodeString(parts[0])
	version, err2 := strconv.ParseUint(parts[1], 10, 64)
	timestamp, err3 := strconv.ParseInt(parts[2], 10, 64)
	return standing{id: parts[0], version: version, timestamp: timestamp}, err == nil && err2 == nil && err3 == nil
}

// sight is a session at one moment.
type sight struct {
	standing
	login  login.Login
	levels string    // the JSON of the tree
	until  time.Time // when the first of them ends; zero for never
}

// since is the event that led from before to here: empty when nothing did but
// levels that ended. Only a sign-in that was proved is a re-authentication.
func (now *sight) since(before standing) string {
	anew := now.timestamp != before.timestamp || before.login != "" && now.standing.login != before.login
	switch {
	case now.id != before.id:
		return "login"
	case now.version == before.version:
		return ""
	case !anew:
		return "refreshed"
	case login.Performed(now.login):
		return "reauthenticated"
	}
	return "login"
}

// state is the data of all events but levels and logout. It holds nothing of
// the document and nothing of the user.
type state struct {
	Authenticated bool            `json:"authenticated"`
	Timestamp     int64           `json:"timestamp"` // milliseconds
	Levels        json.RawMessage `json:"securityLevels"`
	Login         login.Proof     `json:"login"`
}

// event appends one event to b.
//
// See HTML, section 9.2.6: an event ends with an empty line, and JSON has no
// line breaks.
func (now *sight) event(b []byte, name string) []byte {
	var body any = state{
		Authenticated: true, Timestamp: now.timestamp, Levels: json.RawMessage(now.levels),
		Login: login.ProofOf(now.login),
	}
	if name == "levels" {
		body = map[string]json.RawMessage{"securityLevels": json.RawMessage(now.levels)}
	}
	data, err := json.Marshal(body)
	if err != nil {
		panic("web: " + err.Error()) // numbers, strings and what was encoded before
	}
	return fmt.Appendf(b, "event: %s\nid: %s\ndata: %s\n\n", name, now.standing, data)
}
