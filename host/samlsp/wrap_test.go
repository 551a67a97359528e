package samlsp_test

import (
	"strings"
	"testing"

	"github.com/beevik/etree"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
)

// evil is the assertion with another name and ID, and without a signature.
func evil(assertion *etree.Element) *etree.Element {
	e := assertion.Copy()
	e.CreateAttr("ID", "_evil")
	e.FindElement("./Subject/NameID").SetText("admin")
	if s := e.FindElement("./Signature"); s != nil {
		e.RemoveChild(s)
	}
	return e
}

func extensions(content *etree.Element) *etree.Element {
	e := parsed(`<samlp:Extensions xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"/>`)
	e.AddChild(content)
	return e
}

func object(content *etree.Element) *etree.Element {
	e := parsed(`<ds:Object xmlns:ds="http://www.w3.org/2000/09/xmldsig#"/>`)
	e.AddChild(content)
	return e
}

// wrappings are the eight of Somorovsky et al., "On Breaking SAML", and what has
// been found since. Each moves what was signed to where a verifier finds it and
// puts an assertion of its own where a reader does; r is the response, a its
// assertion.
var wrappings = []struct {
	name     string
	response bool // the response is signed, else the assertion
	wrap     func(r, a *etree.Element)
}{
	{"XSW1: the signed response inside the signature of another", true, func(r, a *etree.Element) {
		signature, original := r.FindElement("./Signature"), r.Copy()
		original.RemoveChild(original.FindElement("./Signature"))
		r.CreateAttr("ID", "_evil-response")
		replace(r, a, evil(a))
		signature.AddChild(object(original))
	}},
	{"XSW2: the signed response beside the signature, in another", true, func(r, a *etree.Element) {
		original := r.Copy()
		original.RemoveChild(original.FindElement("./Signature"))
		r.CreateAttr("ID", "_evil-response")
		replace(r, a, evil(a))
		r.InsertChildAt(0, original)
	}},
	{"XSW3: an assertion before the signed one", false, func(r, a *etree.Element) { r.InsertChildAt(a.Index(), evil(a)) }},
	{"XSW4: the signed assertion inside another", false, func(r, a *etree.Element) {
		e := evil(a)
		r.RemoveChild(a)
		e.AddChild(a)
		r.AddChild(e)
	}},
	{"XSW5: the signature in another assertion, the signed one behind", false, func(r, a *etree.Element) {
		signature := a.FindElement("./Signature")
		e := evil(a)
		a.RemoveChild(signature)
		e.InsertChildAt(1, signature)
		r.InsertChildAt(a.Index(), e)
	}},
	{"XSW6: the signed assertion inside the signature of another", false, func(r, a *etree.Element) {
		signature := a.FindElement("./Signature")
		e := evil(a)
		a.RemoveChild(signature)
		r.RemoveChild(a)
		e.InsertChildAt(1, signature)
		signature.AddChild(a)
		r.AddChild(e)
	}},
	{"XSW7: another assertion in extensions", false, func(r, a *etree.Element) { r.InsertChildAt(1, extensions(evil(a))) }},
	{"XSW7b: the signed assertion in extensions", false, func(r, a *etree.Element) {
		e := evil(a)
		replace(r, a, e)
		r.InsertChildAt(1, extensions(a))
	}},
	{"XSW8: the signed assertion in an Object of another's signature", false, func(r, a *etree.Element) {
		signature := a.FindElement("./Signature")
		e := evil(a)
		a.RemoveChild(signature)
		r.RemoveChild(a)
		e.InsertChildAt(1, signature)
		signature.AddChild(object(a))
		r.AddChild(e)
	}},
	{"two assertions, the signed one first", false, func(r, a *etree.Element) { r.AddChild(evil(a)) }},
	{"two assertions with one ID", false, func(r, a *etree.Element) {
		e := evil(a)
		e.CreateAttr("ID", a.SelectAttrValue("ID", ""))
		r.InsertChildAt(a.Index(), e)
	}},
	{"the assertion in the assertion's advice", false, func(r, a *etree.Element) {
		e := evil(a)
		replace(r, a, e)
		advice := parsed(`<saml:Advice xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"/>`)
		advice.AddChild(a)
		e.AddChild(advice)
	}},
	{"the signature of the assertion on the response", false, func(r, a *etree.Element) {
		signature := a.FindElement("./Signature")
		e := evil(a)
		a.RemoveChild(signature)
		replace(r, a, e)
		r.InsertChildAt(1, signature)
		r.InsertChildAt(1, extensions(a))
	}},
	{"the ID of the signed assertion on an unsigned one", false, func(r, a *etree.Element) {
		e := evil(a)
		e.CreateAttr("ID", a.SelectAttrValue("ID", ""))
		e.InsertChildAt(1, a.FindElement("./Signature"))
		replace(r, a, e)
	}},
	{"an encrypted assertion beside the signed one", false, func(r, _ *etree.Element) {
		r.AddChild(parsed(`<saml:EncryptedAssertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"/>`))
	}},
	{"another assertion in a signed response", true, func(r, a *etree.Element) { r.AddChild(evil(a)) }},
	{"an ID in another letter case", false, func(r, a *etree.Element) {
		r.FindElement("./Status").CreateAttr("Id", a.SelectAttrValue("ID", ""))
	}},
	{"the only assertion where none belongs", false, func(r, a *etree.Element) {
		r.RemoveChild(a)
		r.InsertChildAt(1, extensions(a))
	}},
	{"a signature on the status", false, func(r, a *etree.Element) {
		r.FindElement("./Status").AddChild(a.FindElement("./Signature").Copy())
	}},
}

