package examples_test

import (
	"bufio"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

func (p *place) checkUpgrade(t *testing.T) {
	handshake := func(protocol, cookie string) string {
		return "GET /socket HTTP/1.1\r\nHost: " + wikiHost + "\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: " + protocol + "\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n" +
			"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: https://" + wikiHost + "\r\nCookie: " + cookie + "\r\n\r\n"
	}
	if got := p.raw(t, wikiHost, handshake("websocket", "a=b")); !strings.HasPrefix(got, "HTTP/1.1 401") {
		t.Errorf("without a session: %.200q", got)
	}
	p.nothingArrived(t)
	b := p.browser(t)
	b.signIn("https://"+wikiHost+"/", "ada")
	p.wiki.take()
	conn := p.dial(t, wikiHost)
	_, _ = io.WriteString(conn, handshake("websocket", b.cookies(wikiHost)))
	in := bufio.NewReader(conn)
	if a, err := http.ReadResponse(in, nil); err != nil || a.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("with a session: %v %v", a, err)
	}
	_, _ = io.WriteString(conn, "over the socket\n")
	if got, err := in.ReadString('\n'); got != "over the socket\n" {
		t.Errorf("over the socket came %q: %v", got, err)
	}
	arrived := p.wiki.one(t)
	told(t, arrived, ada)
	if got := arrived.lines("Connection"); len(got) != 1 || !strings.EqualFold(got[0], "upgrade") {
		t.Errorf("Connection arrived as %q", got)
	}
	if got := p.raw(t, wikiHost, handshake("h2c", b.cookies(wikiHost))); strings.HasPrefix(got, "HTTP/1.1 101") {
		t.Errorf("h2c: %.300q", got)
	}
	for _, a := range p.wiki.take() {
		if up, connection := a.lines("Upgrade"), strings.Join(a.lines("Connection"), ","); len(up) > 0 || strings.Contains(strings.ToLower(connection), "upgrade") {
			t.Errorf("the application was asked for another protocol\n%s", a.Head)
		}
	}
}

// checkEvents reads the event stream while it is open, and signs out.
func (p *place) checkEvents(t *testing.T) {
	b := p.browser(t)
	b.signIn("https://"+wikiHost+"/", "ada")
	r := script(t, http.MethodGet, "https://"+wikiHost+"/.doorward/session/events", "")
	r.Header.Set("Accept", "text/event-stream")
	resp, err := b.http.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("%s, %s", resp.Status, resp.Header.Get("Content-Type"))
	}
	events := make(chan string, 10)
	go func() {
		defer close(events)
		for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
			if name, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
				events <- name
			}
		}
	}()
	expect := func(want string) {
		t.Helper()
		select {
		case got := <-events:
			if got != want {
				t.Fatalf("the event is %q, want %q", got, want)
			}
		case <-time.After(5 * time.Second):
			t.Fatalf("%s is held back", want)
		}
	}
	expect("session")
	out, _ := http.NewRequest(http.MethodPost, "https://"+wikiHost+"/.doorward/logout", strings.NewReader(url.Values{}.Encode()))
	out.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	out.Header.Set("Origin", "https://"+wikiHost)
	out.Header.Set("Accept", "text/html")
	if a := b.step(out); a.StatusCode >= 400 {
		t.Fatalf("signing out: %s\n%s", a.Status, a.Body)
	}
	expect("logout")
	p.wiki.take()
	if a := b.step(page(t, "https://"+wikiHost+"/")); a.StatusCode != http.StatusSeeOther {
		t.Errorf("after signing out: %s", a.Status)
	}
	p.nothingArrived(t)
}

// checkStepUp lets a proof grow old: the part of the notes that wants a fresh
// one asks again, and its other parts do not.
func (p *place) checkStepUp(t *testing.T) {
	b := p.browser(t).http1()
	const at = "https://" + notesHost + "/account/edit?id=7"
	if a := b.signIn(at, "ada"); a.StatusCode != http.StatusOK || a.Request.URL.String() != at {
		t.Fatalf("%s at %s", a.Status, a.Request.URL)
	}
	p.notes.take()
	p.clock.Advance(6 * time.Minute)
	if a := b.step(page(t, "https://"+notesHost+"/")); a.StatusCode != http.StatusOK {
		t.Fatalf("the other part: %s", a.Status)
	}
	p.notes.one(t)
	p.checkSpellings(t, b)
	a := b.step(script(t, http.MethodGet, at, ""))
	if got := a.Header.Get("Www-Authenticate"); a.StatusCode != http.StatusUnauthorized || !strings.Contains(got, `acr_values="Authenticated/Fresh"`) {
		t.Errorf("a script: %s, WWW-Authenticate %q", a.Status, got)
	}
	if a := b.signIn(at, "ada"); a.StatusCode != http.StatusOK || a.Request.URL.String() != at {
		t.Errorf("the step-up ended with %s at %s", a.Status, a.Request.URL)
	}
	if got := p.notes.one(t).lines("X-Doorward-Levels"); len(got) != 1 || !strings.Contains(got[0], "Authenticated/Fresh") {
		t.Errorf("the levels arrived as %q", got)
	}
	for _, spelling := range spellings.account {
		if got := p.spelled(t, b, spelling); !p.judged(got) && (!strings.HasPrefix(got, "HTTP/1.1 200") || len(p.notes.take()) != 1) {
			t.Errorf("%q after the step-up: %.300q", spelling, got)
		}
	}
}
