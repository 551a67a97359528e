// Grants for doorward check: which of them no sign-in has ever matched, as the
// running host knows, or the store when none runs.

package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"

	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/keyring"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/store"
)

// grantMatch is what is known of one person of a grant.
type grantMatch struct {
	Person login.Person `json:"person"`
	Known  bool         `json:"known"` // false: the host that was asked has no grant to this person
	At     int64        `json:"at"`    // Unix seconds of the last sign-in; zero for never
}

const maxGrantRequest = 4 << 20 // bytes

// unmatchedGrants warns of the grants that no sign-in has ever matched. It says
// nothing where nobody can know: without a host that ran.
func (o *Options) unmatchedGrants(ctx context.Context) (warnings []string) {
	cfg := o.Config
	if len(cfg.Grants) == 0 || o.offline || o.broken.Under("grants") || o.broken.Under("store") || o.broken.Under("host_key_file") {
		return nil
	}
	matches, err := grantMatches(ctx, cfg)
	if err != nil {
		return nil // check needs neither a host nor its store
	}
	never := map[login.Person]bool{}
	for _, m := range matches {
		never[m.Person] = m.Known && m.At == 0
	}
	for i, g := range cfg.Grants {
		if never[grantee(g)] {
			warnings = append(warnings, cfg.FaultAt(fmt.Sprintf("grants[%d]", i), 0, "nobody has ever signed in as this person: compare idp, iss and sub with what a test login in the console shows").Error())
		}
	}
	return warnings
}

// grantMatches asks about the people of the configured grants.
func grantMatches(ctx context.Context, cfg *config.Config) ([]grantMatch, error) {
	var people []login.Person
	for _, g := range cfg.Grants {
		people = append(people, grantee(g))
	}
	body, err := json.Marshal(people)
	if err != nil {
		return nil, err
	}
	return viaHostWith(ctx, cfg, request{http.MethodPost, "/grants", body, callTimeout}, func() ([]grantMatch, error) {
		return grantMatchesHere(ctx, cfg, people)
	})
}

// grantMatchesHere reads the store of a host that does not run. It makes
// neither a store nor a key.
func grantMatchesHere(ctx context.Context, cfg *config.Config, people []login.Person) (matches []grantMatch, err error) {
	for _, file := range []string{cfg.Store.Path, cfg.HostKeyFile} {
		if _, err := os.Stat(file); err != nil {
			return nil, err
		}
	}
	keys, err := keyring.Open(cfg.HostKeyFile)
	if err != nil {
		return nil, err
	}
	st, err := store.Open(cfg.Store.Path, store.Options{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	kept, err := readGrants(ctx, st)
	if err != nil {
		return nil, err
	}
	for _, person := range people {
		m := grantMatch{Person: person, Known: true}
		if at := matchOf(kept, keys, person); !at.IsZero() {
			m.At = at.Unix()
		}
		matches = append(matches, m)
	}
	return matches, nil
}

// grantsCommand adds the question of doorward check to the admin socket:
//
//	POST /grants   when the people of the body last signed in
func (h *Host) grantsCommand(mux *http.ServeMux) {
	mux.HandleFunc("POST /grants", func(w http.ResponseWriter, r *http.Request) {
		var people []login.Person
		if err := readBody(r, maxGrantRequest, &people); err != nil {
			answer(w, nil, err)
			return
		}
		matches := []grantMatch{}
		for _, person := range people {
			at, known := h.grants.matched(person)
			m := grantMatch{Person: person, Known: known}
			if !at.IsZero() {
				m.At = at.Unix()
			}
			matches = append(matches, m)
		}
		answer(w, matches, nil)
	})
}
