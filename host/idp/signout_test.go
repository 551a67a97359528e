package idp

import (
	"context"
	"testing"

	"github.com/doorward/doorward/host/idp/people"
)

// Whoever is disabled, removed, or gets another password from those who run the
// host, is signed out at every client.
func TestSignOut_OfWhoeverIsNotToBeSignedIn(t *testing.T) {
	for name, do := range map[string]func(people.Desk) error{
		"disabled":         func(d people.Desk) error { return d.Disable(t.Context(), "ada", true) },
		"removed":          func(d people.Desk) error { return d.Remove(t.Context(), "ada") },
		"another password": func(d people.Desk) error { return d.Password(t.Context(), "ada", "mzkq-uwhc-pnre", false) },
	} {
		t.Run(name, func(t *testing.T) {
			l := newListener(t)
			b := telling(t, l)
			got, _ := b.redeemed(b.browser().signIn("ada", adaPass))
			desk := people.Desk{Directory: b.people, Hash: func(password string) (string, error) { return cheapHash(password), nil }}
			desk.Told = func(ctx context.Context, deed people.Deed, p people.Person, _ int) {
				signOut, everything := people.Ends(deed)
				if !signOut {
					t.Errorf("%s ends nothing", deed)
				}
				must(t, b.provider.SignOut(ctx, p.Subject, everything))
			}
			must(t, do(desk))
			if said := b.verified(l.next(b, 0)); said["sub"] != "sub-ada" || said["aud"] != "app" {
				t.Errorf("the client was told %v", said)
			}
			if r := b.userInfo("Bearer " + got.AccessToken); r.StatusCode != 401 {
				t.Errorf("the access token still works: %d", r.StatusCode)
			}
			if n := b.count(bucketSessions); n != 0 {
				t.Errorf("%d sessions are left", n)
			}
		})
	}
}
