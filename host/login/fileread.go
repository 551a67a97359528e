// Reading a login file, strictly: people write them by hand, too.

package login

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// FileError says what is wrong with a login file. It shows no value of it but
// that of format.
type FileError struct {
	Member  string // dotted, such as "login.evidence.authTime"; empty for the file as a whole
	Problem string // lower case, says what to write
}

func (e *FileError) Error() string {
	if e.Member == "" {
		return "login file: " + e.Problem
	}
	return "login file: " + e.Member + " " + e.Problem
}

// ReadFile reads a login file of at most MaxFile bytes. Every member must be
// known, of its type and there once; format, sources and login are required,
// and now unless login.receivedAt stands in for it. Every error is a
// *FileError that names the member, or wraps an *attrs.DocumentError for what
// is wrong inside sources.
func ReadFile(data []byte) (File, error) {
	var f File
	switch {
	case len(data) > MaxFile:
		return File{}, &FileError{Problem: fmt.Sprintf("has %d bytes, more than %d", len(data), MaxFile)}
	case !utf8.Valid(data):
		return File{}, &FileError{Problem: "is not valid UTF-8"}
	}
	// The format first: what another version has is not for this one to judge.
	if err := checkFormat(data); err != nil {
		return File{}, err
	}
	err := readObject("", data, members{
		"format":  func(string, []byte) error { return nil },
		"sources": func(at string, raw []byte) error { return readSources(&f, at, raw) },
		"login":   func(at string, raw []byte) error { return readLogin(&f, at, raw) },
		"session": func(at string, raw []byte) error {
			return readObject(at, raw, members{"createdAt": integer(&f.CreatedAt)})
		},
		"request": func(at string, raw []byte) error {
			return readObject(at, raw, members{
				"ip": text(&f.Request.IP), "zones": texts(&f.Request.Zones), "userAgent": text(&f.Request.UserAgent), "app": text(&f.Request.App),
			})
		},
		"now": integer(&f.Now),
	}, "sources", "login")
	if err != nil {
		return File{}, err
	}
	if f.Now == 0 {
		f.Now = f.Login.ReceivedAt
	}
	if f.Now == 0 {
		return File{}, &FileError{"now", "is missing: write the time of the decision in Unix seconds"}
	}
	return f, nil
}

func checkFormat(data []byte) error {
	var head struct {
		Format json.RawMessage `json:"format"`
	}
	if kindOf(data) != "an object" {
		return &FileError{Problem: "is no JSON object: export one from a test login in the console"}
	}
	var syntax *json.SyntaxError
	switch err := json.Unmarshal(data, &head); {
	case errors.As(err, &syntax):
		return &FileError{Problem: fmt.Sprintf("is no JSON: %v at byte %d", syntax, syntax.Offset)}
	case err != nil:
		return &FileError{Problem: "is no JSON"}
	}
	var format string
	switch err := json.Unmarshal(head.Format, &format); {
	case head.Format == nil:
		return &FileError{"format", "is missing: a login file says " + strconv.Quote(FileFormat)}
	case err != nil:
		return &FileError{"format", "is " + kindOf(head.Format) + ": write " + strconv.Quote(FileFormat)}
	case format != FileFormat:
		return wrongFormat(format)
	}
	return nil
}

func wrongFormat(is string) error {
	return &FileError{"format", fmt.Sprintf("is %.64q, and this doorward reads %q", is, FileFormat)}
}

func readSources(f *File, at string, raw []byte) error {
	if kind := kindOf(raw); kind != "an object" {
		return &FileError{at, "is " + kind + ": write an object with each source, such as idTokenClaims"}
	}
	if err := f.Sources.UnmarshalJSON(raw); err != nil {
		return fmt.Errorf("login file: sources: %w", err)
	}
	return nil
}

