package samlsp_test

import (
	"crypto/x509"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/samlsp"
)

func pkcs8(key hosttest.Key) []byte {
	der, err := x509.MarshalPKCS8PrivateKey(key.Private)
	if err != nil {
		panic(err)
	}
	return der
}

// TestWhatIsSignedAndEncrypted signs in with each way that a provider may sign
// and encrypt.
func TestWhatIsSignedAndEncrypted(t *testing.T) {
	t.Parallel()
	for name, knobs := range map[string]func(*hosttest.SAMLKnobs){
		"the assertion":             nil,
		"the response":              func(k *hosttest.SAMLKnobs) { k.SignAssertion, k.SignResponse = false, true },
		"both":                      func(k *hosttest.SAMLKnobs) { k.SignResponse = true },
		"without a certificate":     func(k *hosttest.SAMLKnobs) { k.SignResponse, k.OmitKeyInfo = true, true },
		"SHA-512":                   func(k *hosttest.SAMLKnobs) { k.Method = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512" },
		"ECDSA":                     func(k *hosttest.SAMLKnobs) { k.ECDSA = true },
		"encrypted with GCM":        func(k *hosttest.SAMLKnobs) { k.Encrypt = "aes256-gcm" },
		"encrypted with short GCM":  func(k *hosttest.SAMLKnobs) { k.Encrypt = "aes128-gcm" },
		"encrypted with CBC":        func(k *hosttest.SAMLKnobs) { k.Encrypt = "aes256-cbc" },
		"encrypted with short CBC":  func(k *hosttest.SAMLKnobs) { k.Encrypt = "aes128-cbc" },
		"encrypted, both signed":    func(k *hosttest.SAMLKnobs) { k.Encrypt, k.SignResponse = "aes256-gcm", true },
		"encrypted, around it only": func(k *hosttest.SAMLKnobs) { k.Encrypt, k.SignResponse, k.SignAssertion = "aes256-cbc", true, false },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, knobs, nil)
			doc := w.must(t)
			if want := (login.Person{IdP: "corp", Issuer: w.idp.URL, Subject: "alice-7f3a"}); doc.Person != want {
				t.Errorf("the person is %+v", doc.Person)
			}
		})
	}
}

func TestTheDocument(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(k *hosttest.SAMLKnobs) {
		k.NameQualifier, k.SPNameQualifier = "https://idp.example.com/other", entityID
		k.EditAssertion = set("./AuthnStatement", "SessionNotOnOrAfter", "2099-01-01T00:00:00Z")
		k.Attributes = map[string][]string{"urn:oid:0.9.2342.19200300.100.1.3": {"alice@example.com"}, "employee": {"4711", "", "<&>"}}
	}, nil)
	doc := w.must(t)
	raw, _ := doc.Sources.Raw("authnResponse")
	var got, want any
	_ = json.Unmarshal(raw, &got)
	at := w.idp.Clock.Now().UTC().Format("2006-01-02T15:04:05.000Z")
	_ = json.Unmarshal([]byte(`{"issuer":"`+w.idp.URL+`","nameId":"alice-7f3a","nameIdFormat":"urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
		"nameQualifier":"https://idp.example.com/other","spNameQualifier":"`+entityID+`","sessionIndex":"index-1","authnInstant":"`+at+`","sessionNotOnOrAfter":"2099-01-01T00:00:00Z",
		"authnContextClassRef":"urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport",
		"attributes":{"employee":["4711","","<&>"],"urn:oid:0.9.2342.19200300.100.1.3":["alice@example.com"]}}`), &want)
	if a, b := asText(got), asText(want); a != b {
		t.Errorf("got\n%s\nwant\n%s", a, b)
	}
	e := doc.Login.Evidence
	if e.AuthTime == nil || *e.AuthTime != w.idp.Clock.Now().Unix() || e.ACR != "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport" || e.Challenged != nil || e.AMR != nil {
		t.Errorf("evidence %+v", e)
	}
	if doc.Login.Protocol != "saml" || doc.ProviderSID == "" || strings.Contains(doc.ProviderSID, "index") {
		t.Errorf("%+v", doc)
	}
	if doc.Person.Subject != "https://idp.example.com/other!!alice-7f3a" {
		t.Errorf("the qualifier of another is no part of the person: %s", doc.Person.Subject)
	}
	for _, secret := range []string{"4711", "alice", "index-1"} {
		if strings.Contains(w.told(), secret) {
			t.Errorf("the trace or the log holds %s", secret)
		}
	}
}

func asText(v any) string { raw, _ := json.MarshalIndent(v, "", " "); return string(raw) }

