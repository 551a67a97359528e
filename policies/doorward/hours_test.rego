package doorward.hours_test

import data.doorward.hours

_zurich := "Europe/Zurich"

_at(text) := time.parse_rfc3339_ns(text) / 1000000000

# The ends of the window at each of the times at which it lasts.
_ends(window, zone, times) := {text: time.format(end * 1000000000) |
	some text in times
	end := hours.until(window, zone) with input.now as _at(text)
}

test_a_window_of_every_day if {
	_ends("08:00-18:00", _zurich, [
		"2025-11-17T06:59:59Z", "2025-11-17T07:00:00Z", "2025-11-17T16:59:59Z", "2025-11-17T17:00:00Z",
		"2025-11-16T12:00:00Z", "2025-07-01T05:59:59Z", "2025-07-01T06:00:00Z", "2025-07-01T15:59:59Z",
	]) == {
		"2025-11-17T07:00:00Z": "2025-11-17T17:00:00Z",
		"2025-11-17T16:59:59Z": "2025-11-17T17:00:00Z",
		"2025-11-16T12:00:00Z": "2025-11-16T17:00:00Z",
		"2025-07-01T06:00:00Z": "2025-07-01T16:00:00Z", # an hour earlier, in summer
		"2025-07-01T15:59:59Z": "2025-07-01T16:00:00Z",
	}
}

_days_of(window) := [day |
	some day in numbers.range(17, 23) # Monday to Sunday
	hours.until(window, "UTC") with input.now as _at(sprintf("2025-11-%dT12:00:00Z", [day]))
]

test_weekdays if {
	_days_of("12:00-13:00") == [17, 18, 19, 20, 21, 22, 23]
	_days_of("Mon-Fri 12:00-13:00") == [17, 18, 19, 20, 21]
	_days_of("Sat,Sun 12:00-13:00") == [22, 23]
	_days_of("Wed 12:00-13:00") == [19]
	_days_of("Fri-Mon 12:00-13:00") == [17, 21, 22, 23]
	_days_of("Mon,Wed-Thu,Sun 12:00-13:00") == [17, 19, 20, 23]
	_days_of("Tue-Tue 12:00-13:00") == [18]
	_days_of("Sun-Sat 12:00-13:00") == [17, 18, 19, 20, 21, 22, 23]
}

# The weekday is the zone's: it is Monday in Auckland while it is Sunday in London.
test_the_weekday_is_the_zones if {
	_ends("Mon 00:00-24:00", "Pacific/Auckland", [
		"2025-11-16T10:59:59Z", "2025-11-16T11:00:00Z", "2025-11-17T10:59:59Z", "2025-11-17T11:00:00Z",
	]) == {
		"2025-11-16T11:00:00Z": "2025-11-17T11:00:00Z",
		"2025-11-17T10:59:59Z": "2025-11-17T11:00:00Z",
	}
}

test_a_window_across_midnight_belongs_to_the_day_on_which_it_begins if {
	_ends("Fri 22:00-06:00", "America/New_York", [
		"2025-11-21T05:00:00Z", # Friday, 00:00: the night of Thursday
		"2025-11-22T02:59:59Z", "2025-11-22T03:00:00Z", "2025-11-22T10:59:59Z", "2025-11-22T11:00:00Z",
		"2025-11-23T03:30:00Z", # Saturday, 22:30
	]) == {
		"2025-11-22T03:00:00Z": "2025-11-22T11:00:00Z",
		"2025-11-22T10:59:59Z": "2025-11-22T11:00:00Z",
	}
	_ends("22:00-00:00", "UTC", ["2025-11-21T22:00:00Z", "2025-11-22T00:00:00Z"]) == {
		"2025-11-21T22:00:00Z": "2025-11-22T00:00:00Z",
	}
	_ends("22:00-24:00", "UTC", ["2025-11-21T22:00:00Z", "2025-11-22T00:00:00Z"]) == {
		"2025-11-21T22:00:00Z": "2025-11-22T00:00:00Z",
	}
	_ends("Sun 23:00-01:00", "UTC", ["2025-11-24T00:30:00Z"]) == {"2025-11-24T00:30:00Z": "2025-11-24T01:00:00Z"}
	_ends("00:00-24:00", "UTC", ["2025-11-21T00:00:00Z"]) == {"2025-11-21T00:00:00Z": "2025-11-22T00:00:00Z"}
}

# On 30 March 2025, at 01:00 UTC, the clocks of Zurich go from 02:00 to 03:00.
test_clocks_are_put_forward if {
	_ends("00:00-08:00", _zurich, ["2025-03-29T23:00:00Z"]) == {"2025-03-29T23:00:00Z": "2025-03-30T06:00:00Z"}
	_ends("22:00-06:00", _zurich, ["2025-03-29T21:00:00Z"]) == {"2025-03-29T21:00:00Z": "2025-03-30T04:00:00Z"}

	# 02:30 does not come: it counts as the moment at which the clocks change.
	_ends("01:00-02:30", _zurich, ["2025-03-30T00:00:00Z", "2025-03-30T00:59:59Z", "2025-03-30T01:00:00Z"]) == {
		"2025-03-30T00:00:00Z": "2025-03-30T01:00:00Z",
		"2025-03-30T00:59:59Z": "2025-03-30T01:00:00Z",
	}
	_ends("02:30-04:00", _zurich, ["2025-03-30T00:59:59Z", "2025-03-30T01:00:00Z", "2025-03-30T02:00:00Z"]) == {
		"2025-03-30T01:00:00Z": "2025-03-30T02:00:00Z",
	}

	# A window that lies in the hour that is skipped does not come at all.
	_ends("02:10-02:50", _zurich, ["2025-03-30T00:59:59Z", "2025-03-30T01:00:00Z", "2025-03-30T01:30:00Z"]) == {}
}

