// Package login is Doorward's vocabulary and its walk: what a login is made
// of, and the order in which it happens.
//
//	browser → /login → Provider.Begin → provider → /callback → Provider.Complete
//	        → Document → Mappers → User → Levels → Decision → Sessions → application
//
// The package imports no adapter. Providers (host/oidcrp, host/samlsp,
// host/idtoken), mappers (host/mapper), levels (host/policy) and sessions
// (host/session) implement the small interfaces declared here; package host
// wires them together. Nothing here knows of HTTP routes or cookies.
package login
