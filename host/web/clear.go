package web

import (
	"bytes"
	"strings"

	"github.com/valyala/fasthttp"
)

// unclear says what a request leaves open: where it ends, or where it goes. The
// HTTP library reads some heads more generously than proxies do (RFC 9112,
// sections 2.2, 3.2, 5 and 6.3); what two servers may read in two ways is
// answered with 400, and the connection ends.
func unclear(h *fasthttp.RequestHeader) string {
	if p := string(h.Protocol()); p != "HTTP/1.1" && p != "HTTP/1.0" {
		return "the version of the protocol is not HTTP/1.1"
	}
	if why := unclearTarget(h.RequestURI(), h.Host()); why != "" {
		return why
	}
	var hosts, lengths int
	lines := h.RawHeaders()
	if bytes.IndexByte(lines, 0) >= 0 || bytes.Count(lines, []byte("\r")) != bytes.Count(lines, []byte("\n")) {
		return unclearLine
	}
	for {
		line, rest, ended := bytes.Cut(lines, []byte("\n"))
		line, whole := bytes.CutSuffix(line, []byte("\r")) // so that no line has another
		if !ended || !whole {
			return unclearLine
		}
		if len(line) == 0 {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		switch {
		case len(name) == 0 || !only(name, &inHeaderName):
			return "a header line has no name, or is folded"
		case is(name, "Host"):
			hosts++
		case is(name, "Content-Length"):
			lengths++
		case is(name, "Transfer-Encoding"):
			lengths++
			if !is(bytes.Trim(value, " \t"), "chunked") || string(h.Protocol()) != "HTTP/1.1" {
				return "the transfer coding is not chunked"
			}
		}
		lines = rest
	}
	switch {
	case hosts != 1 || !only(h.Host(), &inHost):
		return "there is not one Host header"
	case lengths > 1:
		return "the length of the body is said more than once"
	}
	return ""
}

const unclearLine = "a header line does not end with CR and LF, or has control characters"

// unclearTarget holds a request's target to one host (RFC 9112, section 3.2.2).
func unclearTarget(target, host []byte) string {
	if bytes.ContainsFunc(target, unsafeInTarget) {
		return "the request target has a space or a control character"
	}
	if len(target) > 0 && (target[0] == '/' || string(target) == "*") {
		return ""
	}
	scheme, rest, _ := bytes.Cut(target, []byte("://"))
	authority, _, _ := bytes.Cut(rest, []byte("/"))
	if !is(scheme, "http") && !is(scheme, "https") || !bytes.EqualFold(authority, host) {
		return "the request target names another host than the Host header"
	}
	return ""
}

// is compares without regard to case.
func is(text []byte, that string) bool {
	return len(text) == len(that) && strings.EqualFold(string(text), that)
}

func unsafeInTarget(r rune) bool { return r <= ' ' || r == 0x7f }

// inHeaderName and inHost are the bytes that a header name (RFC 9110, section
// 5.6.2) and a Host header may have: no user parts, paths or lists.
var (
	inHeaderName = printable("\"(),/:;<=>?@[\\]{}")
	inHost       = printable("\"(),/;<=>?@\\{}")
)

// printable is visible ASCII without some.
func printable(without string) (set [256]bool) {
	for b := '!'; b <= '~'; b++ {
		set[b] = !strings.ContainsRune(without, b)
	}
	return set
}

func only(text []byte, set *[256]bool) bool {
	for _, b := range text {
		if !set[b] {
			return false
		}
	}
	return true
}
