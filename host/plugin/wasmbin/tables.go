// Bounding a module's tables.

package wasmbin

import (
	"fmt"
	"slices"
)

const maxTables = 16

// BoundTables returns module with the maximum of each table at most entries,
// so that a guest cannot grow one past it: tables live outside the linear
// memory, and no memory limit covers them. A module whose tables are within
// bounds already is returned as it is.
//
// It fails when the module has more than 16 tables, or one that begins larger
// than entries, and, wrapping ErrNotModule, when it cannot be read.
func BoundTables(module []byte, entries uint32) ([]byte, error) {
	sections, err := Sections(module)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(sections, func(s Section) bool { return s.ID == idTable })
	if at < 0 {
		return module, nil
	}
	if slices.ContainsFunc(sections[at+1:], func(s Section) bool { return s.ID == idTable }) {
		return nil, fmt.Errorf("%w: two table sections", ErrNotModule)
	}
	content, changed, err := boundTables(sections[at].Payload, entries)
	if err != nil {
		return nil, fmt.Errorf("table section: %w", err)
	}
	if !changed {
		return module, nil
	}
	out := append(make([]byte, 0, len(module)+16), module[:sections[at].start]...)
	out = appendSection(out, idTable, content)
	return append(out, module[sections[at].end:]...), nil
}

func boundTables(payload []byte, entries uint32) (content []byte, changed bool, err error) {
	r := reader{bytes: payload}
	count, err := r.u32()
	if err != nil {
		return nil, false, fmt.Errorf("%w: %w", ErrNotModule, err)
	}
	if count > maxTables {
		return nil, false, fmt.Errorf("%d tables are more than %d", count, maxTables)
	}
	content = appendU32(nil, count)
	for range count {
		kind, err := r.byte()
		if err != nil {
			return nil, false, fmt.Errorf("%w: %w", ErrNotModule, err)
		}
		min, max, err := r.limits()
		if err != nil {
			return nil, false, fmt.Errorf("%w: %w", ErrNotModule, err)
		}
		if min > entries {
			return nil, false, fmt.Errorf("a table begins with %d entries, more than %d", min, entries)
		}
		if max == nil || *max > entries {
			max, changed = &entries, true
		}
		content = append(content, kind, 1)
		content = appendU32(appendU32(content, min), *max)
	}
	return append(content, r.bytes[r.at:]...), changed, nil
}
