// Configuration: what an identity provider needs to be known by, and New.

package samlsp

import (
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/doorward/doorward/host/token"
)

// Request bindings.
const (
	Redirect = "redirect"
	Post     = "post"
)

// Config describes one identity provider. Zero values mean the defaults named
// here.
type Config struct {
	Name      string // as in providers.NAME
	PublicURL string // of this host, without a path

	MetadataURL  string            // or
	Metadata     []byte            // the document itself
	MetadataSign *x509.Certificate // whose key must have signed the metadata; nil for none
	IdPEntityID  string            // for metadata of several entities

	EntityID string // PublicURL/saml/Name/metadata
	Key      *Key   // of this host; nil for a provider that is only asked whether it is Ready

	RequestBinding    string // redirect
	SignRequests      bool   // always, not only when the metadata wants it
	NameIDFormat      string // persistent (the default), transient, email or unspecified
	SubjectAttribute  string
	RequireEncryption bool
	AuthnContext      []string // asked for when the request asks for none
	NoLogout          bool     // neither to the provider nor from it

	Skew       time.Duration // 60 s; negative for none
	TrustEmail bool          // every email of this provider counts as verified

	HTTP *token.Client // token.NewClient's default
	Now  func() time.Time
	Log  *slog.Logger // discards
}

// Provider is one SAML 2.0 identity provider. It is safe for concurrent use.
type Provider struct {
	cfg    Config
	source *source
}

// New checks cfg and returns the provider. It makes no call: a provider that is
// down is found out, and tried again, when it is used. Metadata that is given as
// a document is read here.
//
// The error joins every fault of cfg.
func New(cfg Config) (*Provider, error) {
	cfg = cfg.withDefaults()
	if err := cfg.check(); err != nil {
		return nil, err
	}
	p := &Provider{cfg: cfg, source: &source{
		url: cfg.MetadataURL, client: cfg.HTTP, now: cfg.Now, log: cfg.Log, read: cfg.readMetadata,
	}}
	if cfg.MetadataURL == "" {
		given, err := cfg.readMetadata(cfg.Metadata)
		if err != nil {
			return nil, fmt.Errorf("provider %s: metadata_file: %w", cfg.Name, err)
		}
		p.source.known = given
	}
	return p, nil
}

func (c Config) readMetadata(raw []byte) (*metadata, error) {
	var keys []crypto.PublicKey
	if c.MetadataSign != nil {
		keys = []crypto.PublicKey{c.MetadataSign.PublicKey}
	}
	return parseMetadata(raw, c.IdPEntityID, keys, c.HTTP)
}

func (c Config) withDefaults() Config {
	fallback(&c.EntityID, c.address("metadata"))
	fallback(&c.RequestBinding, Redirect)
	fallback(&c.NameIDFormat, "persistent")
	if c.Skew == 0 {
		c.Skew = time.Minute
	}
	c.Skew = max(c.Skew, 0)
	if c.HTTP == nil {
		c.HTTP = token.NewClient(token.ClientConfig{})
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

func fallback(value *string, to string) {
	if *value == "" {
		*value = to
	}
}

// address is one of this host's endpoints for the provider.
func (c Config) address(what string) string {
	return c.PublicURL + "/saml/" + c.Name + "/" + what
}

func (c Config) acs() string { return c.address("acs") }
func (c Config) slo() string { return c.address("slo") }

func (c Config) check() error {
	var faults []error
	fault := func(wrong bool, format string, args ...any) {
		if wrong {
			faults = append(faults, fmt.Errorf("provider %s: "+format, append([]any{c.Name}, args...)...))
		}
	}
	fault(c.Name == "", "its name is missing")
	fault((c.MetadataURL == "") == (c.Metadata == nil), "give either metadata_url or metadata_file")
	fault(c.MetadataURL != "" && c.HTTP.CheckURL(c.MetadataURL) != nil, "metadata_url must be an https address")
	fault(!slices.Contains([]string{Redirect, Post}, c.RequestBinding), "request_binding must be redirect or post")
	fault(formats[c.NameIDFormat] == "", "name_id_format must be one of %v", slices.Sorted(maps.Keys(formats)))
	fault(c.Skew > 10*time.Minute, "skew must be at most 10m")
	fault(c.MetadataSign != nil && !usable(c.MetadataSign.PublicKey), "the certificate of metadata_certificate_file has no RSA key of 2048 bits or more, and no ECDSA key")
	return errors.Join(faults...)
}

// Recognizes reports whether the same person can be told at another sign-in: by
// a NameID that stays, or by an attribute. It is false for transient NameIDs
// without subject_attribute.
func (p *Provider) Recognizes() bool {
	return p.cfg.NameIDFormat != "transient" || p.cfg.SubjectAttribute != ""
}
