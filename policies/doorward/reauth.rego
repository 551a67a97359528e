# METADATA
# title: Freshness and challenge checks
# description: |
#   Says when a person last proved their credentials. It reads only input.login
#   and input.now: nothing that userinfo, a mapper or a plugin can set counts.
package doorward.reauth

# How far a provider's clock may run ahead of the host's, in seconds.
_skew := 60

# METADATA
# title: when the credentials were proved
# description: |
#   Unix seconds. Undefined when the provider sent none, when it is no whole
#   positive number (a string, milliseconds, a fraction), and for good when it
#   lies more than 60 s after the host received the response.
# scope: document
auth_time := proved if {
	proved := input.login.evidence.authTime
	_seconds(proved)
	_seconds(input.login.receivedAt)
	proved <= input.login.receivedAt + _skew
}

# METADATA
# title: seconds since the credentials were proved
# description: |
#   Counted from the earlier of authTime and receivedAt. Undefined when the
#   clock says that the response has not been received yet. Reads the clock: a
#   policy that uses it is asked again after a second.
# scope: document
age := max([0, input.now - _proved]) if {
	_seconds(input.now)
	input.now >= input.login.receivedAt - _skew
}

# METADATA
# title: the time until which the proof counts
# description: |
#   until("5m") is five minutes after the earlier of authTime and receivedAt, in
#   Unix seconds. Reads no clock, so a decision can be kept until then.
# scope: document
until(duration) := _proved + _duration(duration)

# METADATA
# title: whether the credentials were proved less than duration ago
# description: |
#   True while age is below duration, undefined otherwise. Prefer until, which
#   needs no clock.
# scope: document
within(duration) if age < _duration(duration)

# METADATA
# title: the provider demanded the credentials in this login
# description: |
#   True only when the evidence says exactly true and the provider is trusted
#   with it (challenged: trusted); undefined otherwise.
# scope: document
challenged if {
	input.login.evidence.challenged == true
	input.login.challengedTrusted == true
}

# METADATA
# title: the time until which the challenge counts
# description: |
#   challenged_until("5m") is five minutes after the host received the response
#   of a login in which the credentials were demanded, whatever authTime says.
# scope: document
challenged_until(duration) := input.login.receivedAt + _duration(duration) if {
	challenged
	_seconds(input.login.receivedAt)
}

# METADATA
# title: this login asked for re-authentication and it happened
# description: |
#   The login was forced, and either authTime is at or after the request (less
#   reauthSkew) and strictly later than the one of the session before, or the
#   provider demanded the credentials.
# scope: document
performed if {
	_forced
	_proved_again
}

performed if {
	_forced
	challenged
}

_forced if input.login.forceAuth == true

_proved_again if {
	_seconds(input.login.requestedAt)
	auth_time >= input.login.requestedAt - _reauth_skew
	not _replayed
}

# A time before that is odd proves nothing, so it counts as a replay.
_replayed if not _seconds(object.get(input.login, "previousAuthTime", 1))

_replayed if auth_time <= input.login.previousAuthTime

default _reauth_skew := 5

_reauth_skew := input.login.reauthSkew if {
	is_number(input.login.reauthSkew)
	input.login.reauthSkew >= 0
}

_proved := min([auth_time, input.login.receivedAt])

# A plausible time: a whole, positive number that is no milliseconds.
_seconds(instant) if {
	is_number(instant)
	instant == floor(instant)
	instant > 0
	instant < 100000000000
}

# Whole seconds of a duration such as "90s", "5m" or "12h".
_duration(text) := seconds if {
	seconds := floor(time.parse_duration_ns(text) / 1000000000)
	seconds > 0
}
