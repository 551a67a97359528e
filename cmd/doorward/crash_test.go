package main

import (
	"net/http"
	"net/url"
	"testing"
)

// A login whose redirect has reached the browser survives a kill -9 that comes
// before the browser's next request.
func TestAcknowledgedLoginSurvivesKill(t *testing.T) {
	data := t.TempDir()
	first := startDemo(t, "--data", data)
	at, err := url.Parse(first.URL)
	if err != nil {
		t.Fatal(err)
	}
	v := newVisitor(t, first.URL)
	resp, body := v.get("/login")
	var acknowledged bool
	v.http.CheckRedirect = func(req *http.Request, _ []*http.Request) error {
		if req.URL.Path == "/" { // the redirect after the login: do not follow it
			acknowledged = true
			return http.ErrUseLastResponse
		}
		return nil
	}
	resp, body = v.signIn(resp, body, "ada", "open-sesame")
	first.kill()
	if !acknowledged {
		t.Fatalf("the login was not acknowledged: %s\n%s", resp.Status, body)
	}
	startDemo(t, "--data", data, "--listen", "127.0.0.1:"+at.Port())
	if d := v.session(); !d.Authenticated || d.User.UserName != "ada" {
		t.Errorf("the session is lost: %+v", d)
	}
}
