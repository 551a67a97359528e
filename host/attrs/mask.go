// Masking: finding secrets in texts, and replacing them by digests.

package attrs

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
)

// Lengths, in bytes, that decide how a secret is matched and shown.
const (
	minContained = 8  // a shorter secret is matched by equality only
	minPart      = 16 // a shorter part of a secret gives nothing away
	minDigest    = 16 // the digest of a shorter string could be guessed back
)

// maskShort stands for a masked string that is too short for a digest.
const maskShort = "(redacted)"

// Contains reports whether text is a secret, holds one, or is a part of one
// that is long enough to matter (16 bytes), whatever the case of its letters.
func (s Secrets) Contains(text string) bool {
	if len(s.long) == 0 && len(s.short) == 0 || text == "" || s.tooShort(text) {
		return false
	}
	text = strings.ToLower(text)
	return s.short[strings.TrimSpace(text)] || s.holdsLong(text) || s.holdsPart(text)
}

// tooShort reports whether text can be no secret, nor a part of one, by its
// length alone.
func (s Secrets) tooShort(text string) bool {
	if len(s.short) > 0 || len(text) >= minPart {
		return false
	}
	fits := func(secret string) bool { return len(secret) <= len(text) }
	return !slices.ContainsFunc(s.long, fits) && !slices.ContainsFunc(s.parts, fits)
}

func (s Secrets) holdsLong(text string) bool {
	for _, secret := range s.long {
		if len(text) >= len(secret) {
			if strings.Contains(text, secret) {
				return true
			}
		} else if len(text) >= minPart && strings.Contains(secret, text) {
			return true
		}
	}
	return false
}

func (s Secrets) holdsPart(text string) bool {
	for _, part := range s.parts {
		if len(text) >= len(part) && strings.Contains(text, part) {
			return true
		}
	}
	return false
}

// MaskString is text, or what stands for it when it Contains a secret: the
// beginning of its SHA-256 digest, or "(redacted)" when it is so short that
// the digest could be guessed back.
func (s Secrets) MaskString(text string) string {
	if s.Contains(text) {
		return digest(text)
	}
	return text
}

// Mask returns a deep copy of v in which every string, names of members
// included, is as MaskString gives it. v is a JSON value as Document.Object
// holds them, or a []string or map[string]string; other values are returned as
// they are.
func (s Secrets) Mask(v any) any {
	return rewrite(v, s.MaskString)
}

// Redacted is the document without its secrets: every string of
// tokenEndpointResponse that Secrets collects is replaced by its digest, and so
// is every string of another source that holds such a string of 16 bytes or
// more. Everything else stays as received, and so do the members of
// tokenEndpointResponse that except names.
func (d Document) Redacted(except ...string) Document {
	tokens := d.Secrets().Tokens()
	response, ok := d.sources[TokenEndpointResponse]
	if !ok && len(tokens.long) == 0 {
		return d
	}
	sources := make(map[string]source, len(d.sources))
	for name, s := range d.sources {
		sources[name] = s
		if name != TokenEndpointResponse && holds(s.value, tokens) {
			sources[name] = sourceOf(tokens.Mask(s.value).(map[string]any))
		}
	}
	if !ok {
		return Document{sources: sources}
	}
	masked := make(map[string]any, len(response.value))
	for name, value := range response.value {
		if !isPublicMember(name, value) && !slices.Contains(except, name) {
			value = rewriteValues(value, digest)
		}
		masked[tokens.MaskString(name)] = value
	}
	sources[TokenEndpointResponse] = sourceOf(masked)
	return Document{sources: sources}
}

// Tokens leaves out the secrets of less than 16 bytes, which may be words that
// others use too.
func (s Secrets) Tokens() Secrets {
	short := func(secret string) bool { return len(secret) < minDigest }
	return Secrets{
		long:  slices.DeleteFunc(slices.Clone(s.long), short),
		parts: slices.DeleteFunc(slices.Clone(s.parts), short),
	}
}

// digest is what stands for text. A digest stands for itself, so that a document
// that was redacted once stays as it is.
func digest(text string) string {
	if isDigest(text) {
		return text
	}
	if len(text) < minDigest {
		return maskShort
	}
	sum := sha256.Sum256([]byte(text))
	return digestHead + hex.EncodeToString(sum[:digestBytes]) + digestTail
}

const (
	digestHead  = "sha256:"
	digestTail  = "…"
	digestBytes = 8
)

func isDigest(text string) bool {
	inner, head := strings.CutPrefix(text, digestHead)
	inner, tail := strings.CutSuffix(inner, digestTail)
	raw, err := hex.DecodeString(inner)
	return head && tail && err == nil && len(raw) == digestBytes
}

func sourceOf(value map[string]any) source {
	text, _ := json.Marshal(value) // a parsed value always marshals
	return source{text: string(text), value: value}
}
