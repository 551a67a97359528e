# METADATA
# title: Time windows
# description: |
#   Says whether the clock of a time zone stands inside a window, and when the
#   window ends. It reads input.now and nothing else. A clock time that is
#   skipped when clocks are put forward comes at that moment; one that comes
#   twice when they are put back counts the first time.
package doorward.hours

# METADATA
# title: when the window ends, in Unix seconds
# description: |
#   hours.until("Mon-Fri 08:00-18:00", "Europe/Zurich") while it lasts, undefined
#   outside. Days are optional, and name the day on which the window begins:
#   "Fri 22:00-06:00" ends on Saturday. 24:00 is the end of the day. The zone is
#   a name of the IANA database. A malformed window or zone is an error: the
#   rule grants nothing.
# scope: document
until(window, zone) := max(ends) if {
	_known(zone)
	_seconds(input.now)
	times := _window(window)
	offsets := _offsets(input.now, zone)
	today := floor(_clock(input.now, zone) / 86400)
	ends := [end |
		some day in [today - 1, today, today + 1]
		_instant((day * 86400) + times.from, zone, offsets) <= input.now
		end := _instant((day * 86400) + times.to, zone, offsets)
		input.now < end
		_begins(times.days, (day + 3) % 7) # 1 January 1970 was a Thursday
	]
}

# Errors where builtin errors are errors, undefined elsewhere.
until(window, _) := to_number("the window is malformed") if not _window(window)

until(_, zone) := to_number("the time zone is malformed") if not _known(zone)

# METADATA
# title: the clock stands inside the window
# description: |
#   True from the first second of the window until its end, undefined otherwise.
#   Prefer until, which lets the level end by itself.
# scope: document
within(window, zone) if until(window, zone)

# The window's days as text, and its ends in seconds of the day.
_window(text) := {"days": parts[1], "from": from, "to": to} if {
	parts := regex.find_all_string_submatch_n(_pattern, text, 1)[0]
	from := _of_day(parts[2])
	last := _of_day(parts[3])
	from != last
	to := last + (86400 * count([1 | last < from]))
}

_pattern := concat("", ["^(?:(", _span, "(?:,", _span, ")*) )?", _time, "-(24:00|", substring(_time, 1, -1), "$"])

_span := "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)(?:-(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun))?"

_time := "((?:[01][0-9]|2[0-3]):[0-5][0-9])"

_of_day("24:00") := 86400

_of_day(text) := time.parse_ns("2006-01-02 15:04", sprintf("1970-01-01 %s", [text])) / 1000000000 if text != "24:00"

# Whether a window of the days begins on a weekday; Monday is 0.
_begins("", _)

_begins(days, weekday) if {
	some span in split(days, ",")
	names := split(span, "-")
	first := _number[names[0]]
	last := _number[names[count(names) - 1]]
	((weekday + 7) - first) % 7 <= ((last + 7) - first) % 7
}

_number := {"Mon": 0, "Tue": 1, "Wed": 2, "Thu": 3, "Fri": 4, "Sat": 5, "Sun": 6}

# A name that means the same on every machine: neither "" nor Local.
_known(zone) if {
	regex.match(`^[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+){0,2}$`, zone)
	zone != "Local"
}

# What the zone's clock shows, as if it stood at UTC.
_clock(instant, zone) := time.parse_ns(_layout, shown) / 1000000000 if {
	shown := time.format([instant * 1000000000, zone, _layout])
}

_layout := "2006-01-02T15:04:05"

# How far the zone's clock is ahead of UTC: two when it changes within four days.
_offsets(instant, zone) := {offset |
	some near in [instant - 345600, instant + 345600]
	offset := _clock(near, zone) - near
}

# The first instant at which the zone's clock shows shown or more: of two, the
# first; of none, when clocks are put forward, the one at which they are.
_instant(shown, _, offsets) := shown - offset if {
	count(offsets) == 1
	some offset in offsets
}

_instant(shown, zone, offsets) := min(_instants(shown, zone, offsets)) if count(offsets) > 1

_instants(shown, zone, offsets) := exact if {
	exact := {instant |
		some offset in offsets
		instant := shown - offset
		_clock(instant, zone) == shown
	}
	count(exact) > 0
} else := {instant |
	some instant in numbers.range_step(shown - max(offsets), shown - min(offsets), 60)
	_clock(instant, zone) >= shown
}

# A plausible time: a whole, positive number that is no milliseconds.
_seconds(instant) if {
	is_number(instant)
	instant == floor(instant)
	instant > 0
	instant < 9000000000
}
