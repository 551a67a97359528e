package samlsp_test

import (
	"encoding/xml"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"
	"github.com/crewjam/saml"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/samlsp"
)

func TestDescribe(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, func(c *samlsp.Config) { c.SignRequests = true })
	mediaType, raw, err := w.sp.Describe()
	if err != nil || mediaType != "application/samlmetadata+xml" {
		t.Fatal(mediaType, err)
	}
	var e saml.EntityDescriptor
	if err := xml.Unmarshal(raw, &e); err != nil {
		t.Fatal(err)
	}
	sp := e.SPSSODescriptors[0]
	if e.EntityID != entityID || !e.ValidUntil.IsZero() || !*sp.AuthnRequestsSigned || !*sp.WantAssertionsSigned {
		t.Errorf("%+v", e)
	}
	if at := sp.AssertionConsumerServices; len(at) != 1 || at[0].Location != acs || at[0].Binding != hosttest.SAMLPost {
		t.Errorf("%+v", at)
	}
	var logout []string
	for _, at := range sp.SingleLogoutServices {
		logout = append(logout, at.Binding+" "+at.Location)
	}
	if !slices.Equal(logout, []string{hosttest.SAMLRedirect + " " + slo, hosttest.SAMLPost + " " + slo}) {
		t.Errorf("%v", logout)
	}
	var uses []string
	for _, k := range sp.KeyDescriptors {
		uses = append(uses, k.Use)
	}
	if !slices.Equal(uses, []string{"signing", "encryption"}) {
		t.Errorf("keys for %v", uses)
	}
	if again, _ := samlsp.ParseKey(pkcs8(hosttest.RSAKey(3)), nil, "login.example.com"); string(again.Certificate()) != string(ownKey().Certificate()) {
		t.Error("one key has two certificates")
	}
	_, raw, _ = newWorld(t, nil, func(c *samlsp.Config) { c.NoLogout = true }).sp.Describe()
	if strings.Contains(string(raw), "SingleLogoutService") {
		t.Error("single logout is off, and described")
	}
}

const many = `<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata"/>`

