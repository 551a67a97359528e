package conformance_test

// Answers to machines: JSON, their headers, and errors by name.

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// reply is a machine's answer with its body read.
type reply struct {
	*http.Response
	body string
}

// do sends r without a cookie.
func (op *provider) do(r *http.Request) reply {
	op.Helper()
	resp, err := op.http.Do(r)
	must(op, err)
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	must(op, err)
	return reply{resp, string(raw)}
}

func (op *provider) get(address string, header ...string) reply {
	op.Helper()
	r, err := http.NewRequest(http.MethodGet, address, nil)
	must(op, err)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return op.do(r)
}

func (op *provider) postForm(address string, form url.Values, header ...string) reply {
	op.Helper()
	r := formRequest(op, address, form)
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	return op.do(r)
}

func (op *provider) postJSON(address string, v any) reply {
	op.Helper()
	return op.sendJSON(address, v, "")
}

// sendJSON posts v with an Authorization header, if that is not empty.
func (op *provider) sendJSON(address string, v any, authorization string) reply {
	op.Helper()
	raw, err := json.Marshal(v)
	must(op, err)
	r, err := http.NewRequest(http.MethodPost, address, bytes.NewReader(raw))
	must(op, err)
	r.Header.Set("Content-Type", "application/json")
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	return op.do(r)
}

// object is the body as a JSON object, numbers as they came.
func (r reply) object(t testing.TB) map[string]any {
	t.Helper()
	return object(t, r.body)
}

func object(t testing.TB, body string) map[string]any {
	t.Helper()
	var out map[string]any
	d := json.NewDecoder(strings.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&out); err != nil {
		t.Fatalf("no JSON object: %v: %.200s", err, body)
	}
	return out
}

// text is a member that is a string, or "".
func text(o map[string]any, name string) string {
	s, _ := o[name].(string)
	return s
}

// number is a member that is an integer.
func number(t testing.TB, o map[string]any, name string) int64 {
	t.Helper()
	n, is := o[name].(json.Number)
	if !is {
		t.Fatalf("%s is %v, not a number", name, o[name])
	}
	i, err := n.Int64()
	if err != nil {
		t.Fatalf("%s is %s, not an integer", name, n)
	}
	return i
}

// jsonAnswer holds the headers of an answer that nobody else may see.
func (op *provider) jsonAnswer(what string, r reply) {
	op.Helper()
	op.kind(what, r, "application/json")
	if !strings.Contains(r.Header.Get("Cache-Control"), "no-store") {
		op.Errorf("%s: Cache-Control is %q, want no-store (RFC 6749, section 5.1)", what, r.Header.Get("Cache-Control"))
	}
}

func (op *provider) kind(what string, r reply, want string) {
	op.Helper()
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != want {
		op.Errorf("%s: Content-Type is %q, want %s", what, r.Header.Get("Content-Type"), want)
	}
}

// errorText is what error and error_description may hold (RFC 6749, section 5.2).
var errorText = regexp.MustCompile(`^[\x20\x21\x23-\x5B\x5D-\x7E]*$`)

// oauthError holds an answer that must be an error with one of codes. A client
// that is not let in is answered 401 or 400, every other fault 400 (RFC 6749,
// section 5.2).
func (op *provider) oauthError(what string, r reply, status int, codes ...string) {
	op.Helper()
	o := map[string]any{}
	_ = json.Unmarshal([]byte(r.body), &o)
	if allowed := r.StatusCode == http.StatusBadRequest || r.StatusCode == http.StatusUnauthorized && o["error"] == "invalid_client"; r.StatusCode != status && !allowed {
		op.Errorf("%s: status %d, want %d: %.300s", what, r.StatusCode, status, r.body)
		return
	}
	op.jsonAnswer(what, r)
	if code := text(o, "error"); !slices.Contains(codes, code) {
		op.Errorf("%s: error %q, want one of %q: %s", what, code, codes, r.body)
	} else if r.StatusCode == http.StatusUnauthorized && code != "invalid_client" {
		op.Errorf("%s: status 401 with error %q", what, code)
	}
	for _, name := range []string{"error", "error_description"} {
		if !errorText.MatchString(text(o, name)) {
			op.Errorf("%s: %s has characters that it may not have: %s", what, name, text(o, name))
		}
	}
	if uri, there := o["error_uri"]; there {
		if u, err := url.Parse(uri.(string)); err != nil || !u.IsAbs() {
			op.Errorf("%s: error_uri is %v", what, uri)
		}
	}
}
