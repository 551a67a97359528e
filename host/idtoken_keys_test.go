package host_test

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
)

const sharedSecret = "a-shared-secret-of-exactly-64-bytes-for-every-hmac-there-is-1234"

// underSecret is a host whose partner shares a secret.
func underSecret(t testing.TB, more ...string) *site {
	idp := hosttest.NewProvider(t)
	return newSite(t, idp, settings{
		Top:  "secrets: {partner.hmac: {value: " + sharedSecret + "}}",
		Rest: partner(idp, "secret: partner.hmac", more...),
	})
}

// PNG-02: keys are named by a discovery document, by the address of a key set, by
// a file, or are a shared secret.
func TestPNG02_KeySources(t *testing.T) {
	t.Parallel()
	set, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{hosttest.RSAKey(0).Public(), hosttest.ECKey().Public(), hosttest.EdKey().Public()}})
	if err != nil {
		t.Fatal(err)
	}
	for name, keys := range map[string]string{
		"well-known": partnerKeys, "key set": "jwks: ISSUER/jwks", "file": "jwks_file: keys.json",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			idp := hosttest.NewProvider(t)
			s := newSite(t, idp, settings{Rest: partner(idp, keys), Files: map[string]string{"keys.json": string(set)}})
			s.taken(s.brings(s.minted(nil)))
			ps := hosttest.Sign("PS256", hosttest.RSAKey(0).Private, with{"alg": "PS256", "kid": "rsa-0"}, s.claims(nil))
			s.taken(s.brings(ps))
			s.forgets()
			s.turnedAway(s.brings(s.resigned("HS256", []byte(sharedSecret), with{"alg": "HS256"})), login.CodeIDTokenRefused, "verification_failed")
		})
	}
	s := underSecret(t)
	s.taken(s.brings(s.resigned("HS256", []byte(sharedSecret), with{"alg": "HS256"})))
	s.forgets()
	s.turnedAway(s.brings(s.minted(nil)), login.CodeIDTokenRefused, "verification_failed")
	if s.idp.Calls(hosttest.Discovery)+s.idp.Calls(hosttest.JWKS) != 0 {
		t.Error("a secret needs no keys from anywhere")
	}
	named := newPartner(t, "algorithms: [ES256]")
	named.turnedAway(named.brings(named.minted(nil)), login.CodeIDTokenRefused, "verification_failed")
}

// resigned is a token of good claims with another signature and header.
func (s *site) resigned(alg string, key any, header with) string {
	return hosttest.Sign(alg, key, header, s.claims(nil))
}

// forgets makes what was audited so far unheard.
func (s *site) forgets() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = nil
}

