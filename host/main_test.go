package host_test

import (
	"log/slog"
	"os"
	"testing"

	"github.com/doorward/doorward/host/hosttest"
)

// The sites of these tests log to buffers of their own; what the protocol
// library says elsewhere is kept out of the tests' output.
func TestMain(m *testing.M) {
	hosttest.ServeLoad()
	serveChild()
	slog.SetDefault(slog.New(slog.DiscardHandler))
	os.Exit(m.Run())
}
