package host

// SAML providers: from the configuration to what they are made of.

import (
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/keyring"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/samlsp"
	"github.com/doorward/doorward/host/store"
	"github.com/doorward/doorward/host/token"
)

// samlProvider makes the provider called name.
func (o *Options) samlProvider(name string) (login.Provider, error) {
	p := o.Config.Providers[name]
	s, at := p.SAML, "providers."+name+".saml"
	// Metadata on plain http is on loopback, as host/config sees to; a host on
	// loopback may have a provider there too.
	plain := strings.HasPrefix(s.MetadataURL, "http://") || strings.HasPrefix(o.Config.PublicURL, "http://")
	c := samlsp.Config{
		Name: name, PublicURL: o.Config.PublicURL, MetadataURL: s.MetadataURL, Metadata: s.Metadata,
		IdPEntityID: s.IdPEntityID, EntityID: s.EntityID, RequestBinding: s.RequestBinding, SignRequests: s.SignRequests == "always",
		NameIDFormat: s.NameIDFormat, SubjectAttribute: s.SubjectAttribute, RequireEncryption: s.RequireEncryption,
		AuthnContext: s.AuthnContext, NoLogout: s.SingleLogout == "off", Skew: p.Skew, TrustEmail: p.TrustEmail,
		HTTP: token.NewClient(token.ClientConfig{AllowLoopback: plain, Transport: o.Transport}),
		Now:  o.Now, Log: o.Log.With("provider", name),
	}
	if c.Skew == 0 {
		c.Skew = -1
	}
	var err error
	if s.MetadataCertificate != "" {
		if c.MetadataSign, err = samlsp.ParseCertificate(s.MetadataSign); err != nil {
			return nil, config.Faults{o.Config.FaultAt(at+".metadata_certificate_file", 0, "%v", err)}
		}
	}
	if c.Key, err = o.samlKeyOf(name); err != nil {
		return nil, err
	}
	provider, err := samlsp.New(c)
	if err == nil {
		return provider, nil
	}
	var faults config.Faults
	for _, e := range leaves(err) {
		faults = append(faults, o.Config.FaultAt(at, 0, "%v", e))
	}
	return nil, faults
}

// samlKeyOf is the configured key, or the host's own, which is nil where there
// is no store.
func (o *Options) samlKeyOf(name string) (*samlsp.Key, error) {
	s, at := o.Config.Providers[name].SAML, "providers."+name+".saml"
	if s.PrivateKey.Empty() {
		if o.samlKey == nil {
			return nil, nil
		}
		return o.samlKey(name)
	}
	var certificate []byte
	if s.CertificateFile != "" {
		parsed, err := samlsp.ParseCertificate(s.Certificate)
		if err != nil {
			return nil, config.Faults{o.Config.FaultAt(at+".certificate_file", 0, "%v", err)}
		}
		certificate = parsed.Raw
	}
	block, _ := pem.Decode([]byte(s.PrivateKey.Reveal()))
	if block == nil {
		block = &pem.Block{} // which is no key
	}
	key, err := samlsp.ParseKey(block.Bytes, certificate, o.hostName())
	if err != nil {
		return nil, config.Faults{o.Config.FaultAt(secretKey(o.Config, at+".private_key"), 0, "%v", err)}
	}
	return key, nil
}

// hostName is what the certificates that the host makes say.
func (o *Options) hostName() string {
	u, err := url.Parse(o.Config.PublicURL)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

const (
	samlKeyBucket  = "saml.keys" // by the provider's name
	samlKeyPurpose = "saml.keys"
)

// samlKey is the host's own key for the provider called name: made once, sealed
// with the host's key, and the same ever after, because the provider was given
// its certificate.
func (h *Host) samlKey(ctx context.Context, name string) (*samlsp.Key, error) {
	item, err := h.store.Get(ctx, samlKeyBucket, name)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return h.newSAMLKey(ctx, name)
	case err != nil:
		return nil, fmt.Errorf("the SAML key for %s: %w", name, err)
	}
	plain, err := h.keys.Open(samlKeyPurpose, item.Value, []byte(name))
	if err != nil {
		return nil, fmt.Errorf("the SAML key for %s cannot be opened with the host's key: put the host key back that it was sealed with, or give private_key and the provider its certificate: %w", name, err)
	}
	return samlsp.ParseKey(plain, nil, h.options.hostName())
}

func (h *Host) newSAMLKey(ctx context.Context, name string) (*samlsp.Key, error) {
	h.options.progress("making a key for the SAML provider " + name)
	key, err := samlsp.NewKey(h.options.hostName())
	if err != nil {
		return nil, fmt.Errorf("the SAML key for %s: %w", name, err)
	}
	plain, err := key.PKCS8()
	if err != nil {
		return nil, fmt.Errorf("the SAML key for %s: %w", name, err)
	}
	absent := uint64(0)
	err = h.store.Apply(ctx, store.Op{Bucket: samlKeyBucket, Key: name, If: &absent, Value: h.keys.Seal(samlKeyPurpose, plain, []byte(name))})
	if err != nil {
		return nil, fmt.Errorf("keep the SAML key for %s: %w", name, err)
	}
	return key, nil
}

// resealSAML seals the SAML keys in st with the current key, those of providers
// that were configured once too.
func resealSAML(ctx context.Context, st store.Store, keys *keyring.Keyring) error {
	for after := ""; ; {
		items, err := st.Scan(ctx, samlKeyBucket, "", after, 64)
		if err != nil || len(items) == 0 {
			return err
		}
		for _, item := range items {
			after = item.Key
			if !keys.Stale(item.Value) {
				continue
			}
			plain, err := keys.Open(samlKeyPurpose, item.Value, []byte(item.Key))
			if err != nil {
				return fmt.Errorf("the SAML key for %s: %w", item.Key, err)
			}
			version := item.Version
			err = st.Apply(ctx, store.Op{Bucket: samlKeyBucket, Key: item.Key, If: &version, Value: keys.Seal(samlKeyPurpose, plain, []byte(item.Key))})
			if err != nil && !errors.Is(err, store.ErrConflict) {
				return fmt.Errorf("seal the SAML key for %s: %w", item.Key, err)
			}
		}
	}
}

// stateParam is what the provider calls the state in its answers.
func stateParam(p config.Provider) string {
	if p.Type == "saml" {
		return "RelayState"
	}
	return ""
}
