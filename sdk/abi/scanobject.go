// Reading JSON objects: no name twice.

package abi

import (
	"strconv"
	"strings"
)

// object calls each for every member, placed before its value, which each
// must consume.
func (s *scanner) object(depth int, each func(name string) error) error {
	var seen names
	more, err := s.open(depth)
	for more && err == nil {
		var name string
		if name, err = s.name(&seen); err != nil {
			return err
		}
		if err = each(name); err != nil {
			return err
		}
		more, err = s.next()
	}
	return err
}

// skipObject is object for values that are only skipped: it copies no name.
func (s *scanner) skipObject(depth int) error {
	var seen names
	more, err := s.open(depth)
	for more && err == nil {
		if _, err = s.nameInPlace(&seen); err != nil {
			return err
		}
		if err = s.skip(depth + 1); err != nil {
			return err
		}
		more, err = s.next()
	}
	return err
}

// open passes the brace of an object and reports whether there is a member.
func (s *scanner) open(depth int) (bool, error) {
	if depth >= MaxDepth {
		return false, s.fail("more than " + strconv.Itoa(MaxDepth) + " levels deep")
	}
	s.at++ // {
	if s.peek() == '}' {
		s.at++
		return false, nil
	}
	return true, nil
}

// next passes what stands behind a member and reports whether there is another.
func (s *scanner) next() (bool, error) {
	switch s.peek() {
	case ',':
		s.at++
		return true, nil
	case '}':
		s.at++
		return false, nil
	}
	return false, s.fail("expected a comma or the end of the object")
}

// name reads a member's name, a copy, and the colon.
func (s *scanner) name(seen *names) (string, error) {
	name, err := s.nameInPlace(seen)
	return strings.Clone(name), err
}

// nameInPlace reads a member's name and the colon. A name without escapes lies
// in the text.
func (s *scanner) nameInPlace(seen *names) (string, error) {
	if s.peek() != '"' {
		return "", s.fail("expected a member name")
	}
	start := s.at
	name, err := s.strInPlace()
	if err != nil {
		return "", err
	}
	if !seen.add(name) {
		s.at = start
		return "", s.fail("duplicate member " + Quote(name))
	}
	if s.peek() != ':' {
		return "", s.fail("expected a colon")
	}
	s.at++
	return name, nil
}

// names is a set that stays small and unhashed for small objects.
type names struct {
	few  [16]string
	n    int
	many map[string]struct{}
}

// add reports whether name is new.
func (n *names) add(name string) bool {
	if n.many != nil {
		before := len(n.many)
		n.many[name] = struct{}{}
		return len(n.many) > before
	}
	for _, known := range n.few[:n.n] {
		if known == name {
			return false
		}
	}
	if n.n < len(n.few) {
		n.few[n.n] = name
		n.n++
		return true
	}
	n.many = make(map[string]struct{}, 64)
	for _, known := range n.few {
		n.many[known] = struct{}{}
	}
	n.many[name] = struct{}{}
	return true
}
