// Package people keeps the people of the built-in identity provider in the
// host's store, and checks their passwords. It knows nothing of OpenID Connect
// and of HTTP.
package people
