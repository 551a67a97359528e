package samlsp_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/samlsp"
)

// ahead is a time as SAML writes it, from now.
func ahead(w *world, d time.Duration) string {
	return w.idp.Clock.Now().Add(d).UTC().Format("2006-01-02T15:04:05Z")
}

const confirmation = "./Subject/SubjectConfirmation/SubjectConfirmationData"

// TestT39_Refused holds signed responses that are wrong in one point each.
func TestT39_Refused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name      string
		assertion func(w *world) func(*etree.Element) // edits, before it is signed
		response  func(w *world) func(*etree.Element)
		code      login.Code
		says      string
	}{
		{name: "InResponseTo of the response", response: edit(set(".", "InResponseTo", "_other")), code: login.CodeSAMLUnsolicited, says: "answers another request"},
		{name: "unsolicited", response: edit(dropAttr(".", "InResponseTo")), code: login.CodeSAMLUnsolicited, says: "answers no request"},
		{name: "InResponseTo of the confirmation", assertion: edit(set(confirmation, "InResponseTo", "_other")), says: "InResponseTo is not this request"},
		{name: "unsolicited confirmation", assertion: edit(dropAttr(confirmation, "InResponseTo")), says: "InResponseTo is not this request"},
		{name: "Recipient", assertion: edit(set(confirmation, "Recipient", "https://other.example.com/saml/corp/acs")), says: "Recipient"},
		{name: "no Recipient", assertion: edit(dropAttr(confirmation, "Recipient")), says: "Recipient"},
		{name: "another provider's acs", assertion: edit(set(confirmation, "Recipient", publicURL+"/saml/shop/acs")), says: "Recipient"},
		{name: "confirmation over", assertion: func(w *world) func(*etree.Element) {
			return set(confirmation, "NotOnOrAfter", ahead(w, -time.Minute))
		}, says: "past its NotOnOrAfter"},
		{name: "confirmation for ever", assertion: edit(dropAttr(confirmation, "NotOnOrAfter")), says: "no NotOnOrAfter"},
		{name: "no bearer", assertion: edit(set("./Subject/SubjectConfirmation", "Method", "urn:oasis:names:tc:SAML:2.0:cm:sender-vouches")), says: "no bearer"},
		{name: "no confirmation", assertion: edit(drop("./Subject/SubjectConfirmation")), says: "no bearer"},
		{name: "no confirmation data", assertion: edit(drop(confirmation)), says: "no SubjectConfirmationData"},
		{name: "no subject", assertion: edit(drop("./Subject")), says: "no Subject"},
		{name: "Audience", assertion: edit(setText("./Conditions/AudienceRestriction/Audience", "https://other.example.com")), says: "another audience"},
		{name: "no audience", assertion: edit(drop("./Conditions/AudienceRestriction")), says: "no audience"},
		{name: "audience with more behind it", assertion: edit(setText("./Conditions/AudienceRestriction/Audience", entityID+".evil.example")), says: "another audience"},
		{name: "a second restriction", assertion: edit(func(e *etree.Element) {
			second := e.FindElement("./Conditions/AudienceRestriction").Copy()
			second.FindElement("./Audience").SetText("https://other.example.com")
			e.FindElement("./Conditions").AddChild(second)
		}), says: "another audience"},
		{name: "no conditions", assertion: edit(drop("./Conditions")), says: "no Conditions"},
		{name: "an unknown condition", assertion: edit(func(e *etree.Element) {
			e.FindElement("./Conditions").AddChild(parsed(`<saml:Condition xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"/>`))
		}), says: "not known"},
		{name: "NotOnOrAfter", assertion: func(w *world) func(*etree.Element) {
			return set("./Conditions", "NotOnOrAfter", ahead(w, -time.Minute))
		}, says: "past its NotOnOrAfter"},
		{name: "NotBefore", assertion: func(w *world) func(*etree.Element) {
			return set("./Conditions", "NotBefore", ahead(w, 61*time.Second))
		}, says: "not yet valid"},
		{name: "a time that is none", assertion: edit(set("./Conditions", "NotBefore", "yesterday")), says: "a time is not written"},
		{name: "session over", assertion: func(w *world) func(*etree.Element) {
			return set("./AuthnStatement", "SessionNotOnOrAfter", ahead(w, -time.Minute))
		}, says: "SessionNotOnOrAfter"},
		{name: "Issuer", assertion: edit(setText("./Issuer", "https://other.example.com")), says: "Issuer is another"},
		{name: "no Issuer", assertion: edit(drop("./Issuer")), says: "no Issuer"},
		{name: "Issuer's format", assertion: edit(set("./Issuer", "Format", "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress")), says: "not an entity ID"},
		{name: "Issuer of the response", response: edit(setText("./Issuer", "https://other.example.com")), says: "Issuer is another"},
		{name: "Destination", response: edit(set(".", "Destination", "https://other.example.com/acs")), says: "Destination"},
		{name: "no authentication", assertion: edit(drop("./AuthnStatement")), says: "no AuthnStatement"},
		{name: "two authentications", assertion: edit(func(e *etree.Element) {
			e.AddChild(e.FindElement("./AuthnStatement").Copy())
		}), says: "there are 2 AuthnStatement"},
		{name: "no AuthnInstant", assertion: edit(dropAttr("./AuthnStatement", "AuthnInstant")), says: "AuthnInstant"},
		{name: "no AuthnContext", assertion: edit(drop("./AuthnStatement/AuthnContext")), says: "no AuthnContext"},
		{name: "an encrypted attribute", assertion: edit(func(e *etree.Element) {
			e.FindElement("./AttributeStatement/Attribute").Tag = "EncryptedAttribute"
		}), says: "attribute is encrypted"},
		{name: "SAML 1.1", assertion: edit(set(".", "Version", "1.1")), says: "no SAML 2.0 assertion"},
		{name: "SAML 3", response: edit(set(".", "Version", "3.0")), says: "no SAML 2.0 response"},
		{name: "another root", response: edit(func(e *etree.Element) { e.Tag = "ArtifactResponse" }), says: "no SAML 2.0 response"},
		{name: "another namespace", response: edit(func(e *etree.Element) { e.CreateAttr("xmlns:samlp", "urn:other") }), says: "no SAML 2.0 response"},
		{name: "no status", response: edit(drop("./Status")), says: "no Status"},
		{name: "no assertion", response: edit(drop("./Assertion")), says: "no assertion"},
	} {
		for _, signed := range []string{"assertion", "response"} {
			t.Run(c.name+", signed "+signed, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, nil, nil)
				w.idp.Set(func(k *hosttest.SAMLKnobs) {
					k.SignAssertion, k.SignResponse = signed == "assertion", signed == "response"
					if c.assertion != nil {
						k.EditAssertion = c.assertion(w)
					}
					if c.response != nil {
						k.EditResponse = c.response(w)
					}
				})
				_, err := w.login(t)
				code := c.code
				if code == "" {
					code = login.CodeSAMLInvalid
				}
				refused(t, err, code, c.says)
			})
		}
	}
}