# On 26 October 2025, at 01:00 UTC, they go from 03:00 to 02:00.
test_clocks_are_put_back if {
	_ends("00:00-08:00", _zurich, ["2025-10-25T22:00:00Z"]) == {"2025-10-25T22:00:00Z": "2025-10-26T07:00:00Z"}

	# 02:30 comes twice, and the window ends the first time.
	_ends("01:00-02:30", _zurich, ["2025-10-26T00:29:59Z", "2025-10-26T00:30:00Z", "2025-10-26T01:15:00Z"]) == {
		"2025-10-26T00:29:59Z": "2025-10-26T00:30:00Z",
	}
	_ends("02:30-04:00", _zurich, [
		"2025-10-26T00:29:59Z", "2025-10-26T00:30:00Z", "2025-10-26T01:15:00Z", "2025-10-26T03:00:00Z",
	]) == {
		"2025-10-26T00:30:00Z": "2025-10-26T03:00:00Z",
		"2025-10-26T01:15:00Z": "2025-10-26T03:00:00Z",
	}
}

test_unusual_clocks if {
	# Half an hour; on Lord Howe Island it is also what the clocks change by.
	_ends("09:00-17:00", "Asia/Kolkata", ["2025-11-17T03:29:59Z", "2025-11-17T03:30:00Z"]) == {
		"2025-11-17T03:30:00Z": "2025-11-17T11:30:00Z",
	}
	_ends("01:00-02:15", "Australia/Lord_Howe", ["2025-10-04T15:00:00Z"]) == {
		"2025-10-04T15:00:00Z": "2025-10-04T15:30:00Z",
	}

	# Midnight itself is skipped in Cairo, and comes twice in Havana.
	_ends("Fri 00:00-08:00", "Africa/Cairo", ["2025-04-24T21:59:59Z", "2025-04-24T22:00:00Z"]) == {
		"2025-04-24T22:00:00Z": "2025-04-25T05:00:00Z",
	}
	_ends("Sun 00:00-00:30", "America/Havana", [
		"2025-11-02T04:00:00Z", "2025-11-02T04:30:00Z", "2025-11-02T05:15:00Z",
	]) == {
		"2025-11-02T04:00:00Z": "2025-11-02T04:30:00Z",
	}

	# A minute after midnight it is the day before again, and the window goes on.
	_ends("Sun 00:00-08:00", "America/St_Johns", [
		"2010-11-07T02:29:59Z", "2010-11-07T02:30:00Z", "2010-11-07T03:00:00Z",
	]) == {
		"2010-11-07T02:30:00Z": "2010-11-07T11:30:00Z",
		"2010-11-07T03:00:00Z": "2010-11-07T11:30:00Z",
	}

	# Samoa had no 30 December 2011.
	_ends("Thu 22:00-06:00", "Pacific/Apia", ["2011-12-30T09:59:59Z", "2011-12-30T10:00:00Z"]) == {
		"2011-12-30T09:59:59Z": "2011-12-30T10:00:00Z",
	}
	_ends("Fri 10:00-12:00", "Pacific/Apia", ["2011-12-30T09:59:59Z", "2011-12-30T10:00:00Z"]) == {}
}

test_within if {
	hours.within("08:00-18:00", _zurich) with input.now as _at("2025-11-17T07:00:00Z")
	not hours.within("08:00-18:00", _zurich) with input.now as _at("2025-11-17T06:59:59Z")
	not hours.within("08:00-18:00", _zurich) with input.now as _at("2025-11-17T17:00:00Z")
	hours.within("Thu 00:00-24:00", "UTC") with input.now as 1
}

# In the host these are errors; with plain OPA they are undefined.
test_malformed_windows_never_last if {
	odd := [
		"", "08:00", "8:00-18:00", "08:00 - 18:00", "08:00–18:00", "08:00-18:00 ", " 08:00-18:00", "08:00-08:00",
		"00:00-00:00", "24:00-08:00", "08:00-24:01", "08:00-25:00", "08:60-18:00", "08.00-18.00", "08:00-18:00:00",
		"8am-6pm", "mon 00:00-24:00", "Monday 00:00-24:00", "Mon-Tue-Wed 00:00-24:00", "Mon, Tue 00:00-24:00",
		"Mon- 00:00-24:00", "Mon  00:00-24:00", "Mo-So 00:00-24:00", "Mon00:00-24:00", "Mon 00:00-24:00\n", ", 00:00-24:00",
		"００:００-２４:００", "-00:00-24:00", null, 0, 800, -1, true, ["00:00-24:00"], {"window": "00:00-24:00"}, 1e300,
	]
	got := [window |
		some window in odd
		hours.within(window, "UTC") with input.now as _at("2025-11-17T12:00:00Z")
	]
	got == []
}

test_odd_zones_never_last if {
	odd := [
		"", "Local", "local", "CEST?", "Europe/Zürich", "Europe/Atlantis", "../etc/passwd", "/etc/localtime", "+01:00",
		" UTC", "Europe/Zurich\u0000", "Europe//Zurich", "a/b/c/d", null, 1, true, ["UTC"], {"UTC": "UTC"},
	]
	got := [zone |
		some zone in odd
		hours.within("00:00-24:00", zone) with input.now as _at("2025-11-17T12:00:00Z")
	]
	got == []
}

test_odd_clocks_never_last if {
	odd := [
		null, "1763380800", 1763380800000, 1763380800000000000, 1763380800.5, -1, 0, 1e300, true, [1763380800],
		{"now": 1763380800},
	]
	got := [now |
		some now in odd
		hours.within("00:00-24:00", "UTC") with input.now as now
	]
	got == []
	not hours.within("00:00-24:00", "UTC") with input as {}
}
