package mapper_test

import (
	"context"
	"testing"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/mapper"
)

func BenchmarkMap(b *testing.B) {
	for _, bench := range []struct {
		name  string
		rules []mapper.Rule
	}{
		{"defaults", nil},
		{"direct", []mapper.Rule{mapper.Direct{Attribute: "roles", Source: attrs.UserInfo, Path: "groups"}}},
		{"expression", []mapper.Rule{mapper.Expression{Attribute: "userName", Value: `lower({attribute-source:idTokenClaims:preferred_username})`}}},
		{"comprehension", []mapper.Rule{mapper.Expression{Attribute: "roles",
			Value: `{multi-attribute-source:userInfo:groups}.filter(g, matches(g, "^[a-z]+$")).map(g, "app-" + g)`}}},
		{"plugin-seam", []mapper.Rule{mapper.PluginRule{Name: "p", Plugin: plugin{result: login.PluginResult{Set: map[string]any{"roles": []string{"engineer"}}}}}}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			p, doc := newPipeline(b, bench.rules...), document(b, ada)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := p.Map(context.Background(), doc); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(bench.name+"/traced", func(b *testing.B) {
			p, doc := newPipeline(b, bench.rules...), document(b, ada)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := p.Map(login.WithTrace(context.Background(), &login.Trace{}), doc); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkNew(b *testing.B) {
	rules := []mapper.Rule{mapper.Expression{Attribute: "userName", Value: `lower({attribute-source:idTokenClaims:preferred_username})`}}
	for b.Loop() {
		if _, err := mapper.New(mapper.Config{Rules: rules}); err != nil {
			b.Fatal(err)
		}
	}
}
