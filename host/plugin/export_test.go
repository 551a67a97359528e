package plugin

import "time"

// By has guests isolated in the way called name.
func By(name string) func(*RuntimeConfig) {
	return func(c *RuntimeConfig) { c.isolation = name }
}

// Grace is the time for initialising and for the warm-up.
func Grace(d time.Duration) func(*RuntimeConfig) {
	return func(c *RuntimeConfig) { c.grace = d }
}

// Compiling is the time for compiling.
func Compiling(d time.Duration) func(*RuntimeConfig) {
	return func(c *RuntimeConfig) { c.compile = d }
}

// Ways are the ways to isolate guests that there are on this system.
func Ways() (names []string) {
	for _, way := range isolations() {
		names = append(names, way.name)
	}
	return names
}
