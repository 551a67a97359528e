package idp

// Managing a registered client (RFC 7592).

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

func TestRFC7592_ReadUpdateDelete(t *testing.T) {
	b := newBench(t, closed)
	made := b.registered(initialToken, "client_name", "Wiki")
	address, token := made["registration_client_uri"].(string), made["registration_access_token"].(string)

	r := b.call("GET", address, token, nil)
	if r.StatusCode != http.StatusOK || r.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("read: %d %s", r.StatusCode, r.body)
	}
	if read := object(t, r.body); !maps.EqualFunc(read, made, func(a, b any) bool { return asJSON(a) == asJSON(b) }) {
		t.Errorf("read:\n got %v\nwant %v", read, made)
	}

	doc := document("client_id", made["client_id"], "client_name", "Wiki 2", "post_logout_redirect_uris", []string{elsewhere})
	r = b.call("PUT", address, token, doc)
	updated := object(t, r.body)
	if r.StatusCode != http.StatusOK || updated["client_name"] != "Wiki 2" || updated["client_secret"] != made["client_secret"] || updated["client_id"] != made["client_id"] {
		t.Errorf("update: %d %s", r.StatusCode, r.body)
	}
	for name, change := range map[string][2]any{
		"another's id":     {"client_id", "app"},
		"no id":            {"client_id", nil},
		"a chosen secret":  {"client_secret", "chosen-by-the-client-0123456789"},
		"a bad redirect":   {"redirect_uris", []string{"http://app.example.com/"}},
		"an unknown alg":   {"id_token_signed_response_alg", "none"},
		"no redirect URIs": {"redirect_uris", []string{}},
	} {
		bad := maps.Clone(doc)
		bad[change[0].(string)] = change[1]
		if r := b.call("PUT", address, token, bad); r.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %d %s", name, r.StatusCode, r.body)
		}
	}
	if now := object(t, b.call("GET", address, token, nil).body); now["client_name"] != "Wiki 2" {
		t.Errorf("a refused update changed it: %v", now)
	}

	if r := b.call("DELETE", address, token, nil); r.StatusCode != http.StatusNoContent {
		t.Errorf("delete: %d %s", r.StatusCode, r.body)
	}
	if r := b.call("GET", address, token, nil); r.StatusCode != http.StatusUnauthorized {
		t.Errorf("read after delete: %d", r.StatusCode)
	}
	if r := b.browser().get(pathAuthorize, asking("client_id", made["client_id"].(string))); r.StatusCode != http.StatusBadRequest {
		t.Errorf("a deleted client may still ask: %d", r.StatusCode)
	}
}

func asJSON(v any) string {
	text, _ := json.Marshal(v)
	return string(text)
}

// A registration access token is good for its client alone, and nothing tells a
// client that is not there from one that is another's.
func TestT46_ManagementIsTheClientsOwn(t *testing.T) {
	b := newBench(t, closed)
	mine, theirs := b.registered(initialToken), b.registered(initialToken)
	token := mine["registration_access_token"].(string)
	var answers []string
	for _, id := range []string{theirs["client_id"].(string), "app", "AAAAAAAAAAAAAAAAAAAAAA", "", "../" + mine["client_id"].(string), strings.Repeat("x", 4000)} {
		for _, method := range []string{"GET", "PUT", "DELETE"} {
			var doc any
			if method == "PUT" {
				doc = document("client_id", id)
			}
			r := b.call(method, b.issuer+pathRegister+"?client_id="+url.QueryEscape(id), token, doc)
			if r.StatusCode != http.StatusUnauthorized {
				t.Errorf("%s %.30q: %d %s", method, id, r.StatusCode, r.body)
			}
			answers = append(answers, r.body)
		}
	}
	if distinct := slices.Compact(answers); len(distinct) != 1 {
		t.Errorf("the answers differ: %q", distinct)
	}
	for _, bearer := range []string{"", initialToken, theirs["registration_access_token"].(string)} {
		if r := b.call("DELETE", mine["registration_client_uri"].(string), bearer, nil); r.StatusCode != http.StatusUnauthorized {
			t.Errorf("deleted with %q: %d", bearer, r.StatusCode)
		}
	}
	if n := b.count("idp.clients"); n != 2 {
		t.Errorf("%d clients are left", n)
	}
}

// A registered client outlives any number of rotations of the host's key.
func TestRegisteredClientsFollowTheHostKey(t *testing.T) {
	b := newBench(t, closed)
	made := b.registered(initialToken)
	cfg := b.provider.cfg
	for key := byte(2); key < 5; key++ {
		ring := newRing(t, key, key-1)
		if key == 4 { // by a command, while the host stands still
			must(t, Reseal(t.Context(), b.store, ring))
		}
		cfg.Keys = ring
		p, err := New(cfg)
		must(t, err)
		must(t, p.ReloadKeys(t.Context()))
		c, err := p.clients.Client(t.Context(), made["client_id"].(string))
		if err != nil || !c.Secret.Is(made["client_secret"].(string)) {
			t.Fatalf("with key %d: %v", key, err)
		}
	}
	cfg.Keys = newRing(t, 4)
	p, err := New(cfg)
	must(t, err)
	if _, err := p.clients.Client(t.Context(), made["client_id"].(string)); err != nil {
		t.Errorf("the last key alone: %v", err)
	}
}
