package policy

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// BenchmarkBesideServer takes turns between a decision, one out of the cache,
// and an OPA server on the loopback interface that is asked for the same grant
// with the same input. The server is built from the module that the host
// itself uses; where it cannot be, it is left out.
func BenchmarkBesideServer(b *testing.B) {
	program := buildServer(b)
	for _, n := range []int{1, 50, 500} {
		b.Run(fmt.Sprintf("rules=%d", n), func(b *testing.B) {
			e := newEngine(b, Config{Levels: benchLevels(n), Modules: levelsFile(benchRules(n))})
			ways := []way{decideWay(b, "decide", e, 10, 2), cachedWay(b, e)}
			if program != "" {
				ways = append([]way{serverWay(b, program, e, n)}, ways...)
			}
			takeTurns(b, ways...)
		})
	}
}

// buildServer returns the path of the opa command, or "".
func buildServer(b *testing.B) string {
	b.Helper()
	if ready := os.Getenv("DOORWARD_OPA"); ready != "" {
		return ready
	}
	folder, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/open-policy-agent/opa").Output()
	if err != nil {
		b.Logf("without the OPA server: %v", err)
		return ""
	}
	program := filepath.Join(b.TempDir(), "opa")
	build := exec.Command("go", "build", "-tags", "opa_no_oci", "-o", program, ".")
	build.Dir = strings.TrimSpace(string(folder))
	if text, err := build.CombinedOutput(); err != nil {
		b.Logf("without the OPA server: %v\n%s", err, text)
		return ""
	}
	return program
}

// serverWay starts a server with the rules and the library, and asks it over
// one connection.
func serverWay(b *testing.B, program string, e *Engine, n int) way {
	b.Helper()
	folder := b.TempDir()
	files := embedded("doorward")
	files["levels.rego"] = levelsFile(benchRules(n))["levels.rego"]
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(folder, strings.NewReplacer("/", "-", ":", "-").Replace(name)), []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	address := freeAddress(b)
	server := exec.Command(program, "run", "--server", "--addr", address, "--log-level", "error", "--disable-telemetry", folder)
	if err := server.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = server.Process.Kill(); _ = server.Wait() })
	input, err := e.Input(benchFacts(b))
	if err != nil {
		b.Fatal(err)
	}
	body, err := json.Marshal(map[string]json.RawMessage{"input": input})
	if err != nil {
		b.Fatal(err)
	}
	ask := func() error { return askServer("http://"+address+"/v1/data/doorward/levels/grant", body) }
	for tries := 0; ask() != nil; tries++ {
		if tries == 200 {
			b.Fatal(ask())
		}
		time.Sleep(50 * time.Millisecond)
	}
	return way{"server", 10, func() {
		if err := ask(); err != nil {
			b.Fatal(err)
		}
	}}
}

func freeAddress(b *testing.B) string {
	b.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

func askServer(address string, body []byte) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil && (response.StatusCode != http.StatusOK || !bytes.Contains(text, []byte("Authenticated/L0"))) {
		err = fmt.Errorf("status %d: %s", response.StatusCode, text)
	}
	return err
}