func TestAttributeValuesThatAreNoPlainText(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(k *hosttest.SAMLKnobs) {
		k.EditAssertion = func(e *etree.Element) {
			statement := e.FindElement("./AttributeStatement")
			for _, text := range []string{
				`<saml:Attribute Name="targeted"><saml:AttributeValue> <saml:NameID NameQualifier="x">deep</saml:NameID> </saml:AttributeValue></saml:Attribute>`,
				`<saml:Attribute Name="nothing"/>`,
				`<saml:Attribute Name="null"><saml:AttributeValue xsi:nil="true"/><saml:AttributeValue>a<!-- b -->c</saml:AttributeValue></saml:Attribute>`,
				`<saml:Attribute Name="employee"><saml:AttributeValue>again</saml:AttributeValue></saml:Attribute>`,
			} {
				statement.AddChild(parsed(`<x xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">` + text + `</x>`).ChildElements()[0])
			}
		}
	}, nil)
	attributes := source(t, w.must(t))["attributes"].(map[string]any)
	for name, want := range map[string]string{"targeted": `["deep"]`, "nothing": `[]`, "null": `[null,"ac"]`, "employee": `["4711","again"]`} {
		if raw, _ := json.Marshal(attributes[name]); string(raw) != want {
			t.Errorf("%s is %s, want %s", name, raw, want)
		}
	}
}

func TestThePerson(t *testing.T) {
	t.Parallel()
	attribute := func(c *samlsp.Config) { c.SubjectAttribute = "employee" }
	transient := func(k *hosttest.SAMLKnobs) { k.Format = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient" }
	for name, c := range map[string]struct {
		knobs   func(*hosttest.SAMLKnobs)
		change  func(*samlsp.Config)
		subject string
		says    string
	}{
		"by attribute":            {nil, attribute, "4711", ""},
		"by attribute, transient": {transient, attribute, "4711", ""},
		"by attribute, no NameID": {func(k *hosttest.SAMLKnobs) { k.NameID = "" }, attribute, "4711", ""},
		"attribute twice":         {func(k *hosttest.SAMLKnobs) { k.Attributes["employee"] = []string{"4711", "4712"} }, attribute, "", "has 2 values"},
		"attribute missing":       {func(k *hosttest.SAMLKnobs) { k.Attributes = nil }, attribute, "", "has 0 values"},
		"attribute empty":         {func(k *hosttest.SAMLKnobs) { k.Attributes["employee"] = []string{""} }, attribute, "", "is empty"},
		"no NameID":               {func(k *hosttest.SAMLKnobs) { k.NameID = "" }, nil, "", "no NameID"},
		"transient unasked":       {transient, nil, "", "the NameID is transient"},
		"transient asked for":     {transient, func(c *samlsp.Config) { c.NameIDFormat = "transient" }, "alice-7f3a", ""},
		"own qualifiers": {func(k *hosttest.SAMLKnobs) {
			k.EditAssertion = func(e *etree.Element) {
				e.FindElement("./Subject/NameID").CreateAttr("NameQualifier", e.FindElement("./Issuer").Text())
			}
		}, nil, "alice-7f3a", ""},
		"EncryptedID": {func(k *hosttest.SAMLKnobs) {
			k.EditAssertion = func(e *etree.Element) { e.FindElement("./Subject/NameID").Tag = "EncryptedID" }
		}, nil, "", "EncryptedID"},
		"two NameIDs": {func(k *hosttest.SAMLKnobs) {
			k.EditAssertion = func(e *etree.Element) {
				s := e.FindElement("./Subject")
				s.AddChild(s.FindElement("./NameID").Copy())
			}
		}, nil, "", "there are 2 NameID"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, c.knobs, c.change)
			doc, err := w.login(t)
			if c.says != "" {
				refused(t, err, login.CodeSAMLInvalid, c.says)
			} else if err != nil || doc.Person.Subject != c.subject {
				t.Errorf("%v, %v", doc.Person, err)
			}
		})
	}
}

func TestWhoCanBeRecognised(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*samlsp.Config)
		want   bool
	}{
		"persistent":               {func(c *samlsp.Config) {}, true},
		"transient":                {func(c *samlsp.Config) { c.NameIDFormat = "transient" }, false},
		"transient with attribute": {func(c *samlsp.Config) { c.NameIDFormat, c.SubjectAttribute = "transient", "employee" }, true},
	} {
		if got := newWorld(t, nil, c.change).sp.Recognizes(); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestRequireEncryption(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, func(c *samlsp.Config) { c.RequireEncryption = true })
	_, err := w.login(t)
	refused(t, err, login.CodeSAMLInvalid, "not encrypted")
	w.idp.Set(func(k *hosttest.SAMLKnobs) { k.Encrypt = "aes256-gcm" })
	w.must(t)
}

