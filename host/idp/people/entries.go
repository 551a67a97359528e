package people

// The records of a person: their own, and those that find it. A change is the
// difference between two sets of records, written as one.

import (
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/doorward/doorward/host/store"
)

// Bucket holds the people; the others find them.
const (
	Bucket           = "idp.people"
	bucketSubject    = Bucket + ".subject"
	bucketBadge      = Bucket + ".badge"
	bucketPasskey    = Bucket + ".passkey"
	bucketWord       = Bucket + ".word"
	bucketConfigured = Bucket + ".configured"
	bucketState      = Bucket + ".state"
)

// unique are the buckets whose keys belong to one person alone, and what such a
// key is called.
var unique = map[string]string{Bucket: "user name", bucketSubject: "subject", bucketBadge: "badge", bucketPasskey: "passkey"}

// place is where a record is.
type place struct{ bucket, key string }

// records are values by their places.
type records map[place]string

// recordsOf are those of a person who is valid.
func recordsOf(p Person) (records, error) {
	name, err := nameKey(p.UserName)
	if err != nil {
		return nil, err
	}
	value, err := p.encode()
	if err != nil {
		return nil, err
	}
	all := records{{Bucket, name}: string(value), {bucketSubject, p.Subject}: name}
	for _, badge := range p.Badges {
		all[place{bucketBadge, badge}] = name
	}
	for _, key := range p.Passkeys {
		all[place{bucketPasskey, passkeyKey(key.ID)}] = name
	}
	for _, word := range wordsOf(p) {
		all[place{bucketWord, word + " " + name}] = ""
	}
	if p.Configured {
		all[place{bucketConfigured, name}] = ""
	}
	return all, nil
}

// add adds the records of others, and reports where both have one.
func (r records) add(others records) (clash place, clashes bool) {
	for at := range others {
		if _, both := r[at]; both {
			clash, clashes = at, true
		}
	}
	maps.Copy(r, others)
	return clash, clashes
}

// changes are what makes after of before, in a stable order.
func changes(before, after records) (ops []store.Op) {
	for at := range before {
		if _, stays := after[at]; !stays {
			ops = append(ops, store.Op{Bucket: at.bucket, Key: at.key, Delete: true})
		}
	}
	for at, value := range after {
		if was, is := before[at]; !is || was != value {
			ops = append(ops, store.Op{Bucket: at.bucket, Key: at.key, Value: []byte(value)})
		}
	}
	slices.SortFunc(ops, func(a, b store.Op) int {
		if a.Bucket != b.Bucket {
			return strings.Compare(a.Bucket, b.Bucket)
		}
		return strings.Compare(a.Key, b.Key)
	})
	return ops
}

// passkeyKey is the key of a credential id, which may be longer than a key of
// the store.
func passkeyKey(id []byte) string {
	digest := sha256.Sum256(id)
	return base64.RawURLEncoding.EncodeToString(digest[:])
}

const (
	maxWords = 16
	maxWord  = 64 // bytes; longer ones are found by their beginning
)

// wordsOf are what a person is found by: the user name and the address as they
// are, and the words of the names.
func wordsOf(p Person) []string {
	words := append(strings.Fields(fold(p.UserName)), strings.Fields(fold(p.Email))...)
	words = append(words, split(p.Name+" "+p.GivenName+" "+p.FamilyName)...)
	for i, word := range words {
		words[i] = clip(word, maxWord)
	}
	slices.Sort(words)
	words = slices.Compact(words)
	return words[:min(len(words), maxWords)]
}

func split(text string) []string {
	return strings.FieldsFunc(fold(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) })
}

// clip is text, at most n bytes of it, in whole characters.
func clip(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}
