package host

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/token"
)

// endpointKeys are the members of a discovery document that become keys.
var endpointKeys = []struct{ member, key string }{
	{"authorization_endpoint", "endpoints.authorization"},
	{"token_endpoint", "endpoints.token"},
	{"jwks_uri", "endpoints.jwks"},
	{"userinfo_endpoint", "endpoints.userinfo"},
	{"end_session_endpoint", "endpoints.end_session"},
}

// importDiscovery writes what a discovery document says: the issuer and the
// algorithms, the endpoints when they are wanted or written already, and how to
// authenticate when the default is not taken there. Algorithms and the method
// that the file has stay: they are its owner's choice.
func (in IdPImport) importDiscovery(edit *config.Edit, raw []byte, from source) error {
	doc, err := token.Object(raw)
	if err != nil {
		return fmt.Errorf("%s: %w", in.From, errNoDescription)
	}
	issuer, _ := doc["issuer"].(string)
	if _, is := doc["authorization_endpoint"].(string); !is || issuer == "" {
		return fmt.Errorf("%s: %w", in.From, errNoDescription)
	}
	if err := in.kind(edit, "oidc"); err != nil {
		return err
	}
	if err := sameIssuer(in.Name, issuer, edit.Text("issuer"), from); err != nil {
		return err
	}
	if !edit.Has("") && in.ClientID == "" {
		return fmt.Errorf("providers.%s is not there yet: name the client with --client-id, and --client-secret-file or --client-auth none", in.Name)
	}
	return errors.Join(
		write(edit, "issuer", issuer),
		in.writeClient(edit, doc),
		in.writeEndpoints(edit, doc),
		writeAlgorithms(edit, doc),
	)
}

// sameIssuer refuses a document of another issuer than the file has, or than
// its address says (OpenID Connect Discovery 1.0, section 4.3).
func sameIssuer(name, issuer, has string, from source) error {
	if has != "" && has != issuer {
		return fmt.Errorf("the document is of the issuer %s, and providers.%s has %s: it is another provider, so write it under another name", issuer, name, has)
	}
	if from.address != "" && from.address != strings.TrimSuffix(issuer, "/")+wellKnown {
		return fmt.Errorf("the document is of the issuer %s, and does not lie at its address %s%s: import it from there", issuer, strings.TrimSuffix(issuer, "/"), wellKnown)
	}
	return nil
}

// writeClient writes the client of a provider that is new, and how it
// authenticates where the default is not taken.
func (in IdPImport) writeClient(edit *config.Edit, doc map[string]any) error {
	for _, c := range []struct{ flag, key, value string }{
		{"--client-id", "client_id", in.ClientID},
		{"--client-secret-file", "client_secret_file", in.ClientSecretFile},
		{"--client-auth", "client_auth", in.ClientAuth},
	} {
		has := edit.Has(c.key) || c.key == "client_secret_file" && (edit.Has("client_secret") || edit.Has("client_secret_env"))
		switch {
		case c.value == "" || edit.Text(c.key) == c.value:
			continue
		case has:
			return fmt.Errorf("providers.%s has its client already, which an import never touches: leave %s out", in.Name, c.flag)
		}
		if err := edit.Set(c.key, c.value); err != nil {
			return err
		}
	}
	methods, listed := token.Strings(doc["token_endpoint_auth_methods_supported"])
	if !listed || edit.Has("client_auth") || edit.Has("preset") || slices.Contains(methods, "client_secret_basic") || !slices.Contains(methods, "client_secret_post") {
		return nil
	}
	return edit.Set("client_auth", "client_secret_post")
}

func (in IdPImport) writeEndpoints(edit *config.Edit, doc map[string]any) error {
	if !in.Explicit && !edit.Has("endpoints") {
		return nil
	}
	for _, e := range endpointKeys {
		address, _ := doc[e.member].(string)
		if address == "" || e.key == "endpoints.jwks" && edit.Has("jwks_file") {
			continue
		}
		if err := edit.Set(e.key, address); err != nil {
			return err
		}
	}
	return nil
}

// writeAlgorithms narrows id_token_algs to what the provider signs with, unless
// the file, or its preset, has its own list.
func writeAlgorithms(edit *config.Edit, doc map[string]any) error {
	listed, ok := token.Strings(doc["id_token_signing_alg_values_supported"])
	if !ok || edit.Has("id_token_algs") || edit.Has("preset") {
		return nil
	}
	known := token.Asymmetric()
	slices.SortStableFunc(listed, func(a, b string) int { return slices.Index(known, a) - slices.Index(known, b) })
	listed = slices.DeleteFunc(slices.Compact(listed), func(alg string) bool { return !slices.Contains(known, alg) })
	if len(listed) == 0 {
		return errors.New("the provider signs ID tokens with no algorithm that is taken without being named: write id_token_algs, such as [HS256], by hand")
	}
	return edit.Set("id_token_algs", listed...)
}

// write sets a key that the file does not have.
func write(edit *config.Edit, key, value string) error {
	if edit.Has(key) {
		return nil
	}
	return edit.Set(key, value)
}
