package mapper_test

import (
	"os"
	"regexp"
	"testing"

	"github.com/doorward/doorward/host/mapper"
)

// Every mapper that the documentation shows is accepted.
func TestDocumentedMappersCompile(t *testing.T) {
	page, err := os.ReadFile("../../docs/mappers.md")
	if err != nil {
		t.Fatal(err)
	}
	expressions := regexp.MustCompile(`(?m)- expression: \{attribute: ([\w.]+), value: '(.*)'\}$`).FindAllSubmatch(page, -1)
	directs := regexp.MustCompile(`(?m)- direct: \{attribute: ([\w.]+), source: (\w+), path: '?(.*?)'?\}$`).FindAllSubmatch(page, -1)
	if len(expressions) < 4 || len(directs) < 2 {
		t.Fatalf("found %d expressions and %d direct mappers", len(expressions), len(directs))
	}
	for _, found := range expressions {
		newPipeline(t, mapper.Expression{Attribute: string(found[1]), Value: string(found[2])})
	}
	for _, found := range directs {
		protocol := "oidc"
		if string(found[2]) == "authnResponse" {
			protocol = "saml"
		}
		rule := mapper.Direct{Attribute: string(found[1]), Source: string(found[2]), Path: string(found[3])}
		if _, err := mapper.New(mapper.Config{Protocol: protocol, UserInfoInUse: true, Rules: []mapper.Rule{rule}}); err != nil {
			t.Error(err)
		}
	}
}
