// The token endpoint, and the ID token.

package hosttest

import (
	"crypto"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

func (p *Provider) token(w http.ResponseWriter, r *http.Request, k Knobs) {
	if k.TokenError != "" {
		writeError(w, http.StatusBadRequest, k.TokenError)
		return
	}
	if r.Method != http.MethodPost || !p.authenticated(r, k) {
		writeError(w, http.StatusUnauthorized, "invalid_client")
		return
	}
	switch grant := r.PostForm.Get("grant_type"); {
	case grant == "refresh_token":
		p.as(Refresh, p.refresh)(w, r, k)
	case grant == exchangeGrant:
		p.as(Exchange, p.exchange)(w, r, k)
	default:
		p.redeem(w, r, k)
	}
}

// as counts a call of the token endpoint under a name of its own too, and has
// its fault.
func (p *Provider) as(e Endpoint, handle func(http.ResponseWriter, *http.Request, Knobs)) func(http.ResponseWriter, *http.Request, Knobs) {
	return func(w http.ResponseWriter, r *http.Request, _ Knobs) {
		k := p.count(e, r)
		if fault, ok := k.Faults[e]; ok {
			fault.answer(w, r)
			return
		}
		handle(w, r, k)
	}
}

// redeem exchanges a code.
func (p *Provider) redeem(w http.ResponseWriter, r *http.Request, k Knobs) {
	g, ok := p.take(r.PostForm.Get("code"))
	if !ok || r.PostForm.Get("grant_type") != "authorization_code" ||
		g.redirect != r.PostForm.Get("redirect_uri") || !proves(g.challenge, r.PostForm.Get("code_verifier")) {
		writeError(w, http.StatusBadRequest, "invalid_grant")
		return
	}
	if k.RotateForToken {
		p.RotateKeys()
	}
	access := k.AccessToken
	if access == "" {
		access = "at-" + random()
	}
	p.keepAs(access, g)
	out := p.tokens(g, k, access)
	if refresh := p.offer(g, k); refresh != "" {
		out["refresh_token"] = refresh
	}
	if k.EditTokens != nil {
		k.EditTokens(out)
	}
	writeJSON(w, http.StatusOK, out)
}

func (p *Provider) tokens(g grant, k Knobs, access string) map[string]any {
	out := map[string]any{
		"access_token": access, "token_type": "Bearer", "expires_in": 3600, "scope": g.scope,
		"id_token": p.idToken(g, k, access),
	}
	if k.TokenType != "" {
		out["token_type"] = k.TokenType
	}
	return out
}

// AuthMethod names how a call of the token endpoint authenticated its client.
func (c Call) AuthMethod() string {
	form := url.Values(c.Form)
	switch {
	case c.Header.Get("Authorization") != "":
		return "client_secret_basic"
	case form.Get("client_secret") != "":
		return "client_secret_post"
	case form.Get("client_assertion") != "":
		return "private_key_jwt"
	}
	return "none"
}

func (p *Provider) authenticated(r *http.Request, k Knobs) bool {
	id, secret := r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	switch (Call{Header: r.Header, Form: r.Form}).AuthMethod() {
	case "client_secret_basic":
		user, password, _ := r.BasicAuth()
		id, _ = url.QueryUnescape(user)
		secret, _ = url.QueryUnescape(password)
	case "private_key_jwt":
		return p.assertion(r.PostForm, k.ClientKey)
	case "none":
		return id == p.ClientID && p.ClientSecret == ""
	}
	return id == p.ClientID && subtle.ConstantTimeCompare([]byte(secret), []byte(p.ClientSecret)) == 1
}

// assertion checks a client assertion: aud must be the issuer as a string.
func (p *Provider) assertion(form url.Values, key crypto.PublicKey) bool {
	const kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	parsed, err := jwt.ParseSigned(form.Get("client_assertion"), []jose.SignatureAlgorithm{jose.RS256, jose.PS256, jose.ES256, jose.EdDSA})
	if err != nil || key == nil || form.Get("client_assertion_type") != kind {
		return false
	}
	var claims struct {
		jwt.Claims
		Aud json.RawMessage `json:"aud"`
	}
	if parsed.Claims(key, &claims) != nil {
		return false
	}
	return string(claims.Aud) == string(must(json.Marshal(p.URL))) && claims.Issuer == p.ClientID && claims.Subject == p.ClientID && claims.ID != "" &&
		claims.ValidateWithLeeway(jwt.Expected{Time: p.Clock.Now()}, time.Minute) == nil
}

func proves(challenge, verifier string) bool {
	sum := sha256.Sum256([]byte(verifier))
	return challenge == "" || challenge == encode(sum[:])
}

func (p *Provider) idToken(g grant, k Knobs, access string) string {
	claims := p.claims(g, k, access)
	alg, kid, key := p.signer(k.Alg)
	header := map[string]any{"alg": alg, "typ": "JWT", "kid": kid}
	if k.NoKeyID {
		delete(header, "kid")
	}
	if k.EditHeader != nil {
		k.EditHeader(header)
	}
	compact := Sign(alg, key, header, claims)
	if k.BadSignature {
		compact = Spoil(compact)
	}
	if k.EncryptIDToken != nil {
		compact = p.encrypt(*k.EncryptIDToken, compact)
	}
	if k.EditIDToken != nil {
		compact = k.EditIDToken(compact)
	}
	return compact
}

// signer is the key of alg, RS256 when it is empty.
func (p *Provider) signer(alg string) (name, kid string, key any) {
	switch alg {
	case "":
		return "RS256", p.SigningKey().ID, p.SigningKey().Private
	case "ES256":
		return alg, "ec", ECKey().Private
	case "EdDSA":
		return alg, "ed", EdKey().Private
	case "HS256":
		return alg, p.SigningKey().ID, []byte(p.ClientSecret)
	}
	return alg, p.SigningKey().ID, p.SigningKey().Private
}

func (p *Provider) claims(g grant, k Knobs, access string) map[string]any {
	now := p.Clock.Now().Unix()
	claims := map[string]any{
		"iss": p.URL, "sub": g.subject, "aud": p.ClientID, "exp": now + 300, "iat": now, "sid": k.sid(),
	}
	if g.nonce != "" {
		claims["nonce"] = g.nonce
	}
	switch k.AtHash {
	case Absent:
	case Wrong:
		claims["at_hash"] = halfHash(k.Alg, "another token")
	default:
		claims["at_hash"] = halfHash(k.Alg, access)
	}
	if at, present := k.AuthTime.claim(g.authTime, now); present {
		claims["auth_time"] = at
	}
	if k.Challenged {
		claims["challenged"] = g.fresh
		claims["amr"] = []string{"uname", "pwd"}
	}
	maps.Copy(claims, k.Claims)
	if k.EditClaims != nil {
		k.EditClaims(claims)
	}
	return claims
}

func (a AuthTime) claim(proved, now int64) (any, bool) {
	switch a {
	case NoAuthTime:
		return nil, false
	case OldAuthTime:
		return now - 86400, true
	case FutureTime:
		return now + 3600, true
	case StringTime:
		return string(must(json.Marshal(now))), true
	case MillisTime:
		return now * 1000, true
	case FloatTime:
		return float64(now) + 0.5, true
	case NegativeTime:
		return -now, true
	case NullTime:
		return nil, true
	}
	return proved, true
}

// halfHash is at_hash: half of SHA-512 for EdDSA, of SHA-256 for the others.
func halfHash(alg, access string) string {
	if alg == "EdDSA" {
		sum := sha512.Sum512([]byte(access))
		return encode(sum[:32])
	}
	sum := sha256.Sum256([]byte(access))
	return encode(sum[:16])
}

// Spoil changes one bit in the middle of a token's signature.
func Spoil(compact string) string {
	b := []byte(compact)
	i := len(b) - 20
	if b[i] == 'A' {
		b[i] = 'B'
	} else {
		b[i] = 'A'
	}
	return string(b)
}
