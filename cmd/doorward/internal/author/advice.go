// Errors that end with what to do.

package author

import (
	"errors"
	"fmt"
)

// adviceError is an error with what its reader should do.
type adviceError struct {
	err    error
	advice string
}

func (e *adviceError) Error() string { return e.err.Error() + "; " + e.advice }

func (e *adviceError) Unwrap() error { return e.err }

// advise adds advice to err, unless some is there already.
func advise(err error, format string, args ...any) error {
	var told *adviceError
	if err == nil || errors.As(err, &told) {
		return err
	}
	return &adviceError{err, fmt.Sprintf(format, args...)}
}

// wrong is a new error of one sentence and its advice.
func wrong(advice, format string, args ...any) error {
	return &adviceError{fmt.Errorf(format, args...), advice}
}
