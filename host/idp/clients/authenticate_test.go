package clients

// Client authentication: each client's one method, and assertions good once
// (THREATS T46; RFC 6749, section 2.3; RFC 7523, section 3).

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/store"
)

func configured(c *Config) {
	c.Configured = []Client{
		{ID: "basic", Secret: secret, RedirectURIs: []string{callback}},
		{ID: "odd id:%&", Secret: "odd secret:%&=+ä€", RedirectURIs: []string{callback}},
		{ID: "post", Auth: AuthPost, Secret: secret, RedirectURIs: []string{callback}},
		{ID: "public", Auth: AuthNone, RedirectURIs: []string{callback}},
		{ID: "signs", Auth: AuthKey, Keys: keySetOf(hosttest.ECKey(), hosttest.RSAKey(0)), RedirectURIs: []string{callback}},
		{ID: "edwards", Auth: AuthKey, AuthAlg: "EdDSA", Keys: keySetOf(hosttest.ECKey(), hosttest.EdKey()), RedirectURIs: []string{callback}},
	}
}

// basic is a header as clients write it: both halves encoded as in forms.
func basic(id, secret string) http.Header {
	r := http.Request{Header: http.Header{}}
	r.SetBasicAuth(url.QueryEscape(id), url.QueryEscape(secret))
	return r.Header
}

func TestAuthenticate(t *testing.T) {
	r := newRig(t, configured)
	twice := basic("basic", secret)
	twice.Add("Authorization", twice.Get("Authorization"))
	good := r.assertion("signs", "ES256", hosttest.ECKey(), nil, nil)
	for name, test := range map[string]struct {
		header http.Header
		form   url.Values
		who    string
		code   string
	}{
		"basic":                    {basic("basic", secret), nil, "basic", ""},
		"basic, and the id":        {basic("basic", secret), url.Values{"client_id": {"basic"}}, "basic", ""},
		"basic, encoded":           {basic("odd id:%&", "odd secret:%&=+ä€"), nil, "odd id:%&", ""},
		"basic, another id":        {basic("basic", secret), url.Values{"client_id": {"post"}}, "", InvalidClient},
		"basic, wrong":             {basic("basic", secret+"x"), nil, "", InvalidClient},
		"basic, empty":             {basic("basic", ""), nil, "", InvalidClient},
		"basic of another":         {basic("post", secret), nil, "", InvalidClient},
		"basic of nobody":          {basic("nobody", secret), nil, "", InvalidClient},
		"basic of a public client": {basic("public", ""), nil, "", InvalidClient},
		"two headers":              {twice, nil, "", InvalidClient},
		"not basic":                {http.Header{"Authorization": {"Bearer " + secret}}, url.Values{"client_id": {"public"}}, "", InvalidClient},
		"not base64":               {http.Header{"Authorization": {"Basic ~~~"}}, nil, "", InvalidClient},
		"badly encoded":            {http.Header{"Authorization": {"Basic JXo6eA=="}}, nil, "", InvalidClient}, // %z:x
		"post":                     {nil, url.Values{"client_id": {"post"}, "client_secret": {secret}}, "post", ""},
		"post of basic":            {nil, url.Values{"client_id": {"basic"}, "client_secret": {secret}}, "", InvalidClient},
		"post, wrong":              {nil, url.Values{"client_id": {"post"}, "client_secret": {secret[1:]}}, "", InvalidClient},
		"post without id":          {nil, url.Values{"client_secret": {secret}}, "", InvalidClient},
		"post and basic":           {basic("basic", secret), url.Values{"client_id": {"basic"}, "client_secret": {secret}}, "", InvalidRequest},
		"none":                     {nil, url.Values{"client_id": {"public"}}, "public", ""},
		"none of basic":            {nil, url.Values{"client_id": {"basic"}}, "", InvalidClient},
		"none of one with keys":    {nil, url.Values{"client_id": {"signs"}}, "", InvalidClient},
		"nothing":                  {nil, nil, "", InvalidClient},
		"long id":                  {nil, url.Values{"client_id": {strings.Repeat("x", 5000)}}, "", InvalidClient},
		"assertion":                {nil, url.Values{"client_assertion_type": {assertionType}, "client_assertion": {good}}, "signs", ""},
		"assertion and secret":     {nil, url.Values{"client_id": {"signs"}, "client_secret": {secret}, "client_assertion_type": {assertionType}, "client_assertion": {good}}, "", InvalidRequest},
		"assertion without type":   {nil, url.Values{"client_assertion": {good}}, "", InvalidRequest},
		"assertion of other type":  {nil, url.Values{"client_assertion": {good}, "client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:saml2-bearer"}}, "", InvalidRequest},
		"type without assertion":   {nil, url.Values{"client_assertion_type": {assertionType}, "client_id": {"public"}}, "", InvalidRequest},
		"assertion of another id":  {nil, url.Values{"client_id": {"edwards"}, "client_assertion_type": {assertionType}, "client_assertion": {good}}, "", InvalidClient},
		"not a token":              {nil, url.Values{"client_assertion_type": {assertionType}, "client_assertion": {"a.b.c"}}, "", InvalidClient},
		"too long a token":         {nil, url.Values{"client_assertion_type": {assertionType}, "client_assertion": {good + strings.Repeat("A", 20<<10)}}, "", InvalidClient},
	} {
		if test.form == nil {
			test.form = url.Values{}
		}
		c, err := r.Authenticate(t.Context(), Call{Header: test.header, Form: test.form, Endpoint: endpoint})
		if c.ID != test.who || codeOf(err) != test.code {
			t.Errorf("%s: client %q, %v", name, c.ID, err)
		}
	}
}

