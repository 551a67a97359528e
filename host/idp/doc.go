// Package idp is the built-in identity provider: people, a sign-in page,
// single sign-on, and OpenID Connect for the clients of its configuration and
// those that register. It is an ordinary provider to the rest of the host,
// which talks to it through the relying party like to any other.
//
//	client  → [/par] → browser → /authorize ── signed in already ──────────────┐
//	                        ├→ /choose (who of several)                         │
//	                        └→ /sign-in, /passkey → [/second-factor, /password, /enrol] ┤
//	                                                          [/consent] ───────┴→ redirect URI?code=…
//	client  → /token (code, refresh, client credentials, device) → tokens → /userinfo, /introspect, /revoke
//	device  → /device_authorization;  person → /device → sign-in, consent
//	browser → /end_session → [confirm page → /sign-out] → post_logout_redirect_uri;  clients ← logout tokens
//	person  → /account;  client → /register;  anybody → /.well-known/openid-configuration, /keys
//
// What a browser does not prove is never written to the store: a sign-in that
// is under way travels in the page as a sealed value, bound to a cookie of
// that browser. Dispatch of grants and error documents are zitadel/oidc's op;
// what op lacks stands beside it.
//
//	ask      what a client asks at /authorize
//	clients  who may ask, and how they prove themselves
//	people   who may sign in, and their passwords
//	factors  methods, authenticator apps, passkeys
//	grants   codes, tokens, devices
//	claims   what is told about a person
//	keys     what signs;  proof: DPoP
//	pages    what a person sees
package idp
