// Package session keeps what a login yielded: the session record, the handles
// that open it, and a sealed index for lists and revocation.
//
//	handle (cookie) ─ HKDF "lookup" → session-handle ─ unwrapped by HKDF "wrap" → data key, record id
//	code (once, 60 s) ─ HKDF "code-lookup" → session-code ─ HKDF "code-wrap" → the same, for one audience
//	data key ─ decrypts → session (document, tokens, user)
//	record id → session-index (host's key): device, times, levels, handles, the record's version; alive while it is there
//	HMAC(iss, sub), HMAC(iss, sid) → session-person → record ids
//	HMAC(iss, sub), HMAC(iss, sid) → session-mark: logins asked for before it are refused
//	hash of a login's state → session-spent
//	hash of a provider's notice → session-notice: it was acted on
//	record id → session-lease: who renews the session, and whether its refresh token may be spent
//
// The store alone opens no session, nor does the store with the host's key: a
// record needs a handle, which only the browser has. The index entry is the
// session's life: every use asks for it, and a session without one has ended.
// A sign-in by the same person replaces the record and its entry in one write,
// so every handle that stays shows the new one at its next use. A renewal does
// the same, one at a time in all processes of the store, and leaves the sign-in
// what it was.
//
// The package knows nothing of cookies, routes or policies.
package session
