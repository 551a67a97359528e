// SAML responses, and their signatures, so that wrong ones can be made too.

package hosttest

import (
	"crypto"
	"encoding/base64"
	"fmt"
	"html"
	"slices"
	"strings"
	"time"

	"maps"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
)

const sha256Hash = crypto.SHA256

// Response is the provider's answer to an AuthnRequest, as the form carries it.
func (p *SAML) Response(request *etree.Element) string {
	return base64.StdEncoding.EncodeToString([]byte(p.ResponseXML(request)))
}

// ResponseXML is the answer's XML.
func (p *SAML) ResponseXML(request *etree.Element) string {
	knobs := p.turned()
	response := p.response(knobs, request)
	if len(knobs.Status) == 0 {
		p.fill(knobs, request, response)
	}
	if knobs.EditResponse != nil {
		knobs.EditResponse(response)
	}
	if knobs.SignResponse {
		knobs.sign(response, 1)
	}
	if knobs.EditSigned != nil {
		knobs.EditSigned(response)
	}
	text := written(response)
	if knobs.EditXML != nil {
		text = knobs.EditXML(text)
	}
	return text
}

// fill puts the assertion into response, signed and encrypted as the knobs say.
func (p *SAML) fill(knobs SAMLKnobs, request, response *etree.Element) {
	assertion := p.assertion(knobs, request)
	if knobs.EditAssertion != nil {
		knobs.EditAssertion(assertion)
	}
	if knobs.SignAssertion {
		knobs.sign(assertion, 1)
	}
	if knobs.Encrypt != "" {
		assertion = SAMLEncrypt(p.spKey(), knobs.Encrypt, []byte(written(assertion)))
	}
	response.AddChild(assertion)
}

func (p *SAML) response(knobs SAMLKnobs, request *etree.Element) *etree.Element {
	status := `<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/>`
	if len(knobs.Status) > 0 {
		status = ""
		for _, code := range slices.Backward(knobs.Status) {
			status = fmt.Sprintf(`<samlp:StatusCode Value="%s">%s</samlp:StatusCode>`, code, status)
		}
		status += `<samlp:StatusMessage>the provider's own words</samlp:StatusMessage>`
	}
	return element(fmt.Sprintf(`<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="%s" Version="2.0" IssueInstant="%s" Destination="%s" InResponseTo="%s"><saml:Issuer>%s</saml:Issuer><samlp:Status>%s</samlp:Status></samlp:Response>`,
		samlID(), samlTime(p.Clock.Now()), attr(request, "AssertionConsumerServiceURL"), attr(request, "ID"), p.URL, status))
}

func (p *SAML) assertion(knobs SAMLKnobs, request *etree.Element) *etree.Element {
	now := p.Clock.Now()
	p.mu.Lock()
	proved := p.proved
	p.mu.Unlock()
	if proved.IsZero() {
		proved = now
	}
	context := knobs.Context
	if context == "" {
		context = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
	}
	session := ""
	if knobs.SessionIndex != "" {
		session = fmt.Sprintf(` SessionIndex="%s"`, html.EscapeString(knobs.SessionIndex))
	}
	return element(fmt.Sprintf(`<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ID="%[1]s" Version="2.0" IssueInstant="%[2]s"><saml:Issuer>%[3]s</saml:Issuer><saml:Subject>%[4]s<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData NotOnOrAfter="%[5]s" Recipient="%[6]s" InResponseTo="%[7]s"/></saml:SubjectConfirmation></saml:Subject><saml:Conditions NotBefore="%[8]s" NotOnOrAfter="%[5]s"><saml:AudienceRestriction><saml:Audience>%[9]s</saml:Audience></saml:AudienceRestriction></saml:Conditions><saml:AuthnStatement AuthnInstant="%[10]s"%[11]s><saml:AuthnContext><saml:AuthnContextClassRef>%[12]s</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>%[13]s</saml:Assertion>`,
		samlID(), samlTime(now), p.URL, knobs.nameID(), samlTime(now.Add(5*time.Minute)), attr(request, "AssertionConsumerServiceURL"), attr(request, "ID"),
		samlTime(now.Add(-time.Second)), html.EscapeString(request.SelectElement("Issuer").Text()), samlTime(proved), session, context, knobs.attributes()))
}

// nameID writes the NameID as it is, so that it can hold markup.
func (k SAMLKnobs) nameID() string {
	if k.NameID == "" {
		return ""
	}
	attributes := ""
	for _, a := range []struct{ name, value string }{{"Format", k.Format}, {"NameQualifier", k.NameQualifier}, {"SPNameQualifier", k.SPNameQualifier}} {
		if a.value != "" {
			attributes += fmt.Sprintf(` %s="%s"`, a.name, html.EscapeString(a.value))
		}
	}
	return fmt.Sprintf(`<saml:NameID%s>%s</saml:NameID>`, attributes, k.NameID)
}

func (k SAMLKnobs) attributes() string {
	if len(k.Attributes) == 0 {
		return ""
	}
	var out strings.Builder
	out.WriteString(`<saml:AttributeStatement>`)
	for _, name := range slices.Sorted(maps.Keys(k.Attributes)) {
		fmt.Fprintf(&out, `<saml:Attribute Name="%s" NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:uri">`, html.EscapeString(name))
		for _, value := range k.Attributes[name] {
			fmt.Fprintf(&out, `<saml:AttributeValue xsi:type="xs:string">%s</saml:AttributeValue>`, html.EscapeString(value))
		}
		out.WriteString(`</saml:Attribute>`)
	}
	out.WriteString(`</saml:AttributeStatement>`)
	return out.String()
}

// sign puts an enveloped signature at a place among e's children.
func (k SAMLKnobs) sign(e *etree.Element, at int) {
	samlSign(e, at, k.Key, k.ECDSA, k.Method, k.Comments)
	if info := e.FindElement("./Signature/KeyInfo"); k.OmitKeyInfo && info != nil {
		info.Parent().RemoveChild(info)
	}
}

// SAMLSign signs e with RSAKey(key), or with ECKey; method is RSA or ECDSA with
// SHA-256 when empty.
func SAMLSign(e *etree.Element, at, key int, ec bool, method string) {
	samlSign(e, at, key, ec, method, false)
}

func samlSign(e *etree.Element, at, key int, ec bool, method string, comments bool) {
	signer := RSAKey(key).Private
	if ec {
		signer = rawECDSA{ECKey().Private}
	}
	signing := must(dsig.NewSigningContext(signer, [][]byte{SAMLCertificate(key, ec)}))
	signing.Canonicalizer = dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList("")
	if comments {
		signing.Canonicalizer = dsig.MakeC14N10ExclusiveWithCommentsCanonicalizerWithPrefixList("")
	}
	if method == "" {
		method = dsig.RSASHA256SignatureMethod
		if ec {
			method = dsig.ECDSASHA256SignatureMethod
		}
	}
	if err := signing.SetSignatureMethod(method); err != nil {
		panic(err)
	}
	e.InsertChildAt(at, must(signing.ConstructSignature(e.Copy(), true)))
}

func attr(e *etree.Element, name string) string {
	return html.EscapeString(e.SelectAttrValue(name, ""))
}

func samlTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