// PNG-03: labels of secrets.
func TestPNG03_SecretLabels(t *testing.T) {
	t.Parallel()
	text := func(label, used string) []byte {
		return fmt.Appendf(nil, "public_url: https://login.example.com\ninsecure_inline_secrets: true\nsecrets: {%q: {value: %s}}\nproviders: {p: {type: id-token, id_token: {issuer: https://idp.example.com, audience: [a], secret: %q}}}\n", label, sharedSecret, used)
	}
	load := func(label, used string) error {
		_, err := config.Parse("d.yaml", text(label, used), os.LookupEnv, os.ReadFile)
		return err
	}
	for _, good := range []string{"a", "partner", "Partner.HMAC.2", "a.b", "0.9", strings.Repeat("a", 64)} {
		if err := load(good, good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for _, bad := range []string{"", ".", ".a", "a.", "a-b", "a_b", "a b", "ä", "a/b", strings.Repeat("a", 65)} {
		if err := load(bad, bad); err == nil {
			t.Errorf("%q is taken for a label", bad)
		}
	}
	if err := load("partner", "another"); err == nil || !strings.Contains(err.Error(), "no secret has this label") {
		t.Errorf("a label that nobody declares: %v", err)
	}
	if err := load("partner", "Partner"); err == nil {
		t.Error("upper and lower case are one")
	}
}

// T17: no token that the configured keys did not sign signs anybody in, whatever
// its header says.
func TestT17_ForgedIDTokenInAHeader(t *testing.T) {
	t.Parallel()
	s := newPartner(t)
	rsaPublic := hosttest.RSAKey(0).Private.Public().(*rsa.PublicKey)
	pkix, _ := x509.MarshalPKIXPublicKey(rsaPublic)
	block := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: pkix})
	attacker := hosttest.RSAKey(3)
	for name, c := range map[string]struct{ token, check string }{
		"alg none":             {s.resigned("", nil, with{"alg": "none"}), "verification_failed"},
		"alg None":             {s.resigned("", nil, with{"alg": "None"}), "verification_failed"},
		"alg missing":          {s.resigned("", nil, with{"kid": "rsa-0"}), "jwt_parse_error"},
		"alg a number":         {s.resigned("", nil, with{"alg": 5}), "jwt_parse_error"},
		"HS256, PEM":           {s.resigned("HS256", block, with{"alg": "HS256", "kid": "rsa-0"}), "verification_failed"},
		"HS256, DER":           {s.resigned("HS256", pkix, with{"alg": "HS256", "kid": "rsa-0"}), "verification_failed"},
		"HS256, PKCS 1":        {s.resigned("HS256", x509.MarshalPKCS1PublicKey(rsaPublic), with{"alg": "HS256", "kid": "rsa-0"}), "verification_failed"},
		"HS256, nothing":       {s.resigned("HS256", []byte{}, with{"alg": "HS256"}), "verification_failed"},
		"RS512 said":           {s.resigned("RS256", hosttest.RSAKey(0).Private, with{"alg": "RS512", "kid": "rsa-0"}), "verification_failed"},
		"ES256 said":           {s.resigned("RS256", hosttest.RSAKey(0).Private, with{"alg": "ES256", "kid": "rsa-0"}), "verification_failed"},
		"another's key":        {s.resigned("RS256", attacker.Private, with{"alg": "RS256", "kid": "rsa-0"}), "verification_failed"},
		"another's kid":        {s.resigned("RS256", attacker.Private, with{"alg": "RS256", "kid": "rsa-3"}), "verification_failed"},
		"no kid":               {s.resigned("RS256", attacker.Private, with{"alg": "RS256"}), "verification_failed"},
		"jwk in the header":    {s.resigned("RS256", attacker.Private, with{"alg": "RS256", "jwk": attacker.Public()}), "verification_failed"},
		"jku in the header":    {s.resigned("RS256", attacker.Private, with{"alg": "RS256", "jku": "https://attacker.example/jwks"}), "verification_failed"},
		"kid of a path":        {s.resigned("HS256", []byte{}, with{"alg": "HS256", "kid": "../../../dev/null"}), "verification_failed"},
		"critical extension":   {s.resigned("RS256", hosttest.RSAKey(0).Private, with{"alg": "RS256", "crit": []string{"exp"}, "exp": 1}), "jwt_parse_error"},
		"an access token":      {s.resigned("RS256", hosttest.RSAKey(0).Private, with{"alg": "RS256", "typ": "at+jwt"}), "bad_type"},
		"a logout token":       {s.resigned("RS256", hosttest.RSAKey(0).Private, with{"alg": "RS256", "typ": "logout+jwt"}), "bad_type"},
		"a member twice":       {hosttest.SignRaw("RS256", hosttest.RSAKey(0).Private, []byte(`{"alg":"RS256"}`), []byte(`{"sub":"admin",`+s.claimsText()[1:])), "jwt_parse_error"},
		"something after it":   {hosttest.SignRaw("RS256", hosttest.RSAKey(0).Private, []byte(`{"alg":"RS256"}`), []byte(s.claimsText()+`{"sub":"admin"}`)), "jwt_parse_error"},
		"claims that are null": {hosttest.SignRaw("RS256", hosttest.RSAKey(0).Private, []byte(`{"alg":"RS256"}`), []byte(`null`)), "jwt_parse_error"},
		"alg twice":            {hosttest.SignRaw("RS256", hosttest.RSAKey(0).Private, []byte(`{"alg":"none","alg":"RS256"}`), []byte(s.claimsText())), "jwt_parse_error"},
	} {
		t.Run(name, func(t *testing.T) {
			s.turnedAway(s.brings(c.token), login.CodeIDTokenRefused, c.check, "ada@example.com")
		})
	}
	// The secret's side: public keys and algorithms do not count there.
	under := underSecret(t)
	for name, token := range map[string]string{
		"RS256": under.minted(nil), "none": under.resigned("", nil, with{"alg": "none"}), "an empty secret": under.resigned("HS256", []byte{}, with{"alg": "HS256"}),
		"the public key": under.resigned("HS256", block, with{"alg": "HS256"}), "the label": under.resigned("HS256", []byte("partner.hmac"), with{"alg": "HS256"}),
	} {
		t.Run("secret, "+name, func(t *testing.T) {
			under.turnedAway(under.brings(token), login.CodeIDTokenRefused, "verification_failed", sharedSecret)
		})
	}
}

