// Codes for programs on the browser's machine (RFC 8252, section 7.3; RFC 7636).

package native

import (
	"context"
	"errors"
	"time"

	"github.com/doorward/doorward/host/store"
)

const (
	codeLife  = time.Minute
	spentLife = 10 * time.Minute // that a second use of a code is known as one
)

// Bound is all that a code is good for.
type Bound struct {
	App         string `json:"app"`
	RedirectURI string `json:"redirectUri"`
	Challenge   string `json:"challenge"` // PKCE, S256
	Session     string `json:"session"`   // id of the session, which ends when the code is misused
}

// code is one that waits, or was used.
type code struct {
	Bound
	Expires int64  `json:"expires"` // Unix seconds
	Box     []byte `json:"box,omitempty"`
	Spent   bool   `json:"spent,omitempty"`
}

// MisusedError says that a code which is known was not good: used twice, too
// late, by another program, or without its verifier. Whoever holds it is not whom it was
// made for, or somebody else holds it too, so its session must end (RFC 6749,
// section 4.1.2). It is ErrGrant to the program.
type MisusedError struct{ Session string }

func (e *MisusedError) Error() string { return "the code was misused" }
func (e *MisusedError) Unwrap() error { return ErrGrant }

// NewCode makes a code for the handle of a session and returns it once: 43
// characters of base64url, good for one Redeem within 60 seconds.
func (g *Grants) NewCode(ctx context.Context, b Bound, handle string) (string, error) {
	secret := newSecret()
	id := digest(secret)
	box, err := seal(lockOf(secret), id, handle)
	if err != nil {
		return "", err
	}
	end := g.now().Add(codeLife)
	c := code{Bound: b, Box: box, Expires: end.Unix()}
	if err := g.apply(ctx, "make a code for a program", g.put(codeBucket, codePurpose, id, c, 0, end.Add(spentLife))); err != nil {
		return "", err
	}
	return secret, nil
}

// Redeem spends the code and is the handle that it was made for. It is ErrGrant
// for a code that is unknown, and a *MisusedError for one that is
// spent, too old, or was not made for this program, address and verifier.
func (g *Grants) Redeem(ctx context.Context, app, redirectURI, secret, verifier string) (handle string, err error) {
	id := digest(secret)
	if id == "" {
		return "", ErrGrant
	}
	var c code
	version, err := g.get(ctx, codeBucket, codePurpose, id, &c)
	if err != nil {
		return "", err
	}
	misused := &MisusedError{c.Session}
	if c.Spent {
		return "", misused
	}
	good := c.App == app && c.RedirectURI == redirectURI && proves(verifier, c.Challenge)
	late := g.now().Unix() >= c.Expires
	handle, err = unseal(secret, id, c.Box)
	c.Box, c.Spent = nil, true
	spent := g.apply(ctx, "spend a program's code", g.put(codeBucket, codePurpose, id, c, version, g.now().Add(spentLife)))
	switch {
	case errors.Is(spent, store.ErrConflict): // another use was first
		return "", misused
	case spent != nil:
		return "", spent
	case !good || late || err != nil:
		return "", misused
	}
	return handle, nil
}
