// Envoy's way to ask: ext_authz over HTTP repeats the request that it holds
// back, under a path of its own.

package web

import (
	"bytes"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// envoyPrefix is the path_prefix of Envoy's check requests. There is none like
// it under ownPrefix: proxies pass on to the host what is there.
const envoyPrefix = "/auth/envoy"

// fromEnvoy makes of a check request the question that every other proxy asks,
// so that both are judged alike: method, host, path and query are those of the
// request line and the Host header, the path byte for byte. The scheme is in
// X-Forwarded-Proto already. One of the headers that it adds may be there, from
// whoever passes requests on; then it is there twice, which no question may be.
//
// It reads the target as it was sent and comes before any routing: behind the
// prefix stands what a client chose, dot segments among it, and no other route
// may answer for them.
func fromEnvoy(r *fasthttp.Request) (asks bool) {
	target, asks := bytes.CutPrefix(r.Header.RequestURI(), []byte(envoyPrefix))
	if !asks || len(target) == 0 || target[0] != '/' {
		return false
	}
	r.Header.AddBytesV("X-Forwarded-Method", r.Header.Method())
	r.Header.AddBytesV(fiber.HeaderXForwardedHost, r.Header.Host())
	r.Header.AddBytesV("X-Forwarded-Uri", target)
	r.Header.SetMethod(fiber.MethodGet)
	r.SetRequestURI("/auth")
	r.ResetBody()
	return true
}
