// Failures of an evaluation, said without any value of the document.

package mapper

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/interpreter"
)

// failure is an error of ours inside an evaluation; its text holds no value.
type failure string

func (f failure) Error() string { return string(f) }

// explain says why an evaluation failed. CEL's own messages quote values, so
// each is replaced by a sentence about its kind.
func (m expressionMapper) explain(ctx context.Context, err error) error {
	if errors.Is(err, interpreter.InterruptError{}) {
		return fmt.Errorf("it was interrupted: %w", context.Cause(ctx))
	}
	var cancelled interpreter.EvalCancelledError
	if errors.As(err, &cancelled) && cancelled.Cause == interpreter.CostLimitExceeded {
		return failure(fmt.Sprintf("it costs more than %d; make it simpler", MaxCost))
	}
	what := reason(err)
	var at *types.Err
	if errors.As(err, &at) && at.NodeID() != 0 {
		place := m.ast.NativeRep().SourceInfo().GetStartLocation(at.NodeID())
		if place.Line() > 0 {
			return fmt.Errorf("line %d, column %d: %w", place.Line(), place.Column()+1, what)
		}
	}
	return what
}

func reason(err error) error {
	var ours failure
	if errors.As(err, &ours) {
		return ours
	}
	text := err.Error()
	switch {
	case strings.HasPrefix(text, "no such overload"):
		return failure("a function or an operator was given a value of a type that it does not take; null is one: guard with coalesce")
	case strings.HasPrefix(text, "no such key"), strings.HasPrefix(text, "no such attribute"):
		return failure("an object does not have the member that is read; put the whole path into the reference, or guard with has()")
	case strings.HasPrefix(text, "index out of bounds"), strings.HasPrefix(text, "index '"):
		return failure("a list does not have the item that is read; use first(), or put the index into the reference")
	}
	return failure("a conversion, a comparison or a calculation failed")
}
