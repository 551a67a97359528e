// The kit's entry points.

package tck

import (
	"context"
	"io/fs"
	"testing"
	"time"
)

// Job is one call of the guest.
type Job struct {
	Input    []byte    // the JSON of a whole input, config included
	LoginID  string    // what the call's randomness comes from
	Received time.Time // where the call's wall clock begins
}

// Outcome is what became of a call.
type Outcome struct {
	Result []byte   // as the guest wrote it; nothing when it failed or wrote nothing
	Log    []string // "LEVEL: TEXT", in order
	Failed bool
	Reason string // of a failure, in the guest's own words
}

// Runner runs one guest. The plugin is granted idTokenClaims and userInfo.
type Runner interface {
	// Run fails when the guest could not be run at all. A guest that fails, a
	// trap and a limit are an Outcome that Failed.
	Run(ctx context.Context, job Job) (Outcome, error)
}

// Run is the whole kit. The vectors are the folder sdk/abi/testdata.
func Run(t *testing.T, runner Runner, vectors fs.FS) {
	Mapping(t, runner, vectors)
	t.Run("sandbox", func(t *testing.T) { sandbox(t, runner) })
}

// Mapping is the part of the kit that needs no sandbox: reading, writing and
// failing. It is for mappers that run natively.
func Mapping(t *testing.T, runner Runner, vectors fs.FS) {
	t.Run("pointers", func(t *testing.T) { pointers(t, runner, vectors) })
	t.Run("texts", func(t *testing.T) { texts(t, runner, vectors) })
	t.Run("reading", func(t *testing.T) { runAll(t, runner, reading) })
	t.Run("user", func(t *testing.T) { runAll(t, runner, user) })
	t.Run("writing", func(t *testing.T) { runAll(t, runner, writing) })
	t.Run("ending", func(t *testing.T) { runAll(t, runner, ending) })
}
