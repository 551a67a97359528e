package console

import (
	"context"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/mapper"
	"github.com/doorward/doorward/host/policy"
)

const (
	now    = 1_700_000_000
	access = "access-canary-0123456789"
)

func ada(t *testing.T) *login.Document {
	t.Helper()
	var sources attrs.Document
	for name, text := range map[string]string{
		attrs.IDTokenClaims:         `{"sub":"ada","preferred_username":"ada","email":"ada@example.com","big":12345678901234567890.10,"markup":"<b>&"}`,
		attrs.TokenEndpointResponse: `{"access_token":"` + access + `","id_token":"eyJhbGciOiJSUzI1NiJ9.e30.c2ln","token_type":"Bearer"}`,
	} {
		var err error
		if sources, err = sources.With(name, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	at, yes := int64(now-10), true
	return &login.Document{
		Sources: sources, Person: login.Person{IdP: "corp", Issuer: "https://idp.example", Subject: "ada"}, ReceivedAt: time.Unix(now, 0),
		Login: login.Login{
			IdP: "corp", Protocol: "oidc", RequestedAt: now - 20, ReceivedAt: now, ForceAuth: true, MaxAge: &at, PreviousAuthTime: &at,
			Evidence: login.Evidence{AuthTime: &at, Challenged: &yes, AMR: []string{"pwd"}, ACR: "gold"}, ReauthSkew: 5,
		},
	}
}

// The members of a login file are those of the policy input: a decision about
// the file is the decision about the login.
func TestLoginFile_HasTheMembersOfThePolicyInput(t *testing.T) {
	engine, err := policy.New(context.Background(), policy.Config{})
	if err != nil {
		t.Fatal(err)
	}
	doc, request := ada(t), login.Request{IP: "10.0.0.1", Zones: []string{"plant"}, UserAgent: "Firefox", App: "wiki"}
	input, err := engine.Input(login.Facts{Document: doc, User: &login.User{}, CreatedAt: now + 1, Request: request, Now: time.Unix(now+1, 0)})
	if err != nil {
		t.Fatal(err)
	}
	raw := loginFile(login.Yield{Document: doc, At: time.Unix(now+1, 0)}, request)
	var want, got map[string]json.RawMessage
	if err := json.Unmarshal(input, &want); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	if string(got["format"]) != `"doorward.login/v1"` {
		t.Errorf("format %s", got["format"])
	}
	delete(want, "user")
	delete(got, "format")
	if len(got) != len(want) {
		t.Errorf("members of the file: %v", sortedKeys(got))
	}
	for name := range want {
		var a, b any
		if json.Unmarshal(want[name], &a) != nil || json.Unmarshal(got[name], &b) != nil || !reflect.DeepEqual(a, b) {
			t.Errorf("%s\n%s, in the input\n%s", name, got[name], want[name])
		}
	}
	text := string(raw)
	if strings.Contains(text, access) || !strings.Contains(text, "12345678901234567890.10") || !strings.Contains(text, `<b>&`) {
		t.Errorf("the sources are not as received, or hold a token:\n%s", text)
	}
	if loginFile(login.Yield{}, request) != nil {
		t.Error("there is a file without a document")
	}
}

func TestHint_KeepsTheIDTokenAlone(t *testing.T) {
	kept := hint(ada(t))
	raw, err := kept.Sources.MarshalJSON()
	if err != nil || string(raw) != `{"tokenEndpointResponse":{"id_token":"eyJhbGciOiJSUzI1NiJ9.e30.c2ln"}}` || kept.Person.Subject != "ada" {
		t.Errorf("%s %v", raw, err)
	}
	if hint(nil) != nil || hint(&login.Document{}) != nil {
		t.Error("a hint of nothing")
	}
}

type guest login.PluginResult

func (g guest) Map(context.Context, login.PluginCall) (login.PluginResult, error) {
	return login.PluginResult(g), nil
}

// The table follows real mappers through a real trace.
func TestMapped_SaysWhoSetWhatAndWhatItTookThePlaceOf(t *testing.T) {
	pipeline, err := mapper.New(mapper.Config{Protocol: "oidc", Rules: []mapper.Rule{
		mapper.Direct{Attribute: "attributes.old", Path: "email"},
		mapper.Expression{Attribute: "userName", Value: `"first"`},
		mapper.PluginRule{Name: "p", Plugin: guest{
			Set:   map[string]any{"userName": "second", "roles": []string{"a", "b"}, "attributes": map[string]any{"n": json.Number("1.50")}},
			Unset: []string{"email", "attributes.old"},
		}},
		mapper.Expression{Attribute: "lastName", Value: `""`},
		mapper.Expression{Attribute: "attributes.token", Value: `{attribute-source:tokenEndpointResponse:access_token}`},
	}})
	if err != nil {
		t.Fatal(err)
	}
	doc, trace := ada(t), &login.Trace{}
	user, err := pipeline.Map(login.WithTrace(context.Background(), trace), *doc)
	if err != nil {
		t.Fatal(err)
	}
	secrets := doc.Sources.Secrets()
	rows, remarks := mapped(steps(trace.Entries(), secrets), login.Yield{User: &user}, secrets)
	want := map[string]attribute{
		"id":             {Name: "id", Value: "ada", Set: true, By: "the default", From: "idTokenClaims: sub"},
		"userName":       {Name: "userName", Value: "second", Set: true, By: "mapper 3, plugin p", Before: []before{{"first", "mapper 2, expression"}}},
		"firstName":      {Name: "firstName", Remark: "nothing sets it"},
		"lastName":       {Name: "lastName", By: "mapper 4, expression", From: `""`, Remark: "mapper 4, expression set it to an empty text, which leaves it absent"},
		"email":          {Name: "email", By: "mapper 3, plugin p", Remark: "mapper 3, plugin p removed it", Before: []before{{"ada@example.com", "the default"}}},
		"roles":          {Name: "roles", Value: "a\nb", Set: true, By: "mapper 3, plugin p"},
		"attributes.n":   {Name: "attributes.n", Value: "1.50", Set: true, By: "mapper 3, plugin p"},
		"attributes.old": {Name: "attributes.old", By: "mapper 3, plugin p", Remark: "mapper 3, plugin p removed it", Before: []before{{"ada@example.com", "mapper 1, direct"}}},
		"attributes.token": {Name: "attributes.token", Value: secrets.MaskString(access), Set: true, By: "mapper 5, expression",
			From: "{attribute-source:tokenEndpointResponse:access_token}"},
	}
	if len(rows) != len(want) || len(remarks) != 0 {
		t.Errorf("%d rows, remarks %v", len(rows), remarks)
	}
	for _, row := range rows {
		if !reflect.DeepEqual(row, want[row.Name]) {
			t.Errorf("%s\n%+v, want\n%+v", row.Name, row, want[row.Name])
		}
	}
	for i, name := range standard {
		if rows[i].Name != name {
			t.Errorf("row %d is %s", i, rows[i].Name)
		}
	}
}

func TestMapped_ShowsADenyAndASkippedPlugin(t *testing.T) {
	pipeline, err := mapper.New(mapper.Config{Protocol: "oidc", Rules: []mapper.Rule{
		mapper.PluginRule{Name: "broken", SkipOnError: true, Plugin: guest{Set: map[string]any{"id": 5}}},
		mapper.PluginRule{Name: "strict", Plugin: guest{Deny: &login.Deny{Reason: "no contract, " + access}}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	doc, trace := ada(t), &login.Trace{}
	ctx := login.WithTrace(context.Background(), trace)
	_, err = pipeline.Map(ctx, *doc)
	if login.CodeOf(err) != login.CodeLoginDenied {
		t.Fatal(err)
	}
	secrets := doc.Sources.Secrets()
	list := steps(trace.Entries(), secrets)
	rows, remarks := mapped(list, login.Yield{}, secrets)
	said := strings.Join(remarks, "\n")
	if len(remarks) != 2 || !strings.HasPrefix(remarks[0], "mapper 1, plugin broken failed and was skipped") || !strings.HasPrefix(remarks[1], "mapper 2, plugin strict denied the login: ") || strings.Contains(said, access) {
		t.Errorf("%s", said)
	}
	if rows[0].Value != "ada" {
		t.Errorf("what was mapped before is not shown: %+v", rows[0])
	}
	ended, survived := failures(list, Test{Err: err, Trace: trace}, secrets)
	if ended == nil || ended.Code != login.CodeLoginDenied || ended.Step != "map" || len(survived) != 1 || survived[0].Code != login.CodePluginSkipped {
		t.Errorf("%+v, %+v", ended, survived)
	}
}

func TestLevels_EachHasItsRuleOrItsReason(t *testing.T) {
	k := New(Config{Level: "Authenticated/Operator", Tree: map[string]policy.Level{
		"Authenticated/Fresh":      {Description: "proved within five minutes"},
		"Authenticated/Operator":   {},
		"Authenticated/Shop":       {Group: true},
		"Authenticated/Shop/Admin": {},
		"SecurityZones/plant":      {},
	}})
	held, withheld := k.levels(login.Decision{
		Levels: []login.Level{
			{Path: "Authenticated", By: login.ByHost},
			{Path: "Authenticated/Fresh", By: login.ByRule, Rule: "levels.rego:12", Title: "fresh", Until: now + 300},
		},
		Withheld: []login.Withheld{
			{Path: "Authenticated/Fresh", Reason: login.ReasonExpired, Rule: "levels.rego:20", Detail: "ended 5 s ago"},
			{Path: "Authenticated/Shop/Admin", Reason: login.ReasonRuleError, Rule: "levels.rego:30"},
		},
	}, time.Unix(now, 0))
	if len(held) != 2 || held[1].Rule != "levels.rego:12" || held[1].By != "a rule" || held[1].Until.Text != "14 Nov 2023, 22:18:20 UTC" || held[1].Description == "" {
		t.Errorf("held: %+v", held)
	}
	type row struct {
		path   string
		reason login.Reason
		held   bool
	}
	var got []row
	for _, w := range withheld {
		got = append(got, row{w.Path, w.Reason, w.Held})
		if w.Why == "" {
			t.Errorf("%s has no why", w.Path)
		}
	}
	want := []row{
		{"Authenticated/Fresh", "expired", true}, {"Authenticated/Operator", reasonNotGranted, false}, {"Authenticated/Shop", reasonNotGranted, false},
		{"Authenticated/Shop/Admin", "rule_error", false}, {"SecurityZones/plant", reasonNotGranted, false},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("withheld\n%v, want\n%v", got, want)
	}
}

// Whatever a step writes, a secret of the document does not come out of it.
func TestSteps_AreMaskedAgain(t *testing.T) {
	trace := &login.Trace{}
	step := login.Begin(login.WithTrace(context.Background(), trace), "careless "+"step")
	step.In("list", []map[string]any{{"deep": []string{"x " + access}}})
	step.Out("struct", struct{ Token string }{access})
	step.Note("said " + access)
	_ = step.End(login.NewFault(login.CodeInternal, "leaked %s", access))
	k := New(Config{Level: "Authenticated/Operator"})
	r := k.result(Test{Request: login.AuthRequest{Provider: "corp"}, Console: "s", Trace: traced(t, trace), Err: login.NewFault(login.CodeInternal, "leaked %s", access)})
	shown, err := json.Marshal(r.view)
	if err != nil || strings.Contains(string(shown), access) || strings.Contains(string(r.file), access) {
		t.Errorf("%v\n%s", err, shown)
	}
}

// traced walks a login whose document holds the secret, in the same trace.
func traced(t *testing.T, trace *login.Trace) *login.Trace {
	t.Helper()
	flow := &login.Flow{
		Provider: answers{*ada(t)}, Mappers: answers{}, Levels: answers{}, Sessions: answers{},
		Audit: func(context.Context, login.Event) {}, Now: time.Now,
	}
	if _, err := flow.Complete(login.WithTrace(context.Background(), trace), login.AuthRequest{Purpose: login.PurposeTest}, login.Callback{}); err != nil {
		t.Fatal(err)
	}
	return trace
}

// answers is a walk that goes well.
type answers struct{ doc login.Document }

func (a answers) Begin(_ context.Context, req login.AuthRequest) (login.AuthRequest, login.Redirect, error) {
	return req, login.Redirect{}, nil
}
func (a answers) Complete(context.Context, login.AuthRequest, login.Callback) (login.Document, error) {
	return a.doc, nil
}
func (answers) Map(context.Context, login.Document) (login.User, error) {
	return login.User{ID: "ada"}, nil
}
func (answers) Decide(context.Context, login.Facts) (login.Decision, error) {
	return login.Decision{}, nil
}
func (answers) Before(context.Context, string) (*login.Before, error) { return nil, nil }
func (answers) Spent(context.Context, login.AuthRequest) error        { return nil }
func (answers) Issue(context.Context, login.AuthRequest, login.Document, login.User, login.Decision) (login.Session, error) {
	return login.Session{}, nil
}

// A document that is all brackets does not grow when it is shown.
func TestLook_ALargeDocumentStaysItsSize(t *testing.T) {
	deep := strings.Repeat("[", 60) + strings.Repeat("[],", 300_000) + "[]" + strings.Repeat("]", 60)
	document, err := attrs.Document{}.With(attrs.IDTokenClaims, []byte(`{"a":`+deep+`}`))
	if err != nil {
		t.Fatal(err)
	}
	doc := &login.Document{Sources: document}
	file, shown := loginFile(login.Yield{Document: doc}, login.Request{}), sources(doc)
	if len(file) > len(deep)+4096 || len(shown[0].JSON) != len(deep)+6 {
		t.Errorf("%d bytes became %d and %d", len(deep), len(file), len(shown[0].JSON))
	}
}
