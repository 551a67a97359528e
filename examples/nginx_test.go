package examples_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// TestNginx runs examples/nginx in Debian's nginx. Only addresses and paths of
// files are changed.
func TestNginx(t *testing.T) {
	t.Parallel()
	nginx := installed(t, "nginx")
	p := newPlace(t, "nginx")
	p.startNginx(nginx)
	p.check(t)
}

func (p *place) startNginx(nginx string) {
	t := p.t
	dir := t.TempDir()
	p.front = freePort(t)
	cert, key := certificate()
	write(t, dir, "cert.pem", string(cert))
	write(t, dir, "key.pem", string(key))
	as := ""
	if os.Getuid() == 0 {
		as = "user " + me(t) + ";"
	}
	write(t, dir, "nginx.conf", fmt.Sprintf(`%s
daemon off;
worker_processes 1;
pid nginx.pid;
error_log stderr warn;
events { worker_connections 256; }
http {
    access_log off;
    client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
    include conf.d/*.conf;
}
`, as))
	conf := p.upstreams(read(t, "nginx", "conf.d", "doorward.conf"))
	conf = swap(t, conf, "listen 443 ", "listen "+p.front+" ")
	conf = swap(t, conf, "/etc/ssl/certs/example.com.pem", "cert.pem")
	conf = swap(t, conf, "/etc/ssl/private/example.com.key", "key.pem")
	write(t, dir, "conf.d/doorward.conf", conf)
	snippets, err := filepath.Glob("nginx/snippets/*.conf")
	if err != nil || len(snippets) == 0 {
		t.Fatalf("no snippets: %v", err)
	}
	for _, file := range snippets {
		write(t, dir, "snippets/"+filepath.Base(file), read(t, file))
	}
	p.run(dir, nginx, "-p", dir, "-e", "stderr", "-c", "nginx.conf")
}
