// Package claims decides what a client is told about a person: the claims
// their record holds, under JWT names, as far as scopes and the claims
// parameter reach. It signs and answers nothing.
package claims
