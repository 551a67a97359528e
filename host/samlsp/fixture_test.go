package samlsp_test

import (
	"encoding/base64"
	"encoding/pem"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/samlsp"
)

var update = flag.Bool("update", false, "write the signed fixtures anew")

// The fixtures are of one provider, one request and one moment, so that what
// was signed once stays right: the fuzz targets need no provider, and what a
// later version writes is held against what this one took.
const (
	fixtureIdP     = "https://idp.example.com"
	fixtureRequest = "_5f1d6c2e9a7b40c8a1d2e3f405162738495a6b7c"
)

var fixtureTime = time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC)

// fixtures are the provider's behaviours, by the name of their file.
var fixtures = map[string]func(*hosttest.SAMLKnobs){
	"assertion": func(*hosttest.SAMLKnobs) {},
	"response":  func(k *hosttest.SAMLKnobs) { k.SignAssertion, k.SignResponse = false, true },
	"both":      func(k *hosttest.SAMLKnobs) { k.SignResponse = true },
	"encrypted": func(k *hosttest.SAMLKnobs) { k.Encrypt = "aes256-cbc" },
	"comment":   func(k *hosttest.SAMLKnobs) { k.NameID = "alice<!-- x -->-7f3a" },
}

func fixture(name string) string { return filepath.Join("testdata", name) }

func mustRead(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(fixture(name))
	if err != nil {
		t.Fatalf("%v: run go test -run TestFixtures -update", err)
	}
	return raw
}

// fixtureProvider is the service provider of the fixtures, and the request that
// they answer.
func fixtureProvider(t testing.TB) (*samlsp.Provider, login.AuthRequest) {
	t.Helper()
	block, _ := pem.Decode(mustRead(t, "sp-key.pem"))
	key, err := samlsp.ParseKey(block.Bytes, nil, "login.example.com")
	if err != nil {
		t.Fatal(err)
	}
	sp, err := samlsp.New(samlsp.Config{
		Name: "corp", PublicURL: publicURL, Metadata: mustRead(t, "metadata.xml"), Key: key,
		Now: func() time.Time { return fixtureTime },
	})
	if err != nil {
		t.Fatal(err)
	}
	return sp, login.AuthRequest{
		ID: "00112233445566aa", Purpose: login.PurposeLogin, Provider: "corp", Issuer: fixtureIdP, State: "state-0123456789",
		SAMLRequestID: fixtureRequest, RequestedAt: fixtureTime.Unix() - 10, Expiry: fixtureTime.Unix() + 590,
	}
}

func answering(raw []byte) login.Callback {
	params := encoded("")
	params.Set("SAMLResponse", base64.StdEncoding.EncodeToString(raw))
	return login.Callback{Params: params, Method: "POST", ReceivedAt: fixtureTime}
}

func TestFixtures(t *testing.T) {
	t.Parallel()
	if *update {
		writeFixtures(t)
	}
	sp, req := fixtureProvider(t)
	for name := range fixtures {
		doc, err := sp.Complete(t.Context(), req, answering(mustRead(t, name+".xml")))
		if err != nil || doc.Person.Subject != "alice-7f3a" {
			t.Errorf("%s: %v, %v", name, doc.Person, err)
		}
	}
	for _, kind := range []string{"assertion", "response"} {
		for _, c := range wrappings {
			if c.response != (kind == "response") {
				continue
			}
			root := parsed(string(mustRead(t, kind+".xml")))
			c.wrap(root, root.FindElement("./Assertion"))
			if doc, err := sp.Complete(t.Context(), req, answering([]byte(hosttest.SAMLWritten(root)))); err == nil {
				t.Errorf("%s signed in %s", c.name, doc.Person.Subject)
			}
		}
	}
}

