package record

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/login"
)

const noon = 1_800_000_000

func sources(t testing.TB, text string) (d attrs.Document) {
	t.Helper()
	if err := d.UnmarshalJSON([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return d
}

// walked is a login of sub at corp, with its tokens.
func walked(t testing.TB, id, sub string, at time.Time) login.Walked {
	doc := login.Document{
		Sources: sources(t, `{"idTokenClaims": {"iss": "i",  "sub":"`+sub+`","n":1.50,"h":"<&>"},"tokenEndpointResponse":{"access_token":"canary-token-`+id+`-0123456789","scope":"openid"}}`),
		Person:  login.Person{IdP: "corp", Issuer: "i", Subject: sub}, Login: login.Login{IdP: "corp", Protocol: "oidc", ReceivedAt: at.Unix()},
		ID: id, ReceivedAt: at.Add(-time.Millisecond), Missing: []string{attrs.UserInfo},
	}
	return login.Walked{
		Request: login.AuthRequest{ID: id, Purpose: login.PurposeLogin, Provider: "corp"},
		Facts:   login.Request{IP: "10.0.0.1", Zones: []string{"plant"}},
		Yield: login.Yield{
			Document: &doc, User: &login.User{ID: sub, Roles: []string{"staff"}, Attributes: map[string]any{"n": 1.5}},
			Decision: &login.Decision{Levels: []login.Level{{Path: "Authenticated"}}, Revision: "rev", Withheld: []login.Withheld{{Path: "x"}}}, At: at,
		},
		Steps: []login.Entry{{Step: "plugin p", In: map[string]any{"sha256": "abc"}}},
	}
}

func TestRecord_IsReadAsItWasWritten(t *testing.T) {
	at := time.Unix(noon, 123_456_789)
	made, ok := Of(walked(t, "0123456789abcdef", "ada", at))
	made.complete(Record{Revisions: Revisions{Policy: "now", Mappers: "m", Levels: "l", Zones: "z", Grants: "g", Randomness: "r"}})
	text, err := made.encode()
	if !ok || err != nil {
		t.Fatal(ok, err)
	}
	got, err := decode(text)
	if err != nil {
		t.Fatal(err)
	}
	again, err := got.encode()
	if err != nil || !bytes.Equal(again, text) {
		t.Errorf("%v\n%s\nwas read as\n%s", err, text, again)
	}
	if !bytes.HasPrefix(text, []byte(`{"format":"doorward.record/v1","id":"0123456789abcdef","purpose":"login",`)) || bytes.Contains(text, []byte("canary")) {
		t.Errorf("%s", text)
	}
	doc := got.Document()
	raw, _ := doc.Sources.Raw(attrs.IDTokenClaims)
	if string(raw) != ` {"iss": "i",  "sub":"ada","n":1.50,"h":"<&>"}` || !doc.ReceivedAt.Equal(at.Add(-time.Millisecond)) || doc.ID != "0123456789abcdef" || !doc.Lacks(attrs.UserInfo) || doc.Person.Subject != "ada" {
		t.Errorf("%s %+v", raw, doc)
	}
	facts := got.Facts(&doc, nil)
	if !facts.Now.Equal(at) || facts.CreatedAt != noon || facts.Request.IP != "10.0.0.1" {
		t.Errorf("%+v", facts)
	}
	if want := (Revisions{Policy: "rev", Plugins: map[string]string{"p": "abc"}, Mappers: "m", Levels: "l", Zones: "z", Grants: "g", Randomness: "r"}); !reflect.DeepEqual(got.Revisions, want) {
		t.Errorf("%+v", got.Revisions)
	}
	if d := Compare(made.Outcome, got.Outcome); d != nil {
		t.Errorf("writing changed the outcome: %q", d.Lines())
	}
}

// What no rule decided is not recorded, and what time decided is marked.
func TestOf_WhatIsRecorded(t *testing.T) {
	fault := func(code login.Code) error { return login.NewFault(code, "x") }
	for name, c := range map[string]struct {
		change func(*login.Walked)
		ok     bool
		reason Reason
	}{
		"a login":               {func(*login.Walked) {}, true, ""},
		"a test":                {func(w *login.Walked) { w.Request.Purpose = login.PurposeTest }, false, ""},
		"no document":           {func(w *login.Walked) { w.Yield = login.Yield{} }, false, ""},
		"not proved":            {func(w *login.Walked) { w.Err = fault(login.CodeReauthNotPerformed) }, false, ""},
		"the store is down":     {func(w *login.Walked) { w.Err = fault(login.CodeStoreUnavailable) }, false, ""},
		"denied":                {func(w *login.Walked) { w.Err = fault(login.CodeLoginDenied) }, true, ""},
		"not mapped":            {func(w *login.Walked) { w.Err = fault(login.CodeMappingFailed) }, true, ""},
		"the plugin fails":      {func(w *login.Walked) { w.Err = fault(login.CodePluginFailed) }, true, ""},
		"no level":              {func(w *login.Walked) { w.Err = fault(login.CodeLevelNotReached) }, true, ""},
		"a breaker":             {func(w *login.Walked) { w.Yield.Interrupted = true }, true, ReasonInterrupted},
		"a slow policy":         {func(w *login.Walked) { w.Yield.Decision.Withheld[0].Reason = login.ReasonBudget }, true, ReasonInterrupted},
		"a token in a claim":    {func(w *login.Walked) { w.Yield.Document.Sources = copied(t, "0123456789012345") }, true, ReasonTokenCopied},
		"a token in the user":   {func(w *login.Walked) { w.Yield.User.Attributes["t"] = "canary-token-1-0123456789" }, true, ReasonTokenCopied},
		"a part of a token":     {func(w *login.Walked) { w.Yield.User.Attributes["t"] = "x" }, true, ""},
		"a short secret, twice": {func(w *login.Walked) { w.Yield.Document.Sources = copied(t, "staff") }, true, ReasonTokenCopied},
	} {
		w := walked(t, "1", "ada", time.Unix(noon, 0))
		c.change(&w)
		r, ok := Of(w)
		if ok != c.ok || r.NotReplayable != c.reason {
			t.Errorf("%s: %t %q", name, ok, r.NotReplayable)
		}
	}
}

func copied(t testing.TB, token string) attrs.Document {
	return sources(t, `{"idTokenClaims":{"sub":"ada","copy":"`+token+`"},"tokenEndpointResponse":{"access_token":"`+token+`"}}`)
}

func TestDecode_RefusesAnotherVersionByName(t *testing.T) {
	for _, format := range []string{"doorward.record/v0", "doorward.record/v2", ""} {
		_, err := decode([]byte(`{"format":"` + format + `","id":1,"file":[]}`))
		var version *VersionError
		if !errors.As(err, &version) || version.Format != format || !strings.Contains(err.Error(), `"`+format+`"`) || !strings.Contains(err.Error(), Format) {
			t.Errorf("%q: %v", format, err)
		}
	}
	for _, text := range []string{``, `[]`, `{`, `{"format":1}`, `{"format":"doorward.record/v1"}`, `{"format":"doorward.record/v1","id":1}`, `{"format":"doorward.record/v1","file":{"format":"doorward.login/v9"}}`} {
		if _, err := decode([]byte(text)); err == nil {
			t.Errorf("%s was read", text)
		}
	}
}

func FuzzDecode(f *testing.F) {
	made, _ := Of(walked(f, "1", "ada", time.Unix(noon, 5)))
	text, _ := made.encode()
	f.Add(text)
	f.Add([]byte(`{"format":"doorward.record/v1","file":{"format":"doorward.login/v1","sources":{},"login":{"idp":"c"},"now":1}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := decode(data)
		if err != nil {
			return
		}
		text, err := r.encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := decode(text)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if d := Compare(r.Outcome, again.Outcome); d != nil {
			t.Fatalf("%q\n%s\n%s", d.Lines(), data, text)
		}
	})
}
