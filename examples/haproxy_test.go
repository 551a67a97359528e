package examples_test

import (
	"path/filepath"
	"testing"
)

// TestHAProxy runs examples/haproxy in Debian's HAProxy. Only addresses and
// paths of files are changed.
func TestHAProxy(t *testing.T) {
	t.Parallel()
	haproxy := installed(t, "haproxy")
	p := newPlace(t, "haproxy")
	p.startHAProxy(haproxy)
	p.check(t)
}

func (p *place) startHAProxy(haproxy string) {
	t := p.t
	dir := t.TempDir()
	p.front = freePort(t)
	cert, key := certificate()
	write(t, dir, "certs/example.com.pem", string(cert)+string(key))
	conf := p.upstreams(read(t, "haproxy", "haproxy.cfg"))
	conf = swap(t, conf, "bind :443 ", "bind "+p.front+" ")
	conf = swap(t, conf, "/etc/haproxy/", dir+"/")
	write(t, dir, "haproxy.cfg", conf)
	write(t, dir, "doorward.lua", read(t, "haproxy", "doorward.lua"))
	p.run(dir, haproxy, "-db", "-f", filepath.Join(dir, "haproxy.cfg"))
}
