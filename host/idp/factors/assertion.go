package factors

// A passkey is asked for, and its answer checked (WebAuthn Level 3, section
// 7.2).

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/doorward/doorward/host/idp/people"
)

// Ask asks for any passkey of the site. options is what
// navigator.credentials.get takes, as JSON. No passkey is named, so it tells
// nobody who has one.
func (k *Passkeys) Ask() (options json.RawMessage, c Challenge, err error) {
	return asked(k.site.BeginDiscoverableLogin())
}

// AskOf asks for a passkey of person, who has proved something else already.
func (k *Passkeys) AskOf(person people.Person) (options json.RawMessage, c Challenge, err error) {
	who, err := newOwner(person)
	if err != nil {
		return nil, Challenge{}, err
	}
	return asked(k.site.BeginLogin(who))
}

func asked(a *protocol.CredentialAssertion, s *webauthn.SessionData, err error) (json.RawMessage, Challenge, error) {
	if err != nil {
		return nil, Challenge{}, fmt.Errorf("ask for a passkey: %w", err)
	}
	options, err := json.Marshal(a)
	return options, Challenge{*s}, err
}

// Answer is a passkey that was proved.
type Answer struct {
	Person  people.Person
	Passkey people.Passkey // with its new counter; to be stored
	Key     Key
}

// Check holds response, the JSON of the credential that the browser gave,
// against c. find returns the person who has the credential of that id.
//
// With ErrCloned the Answer is there too: its Passkey holds the warning. Other
// errors are those of find, or ErrPasskey.
func (k *Passkeys) Check(c Challenge, response string, find func(id []byte) (people.Person, error)) (Answer, error) {
	parsed, err := protocol.ParseCredentialRequestResponseBytes([]byte(response))
	if err != nil {
		return Answer{}, ErrPasskey
	}
	person, err := find(parsed.RawID)
	if err != nil {
		return Answer{}, err
	}
	who, err := newOwner(person)
	if err != nil {
		return Answer{}, err
	}
	used, err := k.validate(who, c, parsed)
	if err != nil {
		return Answer{}, ErrPasskey
	}
	i := slices.IndexFunc(who.keys, func(held webauthn.Credential) bool { return string(held.ID) == string(used.ID) })
	answer := Answer{Person: person, Passkey: person.Passkeys[i], Key: keyOf(used)}
	if answer.Passkey.Credential, err = json.Marshal(used); err != nil {
		return Answer{}, err
	}
	if wentBack(who.keys[i], parsed) {
		return answer, ErrCloned
	}
	return answer, nil
}

func (k *Passkeys) validate(who *owner, c Challenge, parsed *protocol.ParsedCredentialAssertionData) (*webauthn.Credential, error) {
	if len(c.Session.UserID) > 0 { // asked of one person
		return k.site.ValidateLogin(who, c.Session, parsed)
	}
	_, used, err := k.site.ValidatePasskeyLogin(func([]byte, []byte) (webauthn.User, error) { return who, nil }, c.Session, parsed)
	return used, err
}

// keyOf says where the key lies. Without an attestation that is what the
// authenticator says of itself.
func keyOf(c *webauthn.Credential) Key {
	if c.Flags.BackupEligible {
		return Software
	}
	return Hardware
}

// wentBack is the library's warning for this answer alone: its own flag stays
// set for good.
func wentBack(held webauthn.Credential, parsed *protocol.ParsedCredentialAssertionData) bool {
	now := parsed.Response.AuthenticatorData.Counter
	return now <= held.Authenticator.SignCount && (now != 0 || held.Authenticator.SignCount != 0)
}

// Cloned reports whether the passkey's counter ever went back.
func Cloned(passkey people.Passkey) bool {
	var held struct {
		Authenticator struct {
			CloneWarning bool `json:"cloneWarning"`
		} `json:"authenticator"`
	}
	return json.Unmarshal(passkey.Credential, &held) == nil && held.Authenticator.CloneWarning
}

// Keep puts used among the passkeys of person in place of the one it was, or
// returns ErrPasskey when that is gone, or was used meanwhile with a later
// counter.
func Keep(person *people.Person, used people.Passkey) error {
	i := slices.IndexFunc(person.Passkeys, func(held people.Passkey) bool { return string(held.ID) == string(used.ID) })
	if i < 0 {
		return ErrPasskey
	}
	var before, after webauthn.Credential
	if err := errors.Join(json.Unmarshal(person.Passkeys[i].Credential, &before), json.Unmarshal(used.Credential, &after)); err != nil {
		return ErrPasskey
	}
	counts := after.Authenticator.SignCount > before.Authenticator.SignCount
	if before.Authenticator.SignCount > 0 && !counts && !after.Authenticator.CloneWarning {
		return ErrPasskey
	}
	person.Passkeys = slices.Clone(person.Passkeys)
	person.Passkeys[i].Credential, person.Passkeys[i].Used = used.Credential, used.Used
	return nil
}