func TestMetadataThatIsRefused(t *testing.T) {
	t.Parallel()
	idp := hosttest.NewSAML(t, nil)
	good := func(edit func(*etree.Element)) []byte {
		idp.Set(func(k *hosttest.SAMLKnobs) { k.EditMetadata = edit })
		return idp.Metadata()
	}
	two := parsed(many)
	one := parsed(string(good(nil)))
	other := one.Copy()
	other.CreateAttr("entityID", "https://other.example.com")
	two.AddChild(one.Copy())
	two.AddChild(other)
	both := []byte(hosttest.SAMLWritten(two))
	for name, c := range map[string]struct {
		raw    []byte
		entity string
		says   string
	}{
		"nothing":            {[]byte(""), "", "one root"},
		"HTML":               {[]byte("<html/>"), "", "no SAML metadata"},
		"a document type":    {[]byte("<!DOCTYPE x><x/>"), "", "document type"},
		"nobody":             {[]byte(many), "", "describes no identity provider"},
		"several":            {both, "", "name one with idp_entity_id"},
		"another":            {both, "https://third.example.com", "has the entity ID of idp_entity_id"},
		"no keys":            {good(drop("./IDPSSODescriptor/KeyDescriptor")), "", "no signing certificate"},
		"a key of the wrong": {good(set("./IDPSSODescriptor/KeyDescriptor", "use", "encryption")), "", "no signing certificate"},
		"a broken key":       {good(setText("./IDPSSODescriptor/KeyDescriptor/KeyInfo/X509Data/X509Certificate", "AAAA")), "", "no signing certificate"},
		"plain http": {good(func(e *etree.Element) {
			for _, s := range e.FindElements("./IDPSSODescriptor/SingleSignOnService") {
				s.CreateAttr("Location", "http://idp.example.com/sso")
			}
		}), "", "no https SingleSignOnService"},
		"a script": {good(func(e *etree.Element) {
			for _, s := range e.FindElements("./IDPSSODescriptor/SingleSignOnService") {
				s.CreateAttr("Location", "javascript:alert(1)")
			}
		}), "", "shape"},
		"SAML 1":           {good(set("./IDPSSODescriptor", "protocolSupportEnumeration", "urn:oasis:names:tc:SAML:1.1:protocol")), "", "no https SingleSignOnService"},
		"no entity ID":     {good(set(".", "entityID", "")), "", "no entityID"},
		"a long entity ID": {good(set(".", "entityID", strings.Repeat("a", 1025))), "", "no entityID"},
	} {
		_, err := samlsp.New(samlsp.Config{Name: "corp", PublicURL: publicURL, Metadata: c.raw, IdPEntityID: c.entity})
		if err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "metadata_file") {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
	for _, entity := range []string{"https://other.example.com", idp.URL} {
		if _, err := samlsp.New(samlsp.Config{Name: "corp", PublicURL: publicURL, Metadata: both, IdPEntityID: entity}); err != nil {
			t.Errorf("%s: %v", entity, err)
		}
	}
}

func TestMetadataThatMustBeSigned(t *testing.T) {
	t.Parallel()
	idp := hosttest.NewSAML(t, nil)
	certificate, err := samlsp.ParseCertificate(pemOf(hosttest.SAMLCertificate(0, false)))
	if err != nil {
		t.Fatal(err)
	}
	try := func(raw []byte) error {
		_, err := samlsp.New(samlsp.Config{Name: "corp", PublicURL: publicURL, Metadata: raw, MetadataSign: certificate})
		return err
	}
	if err := try(idp.Metadata()); err == nil || !strings.Contains(err.Error(), "not signed") {
		t.Errorf("%v", err)
	}
	idp.Set(func(k *hosttest.SAMLKnobs) { k.SignMetadata = true })
	signed := string(idp.Metadata())
	if err := try([]byte(signed)); err != nil {
		t.Error(err)
	}
	if err := try([]byte(strings.ReplaceAll(signed, "/sso", "/evil"))); err == nil || !strings.Contains(err.Error(), "changed after it was signed") {
		t.Errorf("%v", err)
	}
}

// TestAProviderThatIsDownIsFoundOutWhenItIsUsed also comes back when the
// provider does.
func TestAProviderThatIsDownIsFoundOutWhenItIsUsed(t *testing.T) {
	t.Parallel()
	down := map[hosttest.Endpoint]hosttest.Fault{hosttest.SAMLMetadata: {Status: 503}}
	w := newWorld(t, func(k *hosttest.SAMLKnobs) { k.Faults = down }, nil)
	if err := w.sp.Ready(w.ctx()); login.CodeOf(err) != login.CodeProviderDown {
		t.Errorf("%v", err)
	}
	_, _, err := w.sp.Begin(w.ctx(), w.request())
	refused(t, err, login.CodeProviderDown, "status 503")
	if n := w.idp.Calls(hosttest.SAMLMetadata); n != 1 {
		t.Errorf("it was asked %d times in one second", n)
	}
	w.idp.Set(func(k *hosttest.SAMLKnobs) { k.Faults = nil })
	w.idp.Clock.Advance(time.Second)
	w.must(t)
}

// TestMetadataIsFetchedAgain when a day is over, or sooner when it says so, and
// beside its use.
func TestMetadataIsFetchedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, nil)
	calls := func(want int) {
		t.Helper()
		for range 200 { // it comes in the background
			if w.idp.Calls(hosttest.SAMLMetadata) >= want {
				break
			}
			time.Sleep(5 * time.Millisecond)
		}
		if got := w.idp.Calls(hosttest.SAMLMetadata); got != want {
			t.Fatalf("fetched %d times, want %d", got, want)
		}
		time.Sleep(20 * time.Millisecond) // for the answer to be read
	}
	w.must(t)
	w.idp.Clock.Advance(24*time.Hour - time.Second)
	w.must(t)
	calls(1)
	w.idp.Clock.Advance(time.Second)
	w.idp.Set(func(k *hosttest.SAMLKnobs) {
		k.EditMetadata = func(e *etree.Element) { e.CreateAttr("cacheDuration", "PT1H") }
	})
	w.must(t)
	calls(2)
	w.idp.Clock.Advance(time.Hour)
	w.must(t)
	calls(3)
	w.idp.Set(func(k *hosttest.SAMLKnobs) {
		k.Faults = map[hosttest.Endpoint]hosttest.Fault{hosttest.SAMLMetadata: {Drop: true}}
	})
	w.idp.Clock.Advance(6 * 24 * time.Hour)
	w.must(t) // the old is used while the new cannot be had
	w.idp.Clock.Advance(2 * 24 * time.Hour)
	if _, err := w.asked(t); login.CodeOf(err) != login.CodeProviderDown {
		t.Errorf("metadata of nine days ago is used: %v", err)
	}
}

