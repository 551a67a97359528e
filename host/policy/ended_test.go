package policy

import (
	"maps"
	"testing"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/login"
)

// restsOnNoClaims are rules that stay when the provider's claims have ended.
var restsOnNoClaims = map[string]string{
	"the login":              `grant contains "Terminal" if input.login.idp == "corp"`,
	"the evidence":           `grant contains "Terminal" if input.login.evidence.authTime > 5`,
	"reauth":                 `grant contains "Terminal" if reauth.within("5m")`,
	"the request":            `grant contains "Terminal" if input.request.userAgent == ""`,
	"the session and now":    `grant contains "Terminal" if input.now > input.session.createdAt`,
	"an unused helper":       "grant contains \"Terminal\"\nhelper if input.sources.userInfo.x",
	"with an end of its own": `grant contains {"level": "Terminal", "until": reauth.until("5m")}`,
}

// TestT27_ClaimsThatCannotBeRefreshedEnd: whatever a rule reads of what the
// provider says, it gives its level until the claims end, and no longer.
func TestT27_ClaimsThatCannotBeRefreshedEnd(t *testing.T) {
	rest := maps.Clone(restsOnUserInfo)
	maps.Copy(rest, map[string]string{
		"the ID token":          `grant contains "Terminal" if not input.sources.idTokenClaims.suspended`,
		"the token response":    `grant contains "Terminal" if not input.sources.tokenEndpointResponse.x`,
		"the SAML response":     `grant contains "Terminal" if not input.sources.authnResponse.x`,
		"any mapped attribute":  `grant contains "Terminal" if not input.user.email`,
		"a reference":           `grant contains "Terminal" if not claims.ref("{idp-attributes:suspended}")`,
		"an end that is later":  `grant contains {"level": "Terminal", "until": input.now + 3600} if not input.user.email`,
		"a level it makes up":   "grant contains level if {\n\tsome level in [\"Terminal\"]\n\tnot input.user.email\n}",
		"a claim and the login": `grant contains {"level": "Terminal", "until": reauth.until("5m")} if not input.user.email`,
	})
	for name, rules := range rest {
		t.Run(name, func(t *testing.T) {
			e := newEngine(t, Config{Mapped: mapped, Modules: levelsFile(rules)})
			facts := signedIn(t, login.Evidence{AuthTime: at(received)}, attrs.IDTokenClaims, `{"sub": "ada"}`, attrs.UserInfo, `{"sub": "ada"}`)
			facts.User.Roles = []string{"staff"}
			facts.User.Attributes = map[string]any{"team": map[string]any{"name": "blue"}}
			facts.ClaimsEnd = afterwards.Unix() + 7
			d := decide(t, e, facts)
			if l := level(t, d, "Terminal"); l.Until != facts.ClaimsEnd || d.Until != facts.ClaimsEnd {
				t.Errorf("until %d and %d, want %d", l.Until, d.Until, facts.ClaimsEnd)
			}
			for _, end := range []int64{afterwards.Unix(), afterwards.Unix() - 1, 1} {
				facts.ClaimsEnd = end
				withheldFor(t, decide(t, e, facts), "Terminal", login.ReasonClaimsEnded)
			}
			facts.ClaimsEnd = 0
			level(t, decide(t, e, facts), "Terminal")
		})
	}
	for name, rules := range restsOnNoClaims {
		t.Run(name, func(t *testing.T) {
			e := newEngine(t, Config{Mapped: mapped, Modules: levelsFile(rules)})
			facts := signedIn(t, login.Evidence{AuthTime: at(received)}, attrs.IDTokenClaims, `{"sub": "ada"}`)
			until := level(t, decide(t, e, facts), "Terminal").Until
			facts.ClaimsEnd = 1
			if l := level(t, decide(t, e, facts), "Terminal"); l.Until != until {
				t.Errorf("until %d, was %d", l.Until, until)
			}
		})
	}
}

