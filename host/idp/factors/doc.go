// Package factors knows what a person can prove of themselves: which methods
// there are, what follows from what was proved (amr, acr, the next step), and
// how a one-time code and a passkey are checked. It reads no request and keeps
// nothing.
package factors