func (w *world) asked(t testing.TB) (login.AuthRequest, error) {
	t.Helper()
	req, _, err := w.sp.Begin(w.ctx(), w.request())
	return req, err
}

func TestMetadataIsNotUsedAfterItsValidUntil(t *testing.T) {
	t.Parallel()
	idp := hosttest.NewSAML(t, nil)
	until := idp.Clock.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	idp.Set(func(k *hosttest.SAMLKnobs) { k.EditMetadata = set(".", "validUntil", until) })
	sp, err := samlsp.New(samlsp.Config{Name: "corp", PublicURL: publicURL, Metadata: idp.Metadata(), Key: ownKey(), Now: idp.Clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	if err := sp.Ready(t.Context()); err != nil {
		t.Error(err)
	}
	idp.Clock.Advance(time.Hour)
	if err := sp.Ready(t.Context()); login.CodeOf(err) != login.CodeProviderDown || !strings.Contains(err.Error(), "validUntil") {
		t.Errorf("%v", err)
	}
}

// TestANewSigningKeyIsTakenFromTheMetadata signs with a key that the metadata
// got later.
func TestKeysOfTheMetadataAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(k *hosttest.SAMLKnobs) {
		k.Key = 1
		k.EditMetadata = func(e *etree.Element) {
			d := e.FindElement("./IDPSSODescriptor")
			second := d.FindElement("./KeyDescriptor").Copy()
			second.FindElement("./KeyInfo/X509Data/X509Certificate").SetText(base64Of(hosttest.SAMLCertificate(1, false)))
			second.RemoveAttr("use")
			d.InsertChildAt(1, second)
		}
	}, nil)
	w.must(t)
	w.idp.Set(func(k *hosttest.SAMLKnobs) { k.Key = 2 })
	_, err := w.login(t)
	refused(t, err, login.CodeSAMLInvalid, "no key of the provider's metadata")
}

func TestConfigFaults(t *testing.T) {
	t.Parallel()
	_, err := samlsp.New(samlsp.Config{Name: "corp", PublicURL: publicURL, RequestBinding: "soap", NameIDFormat: "x", Skew: time.Hour})
	for _, says := range []string{"metadata_url or metadata_file", "request_binding", "name_id_format", "skew"} {
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v does not say %s", err, says)
		}
	}
	if _, err := samlsp.New(samlsp.Config{Name: "corp", PublicURL: publicURL, MetadataURL: "http://idp.example.com/metadata"}); err == nil {
		t.Error("metadata over plain http")
	}
	for name, c := range map[string]struct {
		pkcs8, certificate []byte
		says               string
	}{
		"an elliptic key":     {pkcs8(hosttest.ECKey()), nil, "no PKCS #8 private key of the kind RSA"},
		"nothing":             {nil, nil, "no PKCS #8"},
		"another certificate": {pkcs8(hosttest.RSAKey(3)), hosttest.SAMLCertificate(1, false), "another key's"},
		"a broken one":        {pkcs8(hosttest.RSAKey(3)), []byte("x"), "cannot be read"},
	} {
		if _, err := samlsp.ParseKey(c.pkcs8, c.certificate, "x"); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
