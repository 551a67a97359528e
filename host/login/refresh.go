// Refreshing a sign-in: the provider again, mappers again, levels again, and
// the same evidence.

package login

import (
	"cmp"
	"context"
)

// Refreshed is what the walk of a refresh yields. Its Decision is only there
// when the document was refreshed.
type Refreshed struct {
	Document Document
	User     User
	Tokens   Tokens
	Decision Decision
}

// Signed is a sign-in that is to be refreshed: what it yielded, as it is now.
type Signed struct {
	Document  Document
	User      User
	Tokens    Tokens
	CreatedAt int64   // of the session, Unix seconds
	Request   Request // whose levels are decided
}

// Refresh walks the sign-in again without the person: the provider's Refresher,
// the mappers and the levels. Who signed in, when, and what proves it stay as
// they were, whatever the provider says. With want.Resource only the tokens
// change.
//
// Every error is a *Fault: those of Refresher, token_unavailable when the
// provider cannot refresh, and those of Mappers and Levels. When the provider
// answered and a later step failed, Refreshed holds besides the error what was
// there before with the tokens that come next: they end when the old ones did,
// since nothing newer is known of the person.
func (f *Flow) Refresh(ctx context.Context, was Signed, want Want) (Refreshed, error) {
	refresher, can := f.Provider.(Refresher)
	if !can {
		return Refreshed{}, NewFault(CodeTokenUnavailable, "the provider's protocol has no refresh")
	}
	renewal, err := refresher.Refresh(ctx, was.Document, was.Tokens, want)
	if err != nil { // with the next refresh token, when one came
		return Refreshed{Document: was.Document, User: was.User, Tokens: renewal.Tokens}, err
	}
	same := Refreshed{Document: was.Document, User: was.User, Tokens: renewal.Tokens}
	if want.Resource != "" {
		return same, nil
	}
	same.Tokens.Expires = was.Tokens.Expires
	doc := renewal.Document
	if doc.Person != was.Document.Person {
		return same, NewFault(CodeRefreshFailed, "the refreshed document is of another person")
	}
	doc.Login, doc.ID, doc.ReceivedAt, doc.ProviderSID = was.Document.Login, was.Document.ID, was.Document.ReceivedAt, was.Document.ProviderSID
	f.auditWarnings(ctx, AuthRequest{ID: doc.ID, Provider: doc.Person.IdP}, doc)
	yieldDocument(ctx, doc)
	user, err := f.Mappers.Map(ctx, doc)
	if err != nil {
		return same, err
	}
	yield(ctx, func(y *Yield) { y.User, y.CreatedAt = &user, was.CreatedAt })
	now := f.Now()
	decision, err := f.Levels.Decide(ctx, Facts{Document: &doc, User: &user, CreatedAt: was.CreatedAt, Request: was.Request, Now: now})
	if err != nil {
		return same, err
	}
	yield(ctx, func(y *Yield) { y.Decision, y.At = &decision, now })
	return Refreshed{Document: doc, User: user, Tokens: renewal.Tokens, Decision: decision}, nil
}

// Freeze takes the tokens away from a sign-in whose provider refuses to refresh
// it, at now (Unix seconds): from its tokens, from its document, where digests
// stand in their place, and from what a mapper made of them.
func Freeze(was Signed, now int64) Refreshed {
	doc := was.Document
	frozen := Refreshed{
		Document: doc, User: was.User.Masked(doc.Sources.Secrets()),
		Tokens: Tokens{Expires: was.Tokens.Expires, IDToken: was.Tokens.IDToken, Refreshed: was.Tokens.Refreshed, Frozen: now},
	}
	frozen.Document.Sources = doc.Sources.Redacted()
	return frozen
}

// ClaimsEnd is when the provider's claims end: those of a frozen sign-in with
// its last access token, or when it was frozen if nobody knows when that ends.
// It is zero when they do not end.
func (t Tokens) ClaimsEnd() int64 {
	if t.Frozen == 0 {
		return 0
	}
	return cmp.Or(t.Expires, t.Frozen)
}
