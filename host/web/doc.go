// Package web is Doorward's HTTP edge: routes, cookies, statuses and pages.
// Besides host/console it is the only place that knows Fiber, and no string of
// a Fiber context leaves it uncopied.
//
//	GET      /                      who you are here, and which levels you hold
//	GET      /login                 begin a login or a step-up
//	GET POST /callback/IDP          the provider's answer
//	GET      /session               the session document
//	GET POST /logout                end the session
//	GET      /logout/callback/IDP   back from the provider's sign-out
//	         /idp/…                 the built-in identity provider
//	GET      /assets/…              stylesheet and scripts
//
// Admin listener: /healthz, /readyz, /metrics. Admin socket: see admin.go.
package web
