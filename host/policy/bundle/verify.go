// Reading an archive: bounded, signed, and nothing in it but policies.

package bundle

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	opa "github.com/open-policy-agent/opa/v1/bundle"
)

const (
	maxFiles    = 1000
	maxFileSize = 1 << 20 // bytes
)

func digestOf(archive []byte) string {
	sum := sha256.Sum256(archive)
	return hex.EncodeToString(sum[:])
}

// verify reads archive and holds it to a signature by one of the keys.
func (s *Source) verify(archive []byte) (*Bundle, error) {
	if err := bounded(archive); err != nil {
		return nil, err
	}
	read, err := s.read(archive)
	if err != nil {
		return nil, err
	}
	if err := strongHashes(read.Signatures.Signatures); err != nil {
		return nil, err
	}
	b := &Bundle{Revision: read.Manifest.Revision, Modules: map[string]string{}, Digest: digestOf(archive), archive: archive}
	if err := checkRevision(b.Revision); err != nil {
		return nil, err
	}
	if err := onlyPolicies(read); err != nil {
		return nil, err
	}
	for _, m := range read.Modules {
		b.Modules[path.Clean(strings.TrimLeft(m.RelativePath, "/"))] = string(m.Raw)
	}
	if len(b.Modules) == 0 {
		return nil, errors.New("the bundle holds no .rego file")
	}
	return b, nil
}

// bounded refuses what is cut off, or unpacks to more than the bounds.
func bounded(archive []byte) error {
	unpacked, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		return errors.New("the bundle is no gzip archive")
	}
	n, err := io.Copy(io.Discard, io.LimitReader(unpacked, maxBundle+1))
	switch {
	case n > maxBundle:
		return fmt.Errorf("the bundle unpacks to more than %d bytes", maxBundle)
	case err != nil:
		return errors.New("the bundle is cut off or damaged")
	}
	return nil
}

// read has OPA check the signature, and that it covers every file.
func (s *Source) read(archive []byte) (read opa.Bundle, err error) {
	defer func() {
		if recover() != nil { // what is read has no known author yet
			err = errors.New("the bundle cannot be read")
		}
	}()
	read, err = opa.NewReader(bytes.NewReader(archive)).
		WithSizeLimitBytes(maxFileSize).
		WithBundleVerificationConfig(opa.NewVerificationConfig(s.keys, "", s.cfg.Scope, nil)).
		Read()
	if err != nil {
		return read, fmt.Errorf("the bundle is refused: %w", err)
	}
	return read, nil
}

// strongHashes refuses a signature that rests on MD5 or SHA-1, in which two
// different files can be made alike.
func strongHashes(signatures []string) error {
	for _, jwt := range signatures {
		parts := strings.Split(jwt, ".")
		if len(parts) != 3 {
			return errors.New("the bundle's signature is no JWT")
		}
		payload, err := base64.RawURLEncoding.DecodeString(parts[1])
		var signed struct{ Files []opa.FileInfo }
		if err != nil || json.Unmarshal(payload, &signed) != nil {
			return errors.New("the bundle's signature cannot be read")
		}
		for _, f := range signed.Files {
			if !strings.HasPrefix(f.Algorithm, "SHA-256") && !strings.HasPrefix(f.Algorithm, "SHA-384") && !strings.HasPrefix(f.Algorithm, "SHA-512") {
				return fmt.Errorf("the bundle's signature hashes %s with %q: sign it with SHA-256", path.Base(f.Name), f.Algorithm)
			}
		}
	}
	return nil
}

// onlyPolicies refuses what would be silently left out.
func onlyPolicies(read opa.Bundle) error {
	switch {
	case read.Type() != opa.SnapshotBundleType:
		return errors.New("the bundle is a delta: publish whole bundles")
	case len(read.WasmModules)+len(read.PlanModules) > 0:
		return errors.New("the bundle holds compiled policies: build it without a target, so that it holds .rego files")
	case len(read.Data) > 0:
		return errors.New("the bundle holds data files, which policies do not have here: write constants into the .rego files")
	case len(read.Modules) > maxFiles:
		return fmt.Errorf("the bundle holds more than %d files", maxFiles)
	}
	return nil
}
