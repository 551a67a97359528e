// SAML: an identity provider in process, with a knob per fault.

package hosttest

import (
	"bytes"
	"compress/flate"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/beevik/etree"
	"github.com/crewjam/saml"
)

// Endpoints of a SAML identity provider.
const (
	SAMLMetadata Endpoint = "metadata"
	SAMLSignOn   Endpoint = "sso"
	SAMLSignOut  Endpoint = "slo"
)

// Bindings of its endpoints.
const (
	SAMLRedirect = saml.HTTPRedirectBinding
	SAMLPost     = saml.HTTPPostBinding
)

// SAML is a running SAML 2.0 identity provider, over HTTPS. It approves every
// request at once, as Knobs.NameID. It is safe for concurrent use.
type SAML struct {
	URL   string // also its entity ID
	Clock *Clock

	server *httptest.Server
	mu     sync.Mutex
	knobs  SAMLKnobs
	calls  map[Endpoint]int
	last   map[Endpoint]SAMLCall
	sp     *saml.EntityDescriptor
	proved time.Time // when the person last proved their credentials
}

// SAMLCall is one message that the provider received.
type SAMLCall struct {
	Method     string
	XML        *etree.Element
	RelayState string
	Query      string // as it was sent
}

// SAMLKnobs is the provider's behaviour. The zero value of each is the right
// one, except those that NewSAML sets: NameID, Format, Attributes, SessionIndex
// and SignAssertion.
type SAMLKnobs struct {
	Faults map[Endpoint]Fault

	NameID, Format, NameQualifier, SPNameQualifier string
	SessionIndex                                   string
	Attributes                                     map[string][]string
	Context                                        string // of the authentication
	IgnoresForce                                   bool   // AuthnInstant stays that of the first sign-in

	SignAssertion, SignResponse bool
	Key                         int    // of RSAKey: the one that signs; the metadata has the first
	ECDSA                       bool   // it signs with ECKey, and the metadata has that
	Method                      string // of the signature; RSA with SHA-256 when empty
	Encrypt                     string // aes128-cbc, aes256-cbc, aes128-gcm or aes256-gcm
	Status                      []string
	OmitKeyInfo                 bool
	Comments                    bool // the canonical form keeps them

	EditAssertion func(*etree.Element) // before it is signed
	EditResponse  func(*etree.Element) // before it is signed, with the assertion in it
	EditSigned    func(*etree.Element) // when all is signed, and nothing encrypted below it
	EditXML       func(string) string  // last

	WantsSigned  bool // requests
	NoSignOut    bool // no SingleLogoutService in the metadata
	EditMetadata func(*etree.Element)
	SignMetadata bool
}

// NewSAML starts a provider that is closed when the test ends, with the given
// clock, or one of its own when nil.
func NewSAML(t testing.TB, clock *Clock, change ...func(*SAMLKnobs)) *SAML {
	if clock == nil {
		clock = NewClock(time.Now().Truncate(time.Second))
	}
	p := &SAML{Clock: clock, calls: map[Endpoint]int{}, last: map[Endpoint]SAMLCall{}, knobs: SAMLKnobs{
		NameID: "alice-7f3a", Format: string(saml.PersistentNameIDFormat), SessionIndex: "index-1", SignAssertion: true,
		Attributes: map[string][]string{
			"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress": {"alice@example.com"},
			"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname":    {"Alice"},
			"http://schemas.microsoft.com/ws/2008/06/identity/claims/role":       {"engineering", "staff"},
			"employee": {"4711"},
		},
	}}
	for _, c := range change {
		c(&p.knobs)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/metadata", p.serveMetadata)
	mux.HandleFunc("/sso", p.signOn)
	mux.HandleFunc("/slo", p.signOut)
	p.server = httptest.NewUnstartedServer(mux)
	p.server.Config.ErrorLog = quiet
	p.server.StartTLS()
	p.URL = p.server.URL
	t.Cleanup(p.Close)
	return p
}

// Close stops the provider at once, as a machine that goes down does.
func (p *SAML) Close() {
	p.server.CloseClientConnections()
	p.server.Close()
}

// Set turns knobs.
func (p *SAML) Set(change func(*SAMLKnobs)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(&p.knobs)
}

// Calls is how often an endpoint was called.
func (p *SAML) Calls(e Endpoint) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls[e]
}

// Last is the newest message that an endpoint received.
func (p *SAML) Last(e Endpoint) SAMLCall {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.last[e]
}

