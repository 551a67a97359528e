package session

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/keyring"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/store"
)

// host is Sessions over a real store, for tests that reach inside.
func host(t testing.TB) (*Sessions, *bytes.Buffer) {
	t.Helper()
	dir := t.TempDir()
	s, err := store.Open(filepath.Join(dir, "doorward.db"), store.Options{InsecureNoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	keys, err := keyring.New(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	log := &bytes.Buffer{}
	sessions := New(Config{Store: s, Keys: keys, Log: slog.New(slog.NewTextHandler(log, nil))})
	t.Cleanup(func() { sessions.Close(); s.Close() })
	return sessions, log
}

func someone(t testing.TB) login.Document {
	t.Helper()
	sources, err := attrs.Document{}.With(attrs.IDTokenClaims, []byte(`{"sub": "ann"}`))
	if err != nil {
		t.Fatal(err)
	}
	return login.Document{Sources: sources, Person: login.Person{IdP: "corp", Issuer: "i", Subject: "ann"}, ReceivedAt: time.Now()}
}

func issued(t testing.TB, s *Sessions) login.Session {
	t.Helper()
	req := login.AuthRequest{Purpose: login.PurposeLogin, RequestedAt: time.Now().Unix()}
	session, err := s.Issue(context.Background(), req, someone(t), login.User{}, login.Decision{})
	if err != nil {
		t.Fatal(err)
	}
	return session
}

// TestT29_EveryFormatStaysReadable reads the same record as each build wrote
// it. A build that changes the record adds a file beside these.
func TestT29_EveryFormatStaysReadable(t *testing.T) {
	authTime, previous, maxAge, challenged := int64(1767225500), int64(1767220000), int64(60), true
	sources, err := attrs.Document{}.With(attrs.IDTokenClaims, []byte(`{ "sub":"ann", "n":1.50 }`))
	if err != nil {
		t.Fatal(err)
	}
	want := &Record{
		ID: "00112233445566778899aabbccddeeff", CreatedAt: time.UnixMilli(1767225600123).UTC(), Version: 1,
		Document: login.Document{
			Sources: sources,
			Person:  login.Person{IdP: "corp", Issuer: "https://idp.example.com", Subject: "ann"},
			Login: login.Login{
				IdP: "corp", Protocol: "oidc", RequestedAt: 1767225590, ReceivedAt: 1767225600, ForceAuth: true, MaxAge: &maxAge,
				Evidence:         login.Evidence{AuthTime: &authTime, Challenged: &challenged, AMR: []string{"pwd"}, ACR: "2"},
				PreviousAuthTime: &previous, ChallengedTrusted: true, ReauthSkew: 5,
			},
			ID: "0123456789abcdef", ReceivedAt: time.UnixMilli(1767225600120).UTC(), ProviderSID: "sid-1",
			VerifiedEmails: []string{"ann@example.com"}, TrustEmail: true, Missing: []string{attrs.UserInfo},
			Warnings: []login.Warning{{Code: login.CodeUserInfoFailed, Message: "Unable to retrieve user info from IDP", Audit: true}},
		},
		User: login.User{
			ID: "1", UserName: "ann", FirstName: "Ann", LastName: "Other", Email: "ann@example.com", Roles: []string{"admin"},
			Attributes: map[string]any{"n": json.Number("1.50")},
		},
	}
	tokens := login.Tokens{
		Access: "access-2", Expires: 1767229200, Refresh: "refresh-2", IDToken: "id-1", Refreshed: 1767225700, Frozen: 1767229100,
		For: map[string]login.Granted{"api": {Token: "access-3", Type: "Bearer", Expires: 1767229201, Scope: "read"}},
	}
	for format, version := range map[int]uint64{1: 1, 2: 7, 3: 7} {
		text, err := os.ReadFile(fmt.Sprintf("testdata/record-%d.json", format))
		if err != nil {
			t.Fatal(err)
		}
		got, err := decodeRecord(text)
		if err != nil {
			t.Fatal(err)
		}
		want.Document.VerifiedEmails, want.Document.TrustEmail = []string{"ann@example.com"}, true
		if format == 1 { // it did not say which address is verified, so none is
			want.Document.VerifiedEmails, want.Document.TrustEmail = nil, false
		}
		want.Tokens = login.Tokens{}
		if format == 3 {
			want.Tokens = tokens
		}
		if want.Version = version; !reflect.DeepEqual(got, want) {
			g, _ := json.Marshal(got)
			w, _ := json.Marshal(want)
			t.Errorf("format %d:\ngot  %s\nwant %s", format, g, w)
		}
		if format != recordFormat {
			continue
		}
		again, err := encodeRecord(got)
		if err != nil {
			t.Fatal(err)
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, text); err != nil {
			t.Fatal(err)
		}
		if string(again) != compact.String() {
			t.Errorf("this build writes format %d differently:\n%s\n%s", format, again, &compact)
		}
	}
}

// TestT29_TokensOfAnOldRecordAreTheSignIns reads records of builds that did not
// keep them apart from the document.
func TestT29_TokensOfAnOldRecordAreTheSignIns(t *testing.T) {
	response := `{"access_token":"a","refresh_token":"r","id_token":"i","expires_in":"3600"}`
	for format := 1; format <= 2; format++ {
		text, err := os.ReadFile(fmt.Sprintf("testdata/record-%d.json", format))
		if err != nil {
			t.Fatal(err)
		}
		quoted, _ := json.Marshal(response)
		text = bytes.Replace(text, []byte(`"sources": {`), []byte(`"sources": {"tokenEndpointResponse": `+string(quoted)+`,`), 1)
		got, err := decodeRecord(text)
		if err != nil {
			t.Fatal(err)
		}
		want := login.Tokens{Access: "a", Refresh: "r", IDToken: "i", Expires: got.Document.ReceivedAt.Unix() + 3600}
		if !reflect.DeepEqual(got.Tokens, want) {
			t.Errorf("format %d: the tokens differ", format)
		}
	}
}

// TestT29_ASessionOfTheFirstFormatLivesOn puts a session's record and entry
// back to what the first build wrote, uses it and continues it.
func TestT29_ASessionOfTheFirstFormatLivesOn(t *testing.T) {
	ctx := context.Background()
	s, _ := host(t)
	session := issued(t, s)
	r, err := s.Open(ctx, session.Handle, "")
	if err != nil {
		t.Fatal(err)
	}
	f, err := s.readIndex(ctx, "", r.ID)
	if err != nil {
		t.Fatal(err)
	}
	record, err := encodeRecord(r)
	if err != nil {
		t.Fatal(err)
	}
	record = bytes.Replace(record, []byte(`"format":3,"id":"`+r.ID+`","version":1`), []byte(`"format":1,"id":"`+r.ID+`"`), 1)
	index := fmt.Sprintf(`{"format":1,"idp":"corp","createdAt":%d,"used":%d,"levels":["Authenticated"],"handles":[%q],"people":[%q]}`,
		f.CreatedAt, f.Used, f.Handles[0], f.People[0])
	if err := s.store.Apply(ctx,
		store.Op{Bucket: recordBucket, Key: r.ID, Value: encrypt(r.key, record, recordBinding(r.ID))},
		store.Op{Bucket: indexBucket, Key: r.ID, Value: s.keys.Seal(indexPurpose, []byte(index), []byte(r.ID))},
	); err != nil {
		t.Fatal(err)
	}
	for range 2 { // from memory, and cold
		if r, err := s.Open(ctx, session.Handle, ""); err != nil || r.Version != 1 {
			t.Fatalf("Open: %v, %v", r, err)
		}
		s.cache = newCache(cacheEntries, cacheBytes)
	}
	if list, err := s.List(ctx, Filter{}); err != nil || len(list) != 1 || list[0].Person == "" {
		t.Errorf("List: %+v, %v", list, err)
	}
	wiki, err := s.Grant(ctx, r, "wiki")
	if err != nil {
		t.Fatal(err)
	}
	req := login.AuthRequest{Purpose: login.PurposeStepUp, Session: session.Handle, RequestedAt: time.Now().Unix()}
	if again, err := s.Issue(ctx, req, someone(t), login.User{ID: "2"}, login.Decision{}); err != nil || again.ID != session.ID {
		t.Fatalf("Issue: %v, %v", again.ID, err)
	}
	if r, err := s.Open(ctx, wiki, "wiki"); err != nil || r.Version != 2 || r.User.ID != "2" {
		t.Errorf("Open: %v, %v", r, err)
	}
}

// TestAnEntryOfAnotherShapeIsNoSession seals what no build wrote.
func TestAnEntryOfAnotherShapeIsNoSession(t *testing.T) {
	s, _ := host(t)
	for _, text := range []string{"", "[]", "{}", `{"format":0}`, `{"format":-1}`, `{"format":1}`, `{"format":2,"record":1,"handles":["h"],"people":["p"]}`,
		`{"format":1,"handles":[],"people":["p"]}`, `{"format":1,"handles":["h"],"people":[]}`, `{"format":2,"handles":["h"],"people":["p"],"subjects":2}`,
		`{"format":2,"handles":["h"],"people":["p"],"subjects":-1}`, `{"format":1,"handles":"h","people":["p"]}`} {
		f, err := s.openIndex(store.Item{Key: "id", Value: s.keys.Seal(indexPurpose, []byte(text), []byte("id"))})
		if err == nil {
			t.Errorf("%s gives %+v", text, f)
		}
	}
	good := `{"format":1,"handles":["h"],"people":["p"]}`
	if _, err := s.openIndex(store.Item{Key: "id", Value: s.keys.Seal(indexPurpose, []byte(good), []byte("id"))}); err != nil {
		t.Error(err)
	}
}

// TestT29_ANewerFormatIsNoSessionAndIsKept writes each part as a newer build
// would.
func TestT29_ANewerFormatIsNoSessionAndIsKept(t *testing.T) {
	ctx := context.Background()
	for part, rewrite := range map[string]func(s *Sessions, r *Record, h handle) store.Op{
		"record": func(s *Sessions, r *Record, _ handle) store.Op {
			text := []byte(`{"format":4,"id":{"shape":"changed"}}`)
			return store.Op{Bucket: recordBucket, Key: r.ID, Value: encrypt(r.key, text, recordBinding(r.ID))}
		},
		"record's box": func(s *Sessions, r *Record, _ handle) store.Op {
			return store.Op{Bucket: recordBucket, Key: r.ID, Value: []byte{boxFormat + 1, 1, 2, 3}}
		},
		"handle": func(s *Sessions, _ *Record, h handle) store.Op {
			return store.Op{Bucket: handleBucket, Key: h.lookup(), Value: []byte{boxFormat + 1, 1, 2, 3}}
		},
		"index": func(s *Sessions, r *Record, _ handle) store.Op {
			text := []byte(`{"format":3,"handles":"changed"}`)
			return store.Op{Bucket: indexBucket, Key: r.ID, Value: s.keys.Seal(indexPurpose, text, []byte(r.ID))}
		},
	} {
		t.Run(part, func(t *testing.T) {
			s, log := host(t)
			session := issued(t, s)
			r, err := s.Open(ctx, session.Handle, "")
			if err != nil {
				t.Fatal(err)
			}
			h, _ := parseHandle(session.Handle)
			newer := rewrite(s, r, h)
			before, err := s.store.Get(ctx, newer.Bucket, newer.Key)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.store.Apply(ctx, newer); err != nil {
				t.Fatal(err)
			}
			s.cache = newCache(cacheEntries, cacheBytes)
			for range 3 {
				if _, err := s.Open(ctx, session.Handle, ""); !errors.Is(err, ErrNone) {
					t.Errorf("got %v", err)
				}
			}
			if _, err := s.List(ctx, Filter{}); err != nil {
				t.Errorf("List: %v", err)
			}
			if n := strings.Count(log.String(), "newer doorward"); n != 1 {
				t.Errorf("logged %d times: %s", n, log)
			}
			kept, err := s.store.Get(ctx, newer.Bucket, newer.Key)
			if err != nil || !bytes.Equal(kept.Value, newer.Value) {
				t.Errorf("what the newer build wrote is lost: %v", err)
			}
			// The newer build comes back: here, its part is readable again.
			if err := s.store.Apply(ctx, store.Op{Bucket: newer.Bucket, Key: newer.Key, Value: before.Value}); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Open(ctx, session.Handle, ""); err != nil {
				t.Errorf("the session is lost: %v", err)
			}
		})
	}
}

func TestDamagedRecordsAreNoSession(t *testing.T) {
	for _, text := range []string{"", "x", "[]", "null", "{}", `{"format":0}`, `{"format":-1}`, `{"format":"1"}`, `{"format":1,"document":7}`,
		`{"format":1,"document":{"sources":{"idTokenClaims":"no json"}}}`, `{"format":1,"document":{"sources":{"":"{}"}}}`} {
		if r, err := decodeRecord([]byte(text)); err == nil {
			t.Errorf("%s gives %v", text, r)
		}
	}
}

// FuzzOpen puts any bytes where a handle, or a stored part, should be.
func FuzzOpen(f *testing.F) {
	s, _ := host(f)
	good := issued(f, s)
	h, _ := parseHandle(good.Handle)
	r, err := s.Open(context.Background(), good.Handle, "")
	if err != nil {
		f.Fatal(err)
	}
	keys := map[string]string{handleBucket: h.lookup(), recordBucket: r.ID, indexBucket: r.ID}
	f.Add(good.Handle, "", []byte{1, 2, 3})
	f.Add(strings.Repeat("A", 43), "wiki", []byte{2})
	f.Add(strings.Repeat("A", 42)+"\xff", "", bytes.Repeat([]byte{1}, 100))
	f.Fuzz(func(t *testing.T, text, app string, stored []byte) {
		ctx := context.Background()
		s.cache = newCache(cacheEntries, cacheBytes)
		if text != good.Handle {
			if _, err := s.Open(ctx, text, app); !errors.Is(err, ErrNone) {
				t.Errorf("%q opens: %v", text, err)
			}
		}
		for bucket, key := range keys {
			whole, err := s.store.Get(ctx, bucket, key)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.store.Apply(ctx, store.Op{Bucket: bucket, Key: key, Value: stored}); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Open(ctx, good.Handle, ""); !errors.Is(err, ErrNone) {
				t.Errorf("%s with strange bytes: %v", bucket, err)
			}
			if err := s.store.Apply(ctx, store.Op{Bucket: bucket, Key: key, Value: whole.Value}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.Open(ctx, good.Handle, ""); err != nil {
			t.Errorf("the whole session: %v", err)
		}
	})
}

func FuzzDecodeRecord(f *testing.F) {
	golden, err := os.ReadFile("testdata/record-1.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(golden)
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := decodeRecord(text)
		if err != nil {
			return
		}
		if _, err := encodeRecord(r); err != nil && !errors.Is(err, errTooLarge) {
			t.Errorf("decoded and not encodable: %v", err)
		}
	})
}

func TestTheCacheIsBounded(t *testing.T) {
	c := newCache(4, 100)
	o := func(lookup, id string, size int) *opened {
		k := c.session(id)
		if k == nil {
			k = &kept{id: id, size: size}
		}
		return &opened{digest: digestOf(lookup), lookup: lookup, session: k}
	}
	held := func() (names string) {
		for _, lookup := range []string{"a", "a2", "b", "c", "d", "e"} {
			if c.byHandle[digestOf(lookup)] != nil {
				names += lookup
			}
		}
		if c.order.Len() != len(c.byID) {
			t.Fatalf("%d sessions in order, %d by id", c.order.Len(), len(c.byID))
		}
		return fmt.Sprint(names, len(c.byID), c.size)
	}
	for i, step := range []struct {
		do   func()
		want string
	}{
		{func() { c.put(o("a", "A", 10)); c.put(o("b", "B", 20)); c.put(o("c", "C", 30)) }, "abc3 60"},
		{func() { c.put(o("a2", "A", 10)); c.put(o("a2", "A", 10)) }, "aa2bc3 60"},
		{func() { c.get(digestOf("a2")); c.put(o("d", "D", 5)) }, "aa2cd3 45"}, // b is the oldest one not used
		{func() { c.put(o("e", "E", 95)) }, "e1 95"},
		{func() { c.put(o("a", "A", 101)) }, "0 0"},
		{func() {
			c.put(o("a", "A", 1))
			c.put(o("a2", "A", 1))
			c.dropHandles("A", "a", "x")
			c.dropHandles("B", "a2")
		}, "a21 1"},
		{func() { c.dropHandles("A", "a2") }, "0 0"},
		{func() { c.put(o("a", "A", 1)); c.put(o("a2", "A", 1)); c.put(o("b", "B", 2)); c.drop("A"); c.drop("C") }, "b1 2"},
		{func() { c.put(&opened{digest: digestOf("b"), lookup: "b", session: &kept{id: "B", size: 3}}) }, "b1 3"}, // opened twice at once
	} {
		step.do()
		if got := held(); got != step.want {
			t.Fatalf("step %d holds %s; want %s", i, got, step.want)
		}
	}
}

func TestDevices(t *testing.T) {
	for header, want := range map[string]string{
		"": "",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0": "Edge on Windows",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/604.1":     "Safari on iPhone",
		"Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36":                  "Chrome on Android",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:140.0) Gecko/20100101 Firefox/140.0":                                          "Firefox on macOS",
		"curl/8.5.0":                               "curl",
		"<script>alert(1)</script>":                "",
		strings.Repeat("x", 10_000) + "Firefox/1":  "",
		"Linux" + strings.Repeat("\x00\xff", 1000): "Linux",
	} {
		if got := device(WithUserAgent(context.Background(), header)); got != want {
			t.Errorf("%.60q: %q; want %q", header, got, want)
		}
	}
	if got := device(context.Background()); got != "" {
		t.Errorf("without a header: %q", got)
	}
}
