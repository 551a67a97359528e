// Expression mappers: references become variables, the rest is CEL.

package mapper

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"cel.dev/cel-go/cel"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/login"
)

// ErrExpression wraps what is wrong with an expression, except for its
// references.
var ErrExpression = errors.New("the expression is refused")

type expressionMapper struct {
	target  target
	text    string // as configured
	program cel.Program
	ast     *cel.Ast
	refs    []attrs.Reference // by number of their variable, each once
	names   []string          // of the variables
	reads   []string          // attributes of the user so far
}

func (e Expression) compile(c *compiler) (mapper, []*RuleError) {
	var faults []*RuleError
	to, err := parseTarget(e.Attribute)
	if err != nil {
		faults = append(faults, fault("attribute", err))
	}
	if len(e.Value) > MaxExpressionBytes || !utf8.ValidString(e.Value) {
		return nil, append(faults, fault("value", fmt.Errorf("%w: it is longer than 8 KiB, or not UTF-8", ErrExpression)))
	}
	found, err := attrs.FindReferences(e.Value)
	if err != nil {
		return nil, append(faults, faultIn("value", e.Value, 0, err))
	}
	for _, f := range found {
		if err := c.checkSource(f.Source); err != nil {
			faults = append(faults, faultIn("value", e.Value, f.Start, err))
		}
	}
	if len(faults) > 0 {
		return nil, faults
	}
	m := expressionMapper{target: to, text: e.Value}
	text, err := m.replace(e.Value, found)
	if err != nil {
		return nil, []*RuleError{fault("value", err)}
	}
	if faults := m.build(text, e.Value); len(faults) > 0 {
		return nil, faults
	}
	return m, nil
}

// replace puts variables in place of the references, filled up with spaces, so
// that every column stays what it was.
func (m *expressionMapper) replace(value string, found []attrs.Found) (string, error) {
	var out strings.Builder
	numbers := map[string]int{}
	end := 0
	for _, f := range found {
		key := f.Reference.String()
		n, known := numbers[key]
		if !known {
			n = len(m.refs)
			numbers[key] = n
			m.refs = append(m.refs, f.Reference)
			m.names = append(m.names, refVariable(n))
		}
		out.WriteString(value[end:f.Start])
		width := utf8.RuneCountInString(value[f.Start:f.End])
		fmt.Fprintf(&out, "%-*s", width, refVariable(n))
		end = f.End
	}
	if len(m.refs) > MaxReferences {
		return "", fmt.Errorf("%w: it has more than %d references", ErrExpression, MaxReferences)
	}
	out.WriteString(value[end:])
	return out.String(), nil
}

func (m expressionMapper) apply(ctx context.Context, r *run) error {
	value, err := m.evaluate(ctx, r)
	if err == nil && value != nil {
		err = m.target.set(&r.user, value)
	}
	if err != nil {
		return login.NewFault(login.CodeMappingFailed, "attribute %s: expression: %w", m.target.name, err)
	}
	by := origin{mapper: "expression", expression: m.text}
	if value == nil {
		r.nothing(by, m.target.name, fmt.Sprintf("attribute %s: the expression gives null, so it maps nothing", m.target.name))
		return nil
	}
	r.set(by, m.target.name, value)
	return nil
}

// evaluate gives the expression's value as JSON, nil for null.
func (m expressionMapper) evaluate(ctx context.Context, r *run) (any, error) {
	vars := &activation{names: m.names, values: make([]any, len(m.refs)), user: &r.user}
	for i, ref := range m.refs {
		value, _, err := r.doc.Sources.Lookup(ref)
		if err != nil {
			return nil, err
		}
		vars.values[i] = value
	}
	result, _, err := m.program.ContextEval(ctx, vars)
	if err != nil {
		return nil, m.explain(ctx, err)
	}
	return jsonValue(result)
}

func (m expressionMapper) feeds(from *tainted) {
	for _, ref := range m.refs {
		if ref.Source == from.source {
			from.add(m.target.name)
		}
	}
	for _, name := range m.reads {
		if from.has(name) {
			from.add(m.target.name)
		}
	}
}
