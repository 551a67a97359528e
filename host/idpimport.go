package host

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/token"
)

// IdPImport is what `doorward idp import` is asked for.
type IdPImport struct {
	Config           string // the configuration file
	Name             string // of the provider
	From             string // an address, or a file
	Explicit         bool   // write the endpoints too
	ClientID         string // of a provider that the file does not have yet
	ClientSecretFile string
	ClientAuth       string
	HTTP             *token.Client // one of our own when nil
}

// maxMetadata is how large a document may be: federations publish long ones.
const maxMetadata = 16 << 20

// ImportIdP reads a provider's own description of itself, or one that ExportIdP
// wrote, and changes the configuration file's text accordingly: a discovery
// document (OpenID Connect Discovery 1.0), SAML 2.0 metadata, or a document of
// config.IdPFormat. The file itself is written by the Edit's Write.
//
// What a discovery document or metadata fills in never touches client_id, the
// secret, nor any key but the provider's own addresses and algorithms. A
// document of another issuer than the file's is refused.
func ImportIdP(ctx context.Context, in IdPImport) (*config.Edit, error) {
	edit, err := config.OpenEdit(in.Config, in.Name)
	if err != nil {
		return nil, err
	}
	raw, from, err := in.read(ctx)
	if err != nil {
		return nil, err
	}
	switch {
	case bytes.HasPrefix(bytes.TrimSpace(raw), []byte("<")):
		err = in.importSAML(edit, raw, from)
	case config.IsIdPDocument(raw):
		if err = in.onlyFor("document of "+config.IdPFormat, "--explicit", "--client-id", "--client-secret-file", "--client-auth"); err == nil {
			err = edit.Import(raw)
		}
	default:
		err = in.importDiscovery(edit, raw, from)
	}
	return edit, err
}

// ExportIdP is the configuration of the provider called name, without secrets,
// as a document of config.IdPFormat.
func ExportIdP(file, name string) ([]byte, error) {
	edit, err := config.OpenEdit(file, name)
	if err != nil {
		return nil, err
	}
	return edit.Export()
}

// read is the document, and where it is from: an address, or a path that is
// relative to the folder of the configuration where that is possible.
func (in IdPImport) read(ctx context.Context) (raw []byte, from source, err error) {
	u, err := url.Parse(in.From)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" {
		raw, err := os.ReadFile(in.From)
		if err == nil && len(raw) > maxMetadata {
			err = fmt.Errorf("%s is larger than %d MiB", in.From, maxMetadata>>20)
		}
		return raw, source{file: in.relative()}, err
	}
	address := in.From
	client := in.HTTP
	if client == nil {
		client = token.NewClient(token.ClientConfig{AllowLoopback: true, MaxBody: maxMetadata})
	}
	res, err := client.Get(ctx, address, "application/json, application/samlmetadata+xml, application/xml;q=0.9")
	if err == nil && !describes(res) && !strings.Contains(u.Path, "/.well-known/") { // the issuer's address
		address = strings.TrimSuffix(address, "/") + wellKnown
		res, err = client.Get(ctx, address, "application/json")
	}
	switch {
	case err != nil:
		return nil, source{}, fmt.Errorf("%s: %w", in.From, err)
	case res.Status != http.StatusOK:
		return nil, source{}, fmt.Errorf("%s answered with status %d: write the address of a discovery document or of SAML metadata", address, res.Status)
	}
	return res.Body, source{address: address}, nil
}

// source is where a document is from: one of the two.
type source struct{ address, file string }

const wellKnown = "/.well-known/openid-configuration"

// describes reports whether res may be a provider's description of itself.
func describes(res token.Response) bool {
	start := bytes.TrimSpace(res.Body)
	return res.Status == http.StatusOK && (bytes.HasPrefix(start, []byte("{")) || bytes.Contains(start[:min(len(start), 4<<10)], []byte("EntityDescriptor")) || bytes.Contains(start[:min(len(start), 4<<10)], []byte("EntitiesDescriptor")))
}

// relative is the file's path from the folder of the configuration, when it
// lies there, else its absolute path.
func (in IdPImport) relative() string {
	absolute, err := filepath.Abs(in.From)
	folder, other := filepath.Abs(filepath.Dir(in.Config))
	if err != nil || other != nil {
		return in.From
	}
	path, err := filepath.Rel(folder, absolute)
	if err != nil || strings.HasPrefix(path, "..") {
		return absolute
	}
	return path
}

// onlyFor refuses flags that a kind of document has no use for.
func (in IdPImport) onlyFor(kind string, flags ...string) error {
	given := map[string]bool{"--explicit": in.Explicit, "--client-id": in.ClientID != "", "--client-secret-file": in.ClientSecretFile != "", "--client-auth": in.ClientAuth != ""}
	for _, flag := range flags {
		if given[flag] {
			return fmt.Errorf("%s is not for a %s: leave it out", flag, kind)
		}
	}
	return nil
}

// kind refuses a provider of another type than the document describes.
func (in IdPImport) kind(edit *config.Edit, kind string) error {
	has := edit.Text("type")
	if has == "" && edit.Has("") {
		has = "oidc"
	}
	if has != "" && has != kind {
		return fmt.Errorf("providers.%s is of type %s, and %s describes one of type %s: write the name of another provider", in.Name, has, in.From, kind)
	}
	return nil
}

var errNoDescription = errors.New("it is neither a discovery document nor SAML metadata nor a document of " + config.IdPFormat)
