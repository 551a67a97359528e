// Package app is for the server of an application behind a Doorward host: it
// verifies who a request comes from, asks for security levels, reads the
// person's session and fetches access tokens. It needs nothing but the standard
// library.
//
//	browser ─▶ proxy ── GET /auth ──▶ Doorward
//	             │                        │ X-Doorward-Assertion, signed
//	             └──▶ App.Identify ◀──────┘
//	                     │ keys of PUBLIC_URL/.well-known/jwks.json
//	                     ▼
//	                  your handler: IdentityOf(r.Context())
//
// The boundary: nothing but a valid assertion says who somebody is. The plain
// X-Doorward-… headers are taken off every request, in each spelling, because
// whoever reaches the application past the proxy can write them. A check that
// fails never grants.
package app
