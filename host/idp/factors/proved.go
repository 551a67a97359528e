package factors

// What was proved, in the words of tokens.

import "slices"

// The values of acr, the weakest first. A badge's number can be read and
// copied; with a password it stands in for the user name, so the two count as
// a password. A passkey is above other pairs of factors because it cannot be
// given to the wrong site.
const (
	ACRBadge    = "urn:doorward:acr:badge"
	ACRPassword = "urn:doorward:acr:password"
	ACRMFA      = "urn:doorward:acr:mfa"
	ACRPasskey  = "urn:doorward:acr:passkey"
)

// ACRs are the values of acr, the weakest first.
func ACRs() []string { return []string{ACRBadge, ACRPassword, ACRMFA, ACRPasskey} }

// Reaches reports whether who proved have has proved want too. An acr that is
// not one of ours is reached only by itself.
func Reaches(have, want string) bool {
	h, w := slices.Index(ACRs(), have), slices.Index(ACRs(), want)
	return have == want || w >= 0 && h >= w
}

// Key is where a passkey's private key lies, as amr says it (RFC 8176).
type Key string

const (
	NoKey    Key = ""
	Hardware Key = "hwk" // it stays in one authenticator
	Software Key = "swk" // it can be copied between devices, so nothing holds it
)

// Proved is what a person has proved within one sign-in.
type Proved struct {
	Method Method `json:"method,omitempty"`
	TOTP   bool   `json:"totp,omitempty"`
	Key    Key    `json:"key,omitempty"` // of the passkey that was proved, as the method or after it
}

// Multiple reports whether more than one factor was proved. A passkey is two by
// itself: the key, and what the authenticator asked for before it used it.
func (p Proved) Multiple() bool { return p.TOTP || p.Key != NoKey }

var amrOf = map[Method][]string{Password: {"uname", "pwd"}, Badge: {"badge"}, BadgePassword: {"badge", "pwd"}}

// AMR is the amr claim: the method's own values, then those of RFC 8176 for
// what was proved after it: "otp", "hwk" or "swk" with "user" (the authenticator
// saw a person), and "mfa".
func (p Proved) AMR() []string {
	amr := slices.Clone(amrOf[p.Method])
	if p.TOTP {
		amr = append(amr, "otp")
	}
	if p.Key != NoKey {
		amr = append(amr, string(p.Key), "user")
	}
	if p.Multiple() {
		amr = append(amr, "mfa")
	}
	return amr
}

// ACR is the acr claim.
func (p Proved) ACR() string {
	switch {
	case p.Key != NoKey:
		return ACRPasskey
	case p.TOTP:
		return ACRMFA
	case p.Method.HasPassword():
		return ACRPassword
	default:
		return ACRBadge
	}
}

// Offered are the values of acr that these methods and this second factor can
// prove, the weakest first.
func Offered(methods []Method, second Requirement) []string {
	var acrs []string
	for _, m := range methods {
		acrs = append(acrs, Proved{Method: m, Key: map[Method]Key{Passkey: Hardware}[m]}.ACR())
	}
	if second != Off {
		acrs = append(acrs, ACRMFA, ACRPasskey)
	}
	return slices.DeleteFunc(ACRs(), func(acr string) bool { return !slices.Contains(acrs, acr) })
}
