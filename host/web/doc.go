// Package web is Doorward's HTTP edge: routes, cookies, statuses and pages.
// Besides host/console it is the only place that knows Fiber, and no string of
// a Fiber context leaves it uncopied.
//
//	GET      /                      who you are here, and which levels you hold
//	GET      /login                 begin a login or a step-up
//	POST     /login/id-token/IDP    sign in with an ID token in a header
//	GET POST /login/initiate        a third party asks for a login
//	GET POST /callback/IDP          the provider's answer
//	GET      /session               the session document
//	GET      /session/events        what happens to the session, as it happens
//	POST     /session/token         its access token, for the application's server
//	GET      /auth                  a proxy asks whether to let a request through
//	GET      /doorward.js           the script for applications' pages
//	GET      /.well-known/jwks.json the keys of assertions
//	GET POST /logout                end the session
//	GET      /logout/callback/IDP   back from the provider's sign-out
//	GET POST /device                a person types the code that a device shows
//	GET POST /client/authorize      a program on the browser's machine signs in
//	POST     /client/device_authorization, /client/token, /client/revoke
//	GET      /.well-known/oauth-authorization-server
//	POST     /backchannel-logout/IDP the provider says that a session has ended
//	         /idp/…                 the built-in identity provider
//	GET      /assets/…              stylesheet and scripts
//
// On the origins of applications, under /.doorward/, where their proxies pass it
// on: start and finish (the hand-over of a session), auth, session,
// session/events, session/token, logout, doorward.js and assets.
//
// Admin listener: /healthz, /readyz, /metrics. Admin socket: see admin.go.
package web
