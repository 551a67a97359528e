package pages

// The sentences that a step can put on a page, by the key of their text.

// A comment names the arguments.
const (
	SayEmpty         = "say.empty" // user name and password
	SayEmptyBadge    = "say.empty_badge"
	SayEmptyBadgePwd = "say.empty_badge_password"
	SayEmptyCode     = "say.empty_code"
	SayWrong         = "say.wrong" // unknown, disabled and mistyped are one sentence
	SayWrongBadge    = "say.wrong_badge"
	SayWrongBadgePwd = "say.wrong_badge_password"
	SayWrongPasskey  = "say.wrong_passkey"
	SayWrongCode     = "say.wrong_code"
	SayUsedCode      = "say.used_code"
	SayBusy          = "say.busy"
	SayWaitSeconds   = "say.wait_seconds" // count
	SayWaitMinutes   = "say.wait_minutes" // count
	SayConfirm       = "say.confirm"      // prove it is you before this goes on
	SayOtherPerson   = "say.other_person" // another person than the application asks for

	SayPasswordShort   = "say.password_short" // count: characters at least
	SayPasswordLong    = "say.password_long"  // count: characters at most
	SayPasswordCommon  = "say.password_common"
	SayPasswordName    = "say.password_name"   // it is the user name
	SayPasswordSame    = "say.password_same"   // as before
	SayPasswordDiffer  = "say.password_differ" // the two that were typed
	SayPasswordWrong   = "say.password_wrong"  // the present one
	SayPasswordChanged = "say.password_changed"

	SayPasskeyAdded    = "say.passkey_added"
	SayPasskeyRemoved  = "say.passkey_removed"
	SayPasskeyRenamed  = "say.passkey_renamed"
	SayPasskeyExists   = "say.passkey_exists"
	SayPasskeyFailed   = "say.passkey_failed"
	SayPasskeyMany     = "say.passkey_many"
	SayTOTPAdded       = "say.totp_added"
	SayTOTPRemoved     = "say.totp_removed"
	SayFactorNeeded    = "say.factor_needed" // the last one stays
	SaySessionEnded    = "say.session_ended"
	SaySessionsEnded   = "say.sessions_ended"
	SayApplicationGone = "say.application_gone"
	SayFormOld         = "say.form_old" // the page was open for too long

	SayDeviceCode  = "say.device_code" // unknown or expired
	SayDeviceEmpty = "say.device_empty"
)

func pairs(args []string) map[string]string {
	out := make(map[string]string, len(args)/2)
	for i := 0; i+1 < len(args); i += 2 {
		out[args[i]] = args[i+1]
	}
	return out
}
