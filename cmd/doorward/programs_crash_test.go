package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"
)

// A device whose sign-in the browser was told is done gets its session, though
// the host is killed before the device asks.
func TestAnApprovedDeviceSurvivesKill(t *testing.T) {
	dir := t.TempDir()
	host := startPrograms(t, dir)
	device, user := askedByDevice(t, host.URL)
	shown := filepath.Join(t.TempDir(), "code.txt")
	if err := os.WriteFile(shown, []byte(user), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := answerDevice(host.URL, shown, "allow"); err != nil {
		t.Fatal(err)
	}
	host.kill()
	start(t, "serve", "--config", filepath.Join(dir, "doorward.yaml"))
	said := postForm(t, host.URL+"/client/token", url.Values{
		"client_id": {"panel"}, "grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}, "device_code": {device},
	})
	req, err := http.NewRequest(http.MethodGet, host.URL+"/session", nil)
	if err != nil {
		t.Fatal(err)
	}
	bearer, _ := said["access_token"].(string)
	req.Header.Set("Authorization", "Bearer "+bearer)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var d sessionDocument
	if err := json.NewDecoder(resp.Body).Decode(&d); err != nil || d.User.UserName != "ada" {
		t.Errorf("the session is lost: %v, %v, %+v", said, err, d)
	}
}

func askedByDevice(t *testing.T, host string) (device, user string) {
	t.Helper()
	said := postForm(t, host+"/client/device_authorization", url.Values{"client_id": {"panel"}})
	device, _ = said["device_code"].(string)
	user, _ = said["user_code"].(string)
	return device, user
}

func postForm(t *testing.T, to string, form url.Values) (said map[string]any) {
	t.Helper()
	resp, err := http.PostForm(to, form)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || json.Unmarshal(body, &said) != nil {
		t.Fatalf("%s: %s %v\n%s", to, resp.Status, err, body)
	}
	return said
}
