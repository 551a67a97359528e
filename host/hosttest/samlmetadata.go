// The metadata of a SAML identity provider.

package hosttest

import (
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/big"
	"net/http"
	"time"

	"github.com/beevik/etree"
)

func (p *SAML) serveMetadata(w http.ResponseWriter, r *http.Request) {
	if _, _, goOn := p.count(w, r, SAMLMetadata); goOn {
		w.Header().Set("Content-Type", "application/samlmetadata+xml")
		_, _ = w.Write(p.Metadata())
	}
}

// Metadata is the provider's own.
func (p *SAML) Metadata() []byte {
	knobs := p.turned()
	logout := ""
	if !knobs.NoSignOut {
		for _, binding := range []string{SAMLRedirect, SAMLPost} {
			logout += fmt.Sprintf(`<md:SingleLogoutService Binding="%s" Location="%s/slo"/>`, binding, p.URL)
		}
	}
	root := element(fmt.Sprintf(`<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" ID="_metadata" entityID="%[1]s"><md:IDPSSODescriptor WantAuthnRequestsSigned="%[2]t" protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>%[3]s</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>%[4]s<md:SingleSignOnService Binding="%[5]s" Location="%[1]s/sso"/><md:SingleSignOnService Binding="%[6]s" Location="%[1]s/sso"/></md:IDPSSODescriptor></md:EntityDescriptor>`,
		p.URL, knobs.WantsSigned, base64.StdEncoding.EncodeToString(SAMLCertificate(0, knobs.ECDSA)), logout, SAMLRedirect, SAMLPost))
	if knobs.EditMetadata != nil {
		knobs.EditMetadata(root)
	}
	if knobs.SignMetadata {
		knobs.sign(root, 0)
	}
	return []byte(written(root))
}

// SAMLCertificate is that of RSAKey(i), or of ECKey, in DER.
func SAMLCertificate(i int, ec bool) []byte {
	key := RSAKey(i)
	if ec {
		key = ECKey()
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(int64(i) + 1), Subject: pkix.Name{CommonName: key.ID}, NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1, 0)}
	return must(x509.CreateCertificate(rand.Reader, template, template, key.Private.Public(), key.Private))
}

func element(text string) *etree.Element {
	doc := etree.NewDocument()
	if err := doc.ReadFromString(text); err != nil {
		panic(err)
	}
	root := doc.Root()
	doc.RemoveChild(root)
	return root
}

func written(e *etree.Element) string {
	return must(etree.NewDocumentWithRoot(e.Copy()).WriteToString())
}

func samlID() string {
	raw := make([]byte, 16)
	_, _ = rand.Read(raw)
	return "_" + hex.EncodeToString(raw)
}
