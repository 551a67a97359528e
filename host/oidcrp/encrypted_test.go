package oidcrp

import (
	"strings"
	"testing"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/token"
)

// TestEncryptionMatrix is what the conformance suite's own CI runs its
// comprehensive plan with: ID tokens and userinfo encrypted with A128KW,
// A128GCMKW and ECDH-ES, signed with ES256, PS256 and EdDSA; and the other
// algorithms beside them. ES256K is not among those that are verified.
func TestEncryptionMatrix(t *testing.T) {
	encs := []string{"A128CBC-HS256", "A256GCM", "A256CBC-HS512"}
	for i, alg := range token.KeyAlgs() {
		for j, signature := range []string{"ES256", "PS256", "EdDSA"} {
			enc := encs[(i+j)%len(encs)]
			t.Run(alg+" "+enc+" "+signature, func(t *testing.T) {
				t.Parallel()
				w := encrypted(t, alg, enc, EncryptionRequire, func(k *hosttest.Knobs) {
					k.Alg, k.UserInfo, k.UserInfoAlg = signature, hosttest.UserInfoJWT, signature
					k.Refreshing.Offered = true
				})
				doc := w.must(t)
				info, has := doc.Sources.Object(attrs.UserInfo)
				if !has || info["email"] != "alice@example.com" || len(doc.Warnings) > 0 || doc.Person.Subject != "alice-7f3a" {
					t.Errorf("userinfo %v, warnings %v", info, doc.Warnings)
				}
				if out := w.step(t, "verify").Out; out["encrypted"] != true || out["alg"] != signature {
					t.Errorf("the trace says %v", out)
				}
				response, _ := doc.Sources.Object(attrs.TokenEndpointResponse)
				if id, _ := response["id_token"].(string); !token.IsEncrypted(id) {
					t.Error("the token response is not as it was received")
				}
				got, err := w.rp.Refresh(w.ctx(), doc, login.TokensOf(doc), login.Want{})
				if err != nil || got.Document.Person != doc.Person {
					t.Errorf("refresh: %v", err)
				}
			})
		}
	}
}

// encrypted is a world whose provider encrypts with alg and enc, and a relying
// party that may or must be told so.
func encrypted(t testing.TB, alg, enc, mode string, knobs func(*hosttest.Knobs)) *world {
	t.Helper()
	var key hosttest.Key
	switch {
	case strings.HasPrefix(alg, "RSA"):
		key = hosttest.RSAKey(1)
	case strings.HasPrefix(alg, "ECDH"):
		key = hosttest.ECKey()
	}
	e := &hosttest.Encryption{Alg: alg, Enc: enc}
	if key.Private != nil {
		e.Key = key.Private.Public()
	}
	return newWorld(t, func(k *hosttest.Knobs) {
		k.EncryptIDToken, k.EncryptUserInfo = e, e
		if knobs != nil {
			knobs(k)
		}
	}, func(c *Config) {
		c.Encryption = Encryption{PrivateKey: key.Private, IDToken: mode, UserInfo: mode, KeyAlgs: []string{alg}}
	})
}

