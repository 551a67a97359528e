// Faults of SAML providers.

package config

import "net/url"

func (r *reader) checkSAML(c *Config, p Provider, at string) {
	s := p.SAML
	if s == nil {
		r.faultAt(at, "has no saml; a provider of type saml needs saml: {metadata_url: …} or {metadata_file: …}")
		return
	}
	if u, err := url.Parse(c.PublicURL); err == nil && u.Scheme == "http" && !localName(u.Hostname()) {
		r.faultAt(at+".type", "the answer comes as a form from another site, and over plain http that needs a localhost name in public_url; write public_url: http://localhost%s", port(u))
	}
	at += ".saml"
	switch {
	case s.MetadataURL == "" && s.MetadataFile == "" && !r.has(at+".metadata_url") && !r.has(at+".metadata_file"):
		r.faultAt(at, "has no metadata; write metadata_url or metadata_file")
	case s.MetadataURL != "" && s.MetadataFile != "":
		r.faultAt(at+".metadata_file", "is given besides metadata_url; keep one of them")
	}
	if s.NameIDFormat == "transient" && s.SubjectAttribute == "" {
		r.warnAt(at+".name_id_format", "a transient NameID is another one at each sign-in, so that no step-up can tell that the same person answered, and every step-up is refused; write persistent, or a subject_attribute")
	}
	if s.CertificateFile != "" && !r.given(at, "private_key") {
		r.faultAt(at+".certificate_file", "is the certificate of a private key that is not given; add private_key_file or private_key_env, or remove it")
	}
}
