//go:build !linux

package plugin_test

import "testing"

// privatePages is not told elsewhere; all memory is on Go's heap there.
func privatePages(testing.TB) int64 { return 0 }
