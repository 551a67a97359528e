package policy

import (
	"context"
	"testing"
)

// A misspelt member fails at load, however deep it lies and however it is read,
// and the right name is suggested.
func TestMisspeltMembersAreSuggested(t *testing.T) {
	for read, want := range map[string]string{
		`input.login.evidence.authtime == 5`:                                 `levels.rego:6:30: input.login.evidence has no member "authtime": did you mean "authTime"?`,
		`input.login.evidence.challenge`:                                     `levels.rego:6:30: input.login.evidence has no member "challenge": did you mean "challenged"?`,
		`input.login.Evidence.acr == "x"`:                                    `levels.rego:6:30: input.login has no member "Evidence": did you mean "evidence"?`,
		`input.login.previousauthtime == 5`:                                  `levels.rego:6:30: input.login has no member "previousauthtime": did you mean "previousAuthTime"?`,
		`"plant" in input.request.zone`:                                      `levels.rego:6:41: input.request has no member "zone": did you mean "zones"?`,
		`input.request.useragent == "x"`:                                     `levels.rego:6:30: input.request has no member "useragent": did you mean "userAgent"?`,
		`"admin" in input.user.role`:                                         `levels.rego:6:41: input.user has no member "role": did you mean "roles"?`,
		`input.user.username == "x"`:                                         `levels.rego:6:30: input.user has no member "username": did you mean "userName"?`,
		`input["user"]["role"][_] == "x"`:                                    `levels.rego:6:30: input.user has no member "role": did you mean "roles"?`,
		`not input.sources.userinfo.suspended`:                               `levels.rego:6:34: input.sources has no member "userinfo": did you mean "userInfo"?`,
		`input.sources.idtokenclaims.sub == "x"`:                             `levels.rego:6:30: input.sources has no member "idtokenclaims": did you mean "idTokenClaims"?`,
		`input.source.userInfo.x`:                                            `levels.rego:6:30: input has no member "source": did you mean "sources"?`,
		`input.session.createdat > 5`:                                        `levels.rego:6:30: input.session has no member "createdat": did you mean "createdAt"?`,
		`count([r | some r in input.user.role]) > 0`:                         `levels.rego:6:51: input.user has no member "role": did you mean "roles"?`,
		"every r in input.user.role {\n\tr\n}":                               `levels.rego:6:41: input.user has no member "role": did you mean "roles"?`,
		"helper\n\nhelper if {\n\tx := input.user\n\tx.role == \"admin\"\n}": `levels.rego:10:2: x has no member "role": did you mean "roles"?`,
		`input.request.colour == "x"`:                                        `levels.rego:6:30: input.request has no member "colour"; it has app, ip, userAgent, zones`,
		`input.request.zones == "plant"`:                                     `levels.rego:6:30: the two sides can never be equal: left is array[string], right is string`,
		`input.login.idp == 3`:                                               `levels.rego:6:30: the two sides can never be equal: left is string, right is number`,
	} {
		_, err := New(context.Background(), Config{Levels: standard(), Modules: levelsFile(`grant contains "Terminal" if ` + read)})
		if lines := faultLines(err); len(lines) != 1 || lines[0] != want {
			t.Errorf("%s\ngot  %v\nwant %s", read, err, want)
		}
	}
}