func TestT46_Assertions(t *testing.T) {
	r := newRig(t, configured)
	ec, rsa, ed := hosttest.ECKey(), hosttest.RSAKey(0), hosttest.EdKey()
	now := r.clock.Now().Unix()
	type m = map[string]any
	for name, test := range map[string]struct {
		assertion string
		ok        bool
	}{
		"ES256":                 {r.assertion("signs", "ES256", ec, nil, nil), true},
		"RS256":                 {r.assertion("signs", "RS256", rsa, nil, nil), true},
		"PS256":                 {r.assertion("signs", "PS256", rsa, nil, nil), true},
		"no kid":                {r.assertion("signs", "RS256", rsa, m{"kid": ""}, nil), true},
		"its own algorithm":     {r.assertion("edwards", "EdDSA", ed, nil, nil), true},
		"another algorithm":     {r.assertion("edwards", "ES256", ec, nil, nil), false},
		"a stranger's key":      {r.assertion("signs", "RS256", hosttest.RSAKey(1), m{"kid": rsa.ID}, nil), false},
		"an unknown kid":        {r.assertion("signs", "ES256", ec, m{"kid": "other"}, nil), false},
		"spoiled":               {hosttest.Spoil(r.assertion("signs", "ES256", ec, nil, nil)), false},
		"HS256 with a guess":    {hosttest.Sign("HS256", []byte(strings.Repeat("k", 32)), m{"alg": "HS256"}, m{"iss": "signs", "sub": "signs"}), false},
		"type of our own":       {r.assertion("signs", "ES256", ec, m{"typ": "client-authentication+jwt"}, nil), true},
		"typ JWT":               {r.assertion("signs", "ES256", ec, m{"typ": "JWT"}, nil), true},
		"a request object":      {r.assertion("signs", "ES256", ec, m{"typ": "oauth-authz-req+jwt"}, nil), false},
		"a proof":               {r.assertion("signs", "ES256", ec, m{"typ": "dpop+jwt"}, nil), false},
		"sub of another":        {r.assertion("signs", "ES256", ec, nil, m{"sub": "edwards"}), false},
		"no sub":                {r.assertion("signs", "ES256", ec, nil, m{"sub": nil}), false},
		"iss of another":        {r.assertion("signs", "ES256", ec, nil, m{"iss": "edwards"}), false},
		"aud token endpoint":    {r.assertion("signs", "ES256", ec, nil, m{"aud": endpoint}), true},
		"aud this endpoint":     {r.assertion("signs", "ES256", ec, nil, m{"aud": issuer + "/par"}), true},
		"aud list":              {r.assertion("signs", "ES256", ec, nil, m{"aud": []string{issuer, endpoint}}), true},
		"aud and somebody else": {r.assertion("signs", "ES256", ec, nil, m{"aud": []string{issuer, "https://other.example"}}), false},
		"aud somebody else":     {r.assertion("signs", "ES256", ec, nil, m{"aud": "https://other.example"}), false},
		"aud longer":            {r.assertion("signs", "ES256", ec, nil, m{"aud": issuer + "/"}), false},
		"aud empty":             {r.assertion("signs", "ES256", ec, nil, m{"aud": []string{}}), false},
		"no aud":                {r.assertion("signs", "ES256", ec, nil, m{"aud": nil}), false},
		"no exp":                {r.assertion("signs", "ES256", ec, nil, m{"exp": nil}), false},
		"exp past":              {r.assertion("signs", "ES256", ec, nil, m{"exp": now - 31}), false},
		"exp just past":         {r.assertion("signs", "ES256", ec, nil, m{"exp": now - 29}), true},
		"exp in 5 minutes":      {r.assertion("signs", "ES256", ec, nil, m{"exp": now + 300}), true},
		"exp in an hour":        {r.assertion("signs", "ES256", ec, nil, m{"exp": now + 3600}), false},
		"exp text":              {r.assertion("signs", "ES256", ec, nil, m{"exp": "1800000060"}), false},
		"exp without end":       {r.assertion("signs", "ES256", ec, nil, m{"exp": 1e300}), false},
		"exp negative":          {r.assertion("signs", "ES256", ec, nil, m{"exp": -1}), false},
		"iat to come":           {r.assertion("signs", "ES256", ec, nil, m{"iat": now + 31}), false},
		"no iat":                {r.assertion("signs", "ES256", ec, nil, m{"iat": nil}), true},
		"nbf to come":           {r.assertion("signs", "ES256", ec, nil, m{"nbf": now + 31}), false},
		"nbf text":              {r.assertion("signs", "ES256", ec, nil, m{"nbf": "now"}), false},
		"no jti":                {r.assertion("signs", "ES256", ec, nil, m{"jti": nil}), false},
		"long jti":              {r.assertion("signs", "ES256", ec, nil, m{"jti": strings.Repeat("j", 257)}), false},
		"jti a number":          {r.assertion("signs", "ES256", ec, nil, m{"jti": 5}), false},
	} {
		c, err := r.Authenticate(t.Context(), Call{Form: url.Values{"client_assertion_type": {assertionType}, "client_assertion": {test.assertion}}, Endpoint: issuer + "/par"})
		if ok := err == nil && c.ID != ""; ok != test.ok || !ok && codeOf(err) != InvalidClient {
			t.Errorf("%s: client %q, %v", name, c.ID, err)
		}
	}
}

