package mapper_test

import (
	"errors"
	"reflect"
	"testing"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/mapper"
)

func TestEveryFaultOfAConfigurationIsReported(t *testing.T) {
	config := mapper.Config{Protocol: "oidc", Rules: []mapper.Rule{
		mapper.Direct{Attribute: "mail", Source: "userinfo", Path: "a..b"},
		mapper.Direct{Attribute: "email", Source: attrs.UserInfo, Path: "email"},
		mapper.Direct{Attribute: "email", Source: attrs.AuthnResponse, Path: "nameId"},
		mapper.Expression{Attribute: "email", Value: "lower(\n  {attribute-source:idTokenClaims:é})"},
		mapper.Expression{Attribute: "email", Value: `"ü" + {attribute-source:userInfo:email}`},
		mapper.Expression{Attribute: "email", Value: `"ü" + nosuch`},
		mapper.PluginRule{Name: "groups"},
		mapper.PluginRule{Name: "deny", Plugin: plugin{}, SkipOnError: true, MayDeny: true},
	}}
	_, err := mapper.New(config)
	type place struct {
		index, line, column int
		field               string
	}
	var got []place
	for _, err := range err.(interface{ Unwrap() []error }).Unwrap() {
		var rule *mapper.RuleError
		if !errors.As(err, &rule) {
			t.Fatalf("%T is no RuleError", err)
		}
		got = append(got, place{rule.Index, rule.Line, rule.Column, rule.Field})
	}
	want := []place{
		{0, 0, 0, "attribute"}, {0, 0, 0, "source"}, {0, 1, 3, "path"},
		{1, 0, 0, "source"},
		{2, 0, 0, "source"},
		{3, 2, 35, "value"},
		{4, 1, 7, "value"},
		{5, 1, 7, "value"},
		{6, 0, 0, "plugin"},
		{7, 0, 0, "on_error"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("places\n%v, want\n%v\n%v", got, want, err)
	}
	for _, sentinel := range []error{
		mapper.ErrAttribute, attrs.ErrSource, attrs.ErrPath, mapper.ErrUserInfoUnused, mapper.ErrSourceAbsent,
		mapper.ErrExpression, mapper.ErrPluginMissing, mapper.ErrSkipDeny,
	} {
		if !errors.Is(err, sentinel) {
			t.Errorf("no error is %q", sentinel)
		}
	}
}

func TestSourcesByProtocol(t *testing.T) {
	for _, test := range []struct {
		protocol, source string
		ok               bool
	}{
		{"oidc", attrs.IDTokenClaims, true}, {"oidc", attrs.TokenEndpointResponse, true}, {"oidc", attrs.UserInfo, true}, {"oidc", attrs.AuthnResponse, false},
		{"builtin", attrs.UserInfo, true},
		{"saml", attrs.AuthnResponse, true}, {"saml", attrs.IDTokenClaims, false}, {"saml", "", false},
		{"id-token", attrs.IDTokenClaims, true}, {"id-token", attrs.UserInfo, false}, {"id-token", attrs.TokenEndpointResponse, false},
	} {
		_, err := mapper.New(mapper.Config{Protocol: test.protocol, UserInfoInUse: true,
			Rules: []mapper.Rule{mapper.Direct{Attribute: "email", Source: test.source, Path: "email"}}})
		if (err == nil) != test.ok {
			t.Errorf("%s of %s: %v", test.source, test.protocol, err)
		}
	}
}

func TestAttributesFrom(t *testing.T) {
	for _, test := range []struct {
		name  string
		inUse bool
		rules []mapper.Rule
		want  []string
	}{
		{"nothing", false, nil, nil},
		{"defaults", true, nil, []string{"email", "firstName", "lastName", "userName"}},
		{"direct", true, []mapper.Rule{
			mapper.Direct{Attribute: "roles", Source: attrs.UserInfo, Path: "groups"},
			mapper.Direct{Attribute: "email", Path: "email"},
		}, []string{"firstName", "lastName", "roles", "userName"}},
		{"through the user so far", true, []mapper.Rule{
			mapper.Direct{Attribute: "attributes.a", Source: attrs.UserInfo, Path: "a"},
			mapper.Expression{Attribute: "attributes.b", Value: `user.attributes.a`},
			mapper.Expression{Attribute: "roles", Value: `[user.id]`},
		}, []string{"attributes.a", "attributes.b", "email", "firstName", "lastName", "userName"}},
		{"a plugin that sees it", true, []mapper.Rule{mapper.PluginRule{Name: "p", Plugin: plugin{}}},
			[]string{"*", "email", "firstName", "lastName", "userName"}},
		{"a plugin that sees no such thing", false, []mapper.Rule{
			mapper.PluginRule{Name: "p", Plugin: plugin{}, Sources: []string{attrs.IDTokenClaims}}}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, err := mapper.New(mapper.Config{Protocol: "oidc", UserInfoInUse: test.inUse, Rules: test.rules})
			if err != nil {
				t.Fatal(err)
			}
			if got := p.AttributesFrom(attrs.UserInfo); !reflect.DeepEqual(got, test.want) {
				t.Fatalf("%v, want %v", got, test.want)
			}
		})
	}
}
