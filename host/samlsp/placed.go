// Placed: one assertion, and signatures where they belong.

package samlsp

import (
	"errors"
	"strings"

	"github.com/beevik/etree"
)

// placed refuses a response in which there could be doubt about what a
// signature covers: an ID that two elements have, a second assertion, encrypted
// or not, at any depth, or a signature anywhere but in the response and its
// assertion. It returns the assertion, or nil.
func placed(root *etree.Element) (assertion *etree.Element, err error) {
	if err := distinct(root); err != nil {
		return nil, err
	}
	walk(root, func(e *etree.Element) {
		if !is(e, nsAssertion, "Assertion") && !is(e, nsAssertion, "EncryptedAssertion") {
			return
		}
		if assertion != nil || e.Parent() != root {
			err = errors.New("the response has more than one assertion, or one where none belongs")
		}
		assertion = e
	})
	if err != nil {
		return nil, err
	}
	return assertion, onlyIn(root, root, assertion)
}

// alone is placed for an assertion that was decrypted.
func alone(assertion *etree.Element) error {
	if err := distinct(assertion); err != nil {
		return err
	}
	var err error
	walk(assertion, func(e *etree.Element) {
		if e != assertion && (is(e, nsAssertion, "Assertion") || is(e, nsAssertion, "EncryptedAssertion")) {
			err = errors.New("the assertion holds another assertion")
		}
	})
	if err != nil {
		return err
	}
	return onlyIn(assertion, assertion)
}

// distinct refuses two elements below root with one ID.
func distinct(root *etree.Element) (err error) {
	seen := map[string]bool{}
	walk(root, func(e *etree.Element) {
		for _, a := range e.Attr {
			if !strings.EqualFold(a.Key, "ID") || a.Space == "xmlns" {
				continue
			}
			if seen[a.Value] {
				err = errors.New("two elements have one ID")
			}
			seen[a.Value] = true
		}
	})
	return err
}

// onlyIn refuses signatures below root that are no child of one of holders.
func onlyIn(root *etree.Element, holders ...*etree.Element) (err error) {
	walk(root, func(e *etree.Element) {
		if !is(e, nsSignature, "Signature") {
			return
		}
		for _, holder := range holders {
			if e.Parent() == holder {
				return
			}
		}
		err = errors.New("there is a signature where none belongs")
	})
	return err
}