func TestT46_AnAssertionIsGoodOnce(t *testing.T) {
	r := newRig(t, configured)
	call := func(assertion string) error {
		_, err := r.Authenticate(t.Context(), Call{Form: url.Values{"client_assertion_type": {assertionType}, "client_assertion": {assertion}}, Endpoint: endpoint})
		return err
	}
	assertion := r.assertion("signs", "ES256", hosttest.ECKey(), nil, map[string]any{"jti": "one"})
	won := make(chan bool, 8)
	var all sync.WaitGroup
	for range cap(won) {
		all.Go(func() { won <- call(assertion) == nil })
	}
	all.Wait()
	close(won)
	taken := 0
	for ok := range won {
		if ok {
			taken++
		}
	}
	if taken != 1 {
		t.Errorf("%d of 8 were taken", taken)
	}
	if err := call(r.assertion("edwards", "EdDSA", hosttest.EdKey(), nil, map[string]any{"jti": "one"})); err != nil {
		t.Errorf("another client's jti of that name: %v", err)
	}
	r.clock.advance(60 * time.Second) // the assertion is past, but for the skew
	if call(assertion) == nil {
		t.Error("taken again within the skew")
	}
	r.clock.advance(5 * time.Minute)
	items, err := r.store.Scan(t.Context(), bucketAssertions, "", "", 10)
	must(t, err)
	if len(items) != 0 {
		t.Errorf("%d spent assertions are kept for ever", len(items))
	}
}

// A forged assertion writes nothing: strangers cannot fill the store.
func TestStrangersWriteNothing(t *testing.T) {
	r := newRig(t, configured)
	for range 20 {
		forged := r.assertion("signs", "RS256", hosttest.RSAKey(2), nil, nil)
		_, _ = r.Authenticate(t.Context(), Call{Form: url.Values{"client_assertion_type": {assertionType}, "client_assertion": {forged}}, Endpoint: endpoint})
	}
	items, err := r.store.Scan(t.Context(), bucketAssertions, "", "", 10)
	must(t, err)
	if len(items) != 0 {
		t.Errorf("%d records", len(items))
	}
}

func TestAuthenticateWithoutAStore(t *testing.T) {
	r := newRig(t, configured)
	must(t, r.store.Close())
	_, err := r.Authenticate(t.Context(), Call{Header: basic(strings.Repeat("A", 22), secret), Form: url.Values{}})
	if !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("a client that may be registered: %v", err)
	}
	if _, err := r.Authenticate(t.Context(), Call{Header: basic("basic", secret), Form: url.Values{}}); err != nil {
		t.Errorf("a configured one needs no store: %v", err)
	}
	good := r.assertion("signs", "ES256", hosttest.ECKey(), nil, nil)
	if _, err := r.Authenticate(t.Context(), Call{Form: url.Values{"client_assertion_type": {assertionType}, "client_assertion": {good}}, Endpoint: endpoint}); err == nil {
		t.Error("an assertion is taken that cannot be spent")
	}
}

// FuzzAuthenticate: no header and no form make somebody who does not know the
// secret a client that has one.
func FuzzAuthenticate(f *testing.F) {
	f.Add(basic("basic", secret).Get("Authorization"), "")
	f.Add("", "client_id=post&client_secret="+secret)
	f.Add("", "client_id=public")
	f.Add("Basic Og==", "client_assertion_type="+url.QueryEscape(assertionType)+"&client_assertion=e30.e30.")
	r := newRig(f, configured)
	f.Fuzz(func(t *testing.T, header, body string) {
		form, err := url.ParseQuery(body)
		if err != nil {
			return
		}
		call := Call{Header: http.Header{"Authorization": {header}}, Form: form, Endpoint: endpoint}
		c, err := r.Authenticate(t.Context(), call)
		if err != nil {
			if code := codeOf(err); code != InvalidClient && code != InvalidRequest || c.ID != "" {
				t.Fatalf("%v, client %q", err, c.ID)
			}
			return
		}
		with, err := read(call)
		if err != nil || with.method != c.Auth || with.id != c.ID || !c.Public() && with.secret != string(c.Secret) {
			t.Fatalf("%q %q is taken as %s", header, body, c.ID)
		}
	})
}
