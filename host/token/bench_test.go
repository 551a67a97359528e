package token

import (
	"context"
	"testing"

	"github.com/doorward/doorward/host/hosttest"
)

func BenchmarkVerify(b *testing.B) {
	ec, ed := hosttest.ECKey(), hosttest.EdKey()
	for alg, key := range map[string]hosttest.Key{"RS256": hosttest.RSAKey(0), "ES256": ec, "EdDSA": ed} {
		compact := hosttest.Sign(alg, key.Private, header(alg, key.ID), map[string]any{
			"iss": "https://idp.example.com", "sub": "alice", "aud": "doorward", "exp": 1700000300, "iat": 1700000000,
			"nonce": "0123456789abcdef", "groups": []string{"engineering", "staff"},
		})
		rules := Rules{Algs: Asymmetric(), Keys: static(b, key.Public())}
		b.Run(alg, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				jwt, err := Parse(compact)
				if err != nil || jwt.Verify(context.Background(), rules) != nil {
					b.Fatal("it does not verify")
				}
			}
		})
	}
}
