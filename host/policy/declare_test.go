package policy

import (
	"context"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/login"
)

func TestDeclareGrantedNeedsNoConfiguration(t *testing.T) {
	person := login.Person{IdP: "corp", Issuer: "https://idp.example.com", Subject: "ada"}
	e, err := New(context.Background(), Config{
		DeclareGranted: true, DefaultPolicy: true,
		Grants: []Grant{{Person: person, Levels: []string{"Granted/Deep"}}},
		Modules: levelsFile(`grant contains "Authenticated/Teams/Blue" if input.user.id == "ada"

grant contains "Authenticated/Teams/Green" if input.user.id == "bob"

grant contains "Terminal/Inside/Door"

grant contains "Office"

grant contains "Office/Safe" if false

grant contains sprintf("Computed/%s", [input.user.userName])

grant contains "Locked/Inner" if input.user.id == "ada"

grant contains "Locked" if input.user.id == "bob"`),
	})
	if err != nil {
		t.Fatal(err)
	}
	facts := whyFacts(t)
	facts.User.Roles, facts.Request.Zones = nil, nil
	d := decide(t, e, facts)
	holdsExactly(t, d, "Authenticated", "Authenticated/Fresh", "Authenticated/Teams", "Authenticated/Teams/Blue", "Computed", "Computed/ada",
		"Granted", "Granted/Deep", "Office", "Terminal", "Terminal/Inside", "Terminal/Inside/Door")
	withheldFor(t, d, "Locked/Inner", login.ReasonParent) // Locked is a level of its own
	if l := level(t, d, "Terminal"); l.By != login.ByGroup {
		t.Errorf("a parent that no rule names is held by %s", l.By)
	}
	facts.User.UserName = "a//b"
	withheldFor(t, decide(t, e, facts), "Computed/a//b", login.ReasonUndeclared)
	if x := explained(t, e, facts, "Never/Named"); explainedLevel(t, x, "Never/Named").Held {
		t.Error("a level that nothing names is held")
	}
}

// The host's own levels stay its own, and mistakes stay faults.
func TestDeclareGrantedRefusesWhatNoConfigurationCouldDeclare(t *testing.T) {
	for rule, want := range map[string]string{
		`grant contains "Authenticated"`:             "is built in",
		`grant contains "Authenticated/Roles/admin"`: "is built in",
		`grant contains "SecurityZones/plant"`:       "is built in",
		`grant contains "Public/Open"`:               "Public is part of no path",
		`grant contains "A//B"`:                      "is not declared",
		`grant contains {"level": "A", "untill": 5}`: `not "untill"`,
	} {
		_, err := New(context.Background(), Config{DeclareGranted: true, Modules: levelsFile(rule)})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "levels.rego:6:") {
			t.Errorf("%s: %v, want %s", rule, err, want)
		}
	}
}
