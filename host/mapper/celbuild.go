// Compiling an expression: types, patterns, cost limit, and errors that point
// into the text as it was written.

package mapper

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/interpreter"
)

// build compiles text, in which the references of value are variables.
func (m *expressionMapper) build(text, value string) []*RuleError {
	environment, err := celEnv()
	if err != nil {
		return []*RuleError{fault("value", fmt.Errorf("%w: %w", ErrExpression, err))}
	}
	compiled, issues := environment.Compile(text)
	if issues.Err() != nil {
		return m.issues(issues)
	}
	m.ast = compiled
	if !m.target.accepts(compiled.OutputType()) {
		err := fmt.Errorf("%w: %s wants %s, and it gives %s", ErrExpression, m.target.name, m.target.wants(), compiled.OutputType())
		return []*RuleError{faultIn("value", value, 0, err)}
	}
	if faults := m.inspect(compiled.NativeRep()); len(faults) > 0 {
		return faults
	}
	m.program, err = environment.Program(compiled,
		cel.CostLimit(MaxCost),
		cel.CostTracking(functionCost{}),
		cel.InterruptCheckFrequency(100),
		cel.OptimizeRegex(constantPattern))
	if err != nil {
		return []*RuleError{fault("value", fmt.Errorf("%w: %w", ErrExpression, err))}
	}
	return nil
}

// issues turns CEL's errors into ours.
func (m *expressionMapper) issues(issues *cel.Issues) []*RuleError {
	var faults []*RuleError
	for _, issue := range issues.Errors() {
		faults = append(faults, &RuleError{
			Field: "value", Line: max(issue.Location.Line(), 1), Column: max(issue.Location.Column(), 0) + 1,
			Err: fmt.Errorf("%w: %s", ErrExpression, m.readable(issue.Message)),
		})
	}
	return faults
}

var variablePattern = regexp.MustCompile(`__ref\d+`)

// readable is a message of CEL with the references as they were written, and
// with what to write instead where CEL does not say it.
func (m *expressionMapper) readable(message string) string {
	message = strings.ReplaceAll(message, " (in container '')", "")
	message = variablePattern.ReplaceAllStringFunc(message, func(name string) string {
		if n, err := strconv.Atoi(strings.TrimPrefix(name, "__ref")); err == nil && n < len(m.refs) {
			return m.refs[n].String()
		}
		return name
	})
	if strings.HasPrefix(message, "undefined field") {
		message += "; user has " + strings.Join(userFieldNames, ", ")
	}
	return message
}

// accepts reports whether an expression of that type can ever give the
// attribute a value. What is only known at a login is checked there.
func (t target) accepts(out *cel.Type) bool {
	switch out.Kind() {
	case types.DynKind, types.AnyKind, types.NullTypeKind:
		return true
	case types.StringKind:
		return t.name != "roles"
	case types.ListKind:
		return t.field == nil
	case types.BoolKind, types.IntKind, types.UintKind, types.DoubleKind, types.MapKind:
		return t.inner != ""
	}
	return false
}

func (t target) wants() string {
	switch {
	case t.field != nil:
		return "a string"
	case t.inner == "":
		return "a list of strings"
	}
	return "a JSON value"
}

// inspect checks the constant patterns, refuses variables that are not the
// author's to name, and notes which user attributes are read.
func (m *expressionMapper) inspect(compiled *ast.AST) []*RuleError {
	var faults []*RuleError
	visit := ast.NewExprVisitor(func(e ast.Expr) {
		if err := m.inspectNode(e); err != nil {
			at := compiled.SourceInfo().GetStartLocation(e.ID())
			faults = append(faults, &RuleError{
				Field: "value", Line: at.Line(), Column: at.Column() + 1,
				Err: fmt.Errorf("%w: %w", ErrExpression, err),
			})
		}
	})
	ast.PostOrderVisit(compiled.Expr(), visit)
	return faults
}

func (m *expressionMapper) inspectNode(e ast.Expr) error {
	switch e.Kind() {
	case ast.IdentKind:
		if name := e.AsIdent(); variablePattern.MatchString(name) && !m.isReference(name) {
			return fmt.Errorf("there is no variable %s", name)
		}
	case ast.SelectKind:
		selected := e.AsSelect()
		if operand := selected.Operand(); operand.Kind() == ast.IdentKind && operand.AsIdent() == "user" {
			m.reads = append(m.reads, selected.FieldName())
		}
	case ast.CallKind:
		return checkPattern(e.AsCall())
	}
	return nil
}

func (m *expressionMapper) isReference(name string) bool {
	for _, known := range m.names {
		if name == known {
			return true
		}
	}
	return false
}

func checkPattern(call ast.CallExpr) error {
	args := call.Args()
	if call.FunctionName() != "matches" || len(args) == 0 {
		return nil
	}
	last := args[len(args)-1]
	if last.Kind() != ast.LiteralKind {
		return nil
	}
	pattern, ok := last.AsLiteral().(types.String)
	if !ok {
		return errors.New("the pattern of matches is no string")
	}
	_, err := compilePattern(string(pattern))
	return err
}

// constantPattern compiles the pattern of a matches once.
var constantPattern = &interpreter.RegexOptimization{
	Function:   "matches",
	RegexIndex: 1,
	Factory: func(call interpreter.InterpretableCall, pattern string) (interpreter.InterpretableCall, error) {
		compiled, err := compilePattern(pattern)
		if err != nil {
			return nil, err
		}
		return interpreter.NewCall(call.ID(), call.Function(), call.OverloadID(), call.Args(), func(args ...ref.Val) ref.Val {
			return matchesCompiled(compiled, args[0])
		}), nil
	},
}
