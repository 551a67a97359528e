package host_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
)

// partnerKeys say where the keys of partner are: the provider's own, unless a
// test says otherwise.
const partnerKeys = "well_known: ISSUER/.well-known/openid-configuration"

// partner is the text of a provider that takes the ID tokens of idp, for the
// audience "mobile". keys is the key source; each further line is one of id_token.
// ISSUER is idp's address.
func partner(idp *hosttest.Provider, keys string, more ...string) string {
	return "  partner:\n    type: id-token\n" + idTokenKeys(idp, keys, more...)
}

func idTokenKeys(idp *hosttest.Provider, keys string, more ...string) string {
	lines := append([]string{keys}, more...)
	if text := strings.Join(more, "\n"); !strings.Contains(text, "issuer:") {
		lines = append(lines, "issuer: ISSUER")
	}
	if text := strings.Join(more, "\n"); !strings.Contains(text, "audience:") {
		lines = append(lines, "audience: [mobile]")
	}
	return strings.ReplaceAll("    id_token:\n      "+strings.Join(lines, "\n      ")+"\n", "ISSUER", idp.URL)
}

// newPartner is a host with the provider partner beside corp.
func newPartner(t testing.TB, more ...string) *site {
	t.Helper()
	idp := hosttest.NewProvider(t)
	return newSite(t, idp, settings{Rest: partner(idp, partnerKeys, more...)})
}

// with are claims that differ; nil removes one.
type with map[string]any

// claims of a token that partner takes, five minutes long.
func (s *site) claims(changed with) map[string]any {
	now := s.idp.Clock.Now().Unix()
	claims := map[string]any{
		"iss": s.idp.URL, "sub": "ada", "aud": "mobile", "iat": now, "exp": now + 300, "auth_time": now - 30,
		"preferred_username": "ada.l", "given_name": "Ada", "email": "ada@example.com", "email_verified": true, "jti": fmt.Sprint(time.Now().UnixNano()),
	}
	maps.Copy(claims, changed)
	for name, value := range changed {
		if value == nil {
			delete(claims, name)
		}
	}
	return claims
}

// minted is an ID token of those claims, signed by the provider.
func (s *site) minted(changed with) string {
	key := s.idp.SigningKey()
	return hosttest.Sign("RS256", key.Private, map[string]any{"alg": "RS256", "typ": "JWT", "kid": key.ID}, s.claims(changed))
}

// header is one with these names and values, in turn.
func header(pairs ...string) http.Header {
	h := http.Header{}
	for i := 0; i+1 < len(pairs); i += 2 {
		h[pairs[i]] = append(h[pairs[i]], pairs[i+1]) // as it is written: underscores and all
	}
	return h
}

// brings posts a token as a program does: no cookies, JSON.
func (s *site) brings(token string) answer { return s.sends("", header("oidc_id_token", token)) }

// sends posts to partner with those headers, and to the query if there is one.
func (s *site) sends(query string, h http.Header) answer {
	s.t.Helper()
	b := s.browser()
	b.http.Jar = nil
	r := b.request(http.MethodPost, "/login/id-token/partner"+query, "")
	r.Header.Set("Accept", "application/json")
	maps.Copy(r.Header, h)
	return b.do(r)
}

// tokenAnswer is what a program gets.
type tokenAnswer struct{ TokenID, SuccessURL, Realm string }

// taken is the answer to a token that must have been accepted.
func (s *site) taken(a answer) (got tokenAnswer) {
	s.t.Helper()
	if err := json.Unmarshal([]byte(a.Body), &got); err != nil || a.StatusCode != http.StatusOK {
		s.t.Fatalf("%s %v\n%s\n%s", a.Status, err, a.Body, s.log)
	}
	if a.Header.Get("Cache-Control") != "no-store" || !strings.HasPrefix(a.Header.Get("Content-Type"), "application/json") || len(a.Cookies()) != 0 {
		s.t.Errorf("the answer's headers: %v", a.Header)
	}
	return got
}

// of is GET /session with a bearer.
func (s *site) of(tokenID string) (d document) {
	s.t.Helper()
	b := s.browser()
	b.http.Jar = nil
	r := b.request(http.MethodGet, "/session", "")
	r.Header.Set("Accept", "application/json")
	r.Header.Set("Authorization", "Bearer "+tokenID)
	a := b.do(r)
	if err := json.Unmarshal([]byte(a.Body), &d); err != nil || a.StatusCode != http.StatusOK {
		s.t.Fatalf("GET /session: %s %v\n%s", a.Status, err, a.Body)
	}
	return d
}

// turnedAway holds a refusal against what everyone of them must be: the code and
// the check in the answer, the audit log and the log, and nothing of the token
// anywhere.
func (s *site) turnedAway(a answer, code login.Code, check string, hidden ...string) {
	s.t.Helper()
	s.helpful(a, string(code))
	var p struct{ Check, Detail string }
	if err := json.Unmarshal([]byte(a.Body), &p); err != nil || p.Check != check || p.Detail == "" {
		s.t.Errorf("check %q, want %q: %s", p.Check, check, a.Body)
	}
	if len(s.audited("login")) != 0 {
		s.t.Error("a login was audited")
	}
	refused := s.audited("refused")
	if len(refused) == 0 || refused[len(refused)-1].Check != check || refused[len(refused)-1].Code != code || refused[len(refused)-1].Provider != "partner" {
		s.t.Errorf("audited %+v", refused)
	}
	if id := a.Header.Get("X-Request-Id"); s.logged(id).Check != check {
		s.t.Errorf("logged %+v", s.logged(id))
	}
	if a.StatusCode == http.StatusUnauthorized != (a.Header.Get("WWW-Authenticate") == `Bearer error="invalid_token"`) {
		s.t.Errorf("%s with the challenge %q", a.Status, a.Header.Get("WWW-Authenticate"))
	}
	audit, _ := json.Marshal(refused)
	for _, secret := range hidden {
		for place, text := range map[string]string{"the answer": a.Body, "the log": s.log.String(), "the audit log": string(audit)} {
			if strings.Contains(text, secret) {
				s.t.Errorf("%s holds %q", place, secret)
			}
		}
	}
}

// line is how a refusal was logged.
type line struct {
	Level                               slog.Level
	Msg, Code, Check, Request, Provider string
}

// logged is the line of the request with that id that has a code.
func (s *site) logged(id string) (found line) {
	for _, text := range strings.Split(s.log.String(), "\n") {
		var l line
		if json.Unmarshal([]byte(text), &l) == nil && l.Request == id && l.Code != "" {
			found = l
		}
	}
	return found
}
