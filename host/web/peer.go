package web

import (
	"bytes"
	"cmp"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"github.com/doorward/doorward/host/login"
)

// Zone is a set of networks that requests come from.
type Zone struct {
	Name     string
	Networks []netip.Prefix
	Priority int
}

// ByPriority orders zones, the highest priority first.
func ByPriority(a, b Zone) int {
	return cmp.Or(cmp.Compare(b.Priority, a.Priority), strings.Compare(a.Name, b.Name))
}

// Peers judges where a request comes from.
type Peers struct {
	Trusted []netip.Prefix // proxies whose forwarded headers count
	Zones   []Zone         // highest priority first
}

const (
	maxHops      = 32
	maxUserAgent = 512
)

// forwarding lists the headers that claim something about the client. An
// untrusted peer that sends one is not believed at all.
var forwarding = []string{
	"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto",
	"X-Forwarded-Uri", "X-Forwarded-Method", "X-Forwarded-Port", "X-Real-Ip",
}

// Facts are the request facts that decisions rest on.
func (p Peers) Facts(c *fiber.Ctx, app string) login.Request {
	facts := login.Request{UserAgent: truncate(c.Get(fiber.HeaderUserAgent), maxUserAgent), App: app, Zones: []string{}}
	addr, ok := p.client(c)
	if !ok {
		return facts
	}
	facts.IP = addr.String()
	for _, z := range p.Zones {
		if contains(z.Networks, addr) {
			facts.Zones = append(facts.Zones, z.Name)
		}
	}
	return facts
}

// peerOf is who made the connection.
func peerOf(c *fiber.Ctx) (netip.Addr, bool) {
	if tcp, ok := c.Context().RemoteAddr().(*net.TCPAddr); ok {
		return tcp.AddrPort().Addr().Unmap().WithZone(""), true
	}
	return netip.Addr{}, false
}

// trusts reports whether the request came through a configured proxy.
func (p Peers) trusts(c *fiber.Ctx) bool {
	peer, ok := peerOf(c)
	return ok && contains(p.Trusted, peer)
}

// client is the address of whoever made the request: the peer, or behind
// trusted proxies the rightmost hop that is not one of them.
func (p Peers) client(c *fiber.Ctx) (netip.Addr, bool) {
	peer, ok := peerOf(c)
	if !ok {
		return netip.Addr{}, false
	}
	return p.of(peer, func(name string) (string, bool) {
		values := c.Request().Header.PeekAll(name)
		if len(values) == 1 {
			return string(values[0]), true // the usual case, without a copy more
		}
		return string(bytes.Join(values, []byte(","))), len(values) > 0
	})
}

// Client is the address of whoever made a request that came from peer with
// header, and whether it can be told. A trusted proxy that names nobody vouches
// for nobody: its own address is not the client's.
func (p Peers) Client(peer netip.Addr, header http.Header) (netip.Addr, bool) {
	return p.of(peer.Unmap().WithZone(""), func(name string) (string, bool) {
		return strings.Join(header[name], ","), header[name] != nil
	})
}

// of reads headers as one list each (RFC 9110, section 5.3), and whether they
// were sent.
func (p Peers) of(peer netip.Addr, header func(name string) (list string, sent bool)) (netip.Addr, bool) {
	if !contains(p.Trusted, peer) {
		claims := slices.ContainsFunc(forwarding, func(name string) bool { _, sent := header(name); return sent })
		return peer, !claims
	}
	return p.behind(header("X-Forwarded-For"))
}

// behind is the rightmost hop that is not a trusted proxy.
func (p Peers) behind(hops string, sent bool) (netip.Addr, bool) {
	if strings.Count(hops, ",") >= maxHops {
		return netip.Addr{}, false
	}
	for more := sent; more; {
		var hop string
		hops, hop, more = cutLast(hops)
		addr, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			return netip.Addr{}, false
		}
		if addr = addr.Unmap().WithZone(""); !contains(p.Trusted, addr) {
			return addr, true
		}
	}
	return netip.Addr{}, false
}

// cutLast takes the last item from a list, and says whether more are left.
func cutLast(list string) (rest, last string, more bool) {
	i := strings.LastIndexByte(list, ',')
	return list[:max(i, 0)], list[i+1:], i >= 0
}

// all is every value of a request header, copied; nil when it is absent.
func all(c *fiber.Ctx, name string) (values []string) {
	for _, v := range c.Request().Header.PeekAll(name) {
		values = append(values, string(v))
	}
	return values
}

func contains(networks []netip.Prefix, addr netip.Addr) bool {
	return slices.ContainsFunc(networks, func(n netip.Prefix) bool { return n.Contains(addr) })
}

func truncate(s string, n int) string {
	switch {
	case len(s) > n:
		return strings.ToValidUTF8(s[:n], "")
	case utf8.ValidString(s):
		return s
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}
