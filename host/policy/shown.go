// What an explanation shows of values and of the policies' text: bounded.

package policy

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/open-policy-agent/opa/v1/ast"
)

const (
	maxValueText = 200     // bytes
	maxWritten   = 300     // bytes
	maxName      = 100     // bytes
	maxValues    = 16      // of one expression
	maxAlso      = 4       // further values of one name
	maxShown     = 1 << 20 // bytes of all failures together
)

// shown is a value as Rego text of at most 200 bytes, however large it is.
// What a terminal could take for a command is escaped.
func shown(value ast.Value) string {
	w := &clipped{max: maxValueText}
	w.value(value)
	return w.String()
}

// listed is a list of texts, shown.
func listed(items []string) string {
	terms := make([]*ast.Term, 0, len(items))
	for _, item := range items[:min(len(items), maxValueText)] {
		terms = append(terms, ast.StringTerm(item))
	}
	return shown(ast.NewArray(terms...))
}

// clipped is text that stops growing.
type clipped struct {
	strings.Builder
	max  int
	full bool
}

func (w *clipped) text(s string) {
	if w.full {
		return
	}
	if w.Len()+len(s) > w.max-len("…") {
		s = cutAt(s, w.max-len("…")-w.Len()) + "…"
		w.full = true
	}
	w.WriteString(s)
}

func (w *clipped) value(value ast.Value) {
	switch v := value.(type) {
	case ast.String:
		w.text(quoted(string(v)))
	case *ast.Array:
		w.list("[", "]", v.Len(), func(i int) { w.value(v.Elem(i).Value) })
	case ast.Set:
		if v.Len() == 0 {
			w.text("set()")
			return
		}
		items := v.Slice()
		w.list("{", "}", len(items), func(i int) { w.value(items[i].Value) })
	case ast.Object:
		keys := v.Keys()
		w.list("{", "}", len(keys), func(i int) {
			w.value(keys[i].Value)
			w.text(": ")
			w.value(v.Get(keys[i]).Value)
		})
	case ast.Number:
		w.text(string(v))
	default:
		w.text(printable(value.String()))
	}
}

func (w *clipped) list(open, end string, n int, item func(int)) {
	w.text(open)
	for i := 0; i < n && !w.full; i++ {
		if i > 0 {
			w.text(", ")
		}
		item(i)
	}
	w.text(end)
}

// quoted is s between quotes; only so much of it as can be shown.
func quoted(s string) string {
	s = cutAt(s, 2*maxValueText)
	return `"` + printable(strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s)) + `"`
}

// printable escapes what is no visible character.
func printable(s string) string {
	return escape(s, func(r rune) bool { return unicode.IsPrint(r) })
}

// escape writes the runes that keep refuses as escapes.
func escape(s string, keep func(rune) bool) string {
	if strings.IndexFunc(s, func(r rune) bool { return !keep(r) || r == utf8.RuneError }) < 0 {
		return s
	}
	var out strings.Builder
	for _, r := range s {
		switch {
		case r == '\n':
			out.WriteString(`\n`)
		case r == '\t':
			out.WriteString(`\t`)
		case keep(r):
			out.WriteRune(r)
		default:
			out.WriteString(escaped(r))
		}
	}
	return out.String()
}

const hexDigits = "0123456789abcdef"

func escaped(r rune) string {
	if r > 0xffff {
		return `\U` + digits(r, 8)
	}
	return `\u` + digits(r, 4)
}

func digits(r rune, n int) string {
	out := make([]byte, n)
	for i := range out {
		out[n-1-i] = hexDigits[r&15]
		r >>= 4
	}
	return string(out)
}

// cutAt shortens s to at most n bytes, between characters.
func cutAt(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n = max(0, n); n > 0 && !utf8.RuneStart(s[n]); n-- {
	}
	return s[:n]
}

// written is a term as it stands in the policy.
func written(term *ast.Term) string {
	if term.Location == nil || len(term.Location.Text) == 0 {
		if _, generated := term.Value.(ast.Var); generated {
			return ""
		}
		return clip(term.String(), maxName)
	}
	return clip(string(term.Location.Text), maxName)
}

// clip shortens the policy's own text, and says that it did.
func clip(s string, n int) string {
	s = strings.ToValidUTF8(s, "�")
	if len(s) > n {
		s = cutAt(s, n-len("…")) + "…"
	}
	return cutAt(escape(s, func(r rune) bool { return r == '\n' || r == '\t' || unicode.IsPrint(r) }), n)
}

// showBudget bounds what all failures of an explanation show.
type showBudget struct{ left int }

func (b *showBudget) take(failures []Failure) {
	for _, f := range failures {
		b.left -= 100 + len(f.Text) + len(f.In) + len(f.Message)
		for _, v := range f.Values {
			b.left -= 40 + len(v.Name) + len(v.Value) + len(strings.Join(v.Also, ""))
		}
		b.take(f.Because)
	}
}
