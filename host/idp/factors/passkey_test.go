package factors_test

// Passkeys, with an authenticator in software.

import (
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"testing"

	. "github.com/doorward/doorward/host/idp/factors"
	"github.com/doorward/doorward/host/idp/factors/factorstest"
	"github.com/doorward/doorward/host/idp/people"
)

const origin = "https://login.example.com"

func site(t testing.TB) *Passkeys {
	issuer, err := url.Parse(origin + "/idp")
	must(t, err)
	site, err := NewPasskeys(issuer, "Plant 7")
	must(t, err)
	return site
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// enrolled is ada with a passkey of a.
func enrolled(t testing.TB, k *Passkeys, a *factorstest.Authenticator) people.Person {
	t.Helper()
	ada := people.Person{Subject: "sub-ada", UserName: "ada"}
	options, c, err := k.AskNew(ada)
	must(t, err)
	made, _, err := k.CheckNew(c, a.Create(t, string(options)), ada)
	must(t, err)
	ada.Passkeys = append(ada.Passkeys, made)
	return ada
}

func TestPasskeyOptions(t *testing.T) {
	k := site(t)
	ada := enrolled(t, k, factorstest.New(origin))
	options, _, err := k.AskNew(ada)
	must(t, err)
	for _, want := range []string{`"residentKey":"required"`, `"userVerification":"required"`, `"attestation":"none"`, `"id":"login.example.com"`, `"excludeCredentials":[{`} {
		if !strings.Contains(string(options), want) {
			t.Errorf("the options have no %s: %s", want, options)
		}
	}
	if strings.Contains(string(options), "sub-ada") {
		t.Error("the user handle says the subject")
	}
	options, _, err = k.Ask()
	must(t, err)
	if strings.Contains(string(options), "allowCredentials") || !strings.Contains(string(options), `"userVerification":"required"`) {
		t.Errorf("asked of anybody: %s", options)
	}
	if options, _, err = k.AskOf(ada); err != nil || !strings.Contains(string(options), "allowCredentials") {
		t.Errorf("asked of one person: %s %v", options, err)
	}
}

func TestPasskeysNeedAHostName(t *testing.T) {
	for host, want := range map[string]bool{"login.example.com": true, "localhost:8080": true, "127.0.0.1:8080": false, "[::1]:8080": false} {
		issuer, err := url.Parse("https://" + host + "/idp")
		must(t, err)
		if _, err := NewPasskeys(issuer, "x"); (err == nil) != want {
			t.Errorf("%s: %v", host, err)
		}
	}
}

func TestPasskeyAnswers(t *testing.T) {
	k := site(t)
	for name, test := range map[string]struct {
		wrong func(*factorstest.Authenticator)
		want  error
	}{
		"right":                   {func(*factorstest.Authenticator) {}, nil},
		"another origin":          {func(a *factorstest.Authenticator) { a.Origin = "https://login.example.com.evil.example" }, ErrPasskey},
		"another port":            {func(a *factorstest.Authenticator) { a.Origin = origin + ":8443" }, ErrPasskey},
		"another site":            {func(a *factorstest.Authenticator) { a.RPID = "example.com" }, ErrPasskey},
		"another challenge":       {func(a *factorstest.Authenticator) { a.Challenge = strings.Repeat("A", 43) }, ErrPasskey},
		"a registration's answer": {func(a *factorstest.Authenticator) { a.Type = "webauthn.create" }, ErrPasskey},
		"nobody was there":        {func(a *factorstest.Authenticator) { a.Flags = factorstest.Verified }, ErrPasskey},
		"nobody was verified":     {func(a *factorstest.Authenticator) { a.Flags = factorstest.Present }, ErrPasskey},
		"another's handle":        {func(a *factorstest.Authenticator) { a.Handle = []byte("somebody else's, 32 bytes long!!") }, ErrPasskey},
		"no handle":               {func(a *factorstest.Authenticator) { a.Handle = nil }, ErrPasskey},
		"an unknown credential":   {func(a *factorstest.Authenticator) { a.ID = []byte("another") }, people.ErrNoPerson},
		"a counter gone back":     {func(a *factorstest.Authenticator) { a.Count = 1 }, ErrCloned},
		"the key moved":           {func(a *factorstest.Authenticator) { a.Flags |= factorstest.Eligible | factorstest.BackedUp }, ErrPasskey},
	} {
		t.Run(name, func(t *testing.T) {
			a := factorstest.New(origin)
			a.Count = 5
			ada := enrolled(t, k, a)
			known := string(a.ID)
			options, c, err := k.Ask()
			must(t, err)
			test.wrong(a)
			answer, err := k.Check(c, a.Get(t, string(options)), func(id []byte) (people.Person, error) {
				if string(id) != known {
					return people.Person{}, people.ErrNoPerson
				}
				return ada, nil
			})
			if !errors.Is(err, test.want) {
				t.Fatalf("error %v, want %v", err, test.want)
			}
			if test.want == nil && (answer.Person.UserName != "ada" || answer.Key != Hardware || Cloned(answer.Passkey)) {
				t.Errorf("%+v", answer)
			}
			if test.want == ErrCloned && !Cloned(answer.Passkey) {
				t.Error("the warning is not kept")
			}
		})
	}
}

func TestPasskeyAskedOfOnePerson(t *testing.T) {
	k := site(t)
	hers, his := factorstest.New(origin), factorstest.New(origin)
	ada := enrolled(t, k, hers)
	bob := enrolled(t, k, his)
	bob.Subject = "sub-bob"
	options, c, err := k.AskOf(ada)
	must(t, err)
	find := func([]byte) (people.Person, error) { return ada, nil }
	if _, err := k.Check(c, his.Get(t, string(options)), find); !errors.Is(err, ErrPasskey) {
		t.Errorf("another person's passkey: %v", err)
	}
	if _, err := k.Check(c, hers.Get(t, string(options)), func([]byte) (people.Person, error) { return bob, nil }); !errors.Is(err, ErrPasskey) {
		t.Errorf("asked of ada, answered for bob: %v", err)
	}
	if _, err := k.Check(c, hers.Get(t, string(options)), find); err != nil {
		t.Error(err)
	}
}

func TestNewPasskeyAnswers(t *testing.T) {
	k := site(t)
	ada := people.Person{Subject: "sub-ada", UserName: "ada"}
	for name, wrong := range map[string]func(*factorstest.Authenticator){
		"another origin":      func(a *factorstest.Authenticator) { a.Origin = "https://evil.example" },
		"another site":        func(a *factorstest.Authenticator) { a.RPID = "evil.example" },
		"another challenge":   func(a *factorstest.Authenticator) { a.Challenge = strings.Repeat("A", 43) },
		"a sign-in's answer":  func(a *factorstest.Authenticator) { a.Type = "webauthn.get" },
		"nobody was verified": func(a *factorstest.Authenticator) { a.Flags = factorstest.Present },
	} {
		options, c, err := k.AskNew(ada)
		must(t, err)
		a := factorstest.New(origin)
		wrong(a)
		if _, _, err := k.CheckNew(c, a.Create(t, string(options)), ada); !errors.Is(err, ErrPasskey) {
			t.Errorf("%s: %v", name, err)
		}
	}
	options, c, err := k.AskNew(ada)
	must(t, err)
	a := factorstest.New(origin)
	a.Flags |= factorstest.Eligible
	made, key, err := k.CheckNew(c, a.Create(t, string(options)), ada)
	if err != nil || key != Software || string(made.ID) != string(a.ID) || strings.Contains(string(made.Credential), "clientDataJSON") {
		t.Errorf("%s %s %v", key, made.Credential, err)
	}
	if _, _, err := k.CheckNew(c, a.Create(t, string(options)), people.Person{Subject: "sub-bob", UserName: "bob"}); !errors.Is(err, ErrPasskey) {
		t.Errorf("asked of ada, made for bob: %v", err)
	}
}

// Of two uses at once, the one that counts less must not win.
func TestKeepTheLaterCounter(t *testing.T) {
	k := site(t)
	a := factorstest.New(origin)
	a.Count = 1
	ada := enrolled(t, k, a)
	use := func() people.Passkey {
		options, c, err := k.Ask()
		must(t, err)
		answer, err := k.Check(c, a.Get(t, string(options)), func([]byte) (people.Person, error) { return ada, nil })
		must(t, err)
		return answer.Passkey
	}
	first, second := use(), use()
	must(t, Keep(&ada, second))
	if err := Keep(&ada, first); !errors.Is(err, ErrPasskey) {
		t.Errorf("an older use replaces a later one: %v", err)
	}
	if err := Keep(&people.Person{}, second); !errors.Is(err, ErrPasskey) {
		t.Errorf("a passkey that was removed meanwhile: %v", err)
	}
}

// FuzzPasskey feeds answers that no authenticator gave.
func FuzzPasskey(f *testing.F) {
	k := site(f)
	a := factorstest.New(origin)
	ada := enrolled(f, k, a)
	options, c, err := k.Ask()
	must(f, err)
	good := a.Get(f, string(options))
	creation, cNew, err := k.AskNew(ada)
	must(f, err)
	made := factorstest.New(origin).Create(f, string(creation))
	f.Add(good)
	f.Add(made)
	f.Add(`{}`)
	f.Fuzz(func(t *testing.T, response string) {
		answer, err := k.Check(c, response, func([]byte) (people.Person, error) { return ada, nil })
		if err == nil && !sameSignature(response, good) {
			t.Errorf("accepted: %s %+v", response, answer)
		}
		if err != nil && !errors.Is(err, ErrPasskey) && !errors.Is(err, ErrCloned) {
			t.Errorf("an error of another kind: %v", err)
		}
		if _, _, err := k.CheckNew(cNew, response, ada); err != nil && !errors.Is(err, ErrPasskey) {
			t.Errorf("an error of another kind: %v", err)
		}
	})
}

func sameSignature(a, b string) bool {
	signature := func(text string) string {
		var c struct {
			Response struct {
				Signature string `json:"signature"`
			} `json:"response"`
		}
		_ = json.Unmarshal([]byte(text), &c)
		return strings.TrimRight(c.Response.Signature, "=")
	}
	return signature(a) == signature(b)
}