// Trust takes the service provider's metadata, as an administrator would.
func (p *SAML) Trust(t testing.TB, metadata []byte) {
	t.Helper()
	sp := &saml.EntityDescriptor{}
	if err := xml.Unmarshal(metadata, sp); err != nil {
		t.Fatalf("the service provider's metadata: %v", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sp = sp
}

// Client trusts the provider's certificate and follows no redirect.
func (p *SAML) Client() *http.Client {
	client := *p.server.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &client
}

// CA holds the certificate of the provider's server.
func (p *SAML) CA() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(p.server.Certificate())
	return pool
}

func (p *SAML) turned() SAMLKnobs {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.knobs
}

// count keeps what came, and answers with a fault when there is one.
func (p *SAML) count(w http.ResponseWriter, r *http.Request, e Endpoint) (call SAMLCall, knobs SAMLKnobs, goOn bool) {
	_ = r.ParseForm()
	call = SAMLCall{Method: r.Method, RelayState: r.Form.Get("RelayState"), Query: r.URL.RawQuery}
	for _, name := range []string{"SAMLRequest", "SAMLResponse"} {
		if encoded := r.Form.Get(name); encoded != "" {
			call.XML = readMessage(encoded, r.Method == http.MethodGet)
		}
	}
	p.mu.Lock()
	p.calls[e]++
	p.last[e] = call
	knobs = p.knobs
	p.mu.Unlock()
	if fault, ok := knobs.Faults[e]; ok {
		fault.answer(w, r)
		return call, knobs, false
	}
	return call, knobs, true
}

func readMessage(encoded string, deflated bool) *etree.Element {
	raw, err := base64.StdEncoding.DecodeString(encoded)
	if err == nil && deflated {
		raw, err = io.ReadAll(flate.NewReader(bytes.NewReader(raw)))
	}
	doc := etree.NewDocument()
	if err != nil || doc.ReadFromBytes(raw) != nil {
		return nil
	}
	return doc.Root()
}

// signOn answers an authentication request with a page whose form posts the
// response.
func (p *SAML) signOn(w http.ResponseWriter, r *http.Request) {
	call, knobs, goOn := p.count(w, r, SAMLSignOn)
	if !goOn {
		return
	}
	if call.XML == nil {
		http.Error(w, "there is no request", http.StatusBadRequest)
		return
	}
	if knobs.WantsSigned && !p.signedBySP(call, r) {
		http.Error(w, "the request is not signed", http.StatusForbidden)
		return
	}
	p.prove(call.XML)
	acs := call.XML.SelectAttrValue("AssertionConsumerServiceURL", "")
	page(w, acs, url.Values{"SAMLResponse": {p.Response(call.XML)}, "RelayState": {call.RelayState}})
}

// prove notes when the person proved their credentials: at the first request,
// and at each that forces it.
func (p *SAML) prove(request *etree.Element) {
	p.mu.Lock()
	defer p.mu.Unlock()
	forced := request.SelectAttrValue("ForceAuthn", "") == "true" && !p.knobs.IgnoresForce
	if p.proved.IsZero() || forced {
		p.proved = p.Clock.Now()
	}
}

func page(w http.ResponseWriter, action string, fields url.Values) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(w, `<!doctype html><title>The provider</title><form method="post" action="%s">`, html.EscapeString(action))
	for name, values := range fields {
		fmt.Fprintf(w, `<input type="hidden" name="%s" value="%s">`, html.EscapeString(name), html.EscapeString(values[0]))
	}
	fmt.Fprint(w, `<button>Continue</button></form>`)
}

// signedBySP verifies a redirect's signature with the service provider's
// certificate; of a form it only sees that there is a signature.
func (p *SAML) signedBySP(call SAMLCall, r *http.Request) bool {
	if r.Method == http.MethodPost {
		return call.XML.SelectElement("Signature") != nil
	}
	content, encoded, found := strings.Cut(call.Query, "&Signature=")
	text, err := url.QueryUnescape(encoded)
	signature, err2 := base64.StdEncoding.DecodeString(text)
	if !found || err != nil || err2 != nil {
		return false
	}
	digest := sha256.Sum256([]byte(content))
	return rsa.VerifyPKCS1v15(p.spKey(), sha256Hash, digest[:], signature) == nil
}

// spKey is the service provider's key.
func (p *SAML) spKey() *rsa.PublicKey {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.sp == nil {
		panic("hosttest: call Trust first")
	}
	text := p.sp.SPSSODescriptors[0].KeyDescriptors[0].KeyInfo.X509Data.X509Certificates[0].Data
	der := must(base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), "")))
	return must(x509.ParseCertificate(der)).PublicKey.(*rsa.PublicKey)
}
