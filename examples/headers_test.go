package examples_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

func (p *place) checkForged(t *testing.T) {
	for _, b := range []*browser{p.browser(t).http1(), p.browser(t)} {
		b.signIn("https://"+wikiHost+"/", "grace")
		told(t, p.wiki.one(t), grace)
		names := []string{"X-Doorward-Levels", "X-Doorward-Assertion"}
		for name := range grace {
			names = append(names, name)
		}
		for _, name := range names {
			under := strings.ReplaceAll(name, "-", "_")
			for _, spelling := range []string{
				name, strings.ToLower(name), strings.ToUpper(name), under, strings.ToLower(under), strings.ToUpper(under),
				strings.Replace(name, "-", "_", 1), strings.Replace(under, "_", "-", 1), "x" + strings.ToUpper(name[1:]),
			} {
				for _, values := range [][]string{{"forged"}, {"forged", "forged,too"}, {"", "forged"}} {
					r := page(t, "https://"+wikiHost+"/forged")
					r.Header[spelling] = values
					r.Header["X-Wiki-Other"] = []string{"kept"}
					if a := b.do(r); a.StatusCode != http.StatusOK && a.StatusCode != http.StatusBadRequest {
						t.Errorf("%s: %s", spelling, a.Status)
					}
					for _, a := range p.wiki.take() {
						told(t, a, grace)
						if strings.Contains(strings.SplitAfterN(a.Head, "\n", 2)[1], "forged") {
							t.Errorf("%s: %q arrived\n%s", spelling, values, a.Head)
						}
						if !slices.Equal(a.lines("X-Wiki-Other"), []string{"kept"}) {
							t.Errorf("a header of the client's own is gone\n%s", a.Head)
						}
					}
				}
			}
		}
	}
}

func (p *place) checkCookies(t *testing.T) {
	b := p.browser(t).http1()
	b.signIn("https://"+wikiHost+"/", "ada")
	p.wiki.take()
	ours := b.cookies(wikiHost)
	if !strings.Contains(ours, "__Host-doorward=") {
		t.Fatalf("the browser has no cookie of ours: %q", ours)
	}
	b.do(page(t, "https://"+wikiHost+"/"))
	if got := p.wiki.one(t).lines("Cookie"); len(got) > 1 || len(got) == 1 && got[0] != "" {
		t.Errorf("without a cookie of its own, the application got %q", got)
	}
	for sent, want := range map[string]string{
		"theme=dark; own=1; " + ours:                                 "theme=dark; own=1",
		"theme=dark; " + ours + "; own=1":                            "theme=dark; own=1",
		ours + "; __Host-doorward-start-abc=x; doorward=mine":        "doorward=mine",
		ours + ";__Host-doorward-login-abc=x;a=b":                    "a=b",
		"__Host-doorward-trail=x; a=\"b c\"; " + ours + "; b=__Host": "a=\"b c\"; b=__Host",
	} {
		r := page(t, "https://"+wikiHost+"/")
		r.Header["Cookie"] = []string{sent}
		jar := b.http.Jar
		b.http.Jar = nil
		a := b.do(r)
		b.http.Jar = jar
		if a.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", sent, a.Status)
			continue
		}
		if got := p.wiki.one(t).lines("Cookie"); !slices.Equal(got, []string{want}) {
			t.Errorf("the application got the cookies %q, want %q", got, want)
		}
	}
	two := p.raw(t, wikiHost, "GET /two HTTP/1.1\r\nHost: "+wikiHost+"\r\nCookie: a=b\r\ncookie: "+ours+"\r\nCOOKIE: c=d\r\nConnection: close\r\n\r\n")
	for _, a := range p.wiki.take() {
		if strings.Contains(a.Head, "__Host-doorward") {
			t.Errorf("our cookie arrived\n%s", a.Head)
		}
		told(t, a, ada)
	}
	if !strings.HasPrefix(two, "HTTP/1.1 200") && !strings.HasPrefix(two, "HTTP/1.1 4") {
		t.Errorf("three Cookie headers got %.300q", two)
	}
}

func (p *place) checkConnection(t *testing.T) {
	b := p.browser(t).http1()
	b.signIn("https://"+wikiHost+"/", "ada")
	p.wiki.take()
	for _, names := range []string{
		"X-Doorward-User", "close, X-Doorward-User", "x-doorward-user,x-doorward-assertion,cookie,host", "keep-alive, X-Wiki-Name",
		"X-Forwarded-Host, X-Forwarded-Proto, X-Forwarded-Uri, X-Forwarded-Method, X-Forwarded-For", "Upgrade, X-Doorward-Roles",
	} {
		got := p.raw(t, wikiHost, "GET /hop HTTP/1.1\r\nHost: "+wikiHost+"\r\nCookie: own=1; "+b.cookies(wikiHost)+"\r\nConnection: "+names+
			"\r\nKeep-Alive: X-Doorward-User\r\nProxy-Connection: X-Doorward-User\r\n\r\n")
		seen := p.wiki.take()
		if len(seen) == 0 && !strings.HasPrefix(got, "HTTP/1.1 4") {
			t.Errorf("%s: not refused, and nothing arrived: %.300q", names, got)
		}
		for _, a := range seen {
			told(t, a, ada)
			for _, token := range a.lines("Connection") {
				if token = strings.ToLower(token); token != "" && token != "close" && token != "keep-alive" {
					t.Errorf("%s: the application got Connection: %s", names, token)
				}
			}
		}
	}
}

func (p *place) checkForwarded(t *testing.T) {
	b := p.browser(t).http1()
	b.signIn("https://"+wikiHost+"/", "grace")
	p.wiki.take()
	for name, value := range map[string]string{
		"X-Forwarded-Host": wikiHost, "X-Forwarded-Uri": "/.doorward/session", "X-Forwarded-Method": "OPTIONS", "X-Forwarded-Proto": "http",
		"X-Forwarded-For": "10.0.0.1", "X-Forwarded-Port": "80", "X-Real-Ip": "10.0.0.1", "Forwarded": "host=" + wikiHost, "X-Original-Url": "/", "X-Rewrite-Url": "/", "X_Forwarded_Host": wikiHost,
	} {
		for _, values := range [][]string{{value}, {value, value}, {""}} {
			for _, at := range []string{wikiHost, notesHost} {
				r := page(t, "https://"+at+"/t01")
				r.Header[name] = values
				a := b.do(r)
				if at == wikiHost && a.StatusCode != http.StatusOK || at == notesHost && a.StatusCode != http.StatusForbidden {
					t.Errorf("%s: %q at %s: %s", name, values, at, a.Status)
				}
			}
			for _, a := range p.wiki.take() {
				if got := a.lines("X-Forwarded-For"); !slices.Equal(got, []string{"127.0.0.1"}) {
					t.Errorf("%s: %q: X-Forwarded-For arrived as %q", name, values, got)
				}
				if got := a.lines("X-Forwarded-Proto"); !slices.Equal(got, []string{"https"}) {
					t.Errorf("%s: %q: X-Forwarded-Proto arrived as %q", name, values, got)
				}
				for _, name := range []string{"X-Forwarded-Method", "X-Forwarded-Uri", "X-Forwarded-Port", "X-Real-Ip"} {
					if got := a.lines(name); value != "" && slices.Contains(got, value) {
						t.Errorf("%s arrived as the client's %q", name, got)
					}
				}
			}
		}
	}
	p.nothingArrived(t)
}
