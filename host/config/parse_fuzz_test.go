package config

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"
)

func FuzzParse(f *testing.F) {
	f.Add(designFile)
	f.Add(wholeFile)
	for _, c := range faultCases {
		f.Add(c.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := usual.parse("etc/doorward.yaml", text)
		var faults Faults
		if err == nil {
			if c == nil || c.PublicURL == "" || len(c.Providers) == 0 || len(c.ProviderOrder) != len(c.Providers) {
				t.Fatalf("accepted, and incomplete: %+v", c)
			}
			for name, a := range c.Applications {
				if len(a.Require) == 0 || len(a.Origins) == 0 || len(a.Paths) == 0 || len(a.Tokens) > 0 && len(a.Secret.Reveal()) < 16 {
					t.Fatalf("accepted the application %s: %+v", name, a)
				}
			}
			if c.Console != nil && !strings.HasPrefix(c.Console.Level, "Authenticated") {
				t.Fatalf("accepted the console's level %q", c.Console.Level)
			}
			faults = c.Warnings
		} else if !errors.As(err, &faults) || len(faults) == 0 {
			t.Fatalf("%T %v", err, err)
		}
		lines := strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text), "\n")
		for _, fault := range faults {
			if fault.File != "etc/doorward.yaml" {
				continue // a file that the configuration names
			}
			if fault.Line < 1 || fault.Line > len(lines) || fault.Column < 1 || fault.Column > utf8.RuneCountInString(lines[fault.Line-1])+1 {
				t.Fatalf("outside the file: %v", fault)
			}
			if fault.Message == "" {
				t.Fatalf("it does not say what is wrong: %v", fault)
			}
		}
	})
}

func TestFaultsOfOthersPointIntoTheFile(t *testing.T) {
	c := must(t, "etc/doorward.yaml", wholeFile)
	for _, test := range []struct {
		got  Fault
		want string
	}{
		{c.FaultAt("providers.alpha.mappers[1].expression.value", 7, "x"), "etc/doorward.yaml:51:64: providers.alpha.mappers[1].expression.value: x"},
		{c.FaultAt("providers.alpha.mappers[1].expression.value", 0, "x"), "etc/doorward.yaml:51:57: providers.alpha.mappers[1].expression.value: x"},
		{c.FaultAt("providers.alpha.mappers[2]", 0, "%d", 5), "etc/doorward.yaml:52:9: providers.alpha.mappers[2]: 5"},
		{c.FaultAt("providers.alpha.mappers[9].direct.path", 3, "x"), "etc/doorward.yaml:50:7: providers.alpha.mappers[9].direct.path: x"},
		{c.FaultAt(`levels["Site/North"]`, 0, "x"), `etc/doorward.yaml:64:15: levels["Site/North"]: x`},
		{c.FaultAt("force_auth", 0, "x"), "etc/doorward.yaml:1:1: force_auth: x"},
		{c.FaultAt("][", 0, "x"), "etc/doorward.yaml:1:1: ][: x"},
		{c.FaultAt("]", 0, "x"), "etc/doorward.yaml:1:1: ]: x"},
	} {
		if got := test.got.Error(); got != test.want {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
	}
	if got := c.Position("providers.zulu.type"); got != (Position{10, 11}) {
		t.Errorf("position %v", got)
	}
	block := must(t, "d.yaml", oidc+"    mappers:\n      - expression:\n          attribute: id\n          value: |\n            lower(\n              user.email)\n")
	if got := block.FaultInText("providers.c.mappers[0].expression.value", 2, 3, "x").Error(); !strings.HasPrefix(got, "d.yaml:13:15: ") {
		t.Errorf("got %s", got)
	}
}
