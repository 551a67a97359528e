// Lookup: what a reference reads.

package attrs

import "fmt"

// Lookup reads ref. A source or path that is not there gives found=false; null
// that is there gives nil and found=true. A Multi reference always gives a
// []any: an absent value or null the empty list, anything but a list a list of
// one. The value is shared: callers must not change it.
//
// When a bare name with dots is both a structure and a member of exactly that
// name, the error wraps ErrAmbiguous and names source and path.
func (d Document) Lookup(ref Reference) (value any, found bool, err error) {
	if object, ok := d.sources[ref.Source]; ok {
		value, found, err = ref.Path.lookup(object.value)
		if err != nil {
			return nil, false, fmt.Errorf("source %s, path %s: %w; bracket the one that is meant", ref.Source, ref.Path, err)
		}
	}
	if ref.Multi {
		return asList(value), found, nil
	}
	return value, found, nil
}

func asList(value any) []any {
	switch value := value.(type) {
	case nil:
		return []any{}
	case []any:
		return value
	}
	return []any{value}
}

func (p Path) lookup(object map[string]any) (any, bool, error) {
	value, found := p.walk(object)
	if p.name == "" {
		return value, found, nil
	}
	exact, also := object[p.name]
	switch {
	case found && also:
		return nil, false, ErrAmbiguous
	case also:
		return exact, true, nil
	}
	return value, found, nil
}

func (p Path) walk(object map[string]any) (any, bool) {
	if p.IsZero() {
		return nil, false
	}
	var value any = object
	for _, s := range p.segments {
		var found bool
		if value, found = s.step(value); !found {
			return nil, false
		}
	}
	return value, true
}

func (s segment) step(value any) (any, bool) {
	if s.index < 0 {
		object, _ := value.(map[string]any)
		member, found := object[s.member]
		return member, found
	}
	list, _ := value.([]any)
	if s.index >= len(list) {
		return nil, false
	}
	return list[s.index], true
}
