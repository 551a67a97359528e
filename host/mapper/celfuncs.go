// The functions of expressions, besides CEL's own. String functions give null
// on null; containsAll and containsAny give false.

package mapper

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"

	"github.com/doorward/doorward/host/attrs"
)

const (
	maxArguments   = 9
	maxComparisons = 100_000
	maxPattern     = 1024 // bytes
	maxJoined      = attrs.MaxSourceBytes
)

func functions() []cel.EnvOption {
	return []cel.EnvOption{
		function("lower", 1, 1, onString(lower)),
		function("upper", 1, 1, onString(upper)),
		function("split", 2, 2, split),
		function("join", 2, 2, join),
		function("first", 1, 1, first),
		function("coalesce", 1, maxArguments, coalesce),
		function("containsAll", 2, maxArguments, contains(true)),
		function("containsAny", 2, maxArguments, contains(false)),
		cel.Function("matches",
			cel.Overload("matches_2", dyns(2), cel.DynType),
			cel.MemberOverload("matches_member", dyns(2), cel.DynType),
			cel.SingletonFunctionBinding(matches)),
	}
}

// function declares a function of at least and at most so many arguments of
// any type: what they are is seen when they are there.
func function(name string, least, most int, call func(args ...ref.Val) ref.Val) cel.EnvOption {
	var options []cel.FunctionOpt
	for n := least; n <= most; n++ {
		options = append(options, cel.Overload(name+"_"+string(rune('0'+n)), dyns(n), cel.DynType))
	}
	return cel.Function(name, append(options, cel.SingletonFunctionBinding(call))...)
}

func dyns(n int) []*cel.Type {
	list := make([]*cel.Type, n)
	for i := range list {
		list[i] = cel.DynType
	}
	return list
}

func isNull(v ref.Val) bool { return v.Type() == types.NullType }

func wants(function, want string, found ref.Val) ref.Val {
	return types.WrapErr(failure(function + " wants " + want + ", found " + found.Type().TypeName()))
}

func onString(change func(string) string) func(args ...ref.Val) ref.Val {
	return func(args ...ref.Val) ref.Val {
		if isNull(args[0]) {
			return types.NullValue
		}
		text, ok := args[0].(types.String)
		if !ok {
			return wants("lower or upper", "a string", args[0])
		}
		return types.String(change(string(text)))
	}
}

func lower(text string) string { return strings.Map(keepASCII(unicode.ToLower), text) }

func upper(text string) string { return strings.Map(keepASCII(unicode.ToUpper), text) }

// keepASCII keeps a character that only looks like an ASCII letter, such as
// the Kelvin sign, from becoming one: two people's names must not fall
// together.
func keepASCII(change func(rune) rune) func(rune) rune {
	return func(r rune) rune {
		if changed := change(r); r < utf8.RuneSelf || changed >= utf8.RuneSelf {
			return changed
		}
		return r
	}
}

// split gives the parts of a string; the empty string has none.
func split(args ...ref.Val) ref.Val {
	if isNull(args[0]) || isNull(args[1]) {
		return types.NullValue
	}
	text, ok := args[0].(types.String)
	if !ok {
		return wants("split", "a string", args[0])
	}
	separator, ok := args[1].(types.String)
	if !ok || separator == "" {
		return wants("split", "a separator that is not empty", args[1])
	}
	if text == "" {
		return types.NewStringList(types.DefaultTypeAdapter, nil)
	}
	return types.NewStringList(types.DefaultTypeAdapter, strings.Split(string(text), string(separator)))
}

func join(args ...ref.Val) ref.Val {
	if isNull(args[0]) || isNull(args[1]) {
		return types.NullValue
	}
	list, ok := args[0].(traits.Lister)
	if !ok {
		return wants("join", "a list of strings", args[0])
	}
	separator, ok := args[1].(types.String)
	if !ok {
		return wants("join", "a string between the items", args[1])
	}
	var out strings.Builder
	for it := list.Iterator(); it.HasNext() == types.True; {
		item, ok := it.Next().(types.String)
		if !ok {
			return types.WrapErr(failure("join wants a list of strings, an item is none"))
		}
		if out.Len()+len(separator)+len(item) > maxJoined {
			return types.WrapErr(failure("join gives more than 1 MiB"))
		}
		out.WriteString(string(item))
		if it.HasNext() == types.True {
			out.WriteString(string(separator))
		}
	}
	return types.String(out.String())
}

// matches reports whether a part of the string matches the RE2 pattern.
func matches(args ...ref.Val) ref.Val {
	if isNull(args[0]) || isNull(args[1]) {
		return types.NullValue
	}
	pattern, ok := args[1].(types.String)
	if !ok {
		return wants("matches", "a pattern", args[1])
	}
	compiled, err := compilePattern(string(pattern))
	if err != nil {
		return types.WrapErr(failure("matches: the pattern is malformed or longer than 1 KiB"))
	}
	return matchesCompiled(compiled, args[0])
}

func matchesCompiled(pattern *regexp.Regexp, v ref.Val) ref.Val {
	text, ok := v.(types.String)
	if !ok {
		if isNull(v) {
			return types.NullValue
		}
		return wants("matches", "a string", v)
	}
	return types.Bool(pattern.MatchString(string(text)))
}

func compilePattern(pattern string) (*regexp.Regexp, error) {
	if len(pattern) > maxPattern {
		return nil, failure("the pattern is longer than 1 KiB")
	}
	return regexp.Compile(pattern)
}
