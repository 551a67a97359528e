package factors

// Passkeys: WebAuthn credentials that the authenticator can find by itself and
// that it uses only after it verified the person (WebAuthn Level 3).

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/doorward/doorward/host/idp/people"
)

var (
	// ErrPasskey says that a response is not what was asked for: another
	// challenge, site or key, no user verification, or it cannot be read.
	ErrPasskey = errors.New("the passkey's answer does not fit what was asked")
	// ErrCloned says that the passkey's counter went back: there are two of it.
	ErrCloned = errors.New("the passkey may have been copied")
)

// Challenge is what a passkey is to sign. It is secret to nobody, but whoever
// keeps it must keep it unchanged and accept it once.
type Challenge struct {
	Session webauthn.SessionData `json:"s"`
}

// ID names the challenge.
func (c Challenge) ID() string { return c.Session.Challenge }

// Passkeys asks for passkeys of one site. It is safe for concurrent use.
type Passkeys struct{ site *webauthn.WebAuthn }

// NewPasskeys is for the pages at issuer's origin; the passkeys belong to its
// host name, and the authenticator shows name. It refuses an issuer whose host
// is an address: browsers keep passkeys for names only.
func NewPasskeys(issuer *url.URL, name string) (*Passkeys, error) {
	site, err := webauthn.New(&webauthn.Config{
		RPID: issuer.Hostname(), RPDisplayName: name, RPOrigins: []string{issuer.Scheme + "://" + issuer.Host},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: protocol.ResidentKeyRequired(),
			UserVerification: protocol.VerificationRequired,
		},
	})
	if err != nil {
		return nil, fmt.Errorf("passkeys need a host name, not %q", issuer.Hostname())
	}
	return &Passkeys{site}, nil
}

// owner is a person as WebAuthn sees them.
type owner struct {
	person people.Person
	keys   []webauthn.Credential
}

func newOwner(person people.Person) (*owner, error) {
	o := &owner{person: person}
	for _, k := range person.Passkeys {
		var c webauthn.Credential
		if err := json.Unmarshal(k.Credential, &c); err != nil {
			return nil, errors.New("a passkey's record is damaged")
		}
		o.keys = append(o.keys, c)
	}
	return o, nil
}

// WebAuthnID is the user handle: a digest, because a subject may be longer than
// the 64 bytes of a handle, or say something about the person.
func (o *owner) WebAuthnID() []byte {
	sum := sha256.Sum256([]byte("doorward passkey " + o.person.Subject))
	return sum[:]
}

func (o *owner) WebAuthnName() string { return o.person.UserName }

func (o *owner) WebAuthnDisplayName() string {
	if o.person.Name != "" {
		return o.person.Name
	}
	return o.person.UserName
}

func (o *owner) WebAuthnCredentials() []webauthn.Credential { return o.keys }
