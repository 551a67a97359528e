// Package conformance holds the built-in identity provider against the test
// plans of the OpenID conformance suite, and against the specifications that
// those leave out: pushed requests, DPoP, PKCE, devices, introspection. It has
// tests only.
//
// A relying party and a browser, both written here and for nothing else, talk
// to a provider over TLS: they know its issuer, and learn the rest from
// discovery, from the pages' forms and from the answers. The names of the
// modules are in testdata/modules.json; a plan's test fails when one of them
// has no subtest, or a subtest is none of them.
package conformance
