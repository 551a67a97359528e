// Logins without a Begin: the request itself brings the proof.

package login

// Direct is the optional ability of a Provider to sign in with a token that a
// request brings, where no browser is sent anywhere: its Begin always fails.
type Direct interface {
	// Bring makes req the login of what cb brings. Nothing of it is verified:
	// that is for Complete.
	Bring(req AuthRequest, cb Callback) AuthRequest
}

// BroughtParam is the member of Callback.Params that holds what a request brings:
// every value of the header, so that two show.
const BroughtParam = "id_token"

// Brought is a token that a login brings.
type Brought struct {
	Digest   string // it signs in once; empty when it may again
	IssuedAt int64  // Unix seconds; zero when it does not say
}
