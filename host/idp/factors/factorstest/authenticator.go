// Package factorstest has an authenticator in software, for tests: it makes
// and uses passkeys with ES256 and no attestation, and it can do it wrongly.
package factorstest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"testing"
)

// Flags of authenticator data (WebAuthn Level 3, section 6.1).
const (
	Present  = 0x01
	Verified = 0x04
	Eligible = 0x08 // for backup: the key can be copied between devices
	BackedUp = 0x10
	attested = 0x40
)

var b64 = base64.RawURLEncoding

// Authenticator holds one passkey. What is set besides Origin and Flags is
// used instead of what was asked for.
type Authenticator struct {
	Origin string
	Flags  byte
	Count  uint32 // of the last use; it stays zero when Still is set
	Still  bool

	RPID      string
	Challenge string
	Type      string
	Handle    []byte // what userHandle says
	ID        []byte // the credential's

	key *ecdsa.PrivateKey
}

// New is an authenticator for pages at origin that verifies its person.
func New(origin string) *Authenticator {
	return &Authenticator{Origin: origin, Flags: Present | Verified}
}

type asked struct {
	PublicKey struct {
		Challenge string `json:"challenge"`
		RPID      string `json:"rpId"`
		RP        struct {
			ID string `json:"id"`
		} `json:"rp"`
		User struct {
			ID string `json:"id"`
		} `json:"user"`
	} `json:"publicKey"`
}

// Create answers navigator.credentials.create with a new passkey, as the JSON
// of PublicKeyCredential.toJSON.
func (a *Authenticator) Create(t testing.TB, options string) string {
	t.Helper()
	ask := read(t, options)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	a.key, a.ID = key, make([]byte, 16)
	_, _ = rand.Read(a.ID)
	a.Handle, err = b64.DecodeString(ask.PublicKey.User.ID)
	must(t, err)

	public, err := key.PublicKey.Bytes() // 4, x, y
	must(t, err)
	data := a.data(or(a.RPID, ask.PublicKey.RP.ID), a.Flags|attested)
	data = append(data, make([]byte, 16)...) // AAGUID
	data = binary.BigEndian.AppendUint16(data, uint16(len(a.ID)))
	data = append(data, a.ID...)
	data = append(data, 0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01) // COSE: EC2, ES256, P-256
	data = append(append(data, 0x21, 0x58, 32), public[1:33]...)
	data = append(append(data, 0x22, 0x58, 32), public[33:]...)

	object := []byte{0xa3}
	object = append(append(object, text("fmt")...), text("none")...)
	object = append(append(object, text("attStmt")...), 0xa0)
	object = append(append(object, text("authData")...), 0x58, byte(len(data)))
	object = append(object, data...)
	return a.credential(t, map[string]any{
		"clientDataJSON": b64.EncodeToString(a.clientData("webauthn.create", ask)), "attestationObject": b64.EncodeToString(object), "transports": []string{"internal"},
	})
}

// Get answers navigator.credentials.get with the passkey.
func (a *Authenticator) Get(t testing.TB, options string) string {
	t.Helper()
	ask := read(t, options)
	if !a.Still {
		a.Count++
	}
	data := a.data(or(a.RPID, ask.PublicKey.RPID), a.Flags)
	client := a.clientData("webauthn.get", ask)
	hash := sha256.Sum256(client)
	digest := sha256.Sum256(append(append([]byte{}, data...), hash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, a.key, digest[:])
	must(t, err)
	return a.credential(t, map[string]any{
		"clientDataJSON": b64.EncodeToString(client), "authenticatorData": b64.EncodeToString(data),
		"signature": b64.EncodeToString(signature), "userHandle": b64.EncodeToString(a.Handle),
	})
}

func read(t testing.TB, options string) (ask asked) {
	t.Helper()
	must(t, json.Unmarshal([]byte(options), &ask))
	return ask
}

func (a *Authenticator) data(rpID string, flags byte) []byte {
	hash := sha256.Sum256([]byte(rpID))
	return binary.BigEndian.AppendUint32(append(hash[:], flags), a.Count)
}

func (a *Authenticator) clientData(kind string, ask asked) []byte {
	data, _ := json.Marshal(map[string]any{"type": or(a.Type, kind), "challenge": or(a.Challenge, ask.PublicKey.Challenge), "origin": a.Origin, "crossOrigin": false})
	return data
}

func (a *Authenticator) credential(t testing.TB, response map[string]any) string {
	id := b64.EncodeToString(a.ID)
	text, err := json.Marshal(map[string]any{"id": id, "rawId": id, "type": "public-key", "response": response, "clientExtensionResults": map[string]any{}})
	must(t, err)
	return string(text)
}

// text is a short CBOR text.
func text(s string) []byte { return append([]byte{0x60 + byte(len(s))}, s...) }

func or(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
