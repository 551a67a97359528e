// What the configuration takes from elsewhere: secrets, key sets, people.

package config

import (
	"encoding/json"
	"errors"
	"io/fs"
	"reflect"
	"strings"

	"github.com/doorward/doorward/host/config/internal/keys"
	"github.com/doorward/doorward/host/config/internal/yamltree"
)

const maxSecret = 64 << 10

// secret fills out, a Secret, from the one of NAME, NAME_file and NAME_env that
// is given. No fault says what any of them holds: people put the secret itself
// where its file's name belongs.
func (r *reader) secret(given map[string]*yamltree.Node, row *keys.Key, at string, out reflect.Value) {
	var from string
	for _, suffix := range []string{"", "_file", "_env"} {
		n := given[row.Name()+suffix]
		switch {
		case n == nil:
			continue
		case from != "":
			r.fault(r.places[at+suffix].key, at+suffix, "is given besides %s; keep one of them", from)
			continue
		}
		from = row.Name() + suffix
		if n.Kind != yamltree.String || n.Text == "" {
			r.fault(n, at+suffix, "is not text; write text, in quotes when it could be read as something else")
			continue
		}
		value, wrong := r.reveal(suffix, n.Text, at)
		if wrong != "" {
			r.fault(n, at+suffix, "%s", wrong)
			continue
		}
		out.Set(reflect.ValueOf(Secret{value}))
	}
}

func (r *reader) reveal(suffix, text, at string) (value, wrong string) {
	switch suffix {
	case "":
		if !r.inline {
			return "", "a secret is not written into this file; use " + last(at) + "_file or " + last(at) + "_env, or insecure_inline_secrets: true for a trial"
		}
		value = text
	case "_env":
		var ok bool
		if !r.matches(keys.EnvPattern, text) {
			return "", "this is not the name of an environment variable; write one such as IDP_SECRET"
		}
		if value, ok = r.around.env(text); !ok {
			return "", "the environment variable that is named here is not set; set it, or use " + last(at) + "_file"
		}
	case "_file":
		content, err := r.around.read(r.resolve(text))
		if err != nil {
			return "", "the file that is named here cannot be read, " + reason(err) + "; write the path of a file that holds the secret"
		}
		value = strings.TrimSuffix(strings.TrimSuffix(string(content), "\n"), "\r")
		r.open(r.resolve(text), at+"_file")
	}
	switch {
	case value == "":
		return "", "the secret is empty; fill it in"
	case len(value) > maxSecret:
		return "", "the secret is larger than 64 KiB; use a smaller one"
	}
	return value, ""
}

// open warns of a secret file that everyone on the machine may read.
func (r *reader) open(path, at string) {
	if r.around.mode == nil {
		return
	}
	if mode, err := r.around.mode(path); err == nil && mode.IsRegular() && mode.Perm()&0o004 != 0 {
		r.warnAt(at, "everyone on this machine may read the file; run chmod o-rwx on it")
	}
}

func last(at string) string { return at[strings.LastIndexByte(at, '.')+1:] }

// reason says why a file cannot be read, without its name.
func reason(err error) string {
	var path *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "it does not exist"
	case errors.Is(err, fs.ErrPermission):
		return "this process may not read it"
	case errors.As(err, &path):
		return path.Err.Error()
	}
	return "reading failed"
}

// contents reads the files that hold neither secrets nor the configuration.
func (r *reader) contents(c *Config) {
	for name, p := range c.Providers {
		at := join("providers", name)
		if p.JWKSFile != "" && p.Type == keys.OIDC {
			p.JWKS = r.keySet(p.JWKSFile, at+".jwks_file")
		}
		if p.PeopleFile != "" && p.Type == keys.Builtin {
			p.People = r.people(p.PeopleFile, at+".people_file")
		}
		if p.Branding.LogoFile != "" && p.Type == keys.Builtin {
			p.Branding.Logo, _ = r.content(p.Branding.LogoFile, at+".branding.logo_file", "logo")
		}
		if t := p.IDToken; t != nil && t.JWKSFile != "" {
			t.JWKS = r.keySet(t.JWKSFile, at+".id_token.jwks_file")
		}
		if p.SAML != nil {
			r.samlFiles(p.SAML, at+".saml")
		}
		for id, client := range p.Clients {
			if client.JWKSFile != "" {
				client.JWKS = r.keySet(client.JWKSFile, join(at+".clients", id)+".jwks_file")
				p.Clients[id] = client
			}
		}
		c.Providers[name] = p
	}
	if b := c.Policies.Bundle; b != nil && b.JWKSFile != "" {
		b.JWKS = r.keySet(b.JWKSFile, "policies.bundle.jwks_file")
	}
}

func (r *reader) samlFiles(s *SAML, at string) {
	for _, file := range []struct {
		key, path, what string
		into            *[]byte
	}{
		{"metadata_file", s.MetadataFile, "SAML metadata document", &s.Metadata},
		{"metadata_certificate_file", s.MetadataCertificate, "certificate in PEM", &s.MetadataSign},
		{"certificate_file", s.CertificateFile, "certificate in PEM", &s.Certificate},
	} {
		if file.path != "" {
			*file.into, _ = r.content(file.path, at+"."+file.key, file.what)
		}
	}
}

func (r *reader) keySet(path, at string) []byte {
	content, ok := r.content(path, at, "JSON Web Key Set")
	if !ok {
		return nil
	}
	var set struct {
		Keys []struct {
			Type   string          `json:"kty"`
			D      json.RawMessage `json:"d"`
			Secret json.RawMessage `json:"k"`
		} `json:"keys"`
	}
	if json.Unmarshal(content, &set) != nil || len(set.Keys) == 0 {
		r.faultAt(at, `the file is not a JSON Web Key Set; write {"keys": […]} with at least one key`)
		return nil
	}
	for _, k := range set.Keys {
		if k.D != nil || k.Secret != nil {
			r.faultAt(at, "the key set holds a private or secret key; keep only public keys")
			return nil
		}
	}
	return content
}

func (r *reader) content(path, at, what string) ([]byte, bool) {
	content, err := r.around.read(path)
	switch {
	case err != nil:
		r.faultAt(at, "the file cannot be read, %s; write the path of a %s", reason(err), what)
	case len(content) > yamltree.MaxBytes:
		r.faultAt(at, "the file is larger than 1 MiB; make it smaller")
	default:
		return content, true
	}
	return nil, false
}

// people reads a file of people. Its faults carry its own name.
func (r *reader) people(path, at string) []Person {
	content, ok := r.content(path, at, "file of people")
	if !ok {
		return nil
	}
	r.open(path, at)
	inner := newReader(path, keys.People, r.around)
	root, broken := yamltree.Parse(content)
	inner.broken(broken)
	var file struct {
		People []Person `key:"people"`
	}
	if root != nil {
		inner.places[""] = place{value: root}
		inner.section(root, "", "", reflect.ValueOf(&file).Elem())
		inner.distinct(file.People)
	}
	r.faults = append(r.faults, inner.faults...)
	return file.People
}

// distinct refuses two people with one user name or one subject.
func (r *reader) distinct(people []Person) {
	names, subjects := map[string]bool{}, map[string]bool{}
	for i, p := range people {
		at, name := "people"+index(i), strings.ToLower(p.UserName)
		if name != "" && names[name] {
			r.faultAt(at+".user_name", "another person has this user name; write one that differs in more than upper and lower case")
		}
		if p.Subject != "" && subjects[p.Subject] {
			r.faultAt(at+".subject", "another person has this subject; write one that was never used")
		}
		names[name], subjects[p.Subject] = true, true
	}
}
