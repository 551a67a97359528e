package factors

// A new passkey (WebAuthn Level 3, section 7.1).

import (
	"encoding/json"
	"fmt"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/doorward/doorward/host/idp/people"
)

// AskNew asks for a new passkey of person. options is what navigator.credentials.get takes, as JSON for
// PublicKeyCredential.parseCreationOptionsFromJSON reads; authenticators that
// hold one of theirs already are left out.
func (k *Passkeys) AskNew(person people.Person) (options json.RawMessage, c Challenge, err error) {
	who, err := newOwner(person)
	if err != nil {
		return nil, Challenge{}, err
	}
	a, s, err := k.site.BeginRegistration(who,
		webauthn.WithExclusions(webauthn.Credentials(who.keys).CredentialDescriptors()),
		webauthn.WithCredentialParameters(webauthn.CredentialParametersRecommendedL3()))
	if err != nil {
		return nil, Challenge{}, fmt.Errorf("ask for a new passkey: %w", err)
	}
	options, err = json.Marshal(a)
	return options, Challenge{*s}, err
}

// CheckNew holds response, the JSON of the credential that the browser made,
// against c. The passkey has no name and no time yet. The error is ErrPasskey.
func (k *Passkeys) CheckNew(c Challenge, response string, person people.Person) (people.Passkey, Key, error) {
	who, err := newOwner(person)
	if err != nil {
		return people.Passkey{}, NoKey, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes([]byte(response))
	if err != nil {
		return people.Passkey{}, NoKey, ErrPasskey
	}
	made, err := k.site.CreateCredential(who, c.Session, parsed)
	if err != nil {
		return people.Passkey{}, NoKey, ErrPasskey
	}
	// No attestation was asked for, so what came of it proves nothing; it is
	// most of the record's size.
	made.Attestation = webauthn.CredentialAttestation{}
	record, err := json.Marshal(made)
	if err != nil {
		return people.Passkey{}, NoKey, ErrPasskey
	}
	return people.Passkey{ID: made.ID, Credential: record}, keyOf(made), nil
}
