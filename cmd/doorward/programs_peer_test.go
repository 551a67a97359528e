package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

// npm's openid-client discovers the host, signs a device in, presents its
// session as a bearer and ends it.
func TestOpenIDClientIsADevice(t *testing.T) {
	const example = "../../examples/openid-client"
	node, err := exec.LookPath("node")
	if err == nil {
		_, err = os.Stat(filepath.Join(example, "node_modules/openid-client"))
	}
	if err != nil {
		if os.Getenv("DOORWARD_CI") != "" {
			t.Fatal("openid-client is missing: run npm ci --prefix examples/openid-client")
		}
		t.Skip("openid-client is missing: run npm ci --prefix examples/openid-client")
	}
	host := startPrograms(t, t.TempDir()).URL
	shown := filepath.Join(t.TempDir(), "out.txt")
	out, err := os.Create(shown)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	device := exec.Command(node, "device.mjs", host, "panel")
	device.Dir, device.Stdout, device.Stderr = example, out, out
	if err := device.Start(); err != nil {
		t.Fatal(err)
	}
	answered := answerDevice(host, shown, "allow")
	failed := device.Wait()
	said, _ := os.ReadFile(shown)
	want := regexp.MustCompile(`^Open ` + regexp.QuoteMeta(host) + `/device and type [B-Z]{4}-[B-Z]{4}\nsigned in as ada for 43\d{3} seconds at most\nsigned out: invalid_token\n$`)
	if answered != nil || failed != nil || !want.Match(bytes.ReplaceAll(said, []byte("\r"), nil)) {
		t.Errorf("%v, %v, it said\n%s", answered, failed, said)
	}
}