func readLogin(f *File, at string, raw []byte) error {
	l, failed := &f.Login, fileLogin{}
	err := readObject(at, raw, members{
		"idp": text(&l.IdP), "protocol": text(&l.Protocol), "requestedAt": integer(&l.RequestedAt), "receivedAt": integer(&l.ReceivedAt),
		"forceAuth": boolean(&l.ForceAuth), "maxAge": optional(&l.MaxAge, integer), "acrValues": texts(&l.ACRValues), "previousAuthTime": optional(&l.PreviousAuthTime, integer),
		"challengedTrusted": boolean(&l.ChallengedTrusted), "userInfoFailed": boolean(&failed.UserInfoFailed), "claimSourcesFailed": boolean(&failed.ClaimSourcesFailed), "reauthSkew": integer(&l.ReauthSkew),
		"evidence": func(at string, raw []byte) error {
			e := &l.Evidence
			return readObject(at, raw, members{
				"authTime": optional(&e.AuthTime, integer), "challenged": optional(&e.Challenged, boolean), "amr": texts(&e.AMR), "acr": text(&e.ACR),
			})
		},
	}, "idp")
	f.Missing = failed.missing()
	return err
}

// members reads each member of an object, given its dotted name and its text.
type members map[string]func(at string, raw []byte) error

// readObject reads the object raw, which is called at.
func readObject(at string, raw []byte, known members, required ...string) error {
	if kind := kindOf(raw); kind != "an object" {
		return &FileError{at, "is " + kind + ": write an object"}
	}
	decoder, seen := json.NewDecoder(bytes.NewReader(raw)), map[string]bool{}
	_, _ = decoder.Token() // the brace
	for decoder.More() {
		token, err := decoder.Token()
		name, ok := token.(string)
		if err != nil || !ok {
			return &FileError{at, fmt.Sprintf("is no JSON at byte %d", decoder.InputOffset())}
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return &FileError{at, fmt.Sprintf("is no JSON at byte %d", decoder.InputOffset())}
		}
		read, ok := known[name]
		switch {
		case !ok:
			return &FileError{below(at, fmt.Sprintf("%.64q", name)), "is no member of a login file: write " + strings.Join(slices.Sorted(maps.Keys(known)), ", ")}
		case seen[name]:
			return &FileError{below(at, name), "is there twice"}
		}
		seen[name] = true
		if err := read(below(at, name), value); err != nil {
			return err
		}
	}
	_, _ = decoder.Token()
	if _, err := decoder.Token(); err != io.EOF {
		return &FileError{at, fmt.Sprintf("goes on after its end, at byte %d", decoder.InputOffset())}
	}
	for _, name := range required {
		if !seen[name] {
			return &FileError{below(at, name), "is missing"}
		}
	}
	return nil
}

func below(at, name string) string {
	if at == "" {
		return name
	}
	return at + "." + name
}

// value reads one value of type T; want says what to write.
func value[T any](into *T, want string) func(at string, raw []byte) error {
	return func(at string, raw []byte) error {
		if kind := kindOf(raw); kind == "null" {
			return &FileError{at, "is null: leave it out, or write " + want}
		}
		var read T
		if err := json.Unmarshal(raw, &read); err != nil {
			return &FileError{at, "is " + kindOf(raw) + ": write " + want}
		}
		*into = read
		return nil
	}
}

func text(into *string) func(string, []byte) error { return value(into, "a string") }

func texts(into *[]string) func(string, []byte) error {
	return func(at string, raw []byte) error {
		var items []*string
		if err := value(&items, "a list of strings")(at, raw); err != nil {
			return err
		}
		*into = make([]string, len(items))
		for i, item := range items {
			if item == nil {
				return &FileError{fmt.Sprintf("%s[%d]", at, i), "is null: leave it out, or write a string"}
			}
			(*into)[i] = *item
		}
		return nil
	}
}

func boolean(into *bool) func(string, []byte) error { return value(into, "true or false") }

func integer(into *int64) func(string, []byte) error { return value(into, "a whole number of seconds") }

// optional reads a member whose absence means something.
func optional[T any](into **T, read func(*T) func(string, []byte) error) func(string, []byte) error {
	return func(at string, raw []byte) error {
		var v T
		if err := read(&v)(at, raw); err != nil {
			return err
		}
		*into = &v
		return nil
	}
}

// kindOf names the kind of a JSON value.
func kindOf(raw []byte) string {
	raw = bytes.TrimLeft(raw, " \t\r\n")
	if len(raw) == 0 {
		return "empty"
	}
	switch raw[0] {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return "a string"
	case 't', 'f':
		return "a boolean"
	case 'n':
		return "null"
	}
	return "a number"
}
