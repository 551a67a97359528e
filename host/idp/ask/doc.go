// Package ask reads what a client asks at the authorization endpoint, strictly:
// parameters, request objects, pushed requests and the claims parameter. It
// answers nothing and shows nothing.
package ask
