package pages

// The pages of one's own account, and what each sends back.

import "time"

// Account is what a person sees of themselves. Every form posts form and do:
// DoPassword, DoPasskeyAdd with credential and name, DoPasskeyRemove with id,
// DoPasskeyRename with id and name, DoTOTP, DoTOTPRemove, DoSessionEnd with id,
// DoSessionsEnd, DoApplicationStop with id, DoSignOut.
type Account struct {
	Locales []string
	Action  string
	Form    string // the sealed form token
	Person  Person
	Notice  *Message
	Error   *Message

	HasPassword    bool
	CanPassword    bool // false: people are kept elsewhere, or have no password here
	Badges         int
	Passkeys       []Passkey
	CanPasskey     bool
	PasskeyOptions string // CredentialCreationOptions as JSON, member publicKey
	TOTP           bool
	CanTOTP        bool
	FactorNeeded   bool // the last second factor cannot be removed

	Sessions     []Session
	Applications []Application
}

// Passkey is one of the person's.
type Passkey struct {
	ID    string
	Name  string
	Added time.Time
	Used  time.Time // zero: never

	Copied bool // there may be two of it
}

// Session is a browser in which the person is signed in.
type Session struct {
	ID         string
	Current    bool
	Remembered bool
	Agent      string // the browser and system in a few words; empty: unknown
	Address    string
	Started    time.Time
	Used       time.Time
}

// Application is a client that was given access.
type Application struct {
	ID      string // posted as id
	Client  Client
	Scopes  []Scope
	Since   time.Time
	Offline bool // also while the person is signed out
}

// TOTPSetup shows the secret of an authenticator app. It posts request, code
// and do: DoTOTPConfirm or DoCancel.
type TOTPSetup struct {
	Locales []string
	Action  string
	Request string
	Forced  bool     // it must be set up before the sign-in goes on
	URI     string   // otpauth://totp/…, shown as a QR code
	Secret  string   // base32, for typing
	Error   *Message // Field is code
}

// PasskeySetup asks for a new passkey that the sign-in cannot go on without.
// It posts request, credential, name and do: DoPasskeyAdd, or do: DoCancel;
// CanTOTP adds DoTOTP.
type PasskeySetup struct {
	Locales        []string
	Action         string
	Request        string
	PasskeyOptions string
	CanTOTP        bool
	Error          *Message
}
