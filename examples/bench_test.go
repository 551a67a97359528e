package examples_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/doorward/doorward/host"
	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/hosttest"
)

// BenchmarkProxies asks, in turn and over the same connections' number, for one
// and the same answer of an application:
//
//   - nginx: through Debian's nginx, which asks nobody;
//   - nginx-doorward: through Debian's nginx with the files of examples/nginx,
//     which asks Doorward about every request;
//   - apache: through Debian's Apache, which asks nobody;
//   - apache-openidc: through Debian's Apache with mod_auth_openidc, which keeps
//     its sessions in shared memory;
//   - apache-openidc-cookie: the same with the session in the cookie;
//   - auth: GET /auth alone, without a proxy or an application.
//
// All speak plain HTTP/1.1, the person is signed in at one provider, and the
// time for an operation is nginx-doorward's.
func BenchmarkProxies(b *testing.B) {
	nginx, apache := installed(b, "nginx"), installed(b, "apache2")
	idp := hosttest.NewProvider(b)
	app := answering(b)
	doorward := benchDoorward(b, idp)
	front, plain := benchNginx(b, nginx, doorward, app)
	protected := benchApache(b, apache, idp, app)
	wiki := benchSignIn(b, idp, "https://"+wikiHost+"/page", func(string) string { return front })
	load := hosttest.NewLoad(b)
	var names []string
	var jobs []hosttest.Job
	add := func(name, addr, want string, lines ...string) {
		text := "GET /page HTTP/1.1\r\n" + strings.Join(lines, "\r\n") + "\r\n" + asBrowser + "\r\n"
		if name == "auth" {
			text = strings.Replace(text, "/page", "/auth", 1)
		}
		names = append(names, name)
		jobs = append(jobs, hosttest.Job{Addr: addr, Connections: 16, Request: []byte(text), Want: want})
	}
	const ok = "HTTP/1.1 200 OK\r\n"
	for _, p := range protected {
		cookie := ""
		if p.module {
			cookie = "Cookie: theme=dark; " + benchSignIn(b, idp, "http://"+p.addr+"/page", func(host string) string { return host })
			refuses(b, load, p.addr, p.addr)
		}
		add(p.name, p.addr, ok, lines("Host: "+p.addr, cookie)...)
	}
	refuses(b, load, front, wikiHost)
	add("auth", doorward, ok, "Host: "+wikiHost, "Cookie: theme=dark; "+wiki, "X-Forwarded-Method: GET", "X-Forwarded-Proto: https",
		"X-Forwarded-Host: "+wikiHost, "X-Forwarded-Uri: /page", "X-Forwarded-For: 127.0.0.1")
	add("nginx", plain, ok, "Host: "+wikiHost)
	add("nginx-doorward", front, ok, "Host: "+wikiHost, "Cookie: theme=dark; "+wiki)
	for i, f := range load.Compare(b, jobs...) {
		b.ReportMetric(f.PerSecond, names[i]+"/s")
		if i == len(jobs)-1 {
			b.ReportMetric(f.Beside, "of-"+names[0])
		}
	}
}

const asBrowser = "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n" +
	"Accept: application/json\r\nAccept-Language: en\r\nAccept-Encoding: gzip, br\r\nSec-Fetch-Mode: cors\r\n"

func lines(all ...string) (list []string) {
	for _, line := range all {
		if line != "" {
			list = append(list, line)
		}
	}
	return list
}

// refuses checks that nobody gets the answer without a session.
func refuses(b *testing.B, load *hosttest.Load, addr, host string) {
	b.Helper()
	load.Run(hosttest.Job{Addr: addr, Connections: 1, Count: 1, Want: "HTTP/1.1 401 ", Request: []byte("GET /page HTTP/1.1\r\nHost: " + host +
		"\r\nX-Requested-With: XMLHttpRequest\r\n" + asBrowser + "\r\n")})
}

// answering is an application that does nothing.
func answering(b *testing.B) (addr string) {
	b.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	s := &fasthttp.Server{Handler: func(c *fasthttp.RequestCtx) { c.SetBodyString("the application's answer\n") }}
	go func() { _ = s.Serve(ln) }()
	b.Cleanup(func() { _ = s.Shutdown() })
	return ln.Addr().String()
}

