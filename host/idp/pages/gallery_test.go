package pages

// Every page in every state.

import (
	"strings"
	"time"
)

const sealed = "c2VhbGVkLXJlcXVlc3Q"

var (
	noon = time.Date(2026, time.March, 4, 12, 5, 0, 0, time.UTC)

	wiki = Client{Name: "The Wiki", URI: "https://wiki.example.com/", PolicyURI: "https://wiki.example.com/privacy", TermsURI: "https://wiki.example.com/terms", Returns: "wiki.example.com"}
	self = Client{Name: "Free Coffee \u202eevil <b>", URI: "javascript:alert(1)", PolicyURI: "javascript:alert(1)", Returns: "coffee.example.net", Unverified: true}
	ada  = Person{ID: "1", Name: "Ada Lovelace", UserName: "ada", Email: "ada@example.com"}
	long = Person{ID: "2", UserName: strings.Repeat("a-very-long-user-name-", 8), Expired: true}

	everyMethod = []string{MethodPassword, MethodBadge, MethodBadgePassword, MethodPasskey}
	getOptions  = `{"publicKey":{"challenge":"AAAA","rpId":"localhost","userVerification":"required"}}`
	newOptions  = `{"publicKey":{"challenge":"AAAA","rp":{"name":"x","id":"localhost"},"user":{"id":"AAAA","name":"ada","displayName":"Ada"},"pubKeyCredParams":[{"type":"public-key","alg":-7}]}}`
	asked       = []Scope{{Name: "openid"}, {Name: "profile"}, {Name: "email", Given: true}, {Name: "plant", Claims: []string{"line", "shift"}}, {Name: "offline_access"}}
)

// state is a page, and where the focus is when it opens; empty: nowhere.
type state struct {
	name  string
	page  Page
	focus string
}

func gallery() []state { return append(append(signInStates(), pageStates()...), accountStates()...) }

