package conformance_test

// DPoP proofs (RFC 9449, section 4.2), good ones and those that are not.

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"net/http"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

// proof is a DPoP proof before it is signed.
type proof struct {
	key    jose.JSONWebKey
	header map[string]any
	claims map[string]any
}

// proof is a good one for a request; token is the access token it goes with,
// or "".
func (op *provider) proof(key jose.JSONWebKey, method, address, token string) *proof {
	public := jose.JSONWebKey{Key: key.Public().Key}
	p := &proof{
		key:    key,
		header: map[string]any{"typ": "dpop+jwt", "alg": key.Algorithm, "jwk": public},
		claims: map[string]any{"jti": random(), "htm": method, "htu": address, "iat": op.clock.Now().Unix()},
	}
	if token != "" {
		sum := sha256.Sum256([]byte(token))
		p.claims["ath"] = b64.EncodeToString(sum[:])
	}
	return p
}

// sign is the proof as it is sent. The header may say anything, so go-jose
// does not write it.
func (p *proof) sign(t testing.TB) string {
	t.Helper()
	return signRaw(t, p.key, p.header, p.claims)
}

// signRaw is a JWS of that header and payload with the key, whatever they say.
func signRaw(t testing.TB, key jose.JSONWebKey, header, claims map[string]any) string {
	t.Helper()
	head, err := json.Marshal(header)
	must(t, err)
	payload, err := json.Marshal(claims)
	must(t, err)
	input := b64.EncodeToString(head) + "." + b64.EncodeToString(payload)
	sum := sha256.Sum256([]byte(input))
	var signature []byte
	switch private := key.Key.(type) {
	case *rsa.PrivateKey:
		signature, err = rsa.SignPKCS1v15(rand.Reader, private, crypto.SHA256, sum[:])
		must(t, err)
	case *ecdsa.PrivateKey:
		r, s, err := ecdsa.Sign(rand.Reader, private, sum[:])
		must(t, err)
		signature = append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	default:
		t.Fatalf("cannot sign with %T", private)
	}
	return input + "." + b64.EncodeToString(signature)
}

// thumbprint is the key's (RFC 7638).
func thumbprint(t testing.TB, key jose.JSONWebKey) string {
	t.Helper()
	sum, err := key.Thumbprint(crypto.SHA256)
	must(t, err)
	return b64.EncodeToString(sum)
}

// wrongProofs are ways to spoil a proof, at whatever endpoint.
func (op *provider) wrongProofs() map[string]func(*proof) string {
	claim := func(name string, value any) func(*proof) string {
		return func(p *proof) string {
			p.claims[name] = value
			if value == nil {
				delete(p.claims, name)
			}
			return p.sign(op)
		}
	}
	header := func(name string, value any) func(*proof) string {
		return func(p *proof) string {
			p.header[name] = value
			if value == nil {
				delete(p.header, name)
			}
			return p.sign(op)
		}
	}
	now := op.clock.Now().Unix()
	return map[string]func(*proof) string{
		"not a JWT":       func(*proof) string { return "not-a-jwt" },
		"empty":           func(*proof) string { return "" },
		"no typ":          header("typ", nil),
		"no alg":          header("alg", nil),
		"no jwk":          header("jwk", nil),
		"no jti":          claim("jti", nil),
		"no htm":          claim("htm", nil),
		"no htu":          claim("htu", nil),
		"no iat":          claim("iat", nil),
		"wrong typ":       header("typ", "JWT"),
		"alg none":        header("alg", "none"),
		"other htm":       claim("htm", "PUT"),
		"other htu":       claim("htu", "https://other.example.com/token"),
		"other path":      claim("htu", op.issuer+"/elsewhere"),
		"iat an hour old": claim("iat", now-3600),
		"iat in an hour":  claim("iat", now+3600),
		"iat as text":     claim("iat", "now"),
		"private key": func(p *proof) string {
			p.header["jwk"] = jose.JSONWebKey{Key: p.key.Key}
			return p.sign(op)
		},
		"unsecured": func(p *proof) string {
			p.header["alg"] = "none"
			return unsignedRaw(op, p.header, p.claims)
		},
		"bad signature": func(p *proof) string {
			p.key = curveKey("dpop-forger")
			return p.sign(op)
		},
		"critical header": header("crit", []string{"unheard-of"}),
	}
}

func unsignedRaw(t testing.TB, header, claims map[string]any) string {
	t.Helper()
	head, err := json.Marshal(header)
	must(t, err)
	payload, err := json.Marshal(claims)
	must(t, err)
	return b64.EncodeToString(head) + "." + b64.EncodeToString(payload) + "."
}

// boundUserInfo calls userinfo with a bound token and a proof.
func (op *provider) boundUserInfo(scheme, token string, proofs ...string) reply {
	op.Helper()
	r, err := http.NewRequest(http.MethodGet, op.discover().text("userinfo_endpoint"), nil)
	must(op, err)
	r.Header.Set("Authorization", scheme+" "+token)
	for _, p := range proofs {
		r.Header.Add("DPoP", p)
	}
	return op.do(r)
}
