// Package people keeps the people of the built-in identity provider in the
// host's store, and checks their passwords. It knows nothing of OpenID Connect
// and of HTTP.
//
// Buckets of the store, each record written in one change with its person:
//
//	idp.people             user name, folded → the person
//	idp.people.subject     subject → user name
//	idp.people.badge       digest of a badge number → user name
//	idp.people.passkey     digest of a credential id → user name
//	idp.people.word        a word of a name, user name → nothing; for searches
//	idp.people.configured  user name → nothing; those of people_file
//	idp.people.state       the key of badges and authenticator apps, sealed
package people