func signInStates() []state {
	in := func(change func(*SignIn)) SignIn {
		s := SignIn{Action: "/idp/sign-in", Request: sealed, Client: wiki, Methods: []string{MethodPassword}, PasskeyAction: "/idp/passkey", PasskeyOptions: getOptions}
		change(&s)
		return s
	}
	return []state{
		{"sign-in", in(func(*SignIn) {}), "username"},
		{"sign-in-all", in(func(s *SignIn) { s.Methods, s.CanRemember = everyMethod, true }), "username"},
		{"sign-in-named", in(func(s *SignIn) { s.UserName = "ada" }), "password"},
		{"sign-in-wrong", in(func(s *SignIn) {
			s.UserName, s.Error, s.CanRemember, s.Remember = "ada", Say(SayWrong), true, true
		}), "password"},
		{"sign-in-empty", in(func(s *SignIn) { s.Error = Say(SayEmpty).At("username") }), "username"},
		{"sign-in-wait", in(func(s *SignIn) { s.UserName, s.Error = "ada", Say(SayWaitMinutes, "count", "1") }), "password"},
		{"sign-in-badge", in(func(s *SignIn) { s.Methods, s.Method = everyMethod, MethodBadge }), "badge"},
		{"sign-in-badge-wrong", in(func(s *SignIn) {
			s.Methods, s.Error = []string{MethodBadge}, Say(SayWrongBadge).At("badge")
		}), "badge"},
		{"sign-in-badge-password", in(func(s *SignIn) { s.Methods, s.Method = everyMethod, MethodBadgePassword }), "badge"},
		{"sign-in-passkey", in(func(s *SignIn) { s.Methods = []string{MethodPasskey, MethodPassword} }), ""},
		{"sign-in-again", in(func(s *SignIn) {
			s.Again, s.UserName, s.Client, s.Notice = true, "ada", Client{}, Say(SayConfirm)
		}), "password"},
		{"sign-in-self-registered", in(func(s *SignIn) { s.Client = self }), "username"},
		{"second-factor", SecondFactor{Action: "/idp/sign-in", Request: sealed, Client: wiki, UserName: "ada", Methods: []string{FactorTOTP, FactorPasskey}, PasskeyAction: "/idp/passkey", PasskeyOptions: getOptions}, "code"},
		{"second-factor-wrong", SecondFactor{Action: "/idp/sign-in", Request: sealed, UserName: "ada", Error: Say(SayWrongCode).At("code")}, "code"},
		{"second-factor-passkey", SecondFactor{Action: "/idp/sign-in", Request: sealed, UserName: "ada", Method: FactorPasskey, Methods: []string{FactorTOTP, FactorPasskey}, PasskeyAction: "/idp/passkey", PasskeyOptions: getOptions}, ""},
		{"change-password-forced", ChangePassword{Action: "/idp/sign-in", Request: sealed, UserName: "ada", Forced: true, MinLength: 12}, "password"},
		{"change-password-short", ChangePassword{Action: "/idp/account", Request: sealed, UserName: "ada", Current: true, MinLength: 12, Error: Say(SayPasswordShort, "count", "12").At("password")}, "password"},
		{"passkey-setup", PasskeySetup{Action: "/idp/sign-in", Request: sealed, PasskeyOptions: newOptions, CanTOTP: true}, ""},
		{"totp-setup-forced", TOTPSetup{Action: "/idp/sign-in", Request: sealed, Forced: true, URI: otpauth, Secret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"}, "code"},
		{"totp-setup-wrong", TOTPSetup{Action: "/idp/account", Request: sealed, URI: otpauth, Secret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", Error: Say(SayWrongCode).At("code")}, "code"},
	}
}

const otpauth = "otpauth://totp/Plant%207:ada?algorithm=SHA1&digits=6&issuer=Plant%207&period=30&secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

func pageStates() []state {
	return []state{
		{"choose", Choose{Action: "/idp/choose", Request: sealed, Client: wiki, Accounts: []Person{ada, long, {ID: "3", UserName: "bob"}}}, ""},
		{"consent", Consent{Action: "/idp/consent", Request: sealed, Client: wiki, Person: ada, Scopes: asked, CanSwitch: true}, ""},
		{"consent-self-registered", Consent{Action: "/idp/consent", Request: sealed, Client: self, Person: long, Scopes: asked[:1]}, ""},
		{"device-code", DeviceCode{Action: "/idp/device", Request: sealed}, "code"},
		{"device-code-wrong", DeviceCode{Action: "/idp/device", Request: sealed, Code: "BCDF-GHJK", Error: Say(SayDeviceCode).At("code")}, "code"},
		{"device-confirm", DeviceConfirm{Action: "/idp/device", Request: sealed, Client: Client{Name: "The Wiki"}, Person: ada, Code: "BCDF-GHJK", Scopes: asked[:2], CanSwitch: true}, ""},
		{"device-allowed", DeviceDone{Client: wiki, Allowed: true}, ""},
		{"device-denied", DeviceDone{Client: wiki}, ""},
		{"sign-out", SignOut{Action: "/idp/sign-out", Request: sealed, Client: wiki, Person: ada, More: 2}, ""},
		{"sign-out-own", SignOut{Action: "/idp/sign-out", Request: sealed, Person: long, More: 1}, ""},
		{"signed-out", SignedOut{}, ""},
		{"failure", Failure{Code: "parameter_invalid", ID: "8Qk2", Back: "/idp/account"}, ""},
		{"failure-other", Failure{Code: "code_missing"}, ""},
		{"form-post", FormPost{Action: "https://wiki.example.com/callback", Params: []Param{{"code", "c0de"}, {"state", `a"&<b>`}}}, ""},
	}
}

func accountStates() []state {
	full := Account{
		Action: "/idp/account", Form: sealed, Person: ada, Notice: Say(SayPasskeyAdded), HasPassword: true, CanPassword: true, Badges: 1,
		Passkeys:   []Passkey{{ID: "p1", Name: "My phone", Added: noon, Used: noon.Add(time.Hour)}, {ID: "p2", Name: "Key ring <b>", Added: noon, Copied: true}},
		CanPasskey: true, PasskeyOptions: newOptions, TOTP: true, CanTOTP: true,
		Sessions: []Session{
			{ID: "s1", Current: true, Agent: "Firefox on Linux", Address: "192.0.2.7", Started: noon, Used: noon},
			{ID: "s2", Remembered: true, Started: noon, Used: noon.Add(24 * time.Hour)},
		},
		Applications: []Application{{"a1", wiki, asked, noon, true}, {"a2", self, asked[:1], noon, false}},
	}
	bare := Account{Action: "/idp/account", Form: sealed, Person: long, CanPasskey: true, PasskeyOptions: newOptions, CanTOTP: true, CanPassword: true,
		Error: Say(SayFormOld), Sessions: full.Sessions[:1]}
	held := full
	held.TOTP, held.CanTOTP, held.FactorNeeded, held.Passkeys, held.Notice = false, false, true, full.Passkeys[:1], nil
	app := bare
	app.CanPasskey, app.TOTP, app.FactorNeeded, app.Error = false, true, true, Say(SayFactorNeeded)
	return []state{{"account", full, ""}, {"account-bare", bare, ""}, {"account-last-passkey", held, ""}, {"account-last-app", app, ""}}
}