func (s *site) claimsText() string {
	raw, err := json.Marshal(s.claims(nil))
	if err != nil {
		s.t.Fatal(err)
	}
	return string(raw)
}

// T17: strangers who name keys that nobody has make the host ask for them now and
// then, not each time.
func TestT17_AStormOfUnknownKeys(t *testing.T) {
	t.Parallel()
	s := newPartner(t)
	s.taken(s.brings(s.minted(nil)))
	s.idp.ResetCalls()
	for i := range 40 {
		s.brings(s.resigned("RS256", hosttest.RSAKey(3).Private, with{"alg": "RS256", "kid": fmt.Sprintf("storm-%d", i)}))
	}
	if n := s.idp.Calls(hosttest.JWKS); n > 5 {
		t.Errorf("the keys were fetched %d times", n)
	}
	s.idp.RotateKeys()
	s.idp.Clock.Advance(11 * time.Second)
	s.taken(s.brings(s.minted(nil)))
}

// PNG-19: keys belong to where they are from, not to whom a token names: two
// issuers of one address share one fetch, and one issuer's two addresses nothing.
func TestPNG19_KeysAreCachedBySource(t *testing.T) {
	t.Parallel()
	idp := hosttest.NewProvider(t)
	s := newSite(t, idp, settings{Rest: partner(idp, "jwks: ISSUER/jwks", "issuer: https://x.example/{tid}", "issuer_values: {tid: [one, two]}")})
	for _, tid := range []string{"one", "two", "one"} {
		s.taken(s.brings(s.minted(with{"iss": "https://x.example/" + tid, "tid": tid})))
	}
	if n := idp.Calls(hosttest.JWKS); n != 1 {
		t.Errorf("the keys were fetched %d times", n)
	}
	set, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{hosttest.RSAKey(2).Public()}})
	if err != nil {
		t.Fatal(err)
	}
	two := newSite(t, idp, settings{
		Rest:  partner(idp, "jwks: ISSUER/jwks") + "  second:\n    type: id-token\n" + idTokenKeys(idp, "jwks_file: keys.json"),
		Files: map[string]string{"keys.json": string(set)},
	})
	two.taken(two.brings(two.minted(nil)))
	b := two.browser()
	for token, want := range map[string]int{
		two.minted(nil): 401,
		two.resigned("RS256", hosttest.RSAKey(2).Private, with{"alg": "RS256", "kid": "rsa-2"}): 200,
	} {
		r := b.request("POST", "/login/id-token/second", "")
		r.Header.Set("Accept", "application/json")
		r.Header["oidc_id_token"] = []string{token}
		if a := b.do(r); a.StatusCode != want {
			t.Errorf("the same issuer with other keys: %s, want %d\n%s", a.Status, want, a.Body)
		}
	}
}

// Keys that cannot be had: nothing is said of the token, and readiness tells.
func TestPNG19_KeysThatCannotBeHad(t *testing.T) {
	t.Parallel()
	idp := hosttest.NewProvider(t)
	idp.Set(func(k *hosttest.Knobs) {
		k.Faults = map[hosttest.Endpoint]hosttest.Fault{hosttest.Discovery: {Status: 500}}
	})
	s := newSite(t, idp, settings{Rest: partner(idp, partnerKeys), Provider: "jwks_file: keys.json\nendpoints: {authorization: " + idp.URL + "/authorize, token: " + idp.URL + "/token}",
		Files: map[string]string{"keys.json": `{"keys":[` + publicJWK(t) + `]}`}})
	ok := s.minted(nil)
	s.turnedAway(s.brings(ok), login.CodeProviderDown, "jwk_not_loaded", ok)
	status, parts := s.readiness()
	if parts["provider:partner"].Ready || !parts["provider:corp"].Ready {
		t.Errorf("readiness %d %+v", status, parts)
	}
	idp.Set(func(k *hosttest.Knobs) { k.Faults = nil })
	idp.Clock.Advance(time.Minute)
	s.taken(s.brings(s.minted(nil)))
}

func publicJWK(t testing.TB) string {
	raw, err := json.Marshal(hosttest.RSAKey(0).Public())
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
