// The order of bundles.

package bundle

import (
	"errors"
	"fmt"
	"strconv"
	"time"
)

var errRevision = errors.New(`the manifest's revision must be a whole number or a time such as 2026-11-22T10:00:00Z, so that an older bundle is known by it (opa build --revision)`)

// checkRevision refuses a revision that has no order.
func checkRevision(text string) error {
	_, isNumber := number(text)
	_, isTime := moment(text)
	if !isNumber && !isTime {
		return errRevision
	}
	return nil
}

// newer refuses next unless it comes after the revision in use.
func newer(next, current string) error {
	n, nextIsNumber := number(next)
	c, currentIsNumber := number(current)
	nt, nextIsTime := moment(next)
	ct, currentIsTime := moment(current)
	switch {
	case nextIsNumber && currentIsNumber && n > c, nextIsTime && currentIsTime && nt.After(ct):
		return nil
	case nextIsNumber != currentIsNumber:
		return fmt.Errorf("the bundle's revision %s and the one in use, %s, are not of one kind: keep to numbers or to times", next, current)
	case next == current:
		return fmt.Errorf("the bundle has the revision in use, %s, and other content: give it a later one", next)
	}
	return fmt.Errorf("the bundle's revision %s is older than the one in use, %s", next, current)
}

func number(text string) (uint64, bool) {
	n, err := strconv.ParseUint(text, 10, 63)
	return n, err == nil && strconv.FormatUint(n, 10) == text
}

func moment(text string) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339, text)
	return t, err == nil
}
