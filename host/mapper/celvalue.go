// Values between JSON and CEL.

package mapper

import (
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"

	"github.com/doorward/doorward/host/attrs"
)

// adapter gives CEL the values of a document. Objects and lists are converted
// only where an expression looks.
type adapter struct{ types.Adapter }

// docList and docMap are values of a document as they are, so that an
// expression that hands one on changes no digit of it.
type docList struct {
	traits.Lister
	native []any
}

type docMap struct {
	traits.Mapper
	native map[string]any
}

func (a adapter) NativeToValue(value any) ref.Val {
	switch value := value.(type) {
	case json.Number:
		return numberValue(value)
	case []any:
		return docList{Lister: types.NewDynamicList(a, value), native: value}
	case map[string]any:
		return docMap{Mapper: types.NewStringInterfaceMap(a, value), native: value}
	}
	return a.Adapter.NativeToValue(value)
}

// numberValue is an int or a uint for an integer that fits, and otherwise a
// double that stands for exactly the same decimal number.
func numberValue(n json.Number) ref.Val {
	text := string(n)
	if !strings.ContainsAny(text, ".eE") {
		if i, err := strconv.ParseInt(text, 10, 64); err == nil {
			return types.Int(i)
		}
		if u, err := strconv.ParseUint(text, 10, 64); err == nil {
			return types.Uint(u)
		}
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || !sameDecimal(text, strconv.FormatFloat(f, 'e', -1, 64)) {
		return types.WrapErr(failure("a number has more digits than an expression can keep; a direct mapper keeps them"))
	}
	return types.Double(f)
}

// sameDecimal reports whether two JSON numbers are the same number.
func sameDecimal(a, b string) bool {
	aDigits, aExponent, aOK := decimal(a)
	bDigits, bExponent, bOK := decimal(b)
	if !aOK || !bOK {
		return false
	}
	if strings.Trim(aDigits, "-") == "" {
		return strings.Trim(bDigits, "-") == "" // zero has no sign here
	}
	return aDigits == bDigits && aExponent == bExponent
}

// decimal splits a number into its significant digits, with the sign, and the
// exponent of the last one.
func decimal(text string) (digits string, exponent int, ok bool) {
	mantissa, power, _ := strings.Cut(strings.ToLower(text), "e")
	sign := ""
	if rest, negative := strings.CutPrefix(mantissa, "-"); negative {
		sign, mantissa = "-", rest
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	all := strings.TrimLeft(whole+fraction, "0")
	significant := strings.TrimRight(all, "0")
	if significant == "" {
		return sign, 0, true
	}
	if power != "" {
		var err error
		if exponent, err = strconv.Atoi(power); err != nil {
			return "", 0, false
		}
	}
	return sign + significant, exponent - len(fraction) + len(all) - len(significant), true
}

var (
	errNotJSON  = errors.New("the value is of a type that JSON does not have; convert it, as in string(…)")
	errTooLarge = errors.New("the value is larger than the attributes may be, or too deep")
)

// jsonValue is an expression's result as a JSON value with json.Number. It is
// bounded, because a short expression can describe a very large value.
func jsonValue(v ref.Val) (any, error) {
	left := MaxAttributesBytes
	return toJSON(v, &left, attrs.MaxDepth)
}

func toJSON(v ref.Val, left *int, depth int) (any, error) {
	if *left -= 1; *left < 0 || depth < 0 {
		return nil, errTooLarge
	}
	switch v := v.(type) {
	case docList:
		return whole(v.native, left, depth)
	case docMap:
		return whole(v.native, left, depth)
	case types.Null:
		return nil, nil
	case types.Bool:
		return bool(v), nil
	case types.Int:
		return json.Number(strconv.FormatInt(int64(v), 10)), nil
	case types.Uint:
		return json.Number(strconv.FormatUint(uint64(v), 10)), nil
	case types.Double:
		return doubleJSON(float64(v))
	case types.String:
		if *left -= len(v); *left < 0 {
			return nil, errTooLarge
		}
		if !utf8.ValidString(string(v)) {
			return nil, errNotJSON
		}
		return string(v), nil
	case traits.Lister:
		return listJSON(v, left, depth)
	case traits.Mapper:
		return objectJSON(v, left, depth)
	}
	return nil, errNotJSON
}

// whole is a value of the document, as it is.
func whole(value any, left *int, depth int) (any, error) {
	if !measure(value, left, depth) {
		return nil, errTooLarge
	}
	return value, nil
}

func doubleJSON(f float64) (any, error) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, errNotJSON
	}
	text, err := json.Marshal(f)
	return json.Number(text), err
}

func listJSON(list traits.Lister, left *int, depth int) (any, error) {
	items := []any{}
	for it := list.Iterator(); it.HasNext() == types.True; {
		item, err := toJSON(it.Next(), left, depth-1)
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	return items, nil
}

func objectJSON(object traits.Mapper, left *int, depth int) (any, error) {
	members := map[string]any{}
	for it := object.Iterator(); it.HasNext() == types.True; {
		key := it.Next()
		name, ok := key.(types.String)
		if !ok {
			return nil, errNotJSON
		}
		if *left -= len(name); *left < 0 {
			return nil, errTooLarge
		}
		member, err := toJSON(object.Get(key), left, depth-1)
		if err != nil {
			return nil, err
		}
		members[string(name)] = member
	}
	return members, nil
}
