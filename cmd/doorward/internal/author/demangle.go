// Names of functions as their author wrote them.

package author

import (
	"regexp"
	"strconv"
	"strings"
)

var (
	rustHash   = regexp.MustCompile(`^h[0-9a-f]{16}$`)
	rustEscape = regexp.MustCompile(`\$([A-Za-z]+|u[0-9a-f]+)\$`)
)

// rustEscapes are the characters that have names of their own.
var rustEscapes = map[string]string{"SP": "@", "BP": "*", "RF": "&", "LT": "<", "GT": ">", "LP": "(", "RP": ")", "C": ","}

// demangled is a name of Rust's as a path, without its hash; any other name as
// it is.
func demangled(name string) string {
	if path, ok := pathOf(name); ok {
		return path
	}
	rest, ok := strings.CutPrefix(name, "_ZN")
	if !ok {
		return name
	}
	var parts []string
	for rest != "E" {
		digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
		length, err := strconv.Atoi(rest[:digits])
		if err != nil || length > len(rest)-digits {
			return name
		}
		if part := rest[digits : digits+length]; !rustHash.MatchString(part) {
			parts = append(parts, unescaped(part))
		}
		rest = rest[digits+length:]
	}
	return strings.Join(parts, "::")
}

func unescaped(part string) string {
	if strings.HasPrefix(part, "_$") { // a part cannot begin with an escape
		part = part[1:]
	}
	part = rustEscape.ReplaceAllStringFunc(part, func(escape string) string {
		code := strings.Trim(escape, "$")
		if char, ok := rustEscapes[code]; ok {
			return char
		}
		if n, err := strconv.ParseUint(code[1:], 16, 21); err == nil && code[0] == 'u' {
			return string(rune(n))
		}
		return escape
	})
	return strings.ReplaceAll(part, "..", "::")
}
