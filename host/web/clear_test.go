package web

import (
	"bufio"
	"strings"
	"testing"

	"github.com/valyala/fasthttp"
)

func TestUnclear_LinesEndOneWay(t *testing.T) {
	for text, clear := range map[string]bool{
		"GET /auth HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n":               true,
		"GET /auth HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\nGET / HTTP/1.1": true, // the next request is none of its lines
		"GET /auth HTTP/1.1\r\nHost: a\nX: y\r\n\r\n":                 false,
		"GET /auth HTTP/1.1\r\nHost: a\r\nX: y\n\r\n":                 false,
		"GET /auth HTTP/1.1\r\nHost: a\r\nX: y\r\n\n":                 false,
		"GET /auth HTTP/1.1\r\nHost: a\r\nX: y\rZ: z\r\n\r\n":         false,
		"GET /auth HTTP/1.1\r\nHost: a\r\nX: y\r\r\n\r\n":             false,
		"GET /auth HTTP/1.1\r\nHost: a\r\nX: y\x00\r\n\r\n":           false,
	} {
		var h fasthttp.RequestHeader
		if err := h.Read(bufio.NewReader(strings.NewReader(text))); err != nil {
			if clear {
				t.Errorf("%q is not read: %v", text, err)
			}
			continue // refused before
		}
		if why := unclear(&h); (why == "") != clear {
			t.Errorf("%q: %q", text, why)
		}
	}
}
