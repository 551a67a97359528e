package pages

// What each page is made of.

import (
	"cmp"
	"slices"

	"github.com/doorward/doorward/host/page"
)

type about struct {
	name    string // of the template; the title's text is name.title
	locales []string
	err     *Message
	script  string
	wide    bool
	view    any
}

func (a about) titleIn(t *translation) string {
	title := t.plain(a.name + ".title")
	if a.err != nil {
		return t.plain("title_error", "title", title)
	}
	return title
}

// signIn is SignIn with its choices laid out.
type signIn struct {
	SignIn
	Passkey bool     // offered beside the form
	Others  []string // methods that have a form of their own
}

func (s SignIn) about() about {
	s.Method = chosen(s.Method, s.Methods, MethodPassword)
	v := signIn{SignIn: s, Passkey: slices.Contains(s.Methods, MethodPasskey) && s.PasskeyOptions != ""}
	for _, m := range s.Methods {
		if m != s.Method && m != MethodPasskey {
			v.Others = append(v.Others, m)
		}
	}
	a := about{name: "sign_in", locales: s.Locales, err: s.Error, view: v}
	if v.Passkey {
		a.script = page.PasskeyScript
	}
	return a
}

func chosen(method string, methods []string, fallback string) string {
	if slices.Contains(methods, method) {
		return method
	}
	return cmp.Or(slices.Concat(methods, []string{fallback})...)
}

// secondFactor is SecondFactor with its choices laid out.
type secondFactor struct {
	SecondFactor
	Passkey bool
	Code    bool // an app's code can be typed instead
}

func (s SecondFactor) about() about {
	s.Method = chosen(s.Method, s.Methods, FactorTOTP)
	v := secondFactor{SecondFactor: s, Passkey: slices.Contains(s.Methods, FactorPasskey) && s.PasskeyOptions != ""}
	v.Code = s.Method == FactorPasskey && slices.Contains(s.Methods, FactorTOTP)
	a := about{name: "second_factor", locales: s.Locales, err: s.Error, view: v}
	if v.Passkey {
		a.script = page.PasskeyScript
	}
	return a
}

func (s ChangePassword) about() about {
	return about{name: "change_password", locales: s.Locales, err: s.Error, view: s}
}

func (s Choose) about() about { return about{name: "choose", locales: s.Locales, view: s} }

func (s Consent) about() about {
	return about{name: "consent", locales: s.Locales, view: s}
}

func (s DeviceCode) about() about {
	return about{name: "device_code", locales: s.Locales, err: s.Error, view: s}
}

func (s DeviceConfirm) about() about {
	return about{name: "device_confirm", locales: s.Locales, view: s}
}

func (s DeviceDone) about() about {
	if s.Allowed {
		return about{name: "device_allowed", locales: s.Locales, view: s}
	}
	return about{name: "device_denied", locales: s.Locales, view: s}
}

func (s SignOut) about() about { return about{name: "sign_out", locales: s.Locales, view: s} }

func (s SignedOut) about() about { return about{name: "signed_out", locales: s.Locales, view: s} }

// account is Account with what follows from it.
type account struct {
	Account
	CanRemovePasskey bool
	Elsewhere        bool // signed in in another browser, too
}

func (s Account) about() about {
	v := account{s, !s.FactorNeeded || s.TOTP || len(s.Passkeys) > 1, slices.ContainsFunc(s.Sessions, func(o Session) bool { return !o.Current })}
	a := about{name: "account", locales: s.Locales, err: s.Error, wide: true, view: v}
	if s.CanPasskey {
		a.script = page.PasskeyScript
	}
	return a
}

// totpSetup is TOTPSetup with what is shown of its secret.
type totpSetup struct {
	TOTPSetup
	QR  qrCode
	Key []string // the secret in groups, for typing
}

func (s TOTPSetup) about() about {
	return about{name: "totp_setup", locales: s.Locales, err: s.Error, view: totpSetup{s, drawQR(s.URI), groups(s.Secret)}}
}

func (s PasskeySetup) about() about {
	return about{name: "passkey_setup", locales: s.Locales, err: s.Error, script: page.PasskeyScript, view: s}
}

func (s Failure) about() about { return about{name: "failure", locales: s.Locales, view: s} }

func (s FormPost) about() about {
	return about{name: "form_post", locales: s.Locales, script: page.SubmitScript, view: s}
}
