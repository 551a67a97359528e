package web

import (
	"bufio"
	"strings"
	"testing"

	"github.com/valyala/fasthttp"
)

func BenchmarkUnclear(b *testing.B) {
	text := "GET /auth HTTP/1.1\r\nHost: login.example.test\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n" +
		"Accept: application/json\r\nAccept-Language: en\r\nAccept-Encoding: gzip, br\r\nSec-Fetch-Mode: cors\r\n" +
		"X-Forwarded-Method: GET\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: wiki.example.test\r\nX-Forwarded-Uri: /page?x=1\r\nX-Forwarded-For: 192.0.2.7\r\n" +
		"Cookie: theme=dark; __Host-doorward=UuXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX\r\n\r\n"
	var h fasthttp.RequestHeader
	if err := h.Read(bufio.NewReader(strings.NewReader(text))); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if unclear(&h) != "" {
			b.Fatal()
		}
	}
}
