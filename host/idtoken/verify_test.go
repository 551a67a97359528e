package idtoken

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/login"
)

// Every check by what passes it and what does not.
func TestChecks(t *testing.T) {
	now := noon.Unix()
	for name, c := range map[string]struct {
		claims claims
		want   string // the check that refuses; empty when it is taken
	}{
		"as it should be": {nil, ""},

		"iss of another":               {claims{"iss": "https://attacker.example"}, checkIssuer},
		"iss in upper case":            {claims{"iss": strings.ToUpper(issuer)}, checkIssuer},
		"iss with a slash":             {claims{"iss": issuer + "/"}, checkIssuer},
		"iss missing":                  {claims{"iss": nil}, checkIssuer},
		"iss a list":                   {claims{"iss": []string{issuer}}, checkIssuer},
		"iss before the keys of aud":   {claims{"iss": "x", "aud": "y"}, checkIssuer},
		"aud missing":                  {claims{"aud": nil}, checkNoAud},
		"aud null":                     {claims{"aud": json.RawMessage("null")}, checkNoAud},
		"aud empty":                    {claims{"aud": ""}, checkNoAud},
		"aud an empty list":            {claims{"aud": []string{}}, checkNoAud},
		"aud a list of it":             {claims{"aud": []string{"mobile"}}, ""},
		"aud a list of two known":      {claims{"aud": []string{"web", "mobile"}}, ""},
		"aud in another case":          {claims{"aud": "Mobile"}, checkAud},
		"aud of another":               {claims{"aud": "another"}, checkAud},
		"aud with another":             {claims{"aud": []string{"mobile", "another"}}, checkAud},
		"aud with an empty one":        {claims{"aud": []string{"mobile", ""}}, checkAud},
		"aud nested":                   {claims{"aud": []any{[]string{"mobile"}}}, checkAud},
		"aud a number":                 {claims{"aud": 7}, checkAud},
		"aud an object":                {claims{"aud": claims{"mobile": true}}, checkAud},
		"azp listed":                   {claims{"azp": "android"}, ""},
		"azp not listed":               {claims{"azp": "another"}, checkAzp},
		"azp the audience, not listed": {claims{"azp": "mobile"}, checkAzp},
		"azp null":                     {claims{"azp": json.RawMessage("null")}, checkAzp},
		"azp a list":                   {claims{"azp": []string{"android"}}, checkAzp},

		"exp missing":             {claims{"exp": nil}, checkNoExpiry},
		"exp a string":            {claims{"exp": "1700000000"}, checkTime},
		"exp absurd":              {claims{"exp": json.Number("1e300")}, checkTime},
		"exp negative":            {claims{"exp": -1}, checkTime},
		"exp zero":                {claims{"exp": 0}, checkTime},
		"exp milliseconds":        {claims{"exp": (now + 300) * 1000}, checkTime},
		"exp after 9999":          {claims{"exp": int64(253402300800)}, checkTime},
		"exp null":                {claims{"exp": json.RawMessage("null")}, checkTime},
		"exp a fraction":          {claims{"exp": json.Number("1e-3")}, checkTime},
		"exp past":                {claims{"iat": now - 600, "exp": now - 60}, checkExpired},
		"exp past within skew":    {claims{"iat": now - 600, "exp": now - 59}, ""},
		"exp before iat":          {claims{"iat": now + 30, "exp": now - 30}, ""}, // within skew, and shorter than any limit
		"sixty minutes":           {claims{"exp": now + 3600}, ""},
		"sixty minutes and one":   {claims{"exp": now + 3601}, checkLifetime},
		"sixty-one, almost over":  {claims{"iat": now - 3600, "exp": now + 60}, checkLifetime},
		"no iat, sixty minutes":   {claims{"iat": nil, "exp": now + 3600}, ""},
		"no iat, and the skew":    {claims{"iat": nil, "exp": now + 3660}, ""},
		"no iat, more than that":  {claims{"iat": nil, "exp": now + 3661}, checkLifetime},
		"no iat, after 2038":      {claims{"iat": nil, "exp": int64(4102444800)}, checkLifetime},
		"iat after 2038":          {claims{"iat": int64(4102444800), "exp": int64(4102444900)}, checkEarly},
		"iat a string":            {claims{"iat": "now"}, checkTime},
		"iat null":                {claims{"iat": json.RawMessage("null")}, checkTime},
		"iat a minute ahead":      {claims{"iat": now + 60}, ""},
		"iat more ahead":          {claims{"iat": now + 61}, checkEarly},
		"nbf a minute ahead":      {claims{"nbf": now + 60}, ""},
		"nbf more ahead":          {claims{"nbf": now + 61}, checkEarly},
		"nbf absurd":              {claims{"nbf": json.Number("1e300")}, checkTime},
		"sub missing":             {claims{"sub": nil}, checkSubject},
		"sub empty":               {claims{"sub": ""}, checkSubject},
		"sub a number":            {claims{"sub": 7}, checkSubject},
		"sub with a line break":   {claims{"sub": "ada\nadmin"}, checkSubject},
		"sub too long":            {claims{"sub": strings.Repeat("a", 256)}, checkSubject},
		"a logout token":          {claims{"events": claims{"http://schemas.openid.net/event/backchannel-logout": claims{}}}, checkType},
		"what is not known stays": {claims{"nonce": "n", "at_hash": "x", "custom": claims{"a": 1}}, ""},
	} {
		p := provider(t, func(cfg *Config) {
			cfg.Audience, cfg.AuthorizedParties = []string{"mobile", "web"}, []string{"android"}
		})
		if got := verdict(t, p, signed(good(c.claims))); got != c.want {
			t.Errorf("%s: refused by %q, want %q", name, got, c.want)
		}
	}
}

