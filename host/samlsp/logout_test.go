package samlsp_test

import (
	"encoding/base64"
	"encoding/pem"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/samlsp"
)

func pemOf(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func base64Of(raw []byte) string { return base64.StdEncoding.EncodeToString(raw) }

func (w *world) hear(query string) (login.Heard, error) {
	return w.sp.Hear(w.ctx(), login.Notice{Query: query, ReceivedAt: w.idp.Clock.Now()})
}

func (w *world) hearForm(param, text string) (login.Heard, error) {
	form := url.Values{param: {base64Of([]byte(text))}, "RelayState": {"back"}}
	return w.sp.Hear(w.ctx(), login.Notice{Form: form, ReceivedAt: w.idp.Clock.Now()})
}

// TestSignOutNamesWhoSignedIn asks with the name and session that came, by both
// bindings.
func TestSignOutNamesWhoSignedIn(t *testing.T) {
	t.Parallel()
	for _, post := range []bool{false, true} {
		w := newWorld(t, func(k *hosttest.SAMLKnobs) {
			k.NameQualifier = "q"
			if post {
				k.EditMetadata = drop("./IDPSSODescriptor/SingleLogoutService") // the one by redirect
			}
		}, nil)
		to, err := w.sp.SignOut(w.ctx(), w.must(t), login.Tokens{}, publicURL+"/logout/callback/corp", "the-state")
		if err != nil || (to.Form != nil) != post {
			t.Fatal(to, err)
		}
		client := w.idp.Client()
		if post {
			_, err = client.PostForm(to.URL, to.Form)
		} else {
			_, err = client.Get(to.URL)
		}
		if err != nil {
			t.Fatal(err)
		}
		call := w.idp.Last(hosttest.SAMLSignOut)
		name := find(t, call.XML, "./NameID")
		if name.Text() != "alice-7f3a" || name.SelectAttrValue("NameQualifier", "") != "q" || !strings.HasSuffix(name.SelectAttrValue("Format", ""), "persistent") {
			t.Errorf("the name is %s", hosttest.SAMLWritten(name))
		}
		if got := find(t, call.XML, "./SessionIndex").Text(); got != "index-1" || call.RelayState != "the-state" {
			t.Errorf("SessionIndex %s, RelayState %s", got, call.RelayState)
		}
		if signed := strings.Contains(call.Query, "&Signature=") || call.XML.SelectElement("Signature") != nil; !signed {
			t.Error("it is not signed")
		}
	}
}

func TestSignOutThatIsNotOffered(t *testing.T) {
	t.Parallel()
	for name, w := range map[string]*world{
		"by the provider":      newWorld(t, func(k *hosttest.SAMLKnobs) { k.NoSignOut = true }, nil),
		"by the configuration": newWorld(t, nil, func(c *samlsp.Config) { c.NoLogout = true }),
		"without a name":       newWorld(t, func(k *hosttest.SAMLKnobs) { k.NameID = "" }, func(c *samlsp.Config) { c.SubjectAttribute = "employee" }),
	} {
		if to, err := w.sp.SignOut(w.ctx(), w.must(t), login.Tokens{}, "", "s"); to.URL != "" || err != nil {
			t.Errorf("%s: %v %v", name, to, err)
		}
	}
}

// TestTheAnswerToASignOut leads back with the state, and only with the one it
// answers.
func TestTheAnswerToASignOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, nil)
	to, err := w.sp.SignOut(w.ctx(), w.must(t), login.Tokens{}, "", "the-state")
	if err != nil {
		t.Fatal(err)
	}
	answered := func() string {
		res, err := w.idp.Client().Get(to.URL)
		if err != nil {
			t.Fatal(err)
		}
		location, err := res.Location()
		if err != nil || !strings.HasPrefix(location.String(), slo+"?") {
			t.Fatal(location, err)
		}
		return location.RawQuery
	}
	query := answered()
	heard, err := w.hear(query)
	if err != nil || heard.State != "the-state" || heard.Failed != "" || heard.Ended != nil {
		t.Errorf("%+v %v", heard, err)
	}
	w.idp.Set(func(k *hosttest.SAMLKnobs) { k.Status = []string{"urn:oasis:names:tc:SAML:2.0:status:Responder"} })
	if heard, err := w.hear(answered()); err != nil || heard.State != "the-state" || heard.Failed != "Responder" {
		t.Errorf("%+v %v", heard, err)
	}
	for name, changed := range map[string]string{
		"another RelayState":           strings.Replace(query, "the-state", "another", 1),
		"no RelayState":                strings.Replace(query, "&RelayState=the-state", "", 1),
		"another signature":            query[:len(query)-12] + "AAAAAAAA%3D%3D",
		"another RelayState, unsigned": strings.Replace(query[:strings.Index(query, "&SigAlg=")], "the-state", "another", 1),
	} {
		if _, err := w.hear(changed); login.CodeOf(err) != login.CodeLogoutTokenInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	w.idp.Clock.Advance(time.Hour)
	if _, err := w.hear(query); login.CodeOf(err) != login.CodeLogoutTokenInvalid {
		t.Errorf("an hour later: %v", err)
	}
}

