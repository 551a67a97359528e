package people

// What a Desk does, by the names that an audit log has.

// Deed is what was done, as an audit log names it.
type Deed string

// The deeds.
const (
	Added        Deed = "person_added"
	Changed      Deed = "person_changed"
	PasswordSet  Deed = "person_password_set"
	BadgeAdded   Deed = "person_badge_added"
	BadgeRemoved Deed = "person_badge_removed"
	Disabled     Deed = "person_disabled"
	Enabled      Deed = "person_enabled"
	FactorsReset Deed = "person_second_factor_reset"
	Removed      Deed = "person_removed"
	Imported     Deed = "people_imported"
	Exported     Deed = "people_exported"
)

// Ends reports whether the person must sign in again after a deed, if they can:
// whoever found a badge or a telephone may have signed in with it. With
// everything, what was granted for offline use ends, too.
func Ends(done Deed) (signOut, everything bool) {
	switch done {
	case Disabled, Removed, PasswordSet:
		return true, true
	case BadgeRemoved, FactorsReset:
		return true, false
	}
	return false, false
}
