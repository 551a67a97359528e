// Names of the specifications.

package samlsp

// Namespaces.
const (
	nsProtocol  = "urn:oasis:names:tc:SAML:2.0:protocol"
	nsAssertion = "urn:oasis:names:tc:SAML:2.0:assertion"
	nsMetadata  = "urn:oasis:names:tc:SAML:2.0:metadata"
	nsSignature = "http://www.w3.org/2000/09/xmldsig#"
	nsExclusive = "http://www.w3.org/2001/10/xml-exc-c14n#"
	nsEncrypted = "http://www.w3.org/2001/04/xmlenc#"
	nsEnc11     = "http://www.w3.org/2009/xmlenc11#"
	nsInstance  = "http://www.w3.org/2001/XMLSchema-instance"
)

// Bindings, SAML 2.0 Bindings, sections 3.4 and 3.5.
const (
	bindingRedirect = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
	bindingPost     = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
)

// Formats of names, SAML 2.0 Core, section 8.3.
const (
	formatPersistent  = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
	formatTransient   = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
	formatEmail       = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
	formatUnspecified = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"
	formatEntity      = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity"
)

// formats are the names that the configuration has for them.
var formats = map[string]string{
	"persistent": formatPersistent, "transient": formatTransient, "email": formatEmail, "unspecified": formatUnspecified,
}

// Status codes, SAML 2.0 Core, section 3.2.2.2.
const (
	statusPrefix         = "urn:oasis:names:tc:SAML:2.0:status:"
	statusSuccess        = statusPrefix + "Success"
	statusAuthnFailed    = statusPrefix + "AuthnFailed"
	statusNoAuthnContext = statusPrefix + "NoAuthnContext"
)

const methodBearer = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
