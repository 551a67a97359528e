package policy

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/login"
)

const received = int64(1311280970) // when the tests' sign-in was answered

var afterwards = time.Unix(received+30, 0)

// standard declares the levels that the tests use.
func standard() map[string]Level {
	return map[string]Level{
		"Authenticated/Fresh":         {StepUp: true},
		"Authenticated/Challenged":    {StepUp: true},
		"Authenticated/Engineer":      {},
		"Authenticated/Engineer/Lead": {},
		"Authenticated/Teams":         {Group: true},
		"Authenticated/Teams/Blue":    {},
		"Authenticated/Teams/Green":   {},
		"Terminal":                    {},
		"Terminal/Inside":             {},
	}
}

func newEngine(t testing.TB, cfg Config) *Engine {
	t.Helper()
	if cfg.Levels == nil {
		cfg.Levels = standard()
	}
	if cfg.Deadline == 0 {
		cfg.Deadline = 10 * time.Second // a busy machine is no runaway rule
	}
	e, err := New(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// withPolicy compiles rules of data.doorward.levels, which stand in levels.rego.
// The first rule is on line 6.
func withPolicy(t testing.TB, rules string) *Engine {
	t.Helper()
	return newEngine(t, Config{Modules: levelsFile(rules)})
}

func levelsFile(rules string) map[string]string {
	return map[string]string{"levels.rego": "package doorward.levels\n\nimport data.doorward.reauth\nimport data.doorward.claims\n\n" + rules + "\n"}
}

// at is a pointer to an evidence's time.
func at(seconds int64) *int64 { return &seconds }

func yes(b bool) *bool { return &b }

// signedIn is a request of someone who signed in at received, with the sources
// given by name and text.
func signedIn(t testing.TB, evidence login.Evidence, sources ...string) login.Facts {
	t.Helper()
	doc := login.Document{
		ID: "0123456789abcdef", ReceivedAt: time.Unix(received, 0),
		Person: login.Person{IdP: "corp", Issuer: "https://idp.example.com", Subject: "ada"},
		Login: login.Login{
			IdP: "corp", Protocol: "oidc", RequestedAt: received - 10, ReceivedAt: received,
			ForceAuth: true, ChallengedTrusted: true, ReauthSkew: 5, Evidence: evidence,
		},
	}
	for i := 0; i < len(sources); i += 2 {
		with, err := doc.Sources.With(sources[i], []byte(sources[i+1]))
		if err != nil {
			t.Fatal(err)
		}
		doc.Sources = with
	}
	return login.Facts{Document: &doc, User: &login.User{ID: "ada"}, CreatedAt: received, Now: afterwards}
}

func anonymous() login.Facts { return login.Facts{Now: afterwards} }

func decide(t testing.TB, e *Engine, facts login.Facts) login.Decision {
	t.Helper()
	d, err := e.Decide(context.Background(), facts)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func paths(d login.Decision) []string {
	list := make([]string, 0, len(d.Levels))
	for _, l := range d.Levels {
		list = append(list, l.Path)
	}
	return list
}

func level(t testing.TB, d login.Decision, path string) login.Level {
	t.Helper()
	for _, l := range d.Levels {
		if l.Path == path {
			return l
		}
	}
	t.Fatalf("%s is not held: %v, withheld %v", path, paths(d), d.Withheld)
	return login.Level{}
}

func holdsExactly(t testing.TB, d login.Decision, want ...string) {
	t.Helper()
	if got := paths(d); !slices.Equal(got, want) {
		t.Errorf("holds %v, want %v; withheld: %+v", got, want, d.Withheld)
	}
}

func withheldFor(t testing.TB, d login.Decision, path string, reason login.Reason) login.Withheld {
	t.Helper()
	if d.Holds(path, afterwards) {
		t.Errorf("%s is held", path)
	}
	for _, w := range d.Withheld {
		if w.Path == path && w.Reason == reason {
			return w
		}
	}
	t.Errorf("%s is not withheld for %s: %+v", path, reason, d.Withheld)
	return login.Withheld{}
}

func asJSON(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func faultLines(err error) []string {
	if err == nil {
		return nil
	}
	return strings.Split(err.Error(), "\n")
}

const userInfo, idToken, tokens = attrs.UserInfo, attrs.IDTokenClaims, attrs.TokenEndpointResponse

// askRef reads a document of the compiled policies with an empty input.
func (e *Engine) askRef(t testing.TB, ref string) (value ast.Value, err error) {
	t.Helper()
	q, err := newQuery(e.compiler, ast.NewTerm(ast.MustParseRef(ref)))
	if err != nil {
		t.Fatal(err)
	}
	err = e.ask(context.Background(), q, ast.ObjectTerm(), afterwards, 10*time.Second, func(v ast.Value) error {
		value = v
		return nil
	})
	return value, err
}

// seconds is a time as policies read it.
func seconds(t int64) ast.Value { return ast.Number(strconv.FormatInt(t, 10)) }
