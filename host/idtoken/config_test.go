package idtoken

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/token"
)

// What is configured wrong is said at once, all of it.
func TestNew_Faults(t *testing.T) {
	keys := static(t)
	for name, c := range map[string]struct {
		cfg  Config
		want []string
	}{
		"nothing":            {Config{}, []string{"name", "audience", "keys or a secret", "issuer is missing"}},
		"both":               {Config{Name: "p", Issuer: issuer, Audience: []string{"a"}, Keys: keys, Secret: token.Secret(strings.Repeat("s", 32))}, []string{"keys or a secret"}},
		"short secret":       {Config{Name: "p", Issuer: issuer, Audience: []string{"a"}, Secret: "short"}, []string{"too short"}},
		"hmac, public keys":  {Config{Name: "p", Issuer: issuer, Audience: []string{"a"}, Keys: keys, Algs: []string{"HS256"}}, []string{"HS256"}},
		"rsa with a secret":  {Config{Name: "p", Issuer: issuer, Audience: []string{"a"}, Secret: token.Secret(strings.Repeat("s", 32)), Algs: []string{"RS256"}}, []string{"does not fit"}},
		"none":               {Config{Name: "p", Issuer: issuer, Audience: []string{"a"}, Keys: keys, Algs: []string{"none"}}, []string{"not supported"}},
		"an open template":   {Config{Name: "p", Issuer: issuer + "/{tid}", Audience: []string{"a"}, Keys: keys}, []string{"anybody"}},
		"an empty value":     {Config{Name: "p", Issuer: issuer + "/{tid}", IssuerValues: map[string][]string{"tid": {""}}, Audience: []string{"a"}, Keys: keys}, []string{"anybody"}},
		"a brace too many":   {Config{Name: "p", Issuer: issuer + "/{tid", Audience: []string{"a"}, Keys: keys}, []string{"no partner"}},
		"a closing one":      {Config{Name: "p", Issuer: issuer + "/tid}", Audience: []string{"a"}, Keys: keys}, []string{"no partner"}},
		"one in the other":   {Config{Name: "p", Issuer: issuer + "/{a{b}}", Audience: []string{"a"}, Keys: keys}, []string{"no partner"}},
		"too much skew":      {Config{Name: "p", Issuer: issuer, Audience: []string{"a"}, Keys: keys, Skew: time.Hour}, []string{"skew"}},
		"a negative life":    {Config{Name: "p", Issuer: issuer, Audience: []string{"a"}, Keys: keys, MaxLifetime: -1}, []string{"max_lifetime"}},
		"no name to fill in": {Config{Name: "p", Issuer: issuer + "/{}", Audience: []string{"a"}, Keys: keys}, []string{"no partner"}},
	} {
		_, err := New(c.cfg)
		for _, want := range c.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %q", name, err, want)
			}
		}
	}
}

// A secret is used with the HMACs that it is long enough for.
func TestPNG02_ASecretsAlgorithms(t *testing.T) {
	secret := strings.Repeat("s", 32)
	p := provider(t, func(cfg *Config) { cfg.Keys, cfg.Secret = nil, token.Secret(secret) })
	if !slices.Equal(p.cfg.Algs, []string{"HS256"}) {
		t.Errorf("%v", p.cfg.Algs)
	}
	ok := hosttest.Sign("HS256", []byte(secret), map[string]any{"alg": "HS256"}, good(nil))
	if got := verdict(t, p, ok); got != "" {
		t.Errorf("%q", got)
	}
}
