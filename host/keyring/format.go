// The text of a key file:
//
//	# comment
//	doorward-host-key v1
//	current  ID CREATED SECRET
//	previous ID CREATED SECRET
//
// ID is derived from the secret and so shows a damaged line; CREATED is RFC
// 3339; SECRET is base64url.

package keyring

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
)

const (
	magic      = "doorward-host-key"
	fileFormat = "v1"
	preamble   = "# The host key of Doorward. Keep it beside the store, back it up, show it to nobody.\n"
)

// FormatError says that a key file was written by another version of the host.
type FormatError struct{ Found, Known string }

func (e *FormatError) Error() string {
	return fmt.Sprintf("its format is %.16q and this build reads %q: use the build that wrote it, or a newer one", e.Found, e.Known)
}

func format(r *ring) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s%s %s\n", preamble, magic, fileFormat)
	for i, k := range r.keys {
		fmt.Fprintf(&b, "%-8s %s %s %s\n", role(i), hex.EncodeToString(k.id[:]),
			k.created.UTC().Format(time.RFC3339), base64.RawURLEncoding.EncodeToString(k.secret))
	}
	return b.Bytes()
}

func role(i int) string {
	if i == 0 {
		return "current"
	}
	return "previous"
}

// parse reads the text of a key file. Its errors name lines, never their text.
func parse(text []byte) (*ring, error) {
	if len(text) > maxFile {
		return nil, errors.New("it is too long to be a key file")
	}
	r, headed := &ring{}, false
	for i, line := range strings.Split(string(text), "\n") {
		fields := strings.Fields(line)
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		if !headed {
			if err := parseHead(fields); err != nil {
				return nil, err
			}
			headed = true
			continue
		}
		k, err := parseKey(fields, len(r.keys))
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		r.keys = append(r.keys, k)
	}
	if len(r.keys) == 0 {
		return nil, errors.New("it holds no key: restore it from a backup, or move it away to start anew")
	}
	return r, nil
}

func parseHead(fields []string) error {
	if len(fields) != 2 || fields[0] != magic {
		return errors.New("it is no key file: restore it from a backup, or move it away to start anew")
	}
	if fields[1] != fileFormat {
		return &FormatError{Found: fields[1], Known: fileFormat}
	}
	return nil
}

func parseKey(fields []string, index int) (key, error) {
	if index > 1 {
		return key{}, errors.New("a third key: at most current and previous are accepted")
	}
	if len(fields) != 4 || fields[0] != role(index) {
		return key{}, fmt.Errorf("want %q, an id, a time and a key", role(index))
	}
	created, err := time.Parse(time.RFC3339, fields[2])
	if err != nil {
		return key{}, errors.New("the creation time is not RFC 3339")
	}
	secret, err := base64.RawURLEncoding.Strict().DecodeString(fields[3])
	if err != nil || len(secret) < minSize || len(secret) > maxSize {
		return key{}, fmt.Errorf("the key is not %d or more bytes of base64url", minSize)
	}
	k := newKey(secret, created.UTC())
	if hex.EncodeToString(k.id[:]) != fields[1] {
		return key{}, errors.New("the key does not match its id: the line is damaged")
	}
	return k, nil
}
