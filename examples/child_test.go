package examples_test

import (
	"crypto/tls"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"testing"
	"time"
)

// installed is where a program is. Its Debian package may be missing on a
// developer's machine, but not where DOORWARD_CI is set.
func installed(t testing.TB, name string) string {
	t.Helper()
	for _, path := range []string{name, filepath.Join("/usr/sbin", name)} { // not in everyone's PATH
		if found, err := exec.LookPath(path); err == nil {
			return found
		}
	}
	if os.Getenv("DOORWARD_CI") != "" {
		t.Fatalf("%s is not installed: the examples must run here", name)
	}
	t.Skipf("%s is not installed: apt-get install %s", name, name)
	return ""
}

// run starts a proxy that stays in the foreground, and waits until it accepts
// connections at p.front. What it says goes to dir/log.
func (p *place) run(dir string, program string, args ...string) {
	p.t.Helper()
	p.log = filepath.Join(dir, "log")
	start(p.t, dir, func() (net.Conn, error) {
		return tls.Dial("tcp", p.front, &tls.Config{RootCAs: roots(p.t), ServerName: wikiHost})
	}, program, args...)
}

// start starts a program that stays in the foreground, and waits until dial
// succeeds. What it says goes to dir/log.
func start(t testing.TB, dir string, dial func() (net.Conn, error), program string, args ...string) {
	t.Helper()
	log := filepath.Join(dir, "log")
	out, err := os.Create(log)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, out, out
	dieToo(cmd)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	gone := make(chan error, 1)
	go func() { gone <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		select {
		case <-gone:
		case <-time.After(5 * time.Second):
			_ = cmd.Process.Kill()
			<-gone
		}
	})
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		select {
		case err := <-gone:
			gone <- err
			t.Fatalf("%s ended: %v\n%s", program, err, read(t, log))
		default:
		}
		if conn, err := dial(); err == nil {
			conn.Close()
			return
		}
	}
	t.Fatalf("%s does not answer\n%s", program, read(t, log))
}

// freePort is an address that nobody listens on.
func freePort(t testing.TB) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}

// me is the name of whoever runs the tests: a proxy that is started by root
// would become somebody who cannot read the test's folder.
func me(t testing.TB) string {
	t.Helper()
	u, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	return u.Username
}
