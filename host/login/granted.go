// Access tokens for APIs, as a session keeps them.

package login

import (
	"maps"
	"strings"
)

// maxGranted is how many access tokens for APIs a session keeps.
const maxGranted = 16

// Key names the access token that w wants among Tokens.For.
func (w Want) Key() string { return w.Resource + "\n" + w.Audience + "\n" + w.Scope }

// Granting returns t with g as the access token that w wants. t.For stays as it
// is: it may be shared. What has ended at now (Unix seconds) is left out, and of
// more than sixteen tokens those that end first.
func (t Tokens) Granting(w Want, g Granted, now int64) Tokens {
	t = t.Lasting(now)
	for len(t.For) >= maxGranted && t.For[w.Key()] == (Granted{}) {
		delete(t.For, t.firstToEnd())
	}
	t.For[w.Key()] = g
	return t
}

// Lasting returns t without the access tokens for APIs that have ended at now.
// t.For stays as it is.
func (t Tokens) Lasting(now int64) Tokens {
	kept := make(map[string]Granted, len(t.For)+1)
	maps.Copy(kept, t.For)
	maps.DeleteFunc(kept, func(_ string, g Granted) bool { return g.Expires != 0 && g.Expires <= now })
	t.For = kept
	return t
}

// firstToEnd is the key of the access token that ends first; one whose end is
// not known counts as ended.
func (t Tokens) firstToEnd() (first string) {
	for key, g := range t.For {
		if first == "" || g.Expires < t.For[first].Expires || g.Expires == t.For[first].Expires && strings.Compare(key, first) < 0 {
			first = key
		}
	}
	return first
}
