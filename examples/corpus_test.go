package examples_test

import (
	"fmt"
	"strings"
)

// vector is bytes that two servers may cut into requests at different places.
type vector struct {
	name string
	// text is made from the path of the request that is there to be seen, the
	// host, cookies, and the request that must not come into being.
	text func(at, host, cookie, second string) string
	is   kind
}

// kind is how a vector must be taken.
type kind int

const (
	fine    kind = iota // everybody reads it alike: it is answered
	either              // as fine; a careful server may refuse it
	unclear             // servers may cut it at different places: refused, and the connection ends
	astray              // it is clear where it ends, not where it goes: refused
)

// head is a vector of a POST with more header lines, and what comes after them.
func head(lines string, after func(second string) string) func(at, host, cookie, second string) string {
	return func(at, host, cookie, second string) string {
		lines := strings.ReplaceAll(lines, "LENGTH", fmt.Sprint(len(after(second))))
		return "POST " + at + " HTTP/1.1\r\nHost: " + host + "\r\nCookie: " + cookie + "\r\n" + lines + "\r\n\r\n" + after(second)
	}
}

// old is a vector of HTTP/1.0, where there are no chunks.
func old(after func(second string) string) func(at, host, cookie, second string) string {
	return func(at, host, cookie, second string) string {
		return "POST " + at + " HTTP/1.0\r\nHost: " + host + "\r\nCookie: " + cookie + "\r\nConnection: keep-alive\r\n" + te + "\r\n\r\n" + after(second)
	}
}

func empty(second string) string   { return "0\r\n\r\n" + second }
func plain(second string) string   { return second }
func chunked(second string) string { return fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(second), second) }

// chunks is a chunked body in which the second request hides.
func chunks(format string) func(second string) string {
	return func(second string) string {
		return strings.NewReplacer("SIZE", fmt.Sprintf("%x", len(second)), "SECOND", second).Replace(format)
	}
}

const te = "Transfer-Encoding: chunked"

