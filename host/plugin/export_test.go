package plugin

import (
	"os"
	"strconv"
	"testing"
	"time"
)

// Soak is how many calls a long test makes: as many as DOORWARD_SOAK says, or
// else calls.
func Soak(t testing.TB, calls int) int {
	t.Helper()
	text := os.Getenv("DOORWARD_SOAK")
	if text == "" {
		return calls
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return int(n)
}

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