func edit(f func(*etree.Element)) func(*world) func(*etree.Element) {
	return func(*world) func(*etree.Element) { return f }
}

// TestTimesAreHeldWithTheSkew stands just inside of what the test above
// refuses.
func TestTimesAreHeldWithTheSkew(t *testing.T) {
	t.Parallel()
	for _, skew := range []time.Duration{time.Minute, 0} {
		set := func(from, until time.Duration) error {
			w := newWorld(t, nil, func(c *samlsp.Config) {
				if c.Skew = skew; skew == 0 {
					c.Skew = -1
				}
			})
			w.idp.Set(func(k *hosttest.SAMLKnobs) {
				k.EditAssertion = func(e *etree.Element) {
					e.FindElement("./Conditions").CreateAttr("NotBefore", ahead(w, from))
					e.FindElement("./Conditions").CreateAttr("NotOnOrAfter", ahead(w, until))
				}
			})
			_, err := w.login(t)
			return err
		}
		if err := set(skew, time.Second-skew); err != nil {
			t.Errorf("skew %s: %v", skew, err)
		}
		if set(skew+time.Second, time.Hour) == nil || set(-time.Hour, -skew) == nil {
			t.Errorf("skew %s: a second more is accepted", skew)
		}
	}
}

func TestADestinationNobodySignedMayBeAbsent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(k *hosttest.SAMLKnobs) { k.EditResponse = dropAttr(".", "Destination") }, nil)
	w.must(t)
	w.idp.Set(func(k *hosttest.SAMLKnobs) { k.SignResponse = true })
	_, err := w.login(t)
	refused(t, err, login.CodeSAMLInvalid, "Destination")
}

