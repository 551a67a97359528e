// The functions of expressions on lists.

package mapper

import (
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// first is the first item of a list, or null.
func first(args ...ref.Val) ref.Val {
	if isNull(args[0]) {
		return types.NullValue
	}
	list, ok := args[0].(traits.Lister)
	if !ok {
		return wants("first", "a list", args[0])
	}
	if list.Size() == types.IntZero {
		return types.NullValue
	}
	return list.Get(types.IntZero)
}

// coalesce is the first argument that is not null.
func coalesce(args ...ref.Val) ref.Val {
	for _, arg := range args {
		if !isNull(arg) {
			return arg
		}
	}
	return types.NullValue
}

// contains makes containsAll and containsAny: a list, then the values, or one
// list of them. Asking for no value at all is false, so that nobody is let in
// because a list of requirements was missing.
func contains(all bool) func(args ...ref.Val) ref.Val {
	return func(args ...ref.Val) ref.Val {
		if isNull(args[0]) {
			return types.False
		}
		list, ok := args[0].(traits.Lister)
		if !ok {
			return wants("containsAll or containsAny", "a list (multi-attribute-source gives one)", args[0])
		}
		values := args[1:]
		if asked, ok := values[0].(traits.Lister); ok && len(values) == 1 {
			values = items(asked)
		}
		have := items(list)
		if len(have)*len(values) > maxComparisons {
			return types.WrapErr(failure("containsAll and containsAny compare at most 100000 pairs"))
		}
		return containsValues(have, values, all)
	}
}

func containsValues(have, values []ref.Val, all bool) ref.Val {
	if len(values) == 0 {
		return types.False
	}
	for _, value := range values {
		if holds(have, value) != all {
			return types.Bool(!all)
		}
	}
	return types.Bool(all)
}

// holds compares strings, numbers and booleans; nothing else is equal.
func holds(have []ref.Val, value ref.Val) bool {
	if !isScalar(value) {
		return false
	}
	for _, item := range have {
		if isScalar(item) && item.Equal(value) == types.True {
			return true
		}
	}
	return false
}

func isScalar(v ref.Val) bool {
	switch v.(type) {
	case types.String, types.Int, types.Uint, types.Double, types.Bool:
		return true
	}
	return false
}

func items(list traits.Lister) []ref.Val {
	var all []ref.Val
	for it := list.Iterator(); it.HasNext() == types.True; {
		all = append(all, it.Next())
	}
	return all
}
