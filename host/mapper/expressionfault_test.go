package mapper_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/mapper"
)

func TestExpressionsAreCheckedWhenLoaded(t *testing.T) {
	for _, test := range []struct {
		attribute, value string
		line, column     int
		want             string
	}{
		{"email", `lower({attribute-source:idTokenClaims:email}`, 1, 45, ""},
		{"email", `user.mail`, 1, 5, "undefined field 'mail'; user has id, userName"},
		{"email", `nosuch(1)`, 1, 7, "undeclared reference to 'nosuch'"},
		{"email", "lower(\n  {attribute-source:idTokenClaims:email},\n  1)", 1, 6, "no matching overload for 'lower'"},
		{"email", `"é" + {attribute-source:claims:email}`, 1, 25, "there is no source"},
		{"email", `{ attribute-source:idTokenClaims:email}`, 1, 1, "begins neither"},
		{"email", `{Attribute_Source:idTokenClaims:email}`, 1, 1, "begins neither"},
		{"email", `{attribute-source:idTokenClaims:email`, 1, 38, "not closed"},
		{"email", `__ref0`, 1, 1, "no variable __ref0"},
		{"email", `matches("a", "(")`, 1, 8, "missing closing"},
		{"email", `{idp-attributes:amr} == []`, 1, 1, "email wants a string, and it gives bool"},
		{"email", `[user.email]`, 1, 1, "email wants a string"},
		{"roles", `"admin"`, 1, 1, "roles wants a list of strings, and it gives string"},
		{"attributes.x", `b"bytes"`, 1, 1, "wants a JSON value"},
		{"attributes.x", `timestamp("2026-01-01T00:00:00Z")`, 1, 1, "wants a JSON value"},
	} {
		t.Run(test.value, func(t *testing.T) {
			_, err := mapper.New(mapper.Config{Protocol: "oidc", Rules: []mapper.Rule{mapper.Expression{Attribute: test.attribute, Value: test.value}}})
			var rule *mapper.RuleError
			if !errors.As(err, &rule) {
				t.Fatalf("error %v", err)
			}
			if rule.Line != test.line || rule.Column != test.column || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%d:%d %v, want %d:%d %q", rule.Line, rule.Column, err, test.line, test.column, test.want)
			}
			if test.value != "__ref0" && strings.Contains(err.Error(), "__ref") {
				t.Errorf("the error shows our variable: %v", err)
			}
		})
	}
	long := `"` + strings.Repeat("x", mapper.MaxExpressionBytes) + `"`
	if _, err := mapper.New(mapper.Config{Rules: []mapper.Rule{mapper.Expression{Attribute: "id", Value: long}}}); !errors.Is(err, mapper.ErrExpression) {
		t.Errorf("a long expression: %v", err)
	}
	many := "[" + strings.Repeat(`{idp-attributes:a},`, 100)
	for i := range mapper.MaxReferences {
		many += fmt.Sprintf("{idp-attributes:a%d},", i)
	}
	if _, err := mapper.New(mapper.Config{Rules: []mapper.Rule{mapper.Expression{Attribute: "roles", Value: many + "null]"}}}); !errors.Is(err, mapper.ErrExpression) {
		t.Errorf("many references: %v", err)
	}
}