// benchDoorward runs a host whose one provider is idp.
func benchDoorward(b *testing.B, idp *hosttest.Provider) (addr string) {
	b.Helper()
	dir := b.TempDir()
	write(b, dir, "doorward.yaml", fmt.Sprintf(`public_url: https://%s
listen: 127.0.0.1:0
admin_listen: 127.0.0.1:0
trusted_proxies: [127.0.0.1]
insecure_inline_secrets: true
providers:
  corp: {type: oidc, issuer: %s, client_id: %s, client_secret: %s}
applications:
  wiki: {origins: ["https://%s"], require: [Authenticated], forward_auth: status, headers: {X-Wiki-Name: firstName}}
`, loginHost, idp.URL, idp.ClientID, idp.ClientSecret, wikiHost))
	cfg, err := config.Load(filepath.Join(dir, "doorward.yaml"))
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	log := slog.New(slog.NewJSONHandler(&text{}, nil))
	h, err := host.New(ctx, host.Options{Config: cfg, Log: log, Transport: idp.Client().Transport})
	if err != nil {
		cancel()
		b.Fatal(err)
	}
	ready, done := make(chan string, 1), make(chan error, 1)
	go func() { done <- h.Run(ctx, func(at host.Addresses) { ready <- at.Public }) }()
	b.Cleanup(func() {
		cancel()
		<-done
	})
	return <-ready
}

// benchNginx runs the files of examples/nginx, without TLS: the scheme is said
// to be https. Beside them it serves the application to everyone.
func benchNginx(b *testing.B, nginx, doorward, app string) (front, plain string) {
	b.Helper()
	dir := b.TempDir()
	front, plain = freePort(b), freePort(b)
	conf := read(b, "nginx", "conf.d", "doorward.conf")
	for was, is := range map[string]string{
		"listen 443 ssl http2": "listen " + front, "ssl_reject_handshake on;": "",
		"/etc/ssl/certs/example.com.pem": "cert.pem", "/etc/ssl/private/example.com.key": "key.pem",
		"127.0.0.1:8080": doorward, "127.0.0.1:3001": app, "127.0.0.1:3002": app,
	} {
		conf = swap(b, conf, was, is)
	}
	cert, key := certificate()
	write(b, dir, "cert.pem", string(cert))
	write(b, dir, "key.pem", string(key))
	write(b, dir, "conf.d/doorward.conf", conf)
	snippets, err := filepath.Glob("nginx/snippets/*.conf")
	if err != nil {
		b.Fatal(err)
	}
	for _, file := range snippets {
		write(b, dir, "snippets/"+filepath.Base(file), strings.ReplaceAll(read(b, file), "$scheme", "https"))
	}
	as := ""
	if me(b) == "root" {
		as = "user root;"
	}
	write(b, dir, "nginx.conf", fmt.Sprintf(`%s
daemon off;
worker_processes auto;
pid nginx.pid;
error_log stderr warn;
events { worker_connections 256; }
http {
    access_log off;
    keepalive_requests 100000000;
    client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
    include conf.d/*.conf;
    server {
        listen %s;
        location / { proxy_http_version 1.1; proxy_set_header Connection ""; proxy_pass http://wiki; }
    }
}
`, as, plain))
	start(b, dir, func() (net.Conn, error) { return net.Dial("tcp", front) }, nginx, "-p", dir, "-e", "stderr", "-c", "nginx.conf")
	return front, plain
}

// benchSignIn opens a page at a proxy, which leads through the provider and back,
// and returns the cookies that the browser then sends there.
func benchSignIn(b *testing.B, idp *hosttest.Provider, at string, proxy func(host string) string) string {
	b.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		b.Fatal(err)
	}
	browser := http.Client{Jar: jar, Timeout: 20 * time.Second, Transport: toProxy{idp, proxy}}
	r, err := http.NewRequest(http.MethodGet, at, nil)
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Accept", "text/html")
	resp, err := browser.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK || resp.Request.URL.String() != at {
		b.Fatalf("signing in at %s ended at %s: %s", at, resp.Request.URL, resp.Status)
	}
	to, err := url.Parse(at)
	if err != nil {
		b.Fatal(err)
	}
	var list []string
	for _, c := range jar.Cookies(to) {
		list = append(list, c.Name+"="+c.Value)
	}
	return strings.Join(list, "; ")
}

// toProxy sends everything but what is the provider's to a proxy, without TLS.
type toProxy struct {
	idp   *hosttest.Provider
	proxy func(host string) string
}

func (t toProxy) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasPrefix(r.URL.String(), t.idp.URL+"/") {
		return t.idp.Client().Transport.RoundTrip(r)
	}
	in := r.Clone(r.Context())
	in.Host, in.URL.Scheme, in.URL.Host = r.URL.Host, "http", t.proxy(r.URL.Host)
	resp, err := http.DefaultTransport.RoundTrip(in)
	if err == nil {
		resp.Request = r
	}
	return resp, err
}
