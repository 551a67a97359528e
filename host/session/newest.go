// The newest sessions of a list, and how many there are beyond them.

package session

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/doorward/doorward/host/login"
)

// Survey is a list of sessions, with what there is beyond it.
type Survey struct {
	Sessions []Listed       // the newest first
	Matching int            // how many the filter lets through, listed or not
	Total    int            // how many live; when filter.Person is set, of that person
	People   map[string]int // for each Listed.Person in Sessions: how many of Total are theirs
}

// Survey lists the sessions of filter and counts the others. It keeps in memory
// what it lists and one number for each person.
func (s *Sessions) Survey(ctx context.Context, filter Filter) (Survey, error) {
	kept, all := newest{most: filter.Newest, list: []Listed{}}, Survey{People: map[string]int{}}
	people := map[personCode]int{}
	err := s.each(ctx, filter, func(f *filed) {
		code := s.person(f)
		all.Total++
		people[code]++
		if filter.SamePerson != "" && filter.SamePerson != code.text() {
			return
		}
		all.Matching++
		if kept.takes(f) {
			kept.list = append(kept.list, s.listed(f, code))
		}
	})
	if err != nil {
		return Survey{}, err
	}
	kept.cut()
	all.Sessions = kept.list
	for _, l := range all.Sessions {
		all.People[l.Person] = people[codeOf(l.Person)]
	}
	return all, nil
}

// newest collects sessions, and cuts what it has to the newest ones whenever
// there are twice as many.
type newest struct {
	most int // 0 for all
	list []Listed
	full bool // the first most of list are the newest so far, in order
}

// takes reports whether f can be among the newest, and makes room for it.
func (n *newest) takes(f *filed) bool {
	if n.most <= 0 {
		return true
	}
	if len(n.list) >= 2*n.most {
		n.cut()
	}
	return !n.full || byAge(Listed{ID: f.id, CreatedAt: f.created()}, n.list[n.most-1]) < 0
}

func (n *newest) cut() {
	slices.SortFunc(n.list, byAge)
	if n.most > 0 && len(n.list) >= n.most {
		clear(n.list[n.most:])
		n.list, n.full = n.list[:n.most], true
	}
}

// byAge orders sessions, the newest first.
func byAge(a, b Listed) int {
	return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), strings.Compare(a.ID, b.ID))
}

// personCode is the beginning of a person's code.
type personCode [8]byte

func (c personCode) text() string { return hex.EncodeToString(c[:]) }

func codeOf(text string) (c personCode) {
	_, _ = hex.Decode(c[:], []byte(text)) // of our own making
	return c
}

// PersonTag is Listed.Person of p's sessions, whether or not there are any.
func (s *Sessions) PersonTag(p login.Person) string {
	macs := s.keys.MACs(subjectPurpose, pair(p.Issuer, p.Subject))
	var c personCode
	copy(c[:], macs[len(macs)-1]) // by the oldest accepted key, as person
	return c.text()
}

// person is the person's code by the oldest accepted key: the one by which every
// entry that can be read is filed.
func (s *Sessions) person(f *filed) (c personCode) {
	key := f.People[0] // by the key that sealed the entry
	if len(s.keys.Keys()) > 1 && !s.keys.Stale(f.sealed[:]) {
		key = f.People[f.Subjects-1]
	}
	mac, _, _ := strings.Cut(key, ".")
	raw, _ := base64.RawURLEncoding.DecodeString(mac)
	copy(c[:], raw)
	return c
}