// Who may encrypt, who must, and who must not.
func TestEncryptionModes(t *testing.T) {
	plain := func(k *hosttest.Knobs) { k.EncryptIDToken, k.EncryptUserInfo = nil, nil }
	for name, tt := range map[string]struct {
		mode  string
		knobs func(*hosttest.Knobs)
		code  login.Code
		says  string
	}{
		"accept, encrypted": {EncryptionAccept, nil, "", ""},
		"accept, plain":     {EncryptionAccept, plain, "", ""},
		"require, plain":    {EncryptionRequire, plain, login.CodeIDTokenInvalid, "it is not encrypted"},
		"off, encrypted":    {EncryptionOff, nil, login.CodeIDTokenInvalid, "it is encrypted"},
		"off, plain":        {EncryptionOff, plain, "", ""},
		"without cty":       {EncryptionRequire, func(k *hosttest.Knobs) { e := *k.EncryptIDToken; e.NoType = true; k.EncryptIDToken = &e }, "", ""},
		"compressed":        {EncryptionAccept, func(k *hosttest.Knobs) { e := *k.EncryptIDToken; e.Zip = true; k.EncryptIDToken = &e }, login.CodeIDTokenInvalid, "zip"},
		"RSA1_5":            {EncryptionAccept, func(k *hosttest.Knobs) { e := *k.EncryptIDToken; e.Alg = "RSA1_5"; k.EncryptIDToken = &e }, login.CodeIDTokenInvalid, "RSA1_5"},
		"for another key": {EncryptionAccept, func(k *hosttest.Knobs) {
			e := *k.EncryptIDToken
			e.Key = hosttest.RSAKey(2).Private.Public()
			e.KeyID = "old"
			k.EncryptIDToken = &e
		}, login.CodeIDTokenInvalid, "kid"},
		"signed with none":       {EncryptionAccept, func(k *hosttest.Knobs) { k.Alg = "none" }, login.CodeIDTokenInvalid, "not allowed"},
		"badly signed":           {EncryptionAccept, func(k *hosttest.Knobs) { k.BadSignature = true }, login.CodeIDTokenInvalid, "does not verify"},
		"a stranger's audience":  {EncryptionAccept, edit("aud", "stranger"), login.CodeIDTokenInvalid, "aud"},
		"encrypted to something": {EncryptionAccept, func(k *hosttest.Knobs) { k.EditIDToken = hosttest.Spoil }, login.CodeIDTokenInvalid, "does not decrypt"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := encrypted(t, "RSA-OAEP-256", "A128CBC-HS256", tt.mode, tt.knobs)
			w.op.Set(func(k *hosttest.Knobs) { k.UserInfo = hosttest.UserInfoOff })
			_, err := w.login(t)
			if tt.code == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			refused(t, err, tt.code)
			if !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestEncryptedUserInfo(t *testing.T) {
	e := func(change func(*hosttest.Encryption)) func(*hosttest.Knobs) {
		return func(k *hosttest.Knobs) {
			copied := *k.EncryptUserInfo
			change(&copied)
			k.EncryptUserInfo = &copied
		}
	}
	for name, tt := range map[string]struct {
		mode  string
		knobs func(*hosttest.Knobs)
		ok    bool
	}{
		"signed and encrypted":             {EncryptionRequire, func(k *hosttest.Knobs) { k.UserInfo = hosttest.UserInfoJWT }, true},
		"encrypted claims":                 {EncryptionRequire, e(func(e *hosttest.Encryption) { e.Plain = true }), true},
		"json, and it may be encrypted":    {EncryptionAccept, func(k *hosttest.Knobs) { k.EncryptUserInfo = nil }, true},
		"json, and it must be encrypted":   {EncryptionRequire, func(k *hosttest.Knobs) { k.EncryptUserInfo = nil }, false},
		"signed, and it must be encrypted": {EncryptionRequire, func(k *hosttest.Knobs) { k.EncryptUserInfo, k.UserInfo = nil, hosttest.UserInfoJWT }, false},
		"encrypted, and it must not be":    {EncryptionOff, func(k *hosttest.Knobs) { k.UserInfo = hosttest.UserInfoJWT }, false},
		"badly signed inside":              {EncryptionAccept, func(k *hosttest.Knobs) { k.UserInfo = hosttest.UserInfoBadSignature }, false},
		"signed with none inside":          {EncryptionAccept, func(k *hosttest.Knobs) { k.UserInfo = hosttest.UserInfoAlgNone }, false},
		"another's aud inside":             {EncryptionAccept, func(k *hosttest.Knobs) { k.UserInfo = hosttest.UserInfoWrongAud }, false},
		"compressed":                       {EncryptionAccept, e(func(e *hosttest.Encryption) { e.Plain, e.Zip = true, true }), false},
		"for another key": {EncryptionAccept, e(func(e *hosttest.Encryption) {
			e.Plain, e.Key = true, hosttest.RSAKey(2).Private.Public()
		}), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := encrypted(t, "RSA-OAEP", "A256GCM", tt.mode, func(k *hosttest.Knobs) { k.EncryptIDToken = nil; tt.knobs(k) })
			w.rp.cfg.Encryption.IDToken = EncryptionOff
			doc := w.must(t)
			info, has := doc.Sources.Object(attrs.UserInfo)
			if has != tt.ok || doc.Lacks(attrs.UserInfo) == tt.ok || has && info["email"] != "alice@example.com" {
				t.Errorf("userinfo %v, missing %v, %v", has, doc.Missing, doc.Warnings)
			}
		})
	}
}

// The sub of encrypted claims is compared as that of any userinfo.
func TestT19_EncryptedUserInfoOfAnother(t *testing.T) {
	w := encrypted(t, "dir", "A256GCM", EncryptionAccept, func(k *hosttest.Knobs) {
		k.EncryptUserInfo = &hosttest.Encryption{Alg: "dir", Enc: "A256GCM", Plain: true}
		k.UserInfo = hosttest.UserInfoWrongSub
	})
	doc := w.must(t)
	if _, has := doc.Sources.Object(attrs.UserInfo); has {
		t.Error("another's userinfo is kept")
	}
	if _, warned := hasWarning(doc, login.CodeUserInfoSubject); !warned {
		t.Errorf("warnings %v", doc.Warnings)
	}
}

// A hint goes back without the encryption that was for us.
func TestTheHintOfAnEncryptedIDToken(t *testing.T) {
	w := encrypted(t, "ECDH-ES", "A128GCM", EncryptionRequire, nil)
	doc := w.must(t)
	out, err := w.rp.SignOut(w.ctx(), doc, login.TokensOf(doc), "", "")
	if err != nil {
		t.Fatal(err)
	}
	if jwt, err := token.Parse(out.Form.Get("id_token_hint")); err != nil || jwt.Claims["sub"] != "alice-7f3a" {
		t.Errorf("the hint: %v", err)
	}
	other := encrypted(t, "RSA-OAEP", "A128GCM", EncryptionRequire, nil) // the key was changed since
	if out, err := other.rp.SignOut(other.ctx(), doc, login.TokensOf(doc), "", ""); err != nil || out.Form.Has("id_token_hint") {
		t.Errorf("%v: a hint that nobody can read is sent", err)
	}
}

func TestEncryptionConfig(t *testing.T) {
	for name, e := range map[string]Encryption{
		"no key":            {IDToken: EncryptionRequire},
		"a mode of no name": {IDToken: "yes", PrivateKey: hosttest.ECKey().Private},
		"a key of a kind":   {UserInfo: EncryptionAccept, PrivateKey: hosttest.EdKey().Private},
		"an algorithm":      {UserInfo: EncryptionAccept, PrivateKey: hosttest.RSAKey(1).Private, KeyAlgs: []string{"RSA1_5"}},
	} {
		w := newWorld(t, nil, nil)
		cfg := w.rp.cfg
		cfg.Encryption = e
		if _, err := New(cfg); err == nil || !strings.Contains(err.Error(), "provider corp: encryption") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
