// Finding references inside a larger expression.

package attrs

import (
	"regexp"
	"strings"
)

// Found is a reference in an expression: expression[Start:End] is its text,
// in bytes.
type Found struct {
	Reference
	Start, End int
}

// FindReferences finds the references of a CEL expression that stand outside
// its string literals, quoted identifiers and comments, in order. What begins
// like a reference and is not one is an error: a *ReferenceError whose Offset
// and Column count from the beginning of the expression.
//
// See the CEL specification, Lexical Analysis, for the forms of literals.
func FindReferences(expression string) ([]Found, error) {
	var found []Found
	for i := 0; i < len(expression); {
		switch c := expression[i]; {
		case c == '"' || c == '\'':
			i = literalEnd(expression, i, false)
		case c == '`':
			i = closing(expression, i+1, "`")
		case strings.HasPrefix(expression[i:], "//"):
			i = closing(expression, i+2, "\n")
		case isLetter(c) || c == '_':
			i = wordEnd(expression, i)
		case c == '{' && looksLikeReference.MatchString(expression[i:]):
			ref, end, err := parseReference(expression, i)
			if err != nil {
				return nil, err
			}
			found = append(found, Found{Reference: ref, Start: i, End: end})
			i = end
		default:
			i++
		}
	}
	return found, nil
}

// looksLikeReference also matches the misspellings that CEL would report in
// words that help nobody.
var looksLikeReference = regexp.MustCompile(`(?i)^\{\s*(multi[-_ ]?)?(attribute[-_ ]?source|idp[-_ ]?attributes?)\s*:`)

// wordEnd is the end of the identifier at i, or of the literal that it is the
// prefix of, such as r"…" or b'…'.
func wordEnd(text string, i int) int {
	start := i
	for i < len(text) && (isLetter(text[i]) || isDigit(text[i]) || text[i] == '_') {
		i++
	}
	if i == len(text) || text[i] != '"' && text[i] != '\'' {
		return i
	}
	switch strings.ToLower(text[start:i]) {
	case "r", "br":
		return literalEnd(text, i, true)
	}
	return literalEnd(text, i, false)
}

// literalEnd is the end of the string literal whose opening quote is at i. One
// that is not closed reaches to the end of the line, or of the text when it is
// triple-quoted: CEL reports it.
func literalEnd(text string, i int, raw bool) int {
	quote := text[i : i+1]
	if triple := strings.Repeat(quote, 3); strings.HasPrefix(text[i:], triple) {
		quote = triple
	}
	for i += len(quote); i < len(text); i++ {
		switch {
		case strings.HasPrefix(text[i:], quote):
			return i + len(quote)
		case text[i] == '\\' && !raw:
			i++
		case text[i] == '\n' && len(quote) == 1:
			return i
		}
	}
	return len(text)
}

func closing(text string, i int, end string) int {
	if at := strings.Index(text[i:], end); at >= 0 {
		return i + at + len(end)
	}
	return len(text)
}
