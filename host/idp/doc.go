// Package idp is the built-in identity provider: people with passwords, a
// sign-in page, single sign-on, and OpenID Connect for the clients of its
// configuration. It is an ordinary provider to the rest of the host, which
// talks to it through the relying party like to any other.
//
//	browser → /authorize ── signed in already ───────────────┐
//	              └→ sign-in page → /sign-in (name, password) ┴→ client's redirect URI?code=…
//	client  → /token (code, PKCE) → ID token, access token → /userinfo
//	browser → /end_session → [confirm page → /sign-out] → post_logout_redirect_uri
//	anybody → /.well-known/openid-configuration, /keys
//
// What a browser does not prove is never written to the store: a sign-in that
// is under way travels in the page as a sealed value, bound to a cookie of
// that browser. Parsing of the client's calls, grant dispatch and error
// documents are zitadel/oidc's op; everything a browser sees is here.
package idp
