// Addresses: which ones are this machine's, which ones are not the internet's.

package token

import (
	"fmt"
	"net/netip"
	"strings"
	"syscall"
)

// IsLoopback says whether host, without a port, names this machine: localhost,
// a name under it, 127.0.0.0/8 or ::1.
func IsLoopback(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}

// sharedSpace is RFC 6598, carrier-grade NAT; thisNetwork RFC 1122.
var (
	sharedSpace = netip.MustParsePrefix("100.64.0.0/10")
	thisNetwork = netip.MustParsePrefix("0.0.0.0/8")
	nat64       = netip.MustParsePrefix("64:ff9b::/96")
)

// denyPrivate is a net.Dialer's Control.
func denyPrivate(_, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%w: it cannot be parsed", ErrPrivateAddress)
	}
	if !IsPublic(ap.Addr()) {
		return ErrPrivateAddress
	}
	return nil
}

// IsPublic says whether addr is on the internet: not private, loopback,
// link-local, shared or unspecified, and not one of those behind NAT64.
func IsPublic(addr netip.Addr) bool {
	addr = addr.Unmap()
	switch {
	case !addr.IsGlobalUnicast(), addr.IsPrivate(), addr.IsLoopback(), addr.IsLinkLocalUnicast():
		return false
	case sharedSpace.Contains(addr), thisNetwork.Contains(addr):
		return false
	case nat64.Contains(addr):
		four := addr.As16()
		return IsPublic(netip.AddrFrom4([4]byte(four[12:])))
	}
	return true
}