// TestTheProviderSignsOut names the sessions as they are filed at sign-in.
func TestTheProviderSignsOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, nil)
	doc := w.must(t)
	request := w.idp.LogoutRequest("index-1", "index-2")
	heard, err := w.hear(w.idp.Query("SAMLRequest", request, "back"))
	if err != nil || len(heard.Ended) != 2 {
		t.Fatalf("%+v %v", heard, err)
	}
	e := heard.Ended[0]
	if e.Issuer != w.idp.URL || e.SessionID != doc.ProviderSID || e.SessionID == heard.Ended[1].SessionID || e.TokenID == heard.Ended[1].TokenID {
		t.Errorf("%+v, filed as %s", heard.Ended, doc.ProviderSID)
	}
	if e.Expires < w.idp.Clock.Now().Add(5*time.Minute).Unix() {
		t.Errorf("the notice is forgotten before it is too old: %+v", e)
	}
	// the answer
	res, err := w.idp.Client().Get(heard.Reply.URL)
	if err != nil || res.StatusCode != 200 {
		t.Fatal(res, err)
	}
	call := w.idp.Last(hosttest.SAMLSignOut)
	if call.XML.Tag != "LogoutResponse" || call.XML.SelectAttrValue("InResponseTo", "") != request.SelectAttrValue("ID", "") ||
		call.RelayState != "back" || !strings.Contains(call.Query, "&Signature=") || find(t, call.XML, "./Status/StatusCode").SelectAttrValue("Value", "") != "urn:oasis:names:tc:SAML:2.0:status:Success" {
		t.Errorf("answered %s", hosttest.SAMLWritten(call.XML))
	}
	// in a form, without a session
	all := w.idp.LogoutRequest()
	hosttest.SAMLSign(all, 1, 0, false, "")
	heard, err = w.hearForm("SAMLRequest", hosttest.SAMLWritten(all))
	if err != nil || len(heard.Ended) != 1 || heard.Ended[0].Subject != doc.Person.Subject || heard.Ended[0].SessionID != "" {
		t.Errorf("%+v %v", heard, err)
	}
	// another person's session of that index is another one
	w.idp.Set(func(k *hosttest.SAMLKnobs) { k.NameID = "bob" })
	if other := w.must(t); other.ProviderSID == doc.ProviderSID {
		t.Error("two people's sessions have one name, because the provider gave them one index")
	}
}

func TestSignOutMessagesThatAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, nil)
	good := func(edit func(*etree.Element)) *etree.Element {
		e := w.idp.LogoutRequest("index-1")
		if edit != nil {
			edit(e)
		}
		return e
	}
	old := w.idp.Clock.Now().Add(-7 * time.Minute).UTC().Format(time.RFC3339)
	indexes := slices.Repeat([]string{"i"}, 17)
	for name, c := range map[string]struct {
		message *etree.Element
		says    string
	}{
		"Issuer":           {good(setText("./Issuer", "https://other.example.com")), "Issuer is another"},
		"no Issuer":        {good(drop("./Issuer")), "no Issuer"},
		"Destination":      {good(set(".", "Destination", acs)), "Destination"},
		"no Destination":   {good(dropAttr(".", "Destination")), "Destination"},
		"old":              {good(set(".", "IssueInstant", old)), "s old"},
		"to come":          {good(set(".", "IssueInstant", ahead(w, 2*time.Minute))), "s old"},
		"NotOnOrAfter":     {good(set(".", "NotOnOrAfter", ahead(w, -time.Minute))), "past its NotOnOrAfter"},
		"nobody":           {good(drop("./NameID")), "no NameID"},
		"no ID":            {good(dropAttr(".", "ID")), "no ID"},
		"an empty session": {good(setText("./SessionIndex", "")), "SessionIndex is empty"},
		"many sessions":    {w.idp.LogoutRequest(indexes...), "more than 16"},
		"another message":  {good(func(e *etree.Element) { e.Tag = "AuthnRequest" }), "no SAML 2.0 LogoutRequest"},
	} {
		_, err := w.hear(w.idp.Query("SAMLRequest", c.message, ""))
		refused(t, err, login.CodeLogoutTokenInvalid, c.says)
		_ = name
	}
	text := hosttest.SAMLWritten(good(nil))
	query := w.idp.Query("SAMLRequest", good(nil), "back")
	unsigned := query[:strings.Index(query, "&SigAlg=")]
	for name, c := range map[string]struct {
		query string
		code  login.Code
		says  string
	}{
		"unsigned":            {unsigned, login.CodeLogoutTokenInvalid, "not signed"},
		"another key":         {hosttest.SAMLQuery(hosttest.RSAKey(1), "SAMLRequest", text, ""), login.CodeLogoutTokenInvalid, "no key of the provider"},
		"SHA-1":               {strings.Replace(query, "rsa-sha256", "rsa-sha1", 1), login.CodeLogoutTokenInvalid, "not RSA or ECDSA"},
		"another RelayState":  {strings.Replace(query, "back", "evil", 1), login.CodeLogoutTokenInvalid, "no key of the provider"},
		"no RelayState":       {strings.Replace(query, "&RelayState=back", "", 1), login.CodeLogoutTokenInvalid, "no key of the provider"},
		"twice":               {query + "&" + unsigned, login.CodeParameterInvalid, "twice"},
		"both messages":       {query + "&SAMLResponse=x", login.CodeParameterInvalid, "not one SAMLRequest"},
		"none":                {"", login.CodeParameterInvalid, "not one SAMLRequest"},
		"another encoding":    {query + "&SAMLEncoding=urn:x", login.CodeParameterInvalid, "DEFLATE"},
		"not deflated":        {hosttest.SAMLQuery(hosttest.RSAKey(0), "SAMLRequest", "", "")[:0] + "SAMLRequest=AAAA", login.CodeLogoutTokenInvalid, "not deflated"},
		"a bomb":              {hosttest.SAMLQuery(hosttest.RSAKey(0), "SAMLRequest", text+strings.Repeat(" ", 10<<20), ""), login.CodeLogoutTokenInvalid, "longer than 256 KiB"},
		"the signature alone": {"SAMLRequest=&SigAlg=x&Signature=x", login.CodeLogoutTokenInvalid, ""},
	} {
		_, err := w.hear(c.query)
		if login.CodeOf(err) != c.code || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %s that says %q", name, err, c.code, c.says)
		}
	}
	if _, err := w.hearForm("SAMLRequest", text); login.CodeOf(err) != login.CodeLogoutTokenInvalid || !strings.Contains(err.Error(), "not signed") {
		t.Errorf("an unsigned form: %v", err)
	}
	if _, err := w.hearForm("SAMLRequest", text+strings.Repeat(" ", 64<<10)); login.CodeOf(err) != login.CodeLogoutTokenInvalid || !strings.Contains(err.Error(), "longer than 64 KiB") {
		t.Errorf("a long form: %v", err)
	}
	signed := good(nil)
	hosttest.SAMLSign(signed, 1, 0, false, "")
	forged := strings.ReplaceAll(hosttest.SAMLWritten(signed), "alice-7f3a", "bob")
	if _, err := w.hearForm("SAMLRequest", forged); login.CodeOf(err) != login.CodeLogoutTokenInvalid || !strings.Contains(err.Error(), "changed after") {
		t.Errorf("a forged form: %v", err)
	}
	if _, err := newWorld(t, nil, func(c *samlsp.Config) { c.NoLogout = true }).hear(query); login.CodeOf(err) != login.CodeNotFound {
		t.Errorf("single logout is off: %v", err)
	}
	byAttribute := newWorld(t, nil, func(c *samlsp.Config) { c.SubjectAttribute = "employee" })
	if _, err := byAttribute.hear(byAttribute.idp.Query("SAMLRequest", byAttribute.idp.LogoutRequest(), "")); login.CodeOf(err) != login.CodeLogoutTokenInvalid {
		t.Errorf("a name by which nobody is known: %v", err)
	}
}
