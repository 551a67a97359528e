// What a guest says about itself.

package abi

import "strings"

// Metadata is the content of the custom section MetadataSection: what a guest
// says about itself. Every member but name is optional.
type Metadata struct {
	ABI         int64    // the Version it was built for; zero when not said
	Name        string   // lower case letters, digits and dashes
	Version     string   // the guest's own
	Description string   // one sentence
	License     string   // an SPDX expression
	Sources     []string // sources without which it cannot work
	Deny        bool     // it may refuse a login
	Config      Raw      // a JSON schema of its config
}

// DecodeMetadata reads a metadata section strictly: one object of at most
// MaxMetadata bytes, every member of its type. Members whose names begin with
// "x-" are the author's own and skipped; other unknown members are refused, so
// that a misspelt deny or sources cannot be missed.
//
// It fails with a *SyntaxError or a *MetadataError.
func DecodeMetadata(text []byte) (Metadata, error) {
	var m Metadata
	if len(text) > MaxMetadata {
		return m, &MetadataError{"", "longer than 64 KiB"}
	}
	if err := Raw(text).Check(); err != nil {
		return m, err
	}
	var failure error
	isObject := Raw(text).Members(func(name string, value Raw) bool {
		failure = m.member(name, value)
		return failure == nil
	})
	switch {
	case !isObject:
		return m, &MetadataError{"", "want an object"}
	case failure != nil:
		return m, failure
	case m.Name == "":
		return m, &MetadataError{"name", "missing"}
	}
	return m, nil
}

// MetadataError says which member of the metadata is wrong.
type MetadataError struct {
	Member  string
	Problem string
}

func (e *MetadataError) Error() string {
	if e.Member == "" {
		return "section " + MetadataSection + ": " + e.Problem
	}
	return "section " + MetadataSection + ": " + e.Member + ": " + e.Problem
}

func (m *Metadata) member(name string, value Raw) error {
	var ok bool
	var want string
	switch name {
	case "abi":
		m.ABI, ok = value.Int()
		want = "the number 1"
	case "name":
		m.Name, ok = value.Text()
		ok, want = ok && plainName(m.Name), "lower case letters, digits and dashes, at most 64"
	case "version":
		m.Version, ok = line(value)
		want = "a line of text"
	case "description":
		m.Description, ok = line(value)
		want = "a line of text"
	case "license":
		m.License, ok = line(value)
		want = "a line of text"
	case "sources":
		m.Sources, ok = value.Texts()
		want = "a list of source names"
	case "deny":
		m.Deny, ok = value.Bool()
		want = "true or false"
	case "config":
		m.Config, ok = value, value.Kind() == '{' || value.Kind() == 't' || value.Kind() == 'f'
		want = "a JSON schema"
	default:
		if strings.HasPrefix(name, "x-") {
			return nil
		}
		return &MetadataError{"", "unknown member " + Quote(name) + "; members of your own begin with x-"}
	}
	if !ok {
		return &MetadataError{name, "want " + want}
	}
	return nil
}

func line(value Raw) (string, bool) {
	text, ok := value.Text()
	return text, ok && len(text) <= MaxString && !hasControl(text)
}

func plainName(name string) bool {
	for i := 0; i < len(name); i++ {
		c := name[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return name != "" && len(name) <= 64
}
