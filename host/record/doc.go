// Package record keeps logins as evidence, and says what other rules would have
// made of them.
//
//	login.Walked → Of → Record → Recorder (queue, seal, one write for many) → store
//	store → Recorder.Each → Record → a run of the rules (package host) → Compare → Report
//
// A record holds what a login's outcome depends on: the document with its
// tokens as digests, the facts of the request, the time, and the outcome. It is
// sealed with the host's key, and goes after a set time, or when there are too
// many. Recording never keeps a login waiting and never fails one.
//
// The package knows neither mappers nor policies: package host runs them.
package record
