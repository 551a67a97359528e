package host_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/hosttest"
)

// send sends a form of texts as a page of this host does.
func (b *browser) send(at string, form map[string]string) answer {
	b.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name, value := range form {
		if err := w.WriteField(name, value); err != nil {
			b.t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		b.t.Fatal(err)
	}
	r := b.request(http.MethodPost, at, body.String())
	r.Header.Set("Content-Type", w.FormDataContentType())
	r.Header.Set("Origin", publicURL)
	return b.do(r)
}

// writers makes a site whose console opens to operators and whose playground
// opens to writers; records are kept.
func writers(t testing.TB, idp *hosttest.Provider, with settings) *site {
	t.Helper()
	with.Top += "\nconsole: {level: Authenticated/Roles/operators, playground: Authenticated/Roles/writers}\nrecord: {keep: 1h, max: 100}"
	with.Provider += "\nmappers: [{direct: {attribute: roles, source: userInfo, path: groups}}]"
	return newSite(t, idp, with)
}

// member signs somebody in who is in groups.
func (s *site) member(sub string, groups ...string) *browser {
	s.t.Helper()
	s.idp.Set(func(k *hosttest.Knobs) { k.Subject, k.UserClaims["groups"] = sub, groups })
	b := s.browser()
	b.signedIn("/login?idp=corp")
	return b
}

// loginFileOf is a login file with those members of sources.
func loginFileOf(sources string) string {
	return `{"format":"doorward.login/v1","sources":{` + sources + `},"login":{"idp":"elsewhere","protocol":"oidc","requestedAt":1700000000,"receivedAt":1700000004,"forceAuth":false,
"evidence":{"authTime":1700000003},"challengedTrusted":false,"reauthSkew":5},"session":{"createdAt":1700000004},"request":{"zones":[],"userAgent":"","app":""},"now":1700000004}`
}

const claimsOfBob = `"idTokenClaims":{"iss":"https://idp.example","sub":"bob","email":"bob@example.com"}`

var freshForBob = "package doorward.levels\n\n# METADATA\n# title: bob alone\ngrant contains \"Authenticated/Fresh\" if input.user.id == \"bob\"\n"

func TestPlayground_DecidesAboutWhatIsTypedIn(t *testing.T) {
	t.Parallel()
	s := writers(t, hosttest.NewProvider(t), settings{})
	b := s.member("wanda", "writers")
	first := b.get("/console/playground")
	if page := plainText(first.Body); first.StatusCode != http.StatusOK || !strings.Contains(page, "&quot;wanda&quot;") && !strings.Contains(page, `"sub": "wanda"`) || !strings.Contains(page, "doorward:default/levels.rego") {
		t.Fatalf("it does not begin with the viewer's own sign-in and the policies in use: %s\n%s", first.Status, page)
	}
	if strings.Contains(first.Body, "eyJ") {
		t.Error("the page holds a token")
	}
	for name, tt := range map[string]struct {
		login, file, policy string
		says                []string
		not                 []string
	}{
		"a rule that holds": {loginFileOf(claimsOfBob), "doorward:default/levels.rego", freshForBob,
			[]string{"Authenticated/Fresh held", "bob alone", "levels.rego:5", "No provider is called elsewhere here", "bob@example.com"}, nil},
		"a rule that does not, with what it saw": {loginFileOf(strings.Replace(claimsOfBob, `"bob"`, `"carol"`, 1)), "doorward:default/levels.rego", freshForBob,
			[]string{"Authenticated/Fresh not held", `false: input.user.id == "bob"`, "levels.rego:5:", `input.user.id = "carol"`}, nil},
		"a file beside those in use": {loginFileOf(claimsOfBob), "playground.rego", freshForBob, []string{"Authenticated/Fresh held", "playground.rego:5"}, nil},
		"a level that is not declared": {loginFileOf(claimsOfBob), "doorward:default/levels.rego", strings.Replace(freshForBob, "Fresh", "Frsh", 1),
			[]string{"levels.rego:5:16", `level "Authenticated/Frsh" is not declared: did you mean "Authenticated/Fresh"?`, `grant contains "Authenticated/Frsh"`}, []string{"The levels"}},
		"no Rego": {loginFileOf(claimsOfBob), "doorward:default/levels.rego", "package doorward.levels\n\ngrant contains {", []string{"levels.rego:3:"}, []string{"The levels"}},
		"an effect": {loginFileOf(claimsOfBob), "doorward:default/levels.rego", "package doorward.levels\n\ngrant contains \"Authenticated/Fresh\" if http.send({\"method\": \"get\", \"url\": \"https://example.com\"})\n",
			[]string{"http.send is not available to policies"}, []string{"The levels"}},
		"no login file":     {strings.Replace(loginFileOf(claimsOfBob), `"now"`, `"more":1,"now"`, 1), "playground.rego", freshForBob, []string{`Login file: "more" is no member`}, []string{"The levels"}},
		"another format":    {`{"format":"doorward.login/v9"}`, "playground.rego", freshForBob, []string{`is "doorward.login/v9"`}, []string{"The levels"}},
		"a large login":     {strings.Repeat(" ", 129<<10), "playground.rego", freshForBob, []string{"more than the 128 KiB that fit here"}, []string{"The levels"}},
		"a large policy":    {loginFileOf(claimsOfBob), "playground.rego", strings.Repeat("#", 97<<10), []string{"more than the 96 KiB that fit here"}, []string{"The levels"}},
		"a mapped provider": {strings.Replace(loginFileOf(claimsOfBob+`,"userInfo":{"sub":"bob","groups":["clerks"]}`), "elsewhere", "corp", 1), "playground.rego", freshForBob, []string{"As the mappers of corp make it", "Authenticated/Roles/clerks held"}, nil},
	} {
		a := b.send("/console/playground", map[string]string{"do": "live", "login": tt.login, "file": tt.file, "policy": tt.policy})
		page := plainText(a.Body)
		for _, want := range tt.says {
			if a.StatusCode != http.StatusOK || !strings.Contains(page, want) {
				t.Errorf("%s: %s; the page lacks %q\n%s", name, a.Status, want, page)
			}
		}
		for _, not := range tt.not {
			if strings.Contains(page, not) {
				t.Errorf("%s: the page says %q\n%s", name, not, page)
			}
		}
	}
	if d := b.session(); d.level("Authenticated/Roles/clerks") != nil {
		t.Error("the viewer's own session changed")
	}
}

// What is typed in stays with who typed it: no log, no audit line, no store.
func TestPlayground_KeepsAndLogsNothingAndSeesNoToken(t *testing.T) {
	t.Parallel()
	const token, claim, rule = "access-canary-0123456789", "claim-canary-4711", "rule-canary-0815"
	s := writers(t, hosttest.NewProvider(t), settings{Rest: "policies: {path: policies, grant_tokens: true}\n", Files: map[string]string{"policies/levels.rego": "package doorward.levels\n\ngrant contains \"Authenticated/Fresh\" if input.sources.idTokenClaims.sub == \"nobody\"\n"}})
	b := s.member("wanda", "writers")
	file := loginFileOf(`"idTokenClaims":{"iss":"https://idp.example","sub":"` + claim + `"},"tokenEndpointResponse":{"access_token":"` + token + `"}`)
	policy := fmt.Sprintf(`package doorward.levels

# %s
grant contains "Authenticated/Fresh" if crypto.sha256(input.sources.tokenEndpointResponse.access_token) == "%x"

grant contains "Authenticated/Challenged" if startswith(input.sources.tokenEndpointResponse.access_token, "sha256:")
`, rule, sha256.Sum256([]byte(token)))
	a := b.send("/console/playground", map[string]string{"do": "live", "login": file, "file": "playground.rego", "policy": policy})
	page := plainText(a.Body)
	for _, want := range []string{"Authenticated/Fresh not held", "Authenticated/Challenged held"} {
		if !strings.Contains(page, want) {
			t.Errorf("with granted tokens, the page lacks %q\n%s", want, page)
		}
	}
	if strings.Contains(a.Body, token) {
		t.Error("the page holds the token")
	}
	b.send("/console/playground", map[string]string{"do": "run", "login": file + "x", "file": "playground.rego", "policy": policy})
	b.send("/console/playground", map[string]string{"do": "run", "login": file, "file": "playground.rego", "policy": policy + "}"})
	for _, canary := range []string{token, claim, rule} {
		if strings.Contains(s.log.String(), canary) {
			t.Errorf("the log holds %s", canary)
		}
	}
	s.stop()
	err := filepath.WalkDir(s.dir, func(name string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(name)
		for _, canary := range []string{token, claim, rule} {
			if bytes.Contains(content, []byte(canary)) {
				t.Errorf("%s holds %s", name, canary)
			}
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestT41_ThePlaygroundNeedsALevelOfItsOwn(t *testing.T) {
	t.Parallel()
	s := writers(t, hosttest.NewProvider(t), settings{})
	operator, writer, staff := s.member("olga", "operators"), s.member("wanda", "writers"), s.member("sam", "staff")
	form := map[string]string{"do": "run", "login": loginFileOf(claimsOfBob), "file": "playground.rego", "policy": freshForBob}
	for _, tt := range []struct {
		who  string
		b    *browser
		path string
		want int
	}{
		{"who runs the host", operator, "/console/playground", 403}, {"a writer", writer, "/console/playground", 200}, {"somebody", staff, "/console/playground", 403},
		{"a writer", writer, "/console", 403}, {"a writer", writer, "/console/policies", 403}, {"a writer", writer, "/console/logins", 403},
		{"a writer", writer, "/console/logins/0123456789abcdef", 403}, {"a writer", writer, "/console/replay", 403}, {"a writer", writer, "/console/sessions", 403},
	} {
		if a := tt.b.get(tt.path); a.StatusCode != tt.want || tt.want == 403 && a.code() != "level_missing" {
			t.Errorf("%s at %s: %s %s", tt.who, tt.path, a.Status, a.code())
		}
	}
	for _, b := range []*browser{operator, staff} {
		if a := b.send("/console/playground", form); a.StatusCode != 403 || a.code() != "level_missing" {
			t.Errorf("a form of somebody without the level: %s %s", a.Status, a.code())
		}
	}
	if a := writer.send("/console/replay", map[string]string{"do": "run", "with": "use"}); a.StatusCode != 403 {
		t.Errorf("a replay of a writer: %s", a.Status)
	}
	a := operator.send("/console/replay", map[string]string{"since": "1h", "with": "typed", "file": "playground.rego", "policy": freshForBob})
	if a.StatusCode != http.StatusBadRequest || !strings.Contains(plainText(a.Body), "console.playground") || len(s.audited("replayed")) != 0 {
		t.Errorf("typed policies in a replay without the level: %s\n%s", a.Status, plainText(a.Body))
	}
}

func TestPlayground_NoneWithoutItsKey(t *testing.T) {
	t.Parallel()
	s := operators(t, hosttest.NewProvider(t), settings{})
	b := s.operator()
	for what, a := range map[string]answer{"the page": b.get("/console/playground"), "its form": b.send("/console/playground", map[string]string{"do": "run"})} {
		if a.StatusCode != http.StatusNotFound || a.code() != "not_found" || !strings.Contains(plainText(a.Body), "playground: Authenticated/Roles/policy-writer") {
			t.Errorf("%s: %s\n%s", what, a.Status, plainText(a.Body))
		}
	}
	in := b.request("GET", "/console/playground", "")
	in.Header.Set("Accept", "application/json")
	if a := b.do(in); a.StatusCode != http.StatusNotFound || strings.Contains(a.Body, "<") {
		t.Errorf("to a program: %s\n%s", a.Status, a.Body)
	}
}

// Nobody reads, by way of the playground, a test of another session or, without
// the console's level, a login of another person.
func TestT41_ThePlaygroundTakesOnlyLoginsThatTheViewerMaySee(t *testing.T) {
	t.Parallel()
	s := writers(t, hosttest.NewProvider(t), settings{})
	both := s.member("ida", "operators", "writers")
	login := s.lastLogin()
	test := both.test(nil).Request.URL.Path
	id := test[strings.LastIndexByte(test, '/')+1:]
	writer := s.member("wanda", "writers")
	owns := s.lastLogin()
	take := func(b *browser, from, recorded string) string {
		t.Helper()
		a := b.send("/console/playground", map[string]string{"do": "fetch", "login": "", "file": "playground.rego", "policy": "", "from": from, "id": recorded})
		if a.StatusCode != http.StatusOK {
			t.Fatalf("%s\n%s", a.Status, a.Body)
		}
		return a.Body
	}
	for what, tt := range map[string]struct {
		page string
		has  bool
	}{
		"one's own test":               {take(both, id, ""), true},
		"the same by its address":      {both.get("/console/playground?test=" + id).Body, true},
		"another's test":               {take(writer, id, ""), false},
		"the same by its address too":  {writer.get("/console/playground?test=" + id).Body, false},
		"another's login":              {take(writer, "self", login), false},
		"a link to it":                 {writer.get("/console/playground?login=" + login).Body, false},
		"it, with the console's level": {take(s.member("olga", "operators", "writers"), "self", login), true},
		"one's own login":              {take(writer, "self", owns), false},
	} {
		if strings.Contains(tt.page, "&#34;ida&#34;") != tt.has {
			t.Errorf("%s: shows ida is %v\n%s", what, !tt.has, plainText(tt.page))
		}
	}
	if own := take(writer, "self", owns); !strings.Contains(own, "&#34;wanda&#34;") {
		t.Errorf("a writer's own login:\n%s", plainText(own))
	}
	absent, hidden := plainText(take(writer, "self", "0000000000000000")), plainText(take(writer, "self", login))
	if strings.ReplaceAll(absent, "0000000000000000", "") != strings.ReplaceAll(hidden, login, "") {
		t.Errorf("a hidden login differs from one that is not there:\n%s\n%s", hidden, absent)
	}
	if e := s.audited("login_explained"); len(e) != 1 || e[0].LoginID != login || e[0].By == "" || e[0].Person == "" {
		t.Errorf("audited: %+v", e)
	}
}

// lastLogin is the id of the newest login, as the audit log has it.
func (s *site) lastLogin() string {
	s.t.Helper()
	list := s.audited("login")
	if len(list) == 0 {
		s.t.Fatal("nobody signed in")
	}
	return list[len(list)-1].LoginID
}

func TestPlayground_RefusesAFormThatIsNotItsOwn(t *testing.T) {
	t.Parallel()
	s := writers(t, hosttest.NewProvider(t), settings{})
	b := s.member("wanda", "writers")
	for name, tt := range map[string]struct {
		form map[string]string
		code string
	}{
		"an unknown field":  {map[string]string{"do": "run", "more": ""}, "parameter_invalid"},
		"an unknown button": {map[string]string{"do": "delete"}, "parameter_invalid"},
		"a large body":      {map[string]string{"do": "run", "login": strings.Repeat("x", 300<<10)}, "request_too_large"},
	} {
		if a := b.send("/console/playground", tt.form); a.StatusCode < 400 || a.code() != tt.code {
			t.Errorf("%s: %s %s", name, a.Status, a.code())
		}
	}
	if a := b.post("/console/playground", nil); a.code() != "parameter_invalid" {
		t.Errorf("another encoding: %s %s", a.Status, a.code())
	}
	file := "--b\r\nContent-Disposition: form-data; name=\"login\"; filename=\"a\"\r\n\r\nx\r\n--b--\r\n"
	twice := strings.Repeat("--b\r\nContent-Disposition: form-data; name=\"login\"\r\n\r\nx\r\n", 2) + "--b--\r\n"
	for body, code := range map[string]string{file: "parameter_invalid", twice: "parameter_duplicate", "--b": "parameter_invalid"} {
		r := b.request("POST", "/console/playground", body)
		r.Header.Set("Content-Type", "multipart/form-data; boundary=b")
		r.Header.Set("Origin", publicURL)
		if a := b.do(r); a.StatusCode != http.StatusBadRequest || a.code() != code {
			t.Errorf("%q: %s %s", body, a.Status, a.code())
		}
	}
}

// A policy that does too much is given up, and the host goes on.
func TestPlayground_APolicyThatDoesTooMuchIsBounded(t *testing.T) {
	t.Parallel()
	s := writers(t, hosttest.NewProvider(t), settings{})
	b := s.member("wanda", "writers")
	slow := "package doorward.levels\n\ngrant contains \"Authenticated/Fresh\" if count([1 | some a in numbers.range(1, 100000); some b in numbers.range(1, 100000); a == b]) > 0\n"
	var many strings.Builder
	many.WriteString("package doorward.levels\n")
	for i := range 2000 {
		fmt.Fprintf(&many, "grant contains \"Authenticated/Fresh\" if %d>1\n", i)
	}
	for name, tt := range map[string]struct{ policy, says string }{
		"a long loop": {slow, "time ran out"},
		"many rules":  {many.String(), "Authenticated/Fresh held"},
	} {
		a := b.send("/console/playground", map[string]string{"do": "live", "login": loginFileOf(claimsOfBob), "file": "playground.rego", "policy": tt.policy})
		if page := plainText(a.Body); a.StatusCode != http.StatusOK || !strings.Contains(page, tt.says) && !strings.Contains(page, "no time left") {
			t.Errorf("%s: %s\n%.3000s", name, a.Status, page)
		}
	}
	if !b.session().Authenticated {
		t.Error("the host does not go on")
	}
	if m := s.metrics(); regexp.MustCompile(`doorward_policy_failures_total [1-9]`).MatchString(m) {
		t.Error("what was tried is counted as a failure of the policies in use")
	}
}