var corpus = []vector{
	// What is right, so that the rest means something.
	{"a length", head("Content-Length: LENGTH", plain), fine},
	{"chunks", head(te, chunked), fine},
	{"a chunk extension", head(te, chunks("SIZE;a=b\r\nSECOND\r\n0\r\n\r\n")), fine},
	{"trailers", head(te+"\r\nTrailer: X-A", chunks("SIZE\r\nSECOND\r\n0\r\nX-A: b\r\n\r\n")), fine},
	{"leading zeros", head(te, chunks("000SIZE\r\nSECOND\r\n000\r\n\r\n")), fine},
	{"mixed case", head("TRANSFER-encoding: cHUNKED", chunked), fine},

	// Length against chunks.
	{"CL.TE", head("Content-Length: LENGTH\r\n"+te, empty), unclear},
	{"TE.CL", head(te+"\r\nContent-Length: 4", chunked), unclear},
	{"CL.TE, length 0", head("Content-Length: 0\r\n"+te, chunked), unclear},
	{"CL.TE, no chunks", head("Content-Length: LENGTH\r\n"+te, plain), unclear},
	{"CL and identity", head("Content-Length: 0\r\nTransfer-Encoding: identity", plain), unclear},

	// Chunks that one server may not see.
	{"TE twice", head(te+"\r\n"+te, empty), unclear},
	{"TE, identity", head(te+"\r\nTransfer-Encoding: identity", empty), unclear},
	{"identity, TE", head("Transfer-Encoding: identity\r\n"+te, empty), unclear},
	{"chunked, identity", head("Transfer-Encoding: chunked, identity", empty), unclear},
	{"identity, chunked", head("Transfer-Encoding: identity, chunked\r\nContent-Length: LENGTH", empty), unclear},
	{"chunked twice", head("Transfer-Encoding: chunked, chunked", empty), unclear},
	{"gzip, chunked", head("Transfer-Encoding: gzip, chunked", empty), unclear},
	{"xchunked", head("Transfer-Encoding: xchunked", empty), unclear},
	{"xchunked and CL", head("Transfer-Encoding: xchunked\r\nContent-Length: LENGTH", empty), unclear},
	{"chunked with a parameter", head("Transfer-Encoding: chunked;q=1", empty), unclear},
	{"chunked in quotes", head("Transfer-Encoding: \"chunked\"\r\nContent-Length: LENGTH", empty), unclear},
	{"TE with a vertical tab", head("Transfer-Encoding: \x0bchunked\r\nContent-Length: LENGTH", empty), unclear},
	{"TE with NUL", head("Transfer-Encoding: chunked\x00\r\nContent-Length: LENGTH", empty), unclear},
	{"TE empty", head("Transfer-Encoding:\r\nContent-Length: LENGTH", empty), unclear},
	{"TE, space before the colon", head("Transfer-Encoding : chunked\r\nContent-Length: LENGTH", empty), unclear},
	{"TE, tab before the colon", head("Transfer-Encoding\t: chunked\r\nContent-Length: LENGTH", empty), unclear},
	{"TE, space before the name", head(" Transfer-Encoding: chunked\r\nContent-Length: LENGTH", empty), unclear},
	{"TE folded", head("Transfer-Encoding:\r\n chunked\r\nContent-Length: LENGTH", empty), unclear},
	{"TE in a fold", head("X-A: b\r\n Transfer-Encoding: chunked\r\nContent-Length: LENGTH", empty), unclear},
	{"TE after a bare LF", head("X-A: b\nTransfer-Encoding: chunked\r\nContent-Length: LENGTH", empty), unclear},
	{"TE after a bare CR", head("X-A: b\rTransfer-Encoding: chunked\r\nContent-Length: LENGTH", empty), unclear},
	{"TE with an underscore", head("Transfer_Encoding: chunked\r\nContent-Length: LENGTH", empty), fine},
	{"TE without a colon", head("Transfer-Encoding chunked\r\nContent-Length: LENGTH", empty), unclear},
	{"TE in HTTP/1.0", old(empty), unclear},
	{"TE in HTTP/1.0, with data", old(chunked), unclear},

	// Lengths.
	{"two lengths", head("Content-Length: 0\r\nContent-Length: LENGTH", plain), unclear},
	{"two lengths, the other way", head("Content-Length: LENGTH\r\nContent-Length: 0", plain), unclear},
	{"the same length twice", head("Content-Length: LENGTH\r\nContent-Length: LENGTH", plain), unclear},
	{"a list of lengths", head("Content-Length: 0, LENGTH", plain), unclear},
	{"a length with a plus", head("Content-Length: +LENGTH", plain), unclear},
	{"a length below zero", head("Content-Length: -1", plain), unclear},
	{"a length of zero below zero", head("Content-Length: -0", plain), unclear},
	{"a hexadecimal length", head("Content-Length: 0xLENGTH", plain), unclear},
	{"a length with a space in it", head("Content-Length: 0 LENGTH", plain), unclear},
	{"a length with a point", head("Content-Length: 0.0", plain), unclear},
	{"a length beyond 64 bits", head("Content-Length: 18446744073709551616", plain), unclear},
	{"no length", head("Content-Length:", plain), unclear},
	{"a length, space before the colon", head("Content-Length : LENGTH", plain), unclear},
	{"a length with a NUL", head("Content-Length: 0\x00LENGTH", plain), unclear},
	{"a folded length", head("Content-Length: 0\r\n LENGTH", plain), unclear},

	// Chunks that are no chunks.
	{"a chunk size with 0x", head(te, chunks("0xSIZE\r\nSECOND\r\n0\r\n\r\n")), unclear},
	{"a chunk size with a plus", head(te, chunks("+SIZE\r\nSECOND\r\n0\r\n\r\n")), unclear},
	{"a chunk size below zero", head(te, chunks("-1\r\nSECOND\r\n0\r\n\r\n")), unclear},
	{"a chunk size beyond 64 bits", head(te, chunks("1000000000000000000\r\nSECOND\r\n0\r\n\r\n")), unclear},
	{"a chunk size that wraps to nothing", head(te, chunks("10000000000000000\r\n\r\nSECOND")), unclear},
	{"a chunk size with an underscore", head(te, chunks("0_0\r\nSECOND\r\n0\r\n\r\n")), unclear},
	{"a chunk size ended by a bare LF", head(te, chunks("0\n\nSECOND")), unclear},
	{"an extension with a bare LF", head(te, chunks("2;\nxx\r\n0\r\n\r\nSECOND")), unclear},
	{"chunk data without its end", head(te, chunks("2\r\nxx0\r\n\r\nSECOND")), unclear},
	{"chunk data that is too long", head(te, chunks("2\r\nxxSECOND\r\n0\r\n\r\n")), unclear},
	{"an empty chunk size", head(te, chunks("\r\nSECOND\r\n0\r\n\r\n")), unclear},
	{"a length in the trailers", head(te, chunks("0\r\nContent-Length: SIZE\r\n\r\nSECOND")), either}, // a request, and one without a session

	// Lines.
	{"bare LF everywhere", func(at, host, cookie, second string) string {
		return strings.ReplaceAll("POST "+at+" HTTP/1.1\r\nHost: "+host+"\r\nCookie: "+cookie+"\r\nContent-Length: 0\r\n\r\n", "\r\n", "\n") + second
	}, unclear},
	{"a bare LF ends the head", func(at, host, cookie, second string) string {
		return "POST " + at + " HTTP/1.1\r\nHost: " + host + "\r\nCookie: " + cookie + "\r\nContent-Length: 0\r\n\n" + second
	}, unclear},
	{"NUL in a header", head("X-A: a\x00b\r\nContent-Length: 0", plain), unclear},
	{"CR in a header", head("X-A: a\rb\r\nContent-Length: 0", plain), unclear},
	{"a folded header", head("X-A: a\r\n b\r\nContent-Length: 0", plain), unclear},
	{"a header without a name", head(": b\r\nContent-Length: 0", plain), unclear},
	{"a header without a colon", head("nothing\r\nContent-Length: 0", plain), unclear},

	// Hosts and addresses.
	{"two hosts", func(at, host, cookie, second string) string {
		return "GET " + at + " HTTP/1.1\r\nHost: " + host + "\r\nHost: " + notesHost + "\r\nCookie: " + cookie + "\r\n\r\n" + second
	}, astray},
	{"two hosts, the other way", func(at, host, cookie, second string) string {
		return "GET " + at + " HTTP/1.1\r\nHost: " + notesHost + "\r\nhost: " + host + "\r\nCookie: " + cookie + "\r\n\r\n" + second
	}, astray},
	{"no host", func(at, _, cookie, second string) string {
		return "GET " + at + " HTTP/1.1\r\nCookie: " + cookie + "\r\n\r\n" + second
	}, astray},
	{"a host with more", func(at, host, cookie, second string) string {
		return "GET " + at + " HTTP/1.1\r\nHost: " + host + ", " + notesHost + "\r\nCookie: " + cookie + "\r\n\r\n" + second
	}, astray},
	{"a host with a path", func(at, host, cookie, second string) string {
		return "GET " + at + " HTTP/1.1\r\nHost: " + notesHost + "/" + host + "\r\nCookie: " + cookie + "\r\n\r\n" + second
	}, astray},
	{"a host with a user", func(at, host, cookie, second string) string {
		return "GET " + at + " HTTP/1.1\r\nHost: " + notesHost + "@" + host + "\r\nCookie: " + cookie + "\r\n\r\n" + second
	}, astray},
	{"host, space before the colon", func(at, host, cookie, second string) string {
		return "GET " + at + " HTTP/1.1\r\nHost : " + notesHost + "\r\nHost: " + host + "\r\nCookie: " + cookie + "\r\n\r\n" + second
	}, astray},
	{"an address of another host", func(at, host, cookie, second string) string {
		return "GET https://" + notesHost + at + " HTTP/1.1\r\nHost: " + host + "\r\nCookie: " + cookie + "\r\n\r\n" + second
	}, astray},
	{"an address, and the header of another host", func(at, host, cookie, second string) string {
		return "GET https://" + host + at + " HTTP/1.1\r\nHost: " + notesHost + "\r\nCookie: " + cookie + "\r\n\r\n" + second
	}, astray},
	{"an address with a user", func(at, host, cookie, second string) string {
		return "GET https://" + notesHost + "@" + host + at + " HTTP/1.1\r\nHost: " + host + "\r\nCookie: " + cookie + "\r\n\r\n" + second
	}, astray},
	{"a space in the address", func(at, host, cookie, second string) string {
		return "GET " + at + " /x HTTP/1.1\r\nHost: " + host + "\r\nCookie: " + cookie + "\r\n\r\n" + second
	}, astray},
	{"HTTP/0.9", func(at, host, cookie, second string) string { return "GET " + at + "\r\n" + second }, unclear},
	{"HTTP/1.2", func(at, host, cookie, second string) string {
		return "GET " + at + " HTTP/1.2\r\nHost: " + host + "\r\nCookie: " + cookie + "\r\n\r\n" + second
	}, astray},
	{"another protocol", func(at, host, cookie, second string) string {
		return "GET " + at + " SHTTP/1.1\r\nHost: " + host + "\r\nCookie: " + cookie + "\r\n\r\n" + second
	}, astray},
	{"a body that waits", head("Expect: 100-continue\r\nContent-Length: 5\r\n"+te, empty), unclear},
	{"a GET with a body", func(at, host, cookie, second string) string {
		return fmt.Sprintf("GET %s HTTP/1.1\r\nHost: %s\r\nCookie: %s\r\nContent-Length: %d\r\n\r\n%s", at, host, cookie, len(second), second)
	}, fine},
	{"h2c", func(at, host, cookie, second string) string {
		return "GET " + at + " HTTP/1.1\r\nHost: " + host + "\r\nCookie: " + cookie + "\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\nPRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + second
	}, either},
}