// TestT39_AnAnswerToOneRequestAnswersNoOther replays a good response to a
// request of its own, and to a provider of another name.
func TestT39_AnAnswerToOneRequestAnswersNoOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, nil)
	first, cb := w.begin(t)
	second, _ := w.begin(t, func(r *login.AuthRequest) { r.State = "another-state-0123456789" })
	replayed := login.Callback{Params: url.Values{"SAMLResponse": cb.Params["SAMLResponse"], "RelayState": {second.State}}, Method: "POST", ReceivedAt: cb.ReceivedAt}
	_, err := w.sp.Complete(w.ctx(), second, replayed)
	refused(t, err, login.CodeSAMLUnsolicited, "another request")
	// the response's own attribute is signed by nobody here, the confirmation's is
	forged := strings.ReplaceAll(decoded(t, cb), `InResponseTo="`+first.SAMLRequestID+`"><saml:Issuer>`, `InResponseTo="`+second.SAMLRequestID+`"><saml:Issuer>`)
	replayed.Params.Set("SAMLResponse", base64.StdEncoding.EncodeToString([]byte(forged)))
	_, err = w.sp.Complete(w.ctx(), second, replayed)
	refused(t, err, login.CodeSAMLInvalid, "InResponseTo is not this request")
	for name, c := range map[string]struct {
		change func(*login.AuthRequest, *login.Callback)
		code   login.Code
	}{
		"no RelayState":      {func(_ *login.AuthRequest, cb *login.Callback) { cb.Params.Del("RelayState") }, login.CodeStateMissing},
		"another RelayState": {func(_ *login.AuthRequest, cb *login.Callback) { cb.Params.Set("RelayState", "x") }, login.CodeStateUnknown},
		"two RelayStates":    {func(_ *login.AuthRequest, cb *login.Callback) { cb.Params.Add("RelayState", "x") }, login.CodeParameterDuplicate},
		"two responses": {func(_ *login.AuthRequest, cb *login.Callback) {
			cb.Params.Add("SAMLResponse", cb.Params.Get("SAMLResponse"))
		}, login.CodeParameterDuplicate},
		"no response":      {func(_ *login.AuthRequest, cb *login.Callback) { cb.Params.Del("SAMLResponse") }, login.CodeParameterInvalid},
		"by GET":           {func(_ *login.AuthRequest, cb *login.Callback) { cb.Method = "GET" }, login.CodeParameterInvalid},
		"another provider": {func(r *login.AuthRequest, _ *login.Callback) { r.Provider = "shop" }, login.CodeIssuerMismatch},
		"another issuer":   {func(r *login.AuthRequest, _ *login.Callback) { r.Issuer = "https://other.example.com" }, login.CodeIssuerMismatch},
		"too late":         {func(r *login.AuthRequest, cb *login.Callback) { cb.ReceivedAt = time.Unix(r.Expiry, 0) }, login.CodeStateExpired},
		"no request":       {func(r *login.AuthRequest, _ *login.Callback) { r.SAMLRequestID = "" }, login.CodeSAMLUnsolicited},
	} {
		req, answer := first, login.Callback{Params: url.Values{}, Method: cb.Method, ReceivedAt: cb.ReceivedAt}
		for key, values := range cb.Params {
			answer.Params[key] = append([]string(nil), values...)
		}
		c.change(&req, &answer)
		_, err := w.sp.Complete(w.ctx(), req, answer)
		if login.CodeOf(err) != c.code {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
	if _, err := w.sp.Complete(w.ctx(), first, cb); err != nil {
		t.Errorf("the answer itself: %v", err)
	}
}

func decoded(t testing.TB, cb login.Callback) string {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(cb.Params.Get("SAMLResponse"))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestStatuses(t *testing.T) {
	t.Parallel()
	const prefix = "urn:oasis:names:tc:SAML:2.0:status:"
	for _, c := range []struct {
		status []string
		code   login.Code
		says   string
	}{
		{[]string{prefix + "Responder", prefix + "AuthnFailed"}, login.CodeLoginCancelled, "AuthnFailed"},
		{[]string{prefix + "Requester", prefix + "NoAuthnContext"}, login.CodeACRUnmet, "NoAuthnContext"},
		{[]string{prefix + "Requester", prefix + "InvalidNameIDPolicy"}, login.CodeProviderError, "status InvalidNameIDPolicy"},
		{[]string{prefix + "Responder"}, login.CodeProviderError, "status Responder"},
		{[]string{prefix + "<script>"}, login.CodeProviderError, "not one of the specification"},
		{[]string{"urn:mine"}, login.CodeProviderError, "not one of the specification"},
	} {
		w := newWorld(t, func(k *hosttest.SAMLKnobs) {
			for _, s := range c.status {
				k.Status = append(k.Status, strings.NewReplacer("<", "&lt;", ">", "&gt;").Replace(s))
			}
		}, nil)
		_, err := w.login(t)
		refused(t, err, c.code, c.says)
		if strings.Contains(w.told()+err.Error(), "own words") {
			t.Error("the provider's message is told")
		}
	}
}

func TestSignaturesThatDoNotCount(t *testing.T) {
	t.Parallel()
	const unknown, algorithm = "no key of the provider's metadata", "is not RSA or ECDSA with SHA-256"
	for name, c := range map[string]struct {
		knobs func(*hosttest.SAMLKnobs)
		says  string
	}{
		"none":               {func(k *hosttest.SAMLKnobs) { k.SignAssertion = false }, "neither the response nor the assertion is signed"},
		"another key":        {func(k *hosttest.SAMLKnobs) { k.Key = 1 }, unknown},
		"of the response":    {func(k *hosttest.SAMLKnobs) { k.Key, k.SignAssertion, k.SignResponse = 1, false, true }, unknown},
		"SHA-1":              {func(k *hosttest.SAMLKnobs) { k.Method = "http://www.w3.org/2000/09/xmldsig#rsa-sha1" }, algorithm},
		"SHA-1 as digest":    {signedInfo(set("./Reference/DigestMethod", "Algorithm", "http://www.w3.org/2000/09/xmldsig#sha1")), "the digest is not SHA-256"},
		"HMAC":               {signedInfo(set("./SignatureMethod", "Algorithm", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256")), algorithm},
		"inclusive c14n":     {signedInfo(set("./CanonicalizationMethod", "Algorithm", "http://www.w3.org/TR/2001/REC-xml-c14n-20010315")), "not an exclusive one"},
		"XSLT":               {signedInfo(set("./Reference/Transforms/Transform[2]", "Algorithm", "http://www.w3.org/TR/1999/REC-xslt-19991116")), "not an exclusive one"},
		"XPath first":        {signedInfo(set("./Reference/Transforms/Transform[1]", "Algorithm", "http://www.w3.org/TR/1999/REC-xpath-19991116")), "transforms are not"},
		"no transforms":      {signedInfo(drop("./Reference/Transforms")), "no Transforms"},
		"of the whole":       {signedInfo(set("./Reference", "URI", "")), "not over the element that holds it"},
		"of another element": {signedInfo(set("./Reference", "URI", "#other")), "not over the element that holds it"},
		"of another place":   {signedInfo(set("./Reference", "URI", "https://evil.example/x")), "not over the element that holds it"},
		"two references":     {signedInfo(func(e *etree.Element) { e.AddChild(e.FindElement("./Reference").Copy()) }), "there are 2 Reference"},
		"the digest changed": {signedInfo(setText("./Reference/DigestValue", "AAAA")), "it was changed after it was signed"},
		"the value changed":  {signature(setText("./SignatureValue", "AAAA")), unknown},
		"two values":         {signature(func(e *etree.Element) { e.AddChild(e.FindElement("./SignatureValue").Copy()) }), "there are 2 SignatureValue"},
		"two infos":          {signature(func(e *etree.Element) { e.AddChild(e.FindElement("./SignedInfo").Copy()) }), "there are 2 SignedInfo"},
		"an Object": {signature(func(e *etree.Element) {
			e.AddChild(parsed(`<ds:Object xmlns:ds="http://www.w3.org/2000/09/xmldsig#"/>`))
		}), "more than SAML allows"},
		"a comment in values": {signature(func(e *etree.Element) { e.FindElement("./SignatureValue").AddChild(etree.NewComment("x")) }), ""},
		"content changed":     {func(k *hosttest.SAMLKnobs) { k.EditSigned = setText("./Assertion/Subject/NameID", "admin") }, "it was changed after it was signed"},
		"two signatures": {func(k *hosttest.SAMLKnobs) {
			k.EditSigned = func(e *etree.Element) {
				a := e.FindElement("./Assertion")
				a.AddChild(a.FindElement("./Signature").Copy())
			}
		}, "there are 2 Signature"},
		"the assertion's is wrong inside a signed response": {func(k *hosttest.SAMLKnobs) {
			k.SignResponse = true
			k.EditResponse = setText("./Assertion/Signature/SignatureValue", "AAAA")
		}, "the assertion's signature"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := newWorld(t, c.knobs, nil).login(t)
			if c.says == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			refused(t, err, login.CodeSAMLInvalid, c.says)
		})
	}
}

// signature edits the assertion's signature when all is signed.
func signature(f func(*etree.Element)) func(*hosttest.SAMLKnobs) {
	return func(k *hosttest.SAMLKnobs) {
		k.EditSigned = func(e *etree.Element) { f(e.FindElement("./Assertion/Signature")) }
	}
}

func signedInfo(f func(*etree.Element)) func(*hosttest.SAMLKnobs) {
	return signature(func(e *etree.Element) { f(e.FindElement("./SignedInfo")) })
}

func TestEncryptionThatDoesNotCount(t *testing.T) {
	t.Parallel()
	const sealed = "the assertion cannot be decrypted"
	data := "./EncryptedAssertion/EncryptedData"
	for name, knobs := range map[string]func(*hosttest.SAMLKnobs){
		"PKCS #1 v1.5": func(k *hosttest.SAMLKnobs) { k.Encrypt = "rsa-1_5" },
		"triple DES": func(k *hosttest.SAMLKnobs) {
			k.EditSigned = set(data+"/EncryptionMethod", "Algorithm", "http://www.w3.org/2001/04/xmlenc#tripledes-cbc")
		},
		"another size": func(k *hosttest.SAMLKnobs) {
			k.EditSigned = set(data+"/EncryptionMethod", "Algorithm", "http://www.w3.org/2009/xmlenc11#aes128-gcm")
		},
		"no key":       func(k *hosttest.SAMLKnobs) { k.EditSigned = drop(data + "/KeyInfo") },
		"an empty box": func(k *hosttest.SAMLKnobs) { k.EditSigned = setText(data+"/CipherData/CipherValue", "") },
		"a short box":  func(k *hosttest.SAMLKnobs) { k.EditSigned = setText(data+"/CipherData/CipherValue", "AAAA") },
		"no whole blocks": func(k *hosttest.SAMLKnobs) {
			k.Encrypt, k.EditSigned = "aes256-cbc", setText(data+"/CipherData/CipherValue", strings.Repeat("A", 4*13))
		},
		"a short key": func(k *hosttest.SAMLKnobs) {
			k.EditSigned = setText(data+"/KeyInfo/EncryptedKey/CipherData/CipherValue", "AAAA")
		},
		"two keys": func(k *hosttest.SAMLKnobs) {
			k.EditSigned = func(e *etree.Element) { i := e.FindElement(data + "/KeyInfo"); i.AddChild(i.ChildElements()[0].Copy()) }
		},
		"changed": func(k *hosttest.SAMLKnobs) {
			k.EditSigned = func(e *etree.Element) { flip(e.FindElement(data + "/CipherData/CipherValue")) }
		},
		"changed CBC": func(k *hosttest.SAMLKnobs) {
			k.Encrypt, k.EditSigned = "aes256-cbc", func(e *etree.Element) { flip(e.FindElement(data + "/CipherData/CipherValue")) }
		},
		"no data": func(k *hosttest.SAMLKnobs) { k.EditSigned = drop(data) },
		"not an assertion": func(k *hosttest.SAMLKnobs) {
			k.SignAssertion, k.EditAssertion = false, func(e *etree.Element) { e.Tag = "Advice" }
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(k *hosttest.SAMLKnobs) { k.Encrypt = "aes256-gcm"; knobs(k) }, nil)
			_, err := w.login(t)
			says := sealed
			if name == "no data" {
				says = "no EncryptedData"
			}
			refused(t, err, login.CodeSAMLInvalid, says)
		})
	}
	w := newWorld(t, func(k *hosttest.SAMLKnobs) { k.Encrypt, k.SignAssertion = "aes256-gcm", false }, nil)
	_, err := w.login(t)
	refused(t, err, login.CodeSAMLInvalid, "neither the response nor the assertion is signed")
}

func flip(e *etree.Element) {
	raw, err := base64.StdEncoding.DecodeString(e.Text())
	if err != nil {
		panic(err)
	}
	raw[0] ^= 1 // of the nonce, or of the first block through the IV
	e.SetText(base64.StdEncoding.EncodeToString(raw))
}

// TestT39_BombsAndGarbage posts what never was a response.
func TestT39_BombsAndGarbage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, nil)
	req, cb := w.begin(t)
	good := decoded(t, cb)
	_, inner, _ := strings.Cut(good, ">")
	head := strings.TrimSuffix(good, inner)
	billion := `<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol1 "&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;"><!ENTITY lol2 "&lol1;&lol1;&lol1;&lol1;">]>`
	for name, c := range map[string]struct{ text, says string }{
		"entity expansion":       {billion + strings.Replace(good, "alice-7f3a", "&lol2;", 1), "document type"},
		"external entity":        {`<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]>` + strings.Replace(good, "alice-7f3a", "&x;", 1), "document type"},
		"doctype alone":          {`<!DOCTYPE x>` + good, "document type"},
		"doctype inside":         {head + `<!DOCTYPE x>` + inner, "document type"},
		"unknown entity":         {strings.Replace(good, "alice-7f3a", "&nbsp;", 1), "not well-formed"},
		"processing instruction": {`<?xml-stylesheet href="x"?>` + good, "processing instruction"},
		"instruction inside":     {head + `<?php x?>` + inner, "processing instruction"},
		"second declaration":     {head + `<?xml version="1.0"?>` + inner, "processing instruction"},
		"another encoding":       {`<?xml version="1.0" encoding="UTF-7"?>` + good, "not well-formed"},
		"UTF-16":                 {"\xff\xfe<\x00a\x00/\x00>\x00", "not UTF-8"},
		"10 MB":                  {good + strings.Repeat(" ", 10<<20), "longer than 256 KiB"},
		"10 MB inside":           {strings.Replace(good, "alice-7f3a", strings.Repeat("a", 10<<20), 1), "longer than 256 KiB"},
		"just too long":          {good + strings.Repeat(" ", 256<<10), "longer than 256 KiB"},
		"deep":                   {strings.Repeat("<a>", 33) + strings.Repeat("</a>", 33), "more than 32 elements deep"},
		"many elements":          {"<a>" + strings.Repeat("<b/>", 8192) + "</a>", "more than 8192 elements"},
		"many attributes":        {"<a" + manyAttributes(65) + "/>", "more than 64 attributes"},
		"many namespaces":        {manyNamespaces(13), "more than 64 namespace declarations"},
		"many comments":          {"<a>" + strings.Repeat("<!---->", 257) + "</a>", "more than 256 comments"},
		"closed first":           {"</a><a>", "not well-formed"},
		"attribute twice":        {strings.Replace(good, `Version="2.0"`, `Version="2.0" Version="2.0"`, 1), "attribute comes twice"},
		"two roots":              {good + good, "one root"},
		"text behind":            {good + "x", "text outside"},
		"open":                   {strings.TrimSuffix(good, "</samlp:Response>"), "one root"},
		"crossed":                {"<a><b></a></b>", "not well-formed"},
		"nothing":                {" ", "one root"},
		"not XML":                {"hello", "text outside"},
		"a lying prefix":         {strings.Replace(good, `xmlns:samlp=`, `xmlns:xml="urn:x" xmlns:samlp=`, 1), "reserved prefix"},
		"a directive to come":    {`<a><!--` + strings.Repeat("-", 10), "not well-formed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			start := time.Now()
			params := encoded(c.text)
			_, err := w.sp.Complete(w.ctx(), req, login.Callback{Params: params, Method: "POST", ReceivedAt: cb.ReceivedAt})
			refused(t, err, login.CodeSAMLInvalid, "")
			if !strings.Contains(err.Error(), c.says) && !(strings.Contains(name, "10 MB") && strings.Contains(err.Error(), "longer than")) {
				t.Errorf("%v does not say %q", err, c.says)
			}
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
	if _, err := w.sp.Complete(w.ctx(), req, cb); err != nil {
		t.Fatal(err)
	}
	marked := append([]byte("\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- x -->\n"), good...)
	if _, err := w.sp.Complete(w.ctx(), req, login.Callback{Params: encoded(string(bytes.Clone(marked))), Method: "POST", ReceivedAt: cb.ReceivedAt}); err != nil {
		t.Errorf("a byte order mark, a declaration and a comment: %v", err)
	}
	notBase64 := encoded("")
	notBase64.Set("SAMLResponse", "<<>>")
	_, err := w.sp.Complete(w.ctx(), req, login.Callback{Params: notBase64, Method: "POST", ReceivedAt: cb.ReceivedAt})
	refused(t, err, login.CodeSAMLInvalid, "not base64")
}

// manyNamespaces has n elements inside of each other, each with five declarations.
func manyNamespaces(n int) string {
	var out strings.Builder
	for i := range n {
		out.WriteString(`<a xmlns="u"`)
		for j := range 4 {
			fmt.Fprintf(&out, ` xmlns:n%dx%d="u"`, i, j)
		}
		out.WriteString(">")
	}
	return out.String() + strings.Repeat("</a>", n)
}

func manyAttributes(n int) string {
	var out strings.Builder
	for i := range n {
		out.WriteString(" a" + strings.Repeat("b", i) + `="x"`)
	}
	return out.String()
}
