package samlsp_test

import (
	"context"
	"encoding/base64"
	"testing"

	"github.com/beevik/etree"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
)

// FuzzResponse changes signed and encrypted responses: whatever comes of them is
// a fault with a code of its own, or the very person that was signed.
func FuzzResponse(f *testing.F) {
	w := newWorld(f, nil, nil)
	req, cb := w.begin(f)
	add := func() {
		request := w.idp.Last(hosttest.SAMLSignOn).XML
		f.Add([]byte(w.idp.ResponseXML(request)))
	}
	add()
	w.idp.Set(func(k *hosttest.SAMLKnobs) { k.SignResponse = true })
	add()
	for _, c := range wrappings {
		w.idp.Set(func(k *hosttest.SAMLKnobs) {
			k.SignResponse, k.SignAssertion = c.response, !c.response
			k.EditSigned = func(r *etree.Element) { c.wrap(r, r.FindElement("./Assertion")) }
		})
		add()
	}
	w.idp.Set(func(k *hosttest.SAMLKnobs) { k.EditSigned, k.SignAssertion, k.Encrypt = nil, true, "aes256-cbc" })
	add()
	f.Add([]byte(`<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>`))
	received := cb.ReceivedAt
	f.Fuzz(func(t *testing.T, raw []byte) {
		params := encoded("")
		params.Set("SAMLResponse", base64.StdEncoding.EncodeToString(raw))
		doc, err := w.sp.Complete(context.Background(), req, login.Callback{Params: params, Method: "POST", ReceivedAt: received})
		if err != nil {
			if code := login.CodeOf(err); code == login.CodeInternal {
				t.Errorf("%v", err)
			}
			return
		}
		if doc.Person.Subject != "alice-7f3a" || doc.Person.Issuer != w.idp.URL || doc.ProviderSID == "" {
			t.Errorf("%+v signed in", doc.Person)
		}
	})
}

// FuzzSignOutMessage does the same with sign-out messages, in the query and in a
// form.
func FuzzSignOutMessage(f *testing.F) {
	w := newWorld(f, nil, nil)
	f.Add(w.idp.Query("SAMLRequest", w.idp.LogoutRequest("index-1"), "back"), "")
	signed := w.idp.LogoutRequest()
	hosttest.SAMLSign(signed, 1, 0, false, "")
	f.Add("", hosttest.SAMLWritten(signed))
	now := w.idp.Clock.Now()
	f.Fuzz(func(t *testing.T, query, form string) {
		notice := login.Notice{Query: query, ReceivedAt: now}
		if form != "" {
			params := encoded("")
			params.Del("SAMLResponse")
			params.Set("SAMLRequest", base64.StdEncoding.EncodeToString([]byte(form)))
			notice.Form = params
		}
		heard, err := w.sp.Hear(context.Background(), notice)
		if err != nil {
			if code := login.CodeOf(err); code == login.CodeInternal {
				t.Errorf("%v", err)
			}
			return
		}
		for _, e := range heard.Ended {
			if e.Issuer != w.idp.URL || e.Subject != "alice-7f3a" && e.SessionID == "" {
				t.Errorf("%+v", e)
			}
		}
	})
}
