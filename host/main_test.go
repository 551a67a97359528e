package host_test

import (
	"log/slog"
	"os"
	"testing"
)

// The sites of these tests log to buffers of their own; what the protocol
// library says elsewhere is kept out of the tests' output.
func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	os.Exit(m.Run())
}