func replace(parent, old, by *etree.Element) {
	at := old.Index()
	parent.RemoveChild(old)
	parent.InsertChildAt(at, by)
}

func TestT37_SignatureWrapping(t *testing.T) {
	t.Parallel()
	for _, c := range wrappings {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(k *hosttest.SAMLKnobs) {
				k.SignResponse, k.SignAssertion = c.response, !c.response
				k.EditSigned = func(r *etree.Element) { c.wrap(r, r.FindElement("./Assertion")) }
			}, nil)
			doc, err := w.login(t)
			if err == nil {
				t.Fatalf("%s signed in", doc.Person.Subject)
			}
			if code := login.CodeOf(err); code != login.CodeSAMLInvalid {
				t.Errorf("%v", err)
			}
			w.idp.Set(func(k *hosttest.SAMLKnobs) { k.EditSigned = nil })
			w.must(t) // it is the wrapping that is refused
		})
	}
}

// TestT37_WrappingInsideOfWhatWasEncrypted encrypts an assertion that holds
// another one.
func TestT37_WrappingInsideOfWhatWasEncrypted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, nil)
	_, cb := w.begin(t)
	signed := parsed(decoded(t, cb)).FindElement("./Assertion")
	w.idp.Set(func(k *hosttest.SAMLKnobs) {
		k.Encrypt, k.SignAssertion = "aes256-gcm", false
		k.EditAssertion = func(e *etree.Element) {
			e.FindElement("./Subject/NameID").SetText("admin")
			e.AddChild(signed.Copy())
		}
	})
	_, err := w.login(t)
	refused(t, err, login.CodeSAMLInvalid, "holds another assertion")
}

// TestT38_CommentsDoNotCutNames signs in with names that have comments in them,
// as signed, and put in afterwards: the canonical form leaves comments out, so
// that the signature holds.
func TestT38_CommentsDoNotCutNames(t *testing.T) {
	t.Parallel()
	const whole = "admin@example.com.evil.example"
	const commented = "admin@example.com<!-- x -->.evil.example"
	for _, signed := range []string{"assertion", "response", "encrypted"} {
		for name, knobs := range map[string]func(*hosttest.SAMLKnobs){
			"before signing": func(k *hosttest.SAMLKnobs) { k.NameID = commented },
			"signed":         func(k *hosttest.SAMLKnobs) { k.NameID, k.Comments = commented, true },
			"after signing": func(k *hosttest.SAMLKnobs) {
				k.NameID = whole
				k.EditXML = func(text string) string { return strings.ReplaceAll(text, whole, commented) }
			},
			"CDATA": func(k *hosttest.SAMLKnobs) {
				k.NameID = whole
				k.EditXML = func(text string) string {
					return strings.ReplaceAll(text, whole, "admin@example.com<![CDATA[.evil]]>.example")
				}
			},
		} {
			t.Run(signed+", "+name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, func(k *hosttest.SAMLKnobs) {
					k.SignAssertion, k.SignResponse = signed != "response", signed == "response"
					if signed == "encrypted" {
						k.Encrypt = "aes256-gcm"
					}
					knobs(k)
				}, nil)
				doc := w.must(t)
				if got := source(t, doc)["nameId"]; doc.Person.Subject != whole || got != whole {
					t.Errorf("the person is %q, the name %q", doc.Person.Subject, got)
				}
			})
		}
	}
	w := newWorld(t, func(k *hosttest.SAMLKnobs) { k.NameID = "admin<b/>@evil.example" }, nil)
	_, err := w.login(t)
	refused(t, err, login.CodeSAMLInvalid, "holds more than text")
}

// TestT38_CommentsDoNotCutWhatIsCompared puts comments into the names that this
// host compares.
func TestT38_CommentsDoNotCutWhatIsCompared(t *testing.T) {
	t.Parallel()
	for path, says := range map[string]string{"./Issuer": "Issuer is another", "./Conditions/AudienceRestriction/Audience": "another audience"} {
		w := newWorld(t, func(k *hosttest.SAMLKnobs) {
			k.Comments = true
			k.EditAssertion = func(e *etree.Element) {
				at := e.FindElement(path)
				at.AddChild(etree.NewComment("x"))
				at.AddChild(etree.NewText(".evil.example"))
			}
		}, nil)
		_, err := w.login(t)
		refused(t, err, login.CodeSAMLInvalid, says)
	}
}
