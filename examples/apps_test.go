package examples_test

import (
	"html"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestGoApp and TestNodeApp start the examples as their README says, with
// addresses changed and nothing else: Doorward's own binary, the real nginx, and
// an application that verifies for itself who is there.
func TestGoApp(t *testing.T) {
	t.Parallel()
	installed(t, "nginx")
	x := startApp(t, "go-app", "APP="+built(t, "./go-app"))
	checkApp(t, x)
	seeApp(t, x)
}

func TestNodeApp(t *testing.T) {
	t.Parallel()
	installed(t, "nginx")
	installed(t, "node")
	x := startApp(t, "node-app")
	checkApp(t, x)
	seeApp(t, x)
}

// built is a program of this repository.
func built(t *testing.T, dir string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "program")
	if said, err := exec.Command("go", "build", "-o", out, dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	return out
}

// running is an example that was started.
type running struct{ doorward, origin, upstream string }

func startApp(t *testing.T, example string, env ...string) running {
	t.Helper()
	dir := t.TempDir()
	people, err := filepath.Abs("config/people.yaml")
	if err != nil {
		t.Fatal(err)
	}
	swaps := []string{"../config/people.yaml", people}
	at := map[string]string{}
	for _, was := range []string{"8080", "8081", "8090", "9090", "3001"} {
		_, is, _ := net.SplitHostPort(freePort(t))
		swaps, at[was] = append(swaps, ":"+was, ":"+is), is
	}
	files, err := filepath.Glob(example + "/*.*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(files, example+"/run") {
		write(t, dir, filepath.Base(name), strings.NewReplacer(swaps...).Replace(read(t, name)))
	}
	if err := os.Chmod(filepath.Join(dir, "run"), 0o700); err != nil {
		t.Fatal(err)
	}
	if example == "node-app" { // as npm links it
		sdk, err := filepath.Abs("../sdk/js/app")
		if err == nil {
			err = os.MkdirAll(filepath.Join(dir, "node_modules/@doorward"), 0o700)
		}
		if err == nil {
			err = os.Symlink(sdk, filepath.Join(dir, "node_modules/@doorward/app"))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	x := running{"http://localhost:" + at["8080"], "http://127.0.0.1:" + at["8081"], "http://127.0.0.1:" + at["3001"]}
	cmd := append([]string{"DOORWARD=" + built(t, "../cmd/doorward")}, env...)
	start(t, dir, func() (net.Conn, error) {
		for _, port := range []string{at["8081"], at["8090"], at["3001"]} {
			conn, err := net.Dial("tcp", "127.0.0.1:"+port)
			if err != nil {
				return nil, err
			}
			conn.Close()
		}
		return net.Dial("tcp", "127.0.0.1:"+at["8080"])
	}, "env", append(cmd, "./run")...)
	return x
}

// checkApp looks at what both applications do.
func checkApp(t *testing.T, x running) {
	jar, _ := cookiejar.New(nil)
	person := &http.Client{Jar: jar, Timeout: 20 * time.Second}
	get := func(client *http.Client, at string, lines ...string) answer {
		t.Helper()
		r := page(t, at)
		for _, line := range lines {
			name, value, _ := strings.Cut(line, ": ")
			r.Header.Set(name, value)
		}
		return sent(t, client, r)
	}
	contains := func(what string, a answer, status int, texts ...string) {
		t.Helper()
		for _, text := range texts {
			if a.StatusCode != status || !strings.Contains(a.Body, text) {
				t.Errorf("%s: %s at %s, without %q\n%s", what, a.Status, a.Request.URL, text, a.Body)
			}
		}
	}
	contains("nobody's home", get(person, x.origin+"/"), 200, "Nobody is signed in", "Sign in</a>")
	forged := []string{"X-Doorward-User: ada", "X-Doorward-Subject: p-0001", "X-Doorward-Levels: Authenticated", "X-Doorward-Assertion: e30.e30.e30"}
	contains("forged, by the proxy", get(person, x.origin+"/", forged...), 200, "Nobody is signed in")
	contains("forged, past the proxy", get(person, x.upstream+"/", forged...), 401, "assertion_invalid")
	contains("the question", get(person, x.origin+"/.doorward/auth"), 404, "404")
	contains("the question, at the host", get(person, x.doorward+"/auth/envoy/"), 404, "404")

	shown := get(person, x.origin+"/mine?x=1")
	contains("the way to sign in", shown, 200, "<form")
	a := signedIn(t, person, shown, x.doorward, "ada")
	if a.Request.URL.String() != x.origin+"/mine?x=1" {
		t.Errorf("the sign-in ends at %s", a.Request.URL)
	}
	contains("my session", a, 200, "You are <strong>Ada</strong>", "Authenticated/Roles/admin", "ada@example.com", "&#34;sub&#34;: &#34;p-0001&#34;", "Sign out</a>")
	contains("secrets", get(person, x.origin+"/secrets"), 200, "second drawer")
	contains("administration", get(person, x.origin+"/admin"), 200, "<h1>Administration</h1>", "You are <strong>Ada</strong>")
	note := script(t, http.MethodPost, x.origin+"/api/note", "")
	note.Header.Set("Origin", x.origin)
	contains("a script", sent(t, person, note), 200, "for ada")

	jar, _ = cookiejar.New(nil)
	other := &http.Client{Jar: jar, Timeout: 20 * time.Second}
	contains("a stranger's script", sent(t, other, script(t, http.MethodPost, x.origin+"/api/note", "")), 401, "session_missing")
	a = signedIn(t, other, get(other, x.origin+"/admin"), x.doorward, "grace")
	contains("who is no administrator", a, 403, "level_missing")
	contains("somebody else's session", get(other, x.origin+"/mine"), 200, "You are <strong>grace</strong>", "grace (p-0002)")
	r, _ := http.NewRequest(http.MethodPost, x.origin+"/.doorward/logout", strings.NewReader(""))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", x.origin)
	sent(t, other, r)
	contains("after signing out", get(other, x.origin+"/"), 200, "Nobody is signed in")
}

func sent(t *testing.T, client *http.Client, r *http.Request) answer {
	t.Helper()
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp, string(body)}
}

// signedIn fills in the form that is shown.
func signedIn(t *testing.T, client *http.Client, shown answer, origin, name string) answer {
	t.Helper()
	action := form.FindStringSubmatch(shown.Body)
	if action == nil {
		t.Fatalf("no form at %s: %s\n%s", shown.Request.URL, shown.Status, shown.Body)
	}
	fields := url.Values{"username": {name}, "password": {"try doorward, " + name}, "do": {"sign-in"}}
	for _, m := range hidden.FindAllStringSubmatch(shown.Body, -1) {
		fields.Set(m[1], html.UnescapeString(m[2]))
	}
	to, err := shown.Request.URL.Parse(html.UnescapeString(action[1]))
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequest(http.MethodPost, to.String(), strings.NewReader(fields.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Origin", origin)
	return sent(t, client, r)
}
