package proxy_test

import (
	"encoding/json"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
)

// A client that declares headers to be the connection's own takes none of them
// away: not from the question, and not from what the application is told.
func TestT03_HopByHopTakesNothingAway(t *testing.T) {
	told := []string{"X-Doorward-Subject", "X-Doorward-User", "X-Doorward-Email", "X-Doorward-Roles", "X-Doorward-Levels", "X-Doorward-Idp",
		"X-Doorward-Assertion", "X-Team", "Cookie", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"}
	asked := []string{"Cookie", "Authorization", "X-Forwarded-Method", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Uri", "X-Forwarded-For"}
	all := strings.Join(append(slices.Clone(told), asked...), ", ")
	spellings := [][]string{{all}, {strings.ToLower(all)}, {"close, " + all}, {"keep-alive", all}, {strings.ReplaceAll(all, "-", "_")}, strings.Split(all, ", ")}
	for _, name := range told {
		spellings = append(spellings, []string{name})
	}
	for _, connection := range spellings {
		h := newHouse(t)
		header := http.Header{"Connection": connection, "Cookie": {"doorward-1=handle; theme=dark"}, "Authorization": {"Bearer x"}}
		for _, name := range told[:8] {
			header[name] = []string{"forged"}
		}
		if resp, _ := h.send(t, "GET", "/vault", header, nil); resp.StatusCode != http.StatusOK {
			t.Fatalf("%q: %s", connection, resp.Status)
		}
		questions, reached := h.seen()
		for _, name := range asked {
			if got := questions[0].Header[name]; len(got) != 1 || got[0] == "" {
				t.Errorf("%q: the host is asked with %s %q", connection, name, got)
			}
		}
		for _, name := range told {
			if got := reached[0].Header[name]; len(got) != 1 || got[0] == "forged" || got[0] == "" && name != "X-Doorward-Email" {
				t.Errorf("%q: the application is told %s %q", connection, name, got)
			}
		}
	}
}

// addresses is the corpus that the host is held against too.
func addresses(t *testing.T) (plain, ambiguous, disputed []string) {
	t.Helper()
	raw, err := os.ReadFile("../../../../host/web/testdata/addresses.json")
	if err != nil {
		t.Fatal(err)
	}
	var v struct {
		Requests  []struct{ URI string }
		Ambiguous []string
		Disputed  []string
	}
	if err := json.Unmarshal(raw, &v); err != nil || len(v.Requests) < 10 || len(v.Ambiguous) < 30 || len(v.Disputed) < 10 {
		t.Fatal(len(v.Requests), len(v.Ambiguous), len(v.Disputed), err)
	}
	for _, r := range v.Requests {
		plain = append(plain, r.URI)
	}
	return plain, v.Ambiguous, v.Disputed
}

// Of the addresses that the host is held against, the proxy refuses whatever is
// ambiguous and lets through what is plain. What only the most generous servers
// read otherwise is refused too, or the host decides about it: it is asked about
// the very letters that the application gets.
func TestT06_TheHostsOwnCorpus(t *testing.T) {
	h := newHouse(t)
	plain, ambiguous, disputed := addresses(t)
	send := func(uri string) (status int, questions, reached []*http.Request) {
		before, beyond := h.seen()
		resp, _ := h.send(t, "GET", uri, nil, nil)
		questions, reached = h.seen()
		return resp.StatusCode, questions[len(before):], reached[len(beyond):]
	}
	through := func(uri string, questions, reached []*http.Request) bool {
		return len(questions) == 1 && len(reached) == 1 && questions[0].Header.Get("X-Forwarded-Uri") == uri && reached[0].RequestURI == uri
	}
	for _, path := range ambiguous {
		for _, uri := range []string{path, path + "?x=/public"} {
			if status, questions, reached := send(uri); status != http.StatusBadRequest || len(questions)+len(reached) != 0 {
				t.Errorf("%s: %d, and it went on", uri, status)
			}
		}
	}
	for _, uri := range plain {
		if status, questions, reached := send(uri); status != http.StatusOK || !through(uri, questions, reached) {
			t.Errorf("%s: %d, or other letters went on", uri, status)
		}
	}
	for _, uri := range disputed {
		status, questions, reached := send(uri)
		refused := status == http.StatusBadRequest && len(questions)+len(reached) == 0
		if !refused && (status != http.StatusOK || !through(uri, questions, reached)) {
			t.Errorf("%s: %d, or other letters went on", uri, status)
		}
	}
	for _, uri := range []string{"/100%25/x", "/a%25b%25", "/%25zz", "/a%25%20b", "/100%252", "/%25user"} {
		if status, questions, reached := send(uri); status != http.StatusOK || !through(uri, questions, reached) {
			t.Errorf("%s, which cannot be decoded once more: %d", uri, status)
		}
	}
	for _, uri := range []string{"/%2561", "/%25%36%31", "/a%25u002fvault", "/a%25U2Fvault", "/%2525", "/%25%32%35"} {
		if status, questions, reached := send(uri); status != http.StatusBadRequest || len(questions)+len(reached) != 0 {
			t.Errorf("%s, which can be decoded once more: %d", uri, status)
		}
	}
}