func writeFixtures(t *testing.T) {
	idp := hosttest.NewSAML(t, hosttest.NewClock(fixtureTime))
	idp.URL = fixtureIdP
	_, describe, err := newWorld(t, nil, nil).sp.Describe()
	if err != nil {
		t.Fatal(err)
	}
	idp.Trust(t, describe)
	write := func(name string, content []byte) {
		if err := os.WriteFile(fixture(name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("sp-key.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8(hosttest.RSAKey(3))}))
	write("metadata.xml", idp.Metadata())
	request := parsed(fmt.Sprintf(`<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="%s" AssertionConsumerServiceURL="%s"><saml:Issuer>%s</saml:Issuer></samlp:AuthnRequest>`, fixtureRequest, acs, entityID))
	for name, knobs := range fixtures {
		behave := hosttest.SAMLKnobs{NameID: "alice-7f3a", Format: "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent", SessionIndex: "index-1", SignAssertion: true,
			Attributes: map[string][]string{"employee": {"4711"}}}
		knobs(&behave)
		idp.Set(func(k *hosttest.SAMLKnobs) { *k = behave })
		write(name+".xml", []byte(idp.ResponseXML(request)))
	}
	idp.Set(func(k *hosttest.SAMLKnobs) { *k = hosttest.SAMLKnobs{NameID: "alice-7f3a"} })
	write("logout-query.txt", []byte(idp.Query("SAMLRequest", idp.LogoutRequest("index-1"), "back")))
	signed := idp.LogoutRequest()
	hosttest.SAMLSign(signed, 1, 0, false, "")
	write("logout.xml", []byte(hosttest.SAMLWritten(signed)))
}

// FuzzResponse changes signed and encrypted responses: whatever comes of them is
// a fault with a code of its own, or the very person that was signed.
func FuzzResponse(f *testing.F) {
	sp, req := fixtureProvider(f)
	for name := range fixtures {
		f.Add(mustRead(f, name+".xml"))
	}
	for _, c := range wrappings {
		kind := "assertion"
		if c.response {
			kind = "response"
		}
		root := parsed(string(mustRead(f, kind+".xml")))
		c.wrap(root, root.FindElement("./Assertion"))
		f.Add([]byte(hosttest.SAMLWritten(root)))
	}
	f.Add([]byte(`<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		doc, err := sp.Complete(t.Context(), req, answering(raw))
		if err != nil {
			if code := login.CodeOf(err); code == login.CodeInternal {
				t.Errorf("%v", err)
			}
			return
		}
		if doc.Person.Subject != "alice-7f3a" || doc.Person.Issuer != fixtureIdP || doc.ProviderSID == "" {
			t.Errorf("%+v signed in", doc.Person)
		}
	})
}

// FuzzSignOutMessage does the same with sign-out messages, in the query and in a
// form.
func FuzzSignOutMessage(f *testing.F) {
	sp, _ := fixtureProvider(f)
	f.Add(string(mustRead(f, "logout-query.txt")), "")
	f.Add("", string(mustRead(f, "logout.xml")))
	f.Fuzz(func(t *testing.T, query, form string) {
		notice := login.Notice{Query: query, ReceivedAt: fixtureTime}
		if form != "" {
			notice.Form = map[string][]string{"SAMLRequest": {base64.StdEncoding.EncodeToString([]byte(form))}}
		}
		heard, err := sp.Hear(t.Context(), notice)
		if err != nil {
			if code := login.CodeOf(err); code == login.CodeInternal {
				t.Errorf("%v", err)
			}
			return
		}
		for _, e := range heard.Ended {
			if e.Issuer != fixtureIdP || e.Subject != "alice-7f3a" || strings.Contains(e.SessionID, "index") {
				t.Errorf("%+v", e)
			}
		}
	})
}

// FuzzMetadata holds that whatever metadata is taken leads to an https address of
// a provider that has a name.
func FuzzMetadata(f *testing.F) {
	f.Add(mustRead(f, "metadata.xml"))
	f.Add([]byte(many))
	f.Fuzz(func(t *testing.T, raw []byte) {
		sp, err := samlsp.New(samlsp.Config{Name: "corp", PublicURL: publicURL, Metadata: raw, Now: func() time.Time { return fixtureTime }})
		if err != nil {
			return
		}
		req := login.AuthRequest{State: "s"}
		req, to, err := sp.Begin(t.Context(), req)
		if err == nil && (req.Issuer == "" || !strings.HasPrefix(strings.ToLower(to.URL), "https://")) {
			t.Errorf("%q leads to %q", req.Issuer, to.URL)
		}
	})
}
