package login_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/login"
)

const canary = "canary-access-token-0123456789"

func sourcesOf(t testing.TB, text string) attrs.Document {
	t.Helper()
	var d attrs.Document
	if err := d.UnmarshalJSON([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return d
}

func fullFile(t testing.TB) login.File {
	age, prev, proved, challenged := int64(1), int64(asked-500), int64(asked+1), false
	return login.File{
		Sources: sourcesOf(t, `{"idTokenClaims":{"iss":"https://idp.example","sub":"ada","n":12345678901234567890.10,"t":"<b>&"},"userInfo":{"sub":"ada"}}`),
		Login: login.Login{
			IdP: "corp", Protocol: "oidc", RequestedAt: asked, ReceivedAt: asked + 2, ForceAuth: true, MaxAge: &age, PreviousAuthTime: &prev,
			ChallengedTrusted: true, ReauthSkew: 5, Evidence: login.Evidence{AuthTime: &proved, Challenged: &challenged, AMR: []string{"pwd", "otp"}, ACR: "gold"},
		},
		CreatedAt: asked - 600, Now: asked + 3, Missing: []string{attrs.UserInfo, attrs.ClaimSources},
		Request: login.Request{IP: "10.0.0.1", Zones: []string{"plant"}, UserAgent: "Firefox", App: "wiki"},
	}
}

func TestFile_IsReadAsItWasWritten(t *testing.T) {
	for name, f := range map[string]login.File{
		"every member": fullFile(t),
		"next to none": {Sources: sourcesOf(t, `{}`), Login: login.Login{IdP: "corp"}, Request: login.Request{Zones: []string{}}, Now: 1},
		"large": {
			Sources: sourcesOf(t, `{"userInfo":{"a":"`+strings.Repeat("x", 1<<20-100)+`"}}`), Login: login.Login{IdP: "corp", ReceivedAt: 1},
			Request: login.Request{Zones: []string{}}, Now: 1,
		},
	} {
		text, err := f.Encode()
		if err != nil {
			t.Fatal(name, err)
		}
		got, err := login.ReadFile(text)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		again, err := got.Encode()
		if err != nil || !bytes.Equal(again, text) {
			t.Errorf("%s: it was read as\n%s\n%v", name, again, err)
		}
		got.Sources, f.Sources = attrs.Document{}, attrs.Document{}
		if !reflect.DeepEqual(got, f) {
			t.Errorf("%s: %+v\nwas read as\n%+v", name, f, got)
		}
	}
}

// A member that is added to the vocabulary must be one of login files, too.
func TestFile_KnowsEveryMemberOfALogin(t *testing.T) {
	f := fullFile(t)
	f.Login.ACRValues = []string{"gold"}
	for _, part := range []any{f.Login, f.Login.Evidence, f.Request} {
		for i, v := 0, reflect.ValueOf(part); i < v.NumField(); i++ {
			if v.Field(i).IsZero() {
				t.Errorf("%s.%s is not tried here", v.Type(), v.Type().Field(i).Name)
			}
		}
	}
	text, err := f.Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := login.ReadFile(text)
	var kept login.File
	if json.Unmarshal(text, &kept) != nil || err != nil || !reflect.DeepEqual(got.Login, f.Login) || !reflect.DeepEqual(kept.Login, f.Login) || !reflect.DeepEqual(kept.Request, f.Request) || kept.CreatedAt != f.CreatedAt || kept.Now != f.Now {
		t.Errorf("%v\n%+v\n%+v\n%+v", err, f, got, kept)
	}
}

func TestFile_HoldsNoToken(t *testing.T) {
	doc := login.Document{Sources: sourcesOf(t, `{"idTokenClaims":{"sub":"ada","copy":"`+canary+`"},"tokenEndpointResponse":{"access_token":"`+canary+`","token_type":"Bearer"}}`)}
	f, ok := login.FileOf(login.Yield{Document: &doc}, login.Request{})
	text, err := f.Encode()
	if !ok || err != nil || bytes.Contains(text, []byte(canary)) || !bytes.Contains(text, []byte("sha256:")) {
		t.Errorf("%t %v\n%s", ok, err, text)
	}
	if _, ok := login.FileOf(login.Yield{}, login.Request{}); ok {
		t.Error("a walk without a document has a file")
	}
}

func TestFile_FactsAreThoseOfTheLogin(t *testing.T) {
	f := fullFile(t)
	user := &login.User{ID: "ada"}
	facts := f.Facts(user)
	if facts.User != user || facts.CreatedAt != f.CreatedAt || facts.Now.Unix() != f.Now || !reflect.DeepEqual(facts.Request, f.Request) {
		t.Errorf("%+v", facts)
	}
	if p := (login.Person{IdP: "corp", Issuer: "https://idp.example", Subject: "ada"}); facts.Document.Person != p {
		t.Errorf("the person is %+v", facts.Document.Person)
	}
	if !facts.Document.Lacks(attrs.UserInfo) || (login.File{}).Document().Lacks(attrs.UserInfo) {
		t.Error("whether userinfo could be had is lost")
	}
	if !facts.Document.ReceivedAt.Equal(time.Unix(asked+2, 0)) || !reflect.DeepEqual(facts.Document.Login, f.Login) {
		t.Errorf("%+v", facts.Document)
	}
	saml := login.File{Sources: sourcesOf(t, `{"authnResponse":{"issuer":"urn:idp","nameId":"bob"}}`), Login: login.Login{IdP: "saml"}}
	if p := (login.Person{IdP: "saml", Issuer: "urn:idp", Subject: "bob"}); saml.Document().Person != p {
		t.Errorf("the person is %+v", saml.Document().Person)
	}
}

// A step-up keeps the session, and the file says since when it lives.
func TestFile_OfAStepUpHasTheSessionsBeginning(t *testing.T) {
	trace, w := &login.Trace{}, newWalker()
	w.ctx = login.WithTrace(t.Context(), trace)
	w.sessions["old"] = &login.Before{Person: ada, CreatedAt: asked - 600}
	if _, err := w.complete(login.AuthRequest{Provider: "corp", Purpose: login.PurposeStepUp, RequestedAt: asked}, login.Callback{Session: "old", ReceivedAt: time.Unix(asked+2, 0)}); err != nil {
		t.Fatal(err)
	}
	if f, ok := login.FileOf(trace.Yielded(), login.Request{}); !ok || f.CreatedAt != asked-600 || f.Now == f.CreatedAt {
		t.Errorf("%t %+v", ok, f)
	}
}

func TestReadFile_SaysWhatIsWrong(t *testing.T) {
	const head = `{"format":"doorward.login/v1","sources":{},"login":{"idp":"corp","receivedAt":5}`
	for text, want := range map[string]string{
		``:        "is no JSON object",
		`[]`:      "is no JSON object",
		`{"a":`:   "is no JSON",
		"{\"\xff": "not valid UTF-8",
		`{"sources":{},"login":{"idp":"c"},"now":1}`: "format is missing",
		`{"format":1}`: "format is a number",
		`{"format":"doorward.login/v2","new":{}}`:                         `format is "doorward.login/v2", and this doorward reads "doorward.login/v1"`,
		`{"format":"doorward.login/v1","login":{"idp":"c"},"now":1}`:      "sources is missing",
		`{"format":"doorward.login/v1","sources":{},"now":1}`:             "login is missing",
		`{"format":"doorward.login/v1","sources":{},"login":{},"now":1}`:  "login.idp is missing",
		`{"format":"doorward.login/v1","sources":{},"login":{"idp":"c"}}`: "now is missing",
		`{"format":"doorward.login/v1","sources":[],"login":{"idp":"c"}}`: "sources is a list",
		`{"format":"doorward.login/v1","sources":{"a":{"b":1,"b":2}}}`:    "sources",
		head + `,"now":"soon"}`:                       "now is a string: write a whole number",
		head + `,"now":1.5}`:                          "now is a number: write a whole number",
		head + `,"now":null}`:                         "now is null",
		head + `,"now":1,"now":2}`:                    "now is there twice",
		head + `,"Now":1}`:                            `"Now" is no member`,
		head + `,"user":{}}`:                          `"user" is no member of a login file: write format, login, now`,
		head + `} {}`:                                 "is no JSON",
		head + `,"request":{"zones":"plant"}}`:        "request.zones is a string: write a list of strings",
		head + `,"request":{"zones":["plant",null]}}`: "request.zones[1] is null",
		head + `,"session":{"created":1}}`:            `session."created" is no member`,
		`{"format":"doorward.login/v1","sources":{},"login":{"idp":"c","evidence":{"authTime":"x"}}}`: "login.evidence.authTime is a string",
		`{"format":"doorward.login/v1","sources":{},"login":{"idp":"c","maxAge":null}}`:               "login.maxAge is null",
		strings.Repeat(" ", login.MaxFile+1):                                                          "more than 4194304",
	} {
		_, err := login.ReadFile([]byte(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.90s\n%v, want %q", text, err, want)
		}
		var file *login.FileError
		var document *attrs.DocumentError
		if !errors.As(err, &file) && !errors.As(err, &document) {
			t.Errorf("%.90s: %T", text, err)
		}
	}
	if f, err := login.ReadFile([]byte(head + "}\n")); err != nil || f.Now != 5 || f.CreatedAt != 0 {
		t.Errorf("the smallest file: %+v %v", f, err)
	}
}

func TestFile_TooLargeIsNotWritten(t *testing.T) {
	var d attrs.Document
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		var err error
		if d, err = d.With(name, []byte(`{"a":"`+strings.Repeat("x", 1<<20-100)+`"}`)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := (login.File{Sources: d}).Encode(); err == nil {
		t.Error("a file that cannot be read was written")
	}
}

func FuzzReadFile(f *testing.F) {
	text, _ := fullFile(f).Encode()
	f.Add(text)
	f.Add([]byte(`{"format":"doorward.login/v1","sources":{},"login":{"idp":"c"},"now":1}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := login.ReadFile(data)
		if err != nil {
			return
		}
		text, err := file.Encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := login.ReadFile(text)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if more, err := again.Encode(); err != nil || !bytes.Equal(more, text) || !json.Valid(text) {
			t.Fatalf("%v\n%s\n%s", err, text, more)
		}
	})
}
