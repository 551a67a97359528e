// The record of one login, and its JSON.

package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/doorward/doorward/host/login"
)

// Format names the format of a record, and its version.
const Format = "doorward.record/v1"

// MaxRecord is how many bytes of JSON a record has at most.
const MaxRecord = 1 << 20

// Record is one login. Its JSON has format as its first member, and file, the
// login file, as its last.
type Record struct {
	ID            string        `json:"id"` // of the login, as in the audit log
	Purpose       login.Purpose `json:"purpose"`
	Asked         []string      `json:"asked,omitempty"` // of a step-up: the levels, one of which must be held
	ReceivedAt    int64         `json:"receivedAt"`      // Unix nanoseconds, as At: plugins and rules read clocks
	At            int64         `json:"at"`              // of the decision, or of the answer when nothing was decided
	Person        login.Person  `json:"person"`
	Revisions     Revisions     `json:"revisions"`
	NotReplayable Reason        `json:"notReplayable,omitempty"`
	Outcome

	File login.File `json:"-"` // token strings as digests
}

// Outcome is what rules made of a login.
type Outcome struct {
	Refused  login.Code      `json:"refused,omitempty"` // empty when it was admitted
	User     *login.User     `json:"user,omitempty"`    // nil when nobody was mapped; tokens as digests
	Decision *login.Decision `json:"decision,omitempty"`
}

// Revisions are digests of all that an outcome rests on besides the login. Two
// records with the same ones were judged alike.
type Revisions struct {
	Policy     string            `json:"policy"`
	Plugins    map[string]string `json:"plugins,omitempty"` // those that were asked: name to the module's SHA-256
	Mappers    string            `json:"mappers"`           // of the provider
	Levels     string            `json:"levels"`
	Zones      string            `json:"zones"`
	Grants     string            `json:"grants"`
	Randomness string            `json:"randomness"` // of the key that seeds plugins
}

// Reason is why a record cannot be replayed.
type Reason string

// The reasons. A version is named behind its reason.
const (
	ReasonMapperTokens Reason = "mapper_reads_tokens" // a mapper or plugin reads token strings, which are not kept
	ReasonPolicyTokens Reason = "policy_reads_tokens"
	ReasonTokenCopied  Reason = "token_copied" // a claim or the user held a token
	ReasonInterrupted  Reason = "interrupted"  // time or load decided a step: a timeout, a breaker
	ReasonNoProvider   Reason = "provider_unknown"
	ReasonUnreadable   Reason = "unreadable"
	ReasonSealed       Reason = "sealed_by_a_lost_key"
	ReasonVersion      Reason = "version"
)

// Time is when the login was decided.
func (r Record) Time() time.Time { return time.Unix(0, r.At).UTC() }

// Reached reports whether decision is what the login asked for: of a step-up, one
// of the levels that it names.
func (r Record) Reached(decision login.Decision) bool {
	return len(r.Asked) == 0 || slices.ContainsFunc(r.Asked, func(level string) bool { return decision.Holds(level, r.Time()) })
}

// Document is the document that mappers are given, as it was but for tokens.
func (r Record) Document() login.Document {
	doc := r.File.Document()
	doc.Person, doc.ID = r.Person, r.ID
	doc.ReceivedAt = time.Unix(0, r.ReceivedAt).UTC()
	return doc
}

// Facts is what the levels of user are decided from.
func (r Record) Facts(doc *login.Document, user *login.User) login.Facts {
	facts := r.File.FactsOf(doc, user)
	facts.Now = r.Time()
	return facts
}

// VersionError is a record of a version that this doorward does not read.
type VersionError struct{ Format string }

func (e *VersionError) Error() string {
	return fmt.Sprintf("the record has the format %.64q, and this doorward reads %q", e.Format, Format)
}

var errRecord = errors.New("the record is damaged")

// encode writes the record. The file stands in it as it is: packing it as JSON
// would change the space between its tokens.
func (r Record) encode() ([]byte, error) {
	rest, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	file, err := r.File.MarshalJSON()
	if err != nil {
		return nil, err
	}
	out := append(make([]byte, 0, len(rest)+len(file)+64), head...)
	out = append(out, rest[1:len(rest)-1]...)
	out = append(out, `,"file":`...)
	return append(append(out, file...), '}'), nil
}

// decode reads what encode wrote.
func decode(raw []byte) (Record, error) {
	if !bytes.HasPrefix(raw, head) {
		return Record{}, refuse(raw)
	}
	var text struct {
		Record
		File json.RawMessage `json:"file"`
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	if decoder.Decode(&text) != nil {
		return Record{}, errRecord
	}
	r := text.Record
	return r, r.File.UnmarshalJSON(text.File)
}

// head is how every record of this version begins.
var head = []byte(`{"format":"` + Format + `",`)

// refuse says why a record that begins otherwise is not read.
func refuse(raw []byte) error {
	var version struct {
		Format string `json:"format"`
	}
	if json.Unmarshal(raw, &version) != nil || version.Format == Format {
		return errRecord
	}
	return &VersionError{version.Format}
}
