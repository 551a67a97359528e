// SAML single logout, in both directions.

package hosttest

import (
	"bytes"
	"compress/flate"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html"
	"net/http"
	"net/url"

	"github.com/beevik/etree"
)

// signOut answers the service provider's LogoutRequest by a redirect to its
// single logout service; a LogoutResponse is only kept.
func (p *SAML) signOut(w http.ResponseWriter, r *http.Request) {
	call, knobs, goOn := p.count(w, r, SAMLSignOut)
	if !goOn {
		return
	}
	if call.XML == nil || call.XML.Tag != "LogoutRequest" {
		fmt.Fprint(w, "signed out everywhere")
		return
	}
	if !p.signedBySP(call, r) {
		http.Error(w, "the request is not signed", http.StatusForbidden)
		return
	}
	status := "urn:oasis:names:tc:SAML:2.0:status:Success"
	if len(knobs.Status) > 0 {
		status = knobs.Status[0]
	}
	to := p.spLogout()
	response := p.logoutMessage("LogoutResponse", fmt.Sprintf(` InResponseTo="%s"`, attr(call.XML, "ID")),
		fmt.Sprintf(`<samlp:Status><samlp:StatusCode Value="%s"/></samlp:Status>`, status))
	http.Redirect(w, r, to+"?"+p.Query("SAMLResponse", response, call.RelayState), http.StatusFound)
}

// spLogout is the service provider's single logout service.
func (p *SAML) spLogout() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.sp == nil {
		panic("hosttest: call Trust first")
	}
	return p.sp.SPSSODescriptors[0].SingleLogoutServices[0].Location
}

// LogoutRequest is one that the provider begins, about Knobs.NameID and the
// given sessions. It is not signed: Query signs it in the query, SAMLSign in
// the tree.
func (p *SAML) LogoutRequest(indexes ...string) *etree.Element {
	content := p.turned().nameID()
	for _, index := range indexes {
		content += fmt.Sprintf(`<samlp:SessionIndex>%s</samlp:SessionIndex>`, html.EscapeString(index))
	}
	return p.logoutMessage("LogoutRequest", "", content)
}

func (p *SAML) logoutMessage(name, attributes, content string) *etree.Element {
	return element(fmt.Sprintf(`<samlp:%[1]s xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="%[2]s" Version="2.0" IssueInstant="%[3]s" Destination="%[4]s"%[5]s><saml:Issuer>%[6]s</saml:Issuer>%[7]s</samlp:%[1]s>`,
		name, samlID(), samlTime(p.Clock.Now()), p.spLogout(), attributes, p.URL, content))
}

// Query is the signed query of the redirect binding that brings message.
func (p *SAML) Query(param string, message *etree.Element, relayState string) string {
	return SAMLQuery(RSAKey(p.turned().Key), param, written(message), relayState)
}

// SAMLQuery signs the query that brings a message's XML.
func SAMLQuery(key Key, param, text, relayState string) string {
	var deflated bytes.Buffer
	w := must(flate.NewWriter(&deflated, flate.BestCompression))
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	query := param + "=" + url.QueryEscape(base64.StdEncoding.EncodeToString(deflated.Bytes()))
	if relayState != "" {
		query += "&RelayState=" + url.QueryEscape(relayState)
	}
	query += "&SigAlg=" + url.QueryEscape("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256")
	digest := sha256.Sum256([]byte(query))
	signature := must(key.Private.Sign(rand.Reader, digest[:], sha256Hash))
	return query + "&Signature=" + url.QueryEscape(base64.StdEncoding.EncodeToString(signature))
}

// SAMLWritten is e's text, as EditXML gets it.
func SAMLWritten(e *etree.Element) string { return written(e) }
