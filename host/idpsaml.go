package host

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/doorward/doorward/host/config"
)

// importSAML writes where SAML metadata lies and which entity is meant. The
// metadata itself is read, and its signature checked, when the host starts.
func (in IdPImport) importSAML(edit *config.Edit, raw []byte, from source) error {
	if err := in.onlyFor("SAML provider", "--explicit", "--client-id", "--client-secret-file", "--client-auth"); err != nil {
		return err
	}
	entities, err := samlEntities(raw)
	if err != nil {
		return fmt.Errorf("%s: %w", in.From, err)
	}
	if err := in.kind(edit, "saml"); err != nil {
		return err
	}
	has := edit.Text("saml.idp_entity_id")
	switch {
	case has != "" && !slices.Contains(entities, has):
		return fmt.Errorf("the metadata does not describe %s, which providers.%s has: it is another provider's, so write it under another name", has, in.Name)
	case has == "" && len(entities) > 1:
		return fmt.Errorf("the metadata describes %d identity providers: write saml.idp_entity_id first, one of %s", len(entities), strings.Join(entities[:min(len(entities), 5)], ", "))
	}
	key, value, other := "saml.metadata_url", from.address, "metadata_file"
	if from.file != "" {
		key, value, other = "saml.metadata_file", from.file, "metadata_url"
	}
	if edit.Has("saml." + other) {
		return fmt.Errorf("providers.%s has %s, and the metadata is not from there: remove that key first", in.Name, other)
	}
	return errors.Join(write(edit, "type", "saml"), edit.Set(key, value), write(edit, "saml.idp_entity_id", entities[0]))
}

// samlEntities lists the identity providers that metadata describes (SAML 2.0
// Metadata, section 2.3). A document type is refused: entities could grow
// without end.
func samlEntities(raw []byte) (entities []string, err error) {
	decoder := xml.NewDecoder(bytes.NewReader(raw))
	var path []xml.StartElement
	for {
		switch found, err := decoder.Token(); at := found.(type) {
		case nil:
			if !errors.Is(err, io.EOF) || len(path) > 0 {
				return nil, errors.New("it is not XML that can be read")
			}
			if len(entities) == 0 {
				return nil, errors.New("it is no SAML metadata of an identity provider")
			}
			return entities, nil
		case xml.Directive:
			return nil, errors.New("it has a document type, which metadata has not")
		case xml.EndElement:
			path = path[:len(path)-1]
		case xml.StartElement:
			if at.Name == (xml.Name{Space: samlMetadata, Local: "IDPSSODescriptor"}) && len(path) > 0 {
				entities = append(entities, attribute(path[len(path)-1], "entityID"))
			}
			if path = append(path, at.Copy()); len(path) > 64 {
				return nil, errors.New("it is nested deeper than 64")
			}
		}
	}
}

const samlMetadata = "urn:oasis:names:tc:SAML:2.0:metadata"

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}
