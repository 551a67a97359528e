// Package native lets programs sign people in that have no browser of their
// own: command lines and panels by a code that a person types in elsewhere
// (RFC 8628), desktop programs by a redirect to a loopback address (RFC 8252).
//
//	device   POST /client/device_authorization ─ NewDevice ─ waits in native-device
//	person   /device ─ ByUserCode ─ sign-in at the provider ─ Approve, or Deny
//	device   POST /client/token ─ Poll ─ the session's handle, once
//
//	person   /client/authorize ─ sign-in at the provider ─ NewCode ─ 127.0.0.1
//	program  POST /client/token ─ Redeem ─ the session's handle, once
//
// What waits is the handle of a session, sealed for whoever holds the device
// code or the code: the store with the host's key opens none. Only digests of
// those codes are kept. The package knows nothing of sessions, cookies or
// routes: a handle is a text to it.
package native
