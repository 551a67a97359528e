// Faults that need more than one key to see.

package config

import (
	"net/netip"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
)

func (r *reader) check(c *Config) {
	r.checkHost(c)
	r.checkProviders(c)
	r.checkPlugins(c)
	r.checkLevels(c)
	r.checkZones(c)
	r.checkPolicies(c)
	r.checkAudit(c)
	r.checkApplications(c)
	r.checkAddresses(c)
	r.checkConsole(c)
}

func (r *reader) checkHost(c *Config) {
	if c.HostKeyFile == "" {
		c.HostKeyFile = filepath.Join(filepath.Dir(c.Store.Path), "doorward.key")
	}
	if c.HostKeyFile == c.Store.Path {
		r.faultAt("host_key_file", "is the store's own file; write another path")
	}
	if c.Listen == c.AdminListen && !strings.HasSuffix(c.Listen, ":0") {
		r.faultAt("admin_listen", "is the address of listen; write another one, such as 127.0.0.1:9090")
	}
	if a, err := netip.ParseAddrPort(c.AdminListen); strings.HasPrefix(c.AdminListen, ":") || err == nil && !a.Addr().IsLoopback() {
		r.warnAt("admin_listen", "the admin listener asks for no password and is reached from other machines; keep it on 127.0.0.1, or behind a firewall")
	}
	r.checkSession(c.Session, "session")
	for i, p := range c.TrustedProxies {
		if p.IsValid() && p.Bits() == 0 {
			r.faultAt("trusted_proxies"+index(i), "trusts every address; write the addresses of your proxies")
		}
	}
}

func (r *reader) checkSession(s Session, at string) {
	if s.Idle > s.Absolute && s.Absolute > 0 {
		key := at + ".idle"
		if !r.has(key) {
			key = at + ".absolute"
		}
		r.faultAt(key, "idle (%s) is longer than absolute (%s); write an idle time that is not", short(int64(s.Idle)), short(int64(s.Absolute)))
	}
}

func (r *reader) checkPlugins(c *Config) {
	for name, p := range c.Plugins {
		at := join("plugins", name)
		bundled, isBundled := strings.CutPrefix(p.Module, "bundled:")
		u, err := url.Parse(p.Module)
		switch {
		case p.Module == "":
		case isBundled:
			if bundled == "" {
				r.faultAt(at+".module", "has no name after bundled:; write one such as bundled:groups-to-roles")
			}
		case err == nil && u.Scheme == "https" && u.Host != "" && u.User == nil:
			if p.SHA256 == "" && !r.has(at+".sha256") {
				r.faultAt(at+".module", "a module from a URL needs its digest; add sha256: with the SHA-256 of the file")
			}
		case strings.Contains(p.Module, "://"):
			r.faultAt(at+".module", "this is not a URL that modules are fetched from; write an https URL without user name, a path, or bundled:NAME")
		default:
			p.Module = r.resolve(p.Module)
		}
		c.Plugins[name] = p
	}
}

func (r *reader) checkPolicies(c *Config) {
	if c.Policies.Bundle != nil && c.Policies.Path != "" {
		r.faultAt("policies.path", "is given besides bundle; keep one of them")
	}
}

func (r *reader) checkAudit(c *Config) {
	if c.Audit.Path == "" || c.Audit.Path == "-" {
		return
	}
	c.Audit.Path = r.resolve(c.Audit.Path)
	if c.Audit.Path == c.Store.Path || c.Audit.Path == c.HostKeyFile {
		r.faultAt("audit.path", "is a file of the host's own; write another path")
	}
}

func (r *reader) checkZones(c *Config) {
	for name, z := range c.Zones {
		for i, n := range z.Networks {
			if n.IsValid() && n.Bits() == 0 {
				r.faultAt(join("zones", name)+".networks"+index(i), "holds every address; write the zone's own networks")
			}
		}
	}
}

func index(i int) string { return "[" + strconv.Itoa(i) + "]" }