// Roles and custom levels go; who signed in, when, and what the configuration
// gives to them stay.
func TestT27_WhatStaysWhenTheClaimsHaveEnded(t *testing.T) {
	facts := signedIn(t, login.Evidence{AuthTime: at(received)}, attrs.IDTokenClaims, `{"sub": "ada", "groups": ["engineering"]}`)
	facts.User.Roles, facts.Request.Zones = []string{"admin", "a/b"}, []string{"plant"}
	e := newEngine(t, Config{
		Levels:        map[string]Level{"Authenticated/Fresh": {}, "Authenticated/Engineer": {}, "Authenticated/Engineer/Lead": {}, "Authenticated/Granted": {}},
		Grants:        []Grant{{Person: facts.Document.Person, Levels: []string{"Authenticated/Granted", "Authenticated/Engineer/Lead"}}},
		DefaultPolicy: true,
		Modules:       levelsFile(`grant contains "Authenticated/Engineer" if "engineering" in input.sources.idTokenClaims.groups`),
	})
	facts.ClaimsEnd = afterwards.Unix() + 9
	d := decide(t, e, facts)
	holdsExactly(t, d, "Authenticated", "Authenticated/Engineer", "Authenticated/Engineer/Lead", "Authenticated/Fresh", "Authenticated/Granted",
		"Authenticated/Roles", "Authenticated/Roles/admin", "SecurityZones", "SecurityZones/plant")
	for path, until := range map[string]int64{
		"Authenticated": 0, "Authenticated/Granted": 0, "Authenticated/Fresh": received + 300, "SecurityZones/plant": 0,
		"Authenticated/Engineer": facts.ClaimsEnd, "Authenticated/Engineer/Lead": facts.ClaimsEnd, "Authenticated/Roles/admin": facts.ClaimsEnd, "Authenticated/Roles": facts.ClaimsEnd,
	} {
		if got := level(t, d, path).Until; got != until {
			t.Errorf("%s until %d, want %d", path, got, until)
		}
	}
	facts.ClaimsEnd = afterwards.Unix()
	d = decide(t, e, facts)
	holdsExactly(t, d, "Authenticated", "Authenticated/Fresh", "Authenticated/Granted", "SecurityZones", "SecurityZones/plant")
	for _, path := range []string{"Authenticated/Engineer", "Authenticated/Roles/admin"} {
		withheldFor(t, d, path, login.ReasonClaimsEnded)
	}
	withheldFor(t, d, "Authenticated/Engineer/Lead", login.ReasonParent)
	withheldFor(t, d, "Authenticated/Roles/a/b", login.ReasonRoleName)
}

func TestExplainSaysWhichClaimsEnded(t *testing.T) {
	facts := signedIn(t, login.Evidence{}, attrs.IDTokenClaims, `{"sub": "ada"}`)
	facts.User.Roles, facts.ClaimsEnd = []string{"admin"}, afterwards.Unix()-60
	e := withPolicy(t, `grant contains "Terminal" if {
	input.sources.idTokenClaims.sub == "ada"
	"admin" in input.user.roles
}`)
	x, err := e.Explain(t.Context(), facts, "Terminal", "Authenticated/Roles/admin")
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range x.Levels {
		if l.Path == "Terminal" && (len(l.Why) != 1 || l.Why[0].Reason != login.ReasonClaimsEnded || len(l.Why[0].Values) != 2 ||
			l.Why[0].Values[0].Name != "input.sources.idTokenClaims" || l.Why[0].Values[1].Name != "input.user.roles") {
			t.Errorf("%+v", l.Why)
		}
		if l.Path == "Authenticated/Roles/admin" && (l.Held || l.Why[0].Reason != login.ReasonClaimsEnded) {
			t.Errorf("%+v", l)
		}
	}
}

// A decision about claims that end is none about claims that do not.
func TestLiveDecidesAnewWhenClaimsEnd(t *testing.T) {
	live, _, _ := counting(t, `grant contains "Terminal" if not input.user.email`, 0)
	facts := signedIn(t, login.Evidence{})
	for _, end := range []int64{0, afterwards.Unix() - 1, 0, afterwards.Unix() + 5, 0} {
		facts.ClaimsEnd = end
		if held := ask(t, live, "s", facts).Holds("Terminal", afterwards); held != (end != afterwards.Unix()-1) {
			t.Errorf("claims end at %d: held %t", end, held)
		}
	}
}

// Claim sources that failed withhold like userinfo, under their own name.
func TestClaimSourcesThatFailedWithhold(t *testing.T) {
	e := withPolicy(t, "grant contains \"Terminal\" if not input.sources.claimSources.groups.blocked\n"+
		"grant contains \"Authenticated/Engineer\" if not input.sources.userInfo.blocked")
	facts := signedIn(t, login.Evidence{})
	for _, missing := range [][]string{{attrs.ClaimSources}, {attrs.UserInfo}, {attrs.UserInfo, attrs.ClaimSources}} {
		facts.Document.Missing = missing
		d := decide(t, e, facts)
		if facts.Document.Lacks(attrs.ClaimSources) {
			withheldFor(t, d, "Terminal", login.ReasonSourceFailed)
		} else {
			level(t, d, "Terminal")
		}
		if facts.Document.Lacks(attrs.UserInfo) {
			withheldFor(t, d, "Authenticated/Engineer", login.ReasonUserInfoFailed)
		} else {
			level(t, d, "Authenticated/Engineer")
		}
	}
}