// TestIGN16 is IGN-16 of the reference: ForceAuthn="true", of one request
// alone.
func TestIGN16_ForceAuthnIsOfOneRequestAlone(t *testing.T) {
	t.Parallel()
	for _, binding := range []string{samlsp.Redirect, samlsp.Post} {
		w := newWorld(t, nil, func(c *samlsp.Config) { c.RequestBinding = binding })
		age := int64(300)
		for _, c := range []struct {
			change func(*login.AuthRequest)
			want   string
		}{
			{func(*login.AuthRequest) {}, ""},
			{func(r *login.AuthRequest) { r.ForceAuth = true }, "true"},
			{func(r *login.AuthRequest) { r.MaxAge = &age }, "true"}, // SAML has no other word for it
			{func(*login.AuthRequest) {}, ""},
		} {
			req, _ := w.begin(t, c.change)
			call := w.idp.Last(hosttest.SAMLSignOn)
			if got := call.XML.SelectAttrValue("ForceAuthn", ""); got != c.want {
				t.Errorf("%s: ForceAuthn is %q, want %q", binding, got, c.want)
			}
			if got := call.XML.SelectAttrValue("ID", ""); got != req.SAMLRequestID || got == "" {
				t.Errorf("the request's ID is %q, kept is %q", got, req.SAMLRequestID)
			}
			if (call.Method == "POST") != (binding == samlsp.Post) || call.RelayState != req.State {
				t.Errorf("%s: it came as %s with %q", binding, call.Method, call.RelayState)
			}
		}
	}
}

func TestWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, func(c *samlsp.Config) { c.NameIDFormat, c.AuthnContext = "email", []string{"urn:a", "urn:b"} })
	asked := func(change ...func(*login.AuthRequest)) (contexts []string) {
		w.begin(t, change...)
		x := w.idp.Last(hosttest.SAMLSignOn).XML
		if got := find(t, x, "./Issuer").Text(); got != entityID {
			t.Errorf("the Issuer is %s", got)
		}
		if got := find(t, x, "./NameIDPolicy").SelectAttrValue("Format", ""); got != "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress" {
			t.Errorf("the format is %s", got)
		}
		for name, want := range map[string]string{"AssertionConsumerServiceURL": acs, "Destination": w.idp.URL + "/sso", "ProtocolBinding": hosttest.SAMLPost, "Version": "2.0"} {
			if got := x.SelectAttrValue(name, ""); got != want {
				t.Errorf("%s is %s", name, got)
			}
		}
		if got := find(t, x, "./RequestedAuthnContext").SelectAttrValue("Comparison", ""); got != "exact" {
			t.Errorf("Comparison is %s", got)
		}
		for _, e := range x.FindElements("./RequestedAuthnContext/AuthnContextClassRef") {
			contexts = append(contexts, e.Text())
		}
		return contexts
	}
	if got := asked(); !slices.Equal(got, []string{"urn:a", "urn:b"}) {
		t.Errorf("asked for %v", got)
	}
	if got := asked(func(r *login.AuthRequest) { r.ACRValues = []string{"urn:mfa"} }); !slices.Equal(got, []string{"urn:mfa"}) {
		t.Errorf("a level's contexts come before the configured ones: %v", got)
	}
	if got := asked(); !slices.Equal(got, []string{"urn:a", "urn:b"}) {
		t.Errorf("the request before left its contexts: %v", got)
	}
}

func TestRequestsAreSignedWhenWanted(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		wants, always bool
		binding       string
		signed        bool
	}{
		"nobody wants it":         {false, false, samlsp.Redirect, false},
		"the metadata wants it":   {true, false, samlsp.Redirect, true},
		"as a form":               {true, false, samlsp.Post, true},
		"the configuration wants": {false, true, samlsp.Redirect, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(k *hosttest.SAMLKnobs) { k.WantsSigned = c.wants }, func(cfg *samlsp.Config) { cfg.SignRequests, cfg.RequestBinding = c.always, c.binding })
			w.must(t) // the provider verifies what it wants
			call := w.idp.Last(hosttest.SAMLSignOn)
			if got := strings.Contains(call.Query, "&SigAlg=") || call.XML.SelectElement("Signature") != nil; got != c.signed {
				t.Errorf("signed: %v", got)
			}
		})
	}
}

// TestT40_OldAuthnInstantIsKeptAsItIs leaves the judging to the walk, which
// needs what the provider said and not what was asked for.
func TestT40_OldAuthnInstantIsKeptAsItIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(k *hosttest.SAMLKnobs) { k.IgnoresForce = true }, nil)
	first := *w.must(t).Login.Evidence.AuthTime
	w.idp.Clock.Advance(time.Hour)
	forced := func(r *login.AuthRequest) { r.ForceAuth = true }
	doc := w.must(t, forced)
	doc.Login.ReauthSkew = 5
	if got := *doc.Login.Evidence.AuthTime; got != first || login.Performed(doc.Login) {
		t.Errorf("auth time %d, want %d; performed %v", got, first, login.Performed(doc.Login))
	}
	w.idp.Set(func(k *hosttest.SAMLKnobs) { k.IgnoresForce = false })
	doc = w.must(t, forced)
	doc.Login.ReauthSkew, doc.Login.PreviousAuthTime = 5, &first
	if !login.Performed(doc.Login) {
		t.Errorf("a re-authentication that was performed does not count: %+v", doc.Login)
	}
}