// Skew and lifetime are as configured.
func TestPNG09_LifetimeIsConfigured(t *testing.T) {
	now := noon.Unix()
	short := provider(t, func(cfg *Config) { cfg.MaxLifetime, cfg.Skew = 5*time.Minute, -1 })
	for _, c := range []struct {
		claims claims
		want   string
	}{
		{claims{"exp": now + 300}, ""}, {claims{"exp": now + 301}, checkLifetime},
		{claims{"iat": nil, "exp": now + 300}, ""}, {claims{"iat": nil, "exp": now + 301}, checkLifetime},
		{claims{"iat": now - 300, "exp": now}, checkExpired}, {claims{"iat": now + 1}, checkEarly},
	} {
		if got := verdict(t, short, signed(good(c.claims))); got != c.want {
			t.Errorf("%v: %q, want %q", c.claims, got, c.want)
		}
	}
	day := provider(t, func(cfg *Config) { cfg.MaxLifetime = 24 * time.Hour })
	if got := verdict(t, day, signed(good(claims{"iat": now - 3600, "exp": now + 82800}))); got != "" {
		t.Errorf("a day: %q", got)
	}
}

// An issuer with placeholders is filled from the claims, with what is listed and
// nothing else, and nothing in it is a pattern.
func TestPNG19_IssuerTemplate(t *testing.T) {
	p := provider(t, func(cfg *Config) {
		cfg.Issuer = "https://x.example/{tid}/v2.0.{region}"
		cfg.IssuerValues = map[string][]string{"tid": {"one", "a.b"}, "region": {"eu"}}
	})
	for name, c := range map[string]struct {
		claims claims
		want   string
	}{
		"listed":              {claims{"iss": "https://x.example/one/v2.0.eu", "tid": "one", "region": "eu"}, ""},
		"the other":           {claims{"iss": "https://x.example/a.b/v2.0.eu", "tid": "a.b", "region": "eu"}, ""},
		"not listed":          {claims{"iss": "https://x.example/two/v2.0.eu", "tid": "two", "region": "eu"}, checkIssuer},
		"claim and iss apart": {claims{"iss": "https://x.example/one/v2.0.eu", "tid": "a.b", "region": "eu"}, checkIssuer},
		"a dot is a dot":      {claims{"iss": "https://x.example/aXb/v2.0.eu", "tid": "aXb", "region": "eu"}, checkIssuer},
		"a literal dot too":   {claims{"iss": "https://x.example/one/v2X0.eu", "tid": "one", "region": "eu"}, checkIssuer},
		"claim missing":       {claims{"iss": "https://x.example//v2.0.eu", "region": "eu"}, checkIssuer},
		"claim empty":         {claims{"iss": "https://x.example//v2.0.eu", "tid": "", "region": "eu"}, checkIssuer},
		"claim a list":        {claims{"iss": "https://x.example/one/v2.0.eu", "tid": []string{"one"}, "region": "eu"}, checkIssuer},
		"unfilled":            {claims{"iss": "https://x.example/{tid}/v2.0.eu", "tid": "{tid}", "region": "eu"}, checkIssuer},
		"a path in the claim": {claims{"iss": "https://x.example/one/../a/v2.0.eu", "tid": "one/../a", "region": "eu"}, checkIssuer},
	} {
		if got := verdict(t, p, signed(good(c.claims))); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	doc, _, err := complete(p, signed(good(claims{"iss": "https://x.example/one/v2.0.eu", "tid": "one", "region": "eu"})))
	if err != nil || doc.Person != (login.Person{IdP: "partner", Issuer: "https://x.example/one/v2.0.eu", Subject: "ada"}) {
		t.Errorf("the person is %+v: %v", doc.Person, err)
	}
	// The text of a pattern means itself.
	stars := provider(t, func(cfg *Config) { cfg.Issuer = "https://.*/[a-z]+" })
	if got := verdict(t, stars, signed(good(claims{"iss": "https://attacker/x"}))); got != checkIssuer {
		t.Errorf("an issuer was taken for a pattern: %q", got)
	}
	if got := verdict(t, stars, signed(good(claims{"iss": "https://.*/[a-z]+"}))); got != "" {
		t.Errorf("%q", got)
	}
}

// The trace names the check, what was expected, and nothing of the token.
func TestTraceOfARefusal(t *testing.T) {
	_, trace, err := complete(provider(t), signed(good(claims{"aud": "canary-1", "email": "canary-2", "sub": "canary-3"})))
	refused(t, err, login.CodeIDTokenRefused, checkAud)
	raw, _ := json.Marshal(trace.Entries())
	if text := string(raw) + err.Error() + login.HintOf(err); strings.Contains(text, "canary") {
		t.Errorf("it holds claims: %s", text)
	}
	entries := trace.Entries()
	if last := entries[len(entries)-1]; last.Step != "verify" || last.Out["check"] != checkAud || last.Out["alg"] != "RS256" || last.In["issuer"] != issuer {
		t.Errorf("%+v", last)
	}
}

// Evidence, the provider's session and verified addresses come from the token.
func TestDocument(t *testing.T) {
	doc, _, err := complete(provider(t), signed(good(claims{
		"auth_time": noon.Unix() - 30, "challenged": true, "amr": []string{"pwd", "otp"}, "acr": "gold", "sid": "s1", "email": "ada@example.com", "email_verified": true,
	})))
	if err != nil {
		t.Fatal(err)
	}
	e := doc.Login.Evidence
	if e.AuthTime == nil || *e.AuthTime != noon.Unix()-30 || e.Challenged == nil || !*e.Challenged || !slices.Equal(e.AMR, []string{"pwd", "otp"}) || e.ACR != "gold" {
		t.Errorf("evidence %+v", e)
	}
	if doc.ProviderSID != "s1" || !doc.Verified("ada@example.com") || doc.Login.Protocol != "id-token" || doc.ID != request().ID || !doc.ReceivedAt.Equal(noon) {
		t.Errorf("%+v", doc)
	}
	if names := doc.Sources.Names(); !slices.Equal(names, []string{"idTokenClaims"}) {
		t.Errorf("sources %v", names)
	}
}

// The page lists every check, and what it says.
func TestDocs_EveryCheckIsListed(t *testing.T) {
	page, err := os.ReadFile("../../docs/id-token.md")
	if err != nil {
		t.Fatal(err)
	}
	at := 0
	for _, c := range Checks {
		row := "| `" + c.Name + "` | " + c.Says + " |"
		i := strings.Index(string(page), row)
		if i < at {
			t.Errorf("docs/id-token.md lacks the row, or has it in another order:\n%s", row)
		}
		at = max(at, i)
	}
	for _, name := range []string{checkMissing, checkTwice} {
		if !strings.Contains(string(page), "| `"+name+"` |") {
			t.Errorf("docs/id-token.md lacks %s", name)
		}
	}
}
