package factors

// What follows once something was proved.

import (
	"slices"

	"github.com/doorward/doorward/host/idp/people"
)

// Step is what a sign-in needs next.
type Step int

const (
	Done           Step = iota
	AskSecond           // a second factor, one of those the person has
	ChangePassword      // a new password instead of the one just proved
	EnrolSecond         // a second factor is set up
)

// Next is what a sign-in of person needs after proved. wanted are the acr
// values that the client asks for: they can make a person prove a second factor
// that they have, never set one up.
//
// The second factor comes before the change of the password: whoever has only
// the password must not be able to change it.
func Next(r Requirement, person people.Person, proved Proved, wanted []string) Step {
	switch {
	case r != Off && !proved.Multiple() && HasSecond(person), CouldReach(person, proved.ACR(), wanted):
		return AskSecond
	case person.MustChange && proved.Method.HasPassword():
		return ChangePassword
	case r == Required && !proved.Multiple():
		return EnrolSecond
	}
	return Done
}

// HasSecond reports whether person has set up a second factor.
func HasSecond(person people.Person) bool { return len(person.TOTP) > 0 || len(person.Passkeys) > 0 }

// CouldReach reports whether none of wanted is reached by who proved have, and
// one more proof of what person has would reach one.
func CouldReach(person people.Person, have string, wanted []string) bool {
	if slices.ContainsFunc(wanted, func(acr string) bool { return Reaches(have, acr) }) {
		return false
	}
	return slices.ContainsFunc(wanted, func(acr string) bool {
		return len(person.TOTP) > 0 && Reaches(ACRMFA, acr) || len(person.Passkeys) > 0 && Reaches(ACRPasskey, acr)
	})
}

// Guard is the acr that a person must have proved to change how they prove who
// they are: a second factor, if they have one, else their password, if one of
// methods asks for it (NIST SP 800-63B, section 6.1.2).
func Guard(methods []Method, person people.Person) string {
	switch {
	case len(person.TOTP) > 0:
		return ACRMFA
	case len(person.Passkeys) > 0:
		return ACRPasskey
	case person.PasswordHash != "" && slices.ContainsFunc(methods, Method.HasPassword):
		return ACRPassword
	}
	return ACRBadge
}

// Suffices reports whether person can sign in by one of methods, and has the
// second factor that they need then.
func Suffices(methods []Method, r Requirement, person people.Person) bool {
	for _, m := range methods {
		able := (!m.HasPassword() || person.PasswordHash != "") && (!m.HasBadge() || len(person.Badges) > 0)
		switch {
		case m == Passkey && len(person.Passkeys) > 0:
			return true
		case m != Passkey && able && (r != Required || HasSecond(person)):
			return true
		}
	}
	return false
}
