package factors

// What follows once something was proved.

import "github.com/doorward/doorward/host/idp/people"

// Step is what a sign-in needs next.
type Step int

const (
	Done           Step = iota
	AskSecond           // a second factor, one of those the person has
	ChangePassword      // a new password instead of the one just proved
	EnrolSecond         // a second factor is set up
)

// Next is what a sign-in of person needs after proved. wanted is the acr that
// the client asks for, or "": it can make a person prove a second factor that
// they have, never set one up.
//
// The second factor comes before the change of the password: whoever has only
// the password must not be able to change it.
func Next(r Requirement, person people.Person, proved Proved, wanted string) Step {
	switch {
	case r != Off && !proved.Multiple() && HasSecond(person), couldReach(person, proved, wanted):
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

// couldReach reports whether wanted is not proved yet, and one more proof of
// what the person has would do it.
func couldReach(person people.Person, proved Proved, wanted string) bool {
	if wanted == "" || Reaches(proved.ACR(), wanted) {
		return false
	}
	return len(person.TOTP) > 0 && Reaches(ACRMFA, wanted) || len(person.Passkeys) > 0 && Reaches(ACRPasskey, wanted)
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
