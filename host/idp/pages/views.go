package pages

// The pages of a sign-in, and what each sends back.
//
// A form posts to its page's Action and repeats Request, which the caller
// sealed, as the field "request". The button that was pressed is the field
// "do", one of the Do constants.

import "cmp"

// Page is one of the structs of this package.
type Page interface{ about() about }

// What was pressed: the values of the field "do".
const (
	DoSignIn  = "sign-in" // also when Enter was pressed, as a badge reader does
	DoCancel  = "cancel"
	DoAllow   = "allow"
	DoDeny    = "deny"
	DoOther   = "other" // somebody else signs in
	DoNext    = "next"
	DoPasskey = "passkey" // with a credential, to PasskeyAction

	DoSignOut         = "sign-out"
	DoPassword        = "password" // shows ChangePassword
	DoChangePassword  = "change-password"
	DoPasskeyAdd      = "passkey-add"
	DoPasskeyRemove   = "passkey-remove"
	DoPasskeyRename   = "passkey-rename"
	DoTOTP            = "totp" // shows TOTPSetup
	DoTOTPConfirm     = "totp-confirm"
	DoTOTPRemove      = "totp-remove"
	DoSessionEnd      = "session-end"
	DoSessionsEnd     = "sessions-end" // every one but this
	DoApplicationStop = "application-stop"
)

// The ways of signing in, the values of SignIn.Methods and of the fields
// "method" and "use".
const (
	MethodPassword      = "password"
	MethodBadge         = "badge"
	MethodBadgePassword = "badge_password"
	MethodPasskey       = "passkey"
)

// The second factors, the values of SecondFactor.Methods and of the fields
// "method" and "use".
const (
	FactorTOTP    = "totp"
	FactorPasskey = "passkey"
)

// Message is a text of the translation files: its key, one of the Say
// constants, and what stands for the placeholders in it. Field is the name of
// the input that it is about; empty, it is about the whole form.
type Message struct {
	Key   string
	Args  map[string]string
	Field string
}

// Say is a Message with arguments given as name, value pairs.
func Say(key string, args ...string) *Message {
	return &Message{Key: key, Args: pairs(args)}
}

// At is the message about the input called field.
func (m *Message) At(field string) *Message {
	return &Message{Key: m.Key, Args: m.Args, Field: field}
}

// Client is the application that a page is about. Its logo is never shown: it
// would be loaded from elsewhere.
type Client struct {
	Name      string
	URI       string // of its home page; shown only when it is https or http
	PolicyURI string
	TermsURI  string
	Returns   string // the host name that the answer goes to
	// Unverified is a client that registered itself: nobody of the site has
	// checked what it calls itself, and the page says so.
	Unverified bool
}

// SignIn asks for credentials. It posts request, method (that of the form),
// username, password, badge, remember ("yes" or nothing) and do: DoSignIn or
// DoCancel. A button to sign in in another way posts request and use (a
// method) instead: show the page again with that Method. A passkey posts to
// PasskeyAction: request, credential (PublicKeyCredential.toJSON) and remember.
//
// A badge reader types the number and Enter, which presses DoSignIn; with
// MethodBadgePassword the browser then moves to the empty password.
type SignIn struct {
	Locales  []string // ui_locales
	Action   string
	Request  string
	Client   Client // without a Name the page is for the person's own account
	Method   string // of the form; the first of Methods when empty
	Methods  []string
	UserName string // filled in
	// Again says that somebody is signed in and proves it once more: the page
	// names UserName, and the input keeps it.
	Again       bool
	CanRemember bool
	Remember    bool
	Notice      *Message
	Error       *Message // Field is username, password or badge

	PasskeyAction  string
	PasskeyOptions string // CredentialRequestOptions as JSON, member publicKey; for the button and for autofill
}

// SecondFactor asks for one more proof. It posts request, method, code and do:
// DoSignIn or DoCancel; or request and use. A passkey posts request and
// credential to PasskeyAction.
type SecondFactor struct {
	Locales  []string
	Action   string
	Request  string
	Client   Client
	UserName string
	Method   string // the first of Methods when empty
	Methods  []string
	Error    *Message // Field is code

	PasskeyAction  string
	PasskeyOptions string
}

// ChangePassword posts request, current, password, again and do:
// DoChangePassword or DoCancel.
type ChangePassword struct {
	Locales   []string
	Action    string
	Request   string
	UserName  string
	Forced    bool     // it must be changed before the sign-in goes on
	Current   bool     // the present password is asked for
	MinLength int      // characters
	Error     *Message // Field is current, password or again
}

// Choose asks which of the people who are signed in goes on. It posts request
// and account (an ID), or request and do: DoOther or DoCancel.
type Choose struct {
	Locales  []string
	Action   string
	Request  string
	Client   Client
	Accounts []Person
}

// Person is somebody in a list or at the head of a page.
type Person struct {
	ID       string // opaque, posted as account
	Name     string // UserName when empty
	UserName string
	Email    string
	Expired  bool // is asked for credentials again
}

// Shown is what the person is called.
func (p Person) Shown() string { return cmp.Or(p.Name, p.UserName) }

// Scope is something that a client asks for. Its texts are scope.NAME.title
// and scope.NAME.text of the translation files; without them the page shows
// the name, and the claims.
type Scope struct {
	Name   string
	Claims []string
	Given  bool // the client has it already
}

// Consent asks whether the client may have the scopes. It posts request and
// do: DoAllow, DoDeny, or DoOther when CanSwitch.
type Consent struct {
	Locales   []string
	Action    string
	Request   string
	Client    Client
	Person    Person
	Scopes    []Scope
	CanSwitch bool
}

// DeviceCode asks for the code that a device shows. It posts request, code and
// do: DoNext.
type DeviceCode struct {
	Locales []string
	Action  string
	Request string
	Code    string   // filled in: of verification_uri_complete, or mistyped
	Error   *Message // Field is code
}

// DeviceConfirm asks whether the device that shows the code may sign in. It
// posts request and do: DoAllow, DoDeny, or DoOther when CanSwitch.
type DeviceConfirm struct {
	Locales   []string
	Action    string
	Request   string
	Client    Client
	Person    Person
	Code      string // as the device shows it
	Scopes    []Scope
	CanSwitch bool
}

// DeviceDone ends the part of the browser.
type DeviceDone struct {
	Locales []string
	Client  Client
	Allowed bool
}

// SignOut asks whether to sign out. It posts request and do: DoSignOut.
type SignOut struct {
	Locales []string
	Action  string
	Request string
	Client  Client // who asks; without a Name nobody
	Person  Person
	More    int // people beside Person who are signed out too
}

// SignedOut says that nobody is signed in in this browser; or, with Others, who
// signed out is not.
type SignedOut struct {
	Locales []string
	Others  int // people who stay signed in
}

// Failure says that something did not work. Its text is failure.CODE of the
// translation files, or a general one.
type Failure struct {
	Locales []string
	Code    string
	ID      string // of the request, for whoever reads the logs; may be empty
	Back    string // a safe address to go on at; may be empty
}

// FormPost carries the answer to the client (OAuth 2.0 Form Post Response
// Mode); the origin of Action must be among Show's targets.
type FormPost struct {
	Locales []string
	Action  string
	Params  []Param
}

// Param is one field of the answer.
type Param struct{ Name, Value string }
