package examples_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
)

// checkSmuggling sends the corpus through the proxy with a session that may see
// the wiki. The second request, which has none, must never arrive at an
// application, and neither must the first one in a form that a server after
// the proxy could cut differently.
func (p *place) checkSmuggling(t *testing.T) {
	b := p.browser(t)
	b.signIn("https://"+wikiHost+"/", "grace")
	victim := p.browser(t)
	victim.signIn("https://"+wikiHost+"/", "ada")
	p.wiki.take()
	answers := make([]string, len(corpus))
	var all sync.WaitGroup
	for i, v := range corpus {
		all.Go(func() {
			second := fmt.Sprintf("GET /second/%d HTTP/1.1\r\nHost: %s\r\nX-Doorward-User: forged\r\n\r\n", i, wikiHost)
			answers[i] = p.raw(t, wikiHost, v.text(fmt.Sprintf("/first/%d", i), wikiHost, b.cookies(wikiHost), second))
		})
	}
	all.Wait()
	seen := p.wiki.take()
	seen = slices.DeleteFunc(seen, func(a arrival) bool {
		if a.Request == nil {
			t.Errorf("the application got what is no request:\n%.1000q", a.Head)
		}
		return a.Request == nil
	})
	for i, v := range corpus {
		var arrived []arrival
		for _, a := range seen {
			if a.URL.Path == fmt.Sprintf("/first/%d", i) {
				arrived = append(arrived, a)
			} else if a.URL.Path == fmt.Sprintf("/second/%d", i) {
				t.Errorf("%s: the second request arrived:\n%s", v.name, a.Head)
			}
		}
		checkFraming(t, v, arrived, statuses(answers[i]))
		if strings.Contains(answers[i], "echo /second") {
			t.Errorf("%s: the second request was answered:\n%s", v.name, answers[i])
		}
	}
	if seen := p.notes.take(); len(seen) > 0 {
		t.Errorf("the other application was asked: %q", heads(seen))
	}
	for i := range 5 { // connections that are used again hold nothing of the above
		at := fmt.Sprintf("/after/%d", i)
		if a := victim.do(page(t, "https://"+wikiHost+at)); a.StatusCode != http.StatusOK || a.Body != "echo "+at {
			t.Errorf("the next person got %s: %s", a.Status, a.Body)
		}
		told(t, p.wiki.one(t), ada)
	}
}

// checkFraming looks at what arrived of one vector, and at what it was answered.
func checkFraming(t *testing.T, v vector, arrived []arrival, got []int) {
	t.Helper()
	if len(arrived) > 1 {
		t.Errorf("%s: arrived %d times", v.name, len(arrived))
	}
	for _, a := range arrived {
		told(t, a, grace)
		if n := len(a.lines("Content-Length")) + len(a.lines("Transfer-Encoding")); n > 1 || strings.Contains(strings.ReplaceAll(a.Head, "\r\n", ""), "\n") || strings.ContainsAny(strings.ReplaceAll(a.Head, "\r\n", ""), "\r\x00") {
			t.Errorf("%s: arrived in a form that can be read in two ways:\n%q", v.name, a.Head)
		}
	}
	if v.is == fine && (len(arrived) != 1 || len(got) == 0 || got[0] != http.StatusOK) {
		t.Errorf("%s: arrived %d times and was answered %v, though nothing is wrong with it", v.name, len(arrived), got)
	}
	if len(got) > 0 && got[0] == http.StatusOK && len(arrived) == 0 {
		t.Errorf("%s: answered %v by nobody", v.name, got)
	}
	for _, status := range got[min(1, len(got)):] {
		if status < 300 {
			t.Errorf("%s: answered %v", v.name, got)
		}
	}
}

// statuses are the status codes of all answers in the bytes of a connection.
func statuses(bytes string) (list []int) {
	in := bufio.NewReader(strings.NewReader(bytes))
	for {
		a, err := http.ReadResponse(in, nil)
		if err != nil {
			return list
		}
		list = append(list, a.StatusCode)
		if _, err := in.Discard(int(max(a.ContentLength, 0))); err != nil || a.ContentLength < 0 {
			return list
		}
	}
}

// TestT52_smuggling sends the corpus through both proxies, and straight to the
// host, where a connection is shared by everybody whom the proxy serves.
func TestT52_smuggling(t *testing.T) {
	t.Run("nginx", func(t *testing.T) {
		t.Parallel()
		nginx := installed(t, "nginx")
		p := newPlace(t, "nginx")
		p.startNginx(nginx)
		p.checkSmuggling(t)
	})
	t.Run("HAProxy", func(t *testing.T) {
		t.Parallel()
		haproxy := installed(t, "haproxy")
		p := newPlace(t, "haproxy")
		p.startHAProxy(haproxy)
		p.checkSmuggling(t)
	})
	t.Run("the host", func(t *testing.T) {
		t.Parallel()
		newPlace(t, "nginx").checkEdge(t)
	})
}

// checkEdge sends the corpus to the host itself. Whatever can be read in two
// ways is refused, and the connection ends there.
func (p *place) checkEdge(t *testing.T) {
	for _, v := range corpus {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			conn, err := net.Dial("tcp", p.doorward)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			const proto = "\r\nX-Forwarded-Proto: https"
			second := "GET /.doorward/session HTTP/1.1\r\nHost: " + wikiHost + proto + "\r\n\r\n"
			got, ended := exchangeToTheEnd(conn, v.text("/.doorward/session", wikiHost, "a=b"+proto, second))
			codes := slices.DeleteFunc(statuses(got), func(c int) bool { return c == http.StatusContinue })
			if slices.ContainsFunc(codes, func(c int) bool {
				return c >= 500 && c != http.StatusNotImplemented && c != http.StatusHTTPVersionNotSupported
			}) {
				t.Errorf("answered %v", codes)
			}
			if v.is != fine && v.is != either && len(codes) > 0 && codes[0] < 400 {
				t.Errorf("answered %v", codes)
			}
			if v.is == unclear && (len(codes) > 1 || !ended) {
				t.Errorf("answered %v, and the connection ended: %v", codes, ended)
			}
			if v.is == fine && len(codes) != 1 {
				t.Errorf("answered %v, want one answer", codes)
			}
		})
	}
}