func TestFailuresAtALoginTellNoValue(t *testing.T) {
	for _, test := range []struct{ value, want string }{
		{`int(` + id + `preferred_username})`, "a conversion, a comparison or a calculation failed"},
		{`1 / (` + id + `auth_time} - 1311280969)`, "calculation failed"},
		{`{"Ada.L": 1}[` + id + `text}]`, "line 1, column 13: an object does not have the member"},
		{id + `unit}.street`, "an object does not have the member"},
		{id + `amr}[7]`, "a list does not have the item"},
		{id + `missing} + "x"`, "guard with coalesce"},
		{`lower(` + id + `auth_time})`, "wants a string, found int"},
		{`split(` + id + `text}, "")`, "a separator that is not empty"},
		{`join(` + id + `unit.floors}, "")`, "an item is none"},
		{`join(` + id + `text}, "")`, "join wants a list"},
		{`first(` + id + `text})`, "first wants a list"},
		{`containsAll(` + id + `text}, "one")`, "wants a list"},
		{`matches(` + id + `text}, ` + id + `preferred_username} + "(")`, "the pattern is malformed"},
		{`matches(` + id + `auth_time}, "1")`, "wants a string, found int"},
		{`user.attributes == user.attributes`, "can only be asked for its members"},
		{id + `both.x}`, "both the structure"},
		{`[bytes(` + id + `text})]`, "of a type that JSON does not have"},
		{`{1: "a"}`, "of a type that JSON does not have"},
		{`0.0 / 0.0`, "of a type that JSON does not have"},
	} {
		t.Run(test.value, func(t *testing.T) {
			got, err := evaluate(t, test.value)
			if login.CodeOf(err) != login.CodeMappingFailed || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("%v, error %v, want %q", got, err, test.want)
			}
			for _, value := range []string{"Ada.L", "one,two", "1311280969"} {
				if strings.Contains(err.Error(), value) {
					t.Errorf("the error tells a value: %v", err)
				}
			}
		})
	}
}

func TestExpressionsAreBounded(t *testing.T) {
	items := `["` + strings.Repeat(`x","`, 3000) + `x"]`
	doc := document(t, map[string]string{attrs.IDTokenClaims: `{"big":` + items + `,"mid":["` + strings.Repeat(`y","`, 399) + `y"],"long":"` + strings.Repeat("x", 500_000) + `"}`})
	for _, test := range []struct{ name, value, want string }{
		{"cost", multi + `big}.all(a, ` + multi + `big}.all(b, a == b)) ? "y" : "n"`, "it costs more than"},
		{"a long text over and over", `[1,2,3,4,5,6,7,8,9].map(x, lower(` + id + `long}))`, "it costs more than"},
		{"pairs", `containsAll(` + multi + `mid}, ` + multi + `mid})`, "100000 pairs"},
		{"joined", `join(` + multi + `big}, ` + id + `long})`, "more than 1 MiB"},
		{"many copies", multi + `big}.map(x, ` + id + `big})`, "larger than the attributes may be"},
		{"a large value", id + `long}`, "larger than"},
		{"a pattern from a claim", `matches("x", ` + id + `long})`, "the pattern is malformed or longer than 1 KiB"},
	} {
		t.Run(test.name, func(t *testing.T) {
			start := time.Now()
			_, err := newPipeline(t, mapper.Expression{Attribute: "attributes.x", Value: test.value}).Map(context.Background(), doc)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("error %v, want %q (after %v)", err, test.want, time.Since(start))
			}
		})
	}
}

func TestAnExpressionStopsWithItsLogin(t *testing.T) {
	// The expression cancels nothing itself, so the context is done before it
	// begins and says so only to those who look at Done.
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	p := newPipeline(t,
		mapper.Direct{Attribute: "id", Path: "sub"}, mapper.Direct{Attribute: "userName", Path: "sub"},
		mapper.Direct{Attribute: "firstName", Path: "sub"}, mapper.Direct{Attribute: "lastName", Path: "sub"},
		mapper.Direct{Attribute: "email", Path: "absent"},
		mapper.Expression{Attribute: "attributes.x", Value: `{multi-attribute-source:idTokenClaims:amr}.map(a, [1,2,3,4,5,6,7,8,9,10].map(b, [1,2,3,4,5,6,7,8,9,10].map(c, [1,2,3,4,5,6,7,8,9,10].map(d, a))))`})
	_, err := p.Map(&lateContext{Context: ctx, calm: 6}, document(t, ada))
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "expression: it was interrupted") {
		t.Fatalf("error %v", err)
	}
}

func TestALoginThatIsOverIsNotMapped(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	user, err := newPipeline(t).Map(ctx, document(t, ada))
	if !errors.Is(err, context.Canceled) || login.CodeOf(err) != login.CodeMappingFailed || !reflect.DeepEqual(user, login.User{}) {
		t.Fatalf("user %+v, error %v", user, err)
	}
}

// lateContext is done, and admits it by Err only after calm calls.
type lateContext struct {
	context.Context
	calm int
}

func (c *lateContext) Err() error {
	if c.calm--; c.calm >= 0 {
		return nil
	}
	return c.Context.Err()
}
