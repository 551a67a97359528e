package app_test

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest/behind"
)

// missing skips a test without Node.js or the compiler, except in CI.
func missing(t *testing.T, said string) {
	t.Helper()
	if os.Getenv("DOORWARD_CI") == "1" {
		t.Fatal(said)
	}
	t.Skip(said)
}

func node(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("node")
	if err != nil {
		missing(t, "Node.js is missing: apt-get install nodejs")
	}
	return path
}

// What npm packs is what the sources say.
func TestDistIsBuilt(t *testing.T) {
	program := node(t)
	if _, err := os.Stat("node_modules/typescript"); err != nil {
		missing(t, "the TypeScript compiler is missing: run npm ci --prefix sdk/js/app")
	}
	out := t.TempDir()
	if said, err := exec.Command(program, "node_modules/typescript/bin/tsc", "--outDir", out).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	built, committed := files(t, out), files(t, "dist")
	if !slices.Equal(built, committed) {
		t.Errorf("built are %q, committed are %q", built, committed)
	}
	for _, name := range built {
		want, err := os.ReadFile(filepath.Join(out, name))
		got, err2 := os.ReadFile(filepath.Join("dist", name))
		if err := errors.Join(err, err2); err != nil || string(got) != string(want) {
			t.Errorf("dist/%s is not what src says: run npm run build --prefix sdk/js/app (%v)", name, err)
		}
	}
}

func files(t *testing.T, dir string) (list []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			list = append(list, strings.TrimPrefix(path, dir+string(filepath.Separator)))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// The tests in test/ run under Node.js.
func TestUnderNode(t *testing.T) {
	program := node(t)
	tests, err := filepath.Glob("test/*.test.mjs")
	if err != nil || len(tests) == 0 {
		t.Fatalf("no tests in test: %v", err)
	}
	noticed(t)
	if said, err := exec.Command(program, append([]string{"--test"}, tests...)...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
}

// noticed reads what other programs are handed, so that a change of it is
// noticed by a go command that remembers results.
func noticed(t *testing.T) {
	t.Helper()
	for _, dir := range []string{"dist", "test"} {
		for _, name := range files(t, dir) {
			if _, err := os.ReadFile(filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// The package in a Node.js server with a whole host behind a reverse proxy.
func TestHost(t *testing.T) {
	program := node(t)
	noticed(t)
	behind.Suite(t, func(t *testing.T, name string) behind.Server {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		upstream := ln.Addr().String()
		return behind.Server{Upstream: upstream, Start: func(s *behind.Site, a *behind.Application) {
			_, port, _ := net.SplitHostPort(upstream)
			ln.Close()
			cmd := exec.Command(program, "test/server.mjs")
			cmd.Env = append(os.Environ(), "HOST="+s.Public, "NAME="+a.Name, "ORIGIN="+a.Origin, "DIRECT=http://"+s.Listen, "CLOCK="+s.ClockFile(), "PORT="+port)
			if name == "wiki" {
				cmd.Env = append(cmd.Env, "SECRET="+behind.Secret)
			}
			run(t, cmd, upstream)
		}}
	})
}

// run starts a server, and waits until it accepts connections.
func run(t *testing.T, cmd *exec.Cmd, at string) {
	t.Helper()
	var said strings.Builder
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	gone := make(chan error, 1)
	go func() { gone <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-gone
		if said.Len() > 0 {
			t.Errorf("the server said\n%s", said.String())
		}
	})
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if conn, err := net.Dial("tcp", at); err == nil {
			conn.Close()
			return
		}
	}
	t.Fatalf("the server does not answer\n%s", said.String())
}
