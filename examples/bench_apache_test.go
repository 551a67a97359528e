package examples_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/doorward/doorward/host/hosttest"
)

const apacheModules = "/usr/lib/apache2/modules" // Debian's

// apacheSite is one address of Apache.
type apacheSite struct {
	name, addr string
	module     bool // mod_auth_openidc asks for a session
}

// benchApache runs Debian's Apache with the settings of Debian's mpm_event, but
// with connections that are kept as long as the client wants. The application is
// behind every one of its addresses.
func benchApache(b *testing.B, apache string, idp *hosttest.Provider, app string) []apacheSite {
	b.Helper()
	if _, err := os.Stat(filepath.Join(apacheModules, "mod_auth_openidc.so")); err != nil && os.Getenv("DOORWARD_CI") == "" {
		b.Skip("mod_auth_openidc is not installed: apt-get install libapache2-mod-auth-openidc")
	}
	dir := b.TempDir()
	conf := fmt.Sprintf(`ServerRoot %[1]s
DefaultRuntimeDir %[1]s
PidFile pid
ErrorLog error.log
LogLevel warn
ServerName 127.0.0.1
User www-data
Group www-data
KeepAlive On
MaxKeepAliveRequests 0
KeepAliveTimeout 60
`, dir)
	for _, name := range []string{"mpm_event", "authn_core", "authz_core", "authz_user", "proxy", "proxy_http", "auth_openidc"} {
		conf += fmt.Sprintf("LoadModule %s_module %s/mod_%s.so\n", name, apacheModules, name)
	}
	conf += `StartServers 2
MinSpareThreads 25
MaxSpareThreads 75
ThreadLimit 64
ThreadsPerChild 25
MaxRequestWorkers 150
MaxConnectionsPerChild 0
`
	sites := []apacheSite{{"apache-openidc", freePort(b), true}, {"apache-openidc-cookie", freePort(b), true}, {"apache", freePort(b), false}}
	for _, s := range sites {
		conf += fmt.Sprintf("Listen %[1]s\n<VirtualHost %[1]s>\nProxyPass / http://%[2]s/\n", s.addr, app)
		if s.module {
			conf += fmt.Sprintf(`OIDCProviderMetadataURL %s/.well-known/openid-configuration
OIDCSSLValidateServer Off
OIDCClientID %s
OIDCClientSecret %s
OIDCRedirectURI http://%s/signed-in
OIDCCryptoPassphrase a-passphrase-of-this-benchmark
OIDCScope "openid email profile"
OIDCSessionType %s
<Location />
AuthType openid-connect
Require valid-user
</Location>
`, idp.URL, idp.ClientID, idp.ClientSecret, s.addr, map[string]string{"apache-openidc": "server-cache", "apache-openidc-cookie": "client-cookie"}[s.name])
		}
		conf += "</VirtualHost>\n"
	}
	write(b, dir, "apache.conf", conf)
	start(b, dir, func() (net.Conn, error) { return net.Dial("tcp", sites[0].addr) }, apache, "-d", dir, "-f", filepath.Join(dir, "apache.conf"), "-DFOREGROUND")
	b.Cleanup(func() {
		if b.Failed() {
			b.Logf("Apache's log:\n%s", tail(read(b, dir, "error.log")))
		}
	})
	return sites
}
