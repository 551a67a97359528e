package oidcrp

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/token"
)

// impatient is a world whose relying party waits half a second.
func impatient(t *testing.T, knobs func(*hosttest.Knobs), change func(*Config)) *world {
	t.Helper()
	return newWorldWith(t, func(c *Config, op *hosttest.Provider) {
		c.HTTP = token.NewClient(token.ClientConfig{RootCAs: op.CA(), Timeout: 500 * time.Millisecond})
		op.Set(knobs)
		if change != nil {
			change(c)
		}
	})
}

func TestT19_UserInfoModes(t *testing.T) {
	const accepted, failed, subject = login.Code(""), login.CodeUserInfoFailed, login.CodeUserInfoSubject
	for mode, code := range map[hosttest.UserInfoMode]login.Code{
		hosttest.UserInfoJSON: accepted, hosttest.UserInfoJWT: accepted, hosttest.UserInfoHS256: accepted,
		hosttest.UserInfoBadSignature: failed, hosttest.UserInfoAlgNone: failed, hosttest.UserInfoExpired: failed,
		hosttest.UserInfoWrongAud: failed, hosttest.UserInfoWrongIss: failed, hosttest.UserInfoNoAud: failed, hosttest.UserInfoNoIss: failed,
		hosttest.UserInfoWrongSub: subject, hosttest.UserInfoNoSub: subject,
		hosttest.UserInfoHTML: failed, hosttest.UserInfoArray: failed, hosttest.UserInfoBroken: failed, hosttest.UserInfoDuplicate: failed,
		hosttest.UserInfoHuge: failed, hosttest.UserInfoBomb: failed, hosttest.UserInfoUnauthorized: failed, hosttest.UserInfoError: failed,
		hosttest.UserInfoRedirect: failed, hosttest.UserInfoSlow: failed, hosttest.UserInfoDrop: failed,
	} {
		for _, onFailure := range []string{"continue", "refuse"} {
			t.Run("mode "+string(mode)+"/"+onFailure, func(t *testing.T) {
				t.Parallel()
				w := impatient(t, func(k *hosttest.Knobs) { k.UserInfo = mode }, func(c *Config) { c.UserInfo.OnFailure = onFailure })
				doc, err := w.login(t)
				// net/http asks again when a kept connection breaks under a GET.
				most := 1
				if mode == hosttest.UserInfoDrop {
					most = 2
				}
				if got := w.op.Calls(hosttest.UserInfo); got < 1 || got > most {
					t.Errorf("userinfo was called %d times", got)
				}
				if code != accepted && onFailure == "refuse" {
					refused(t, err, code)
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				checkUserInfo(t, w, doc, code)
			})
		}
	}
}

func checkUserInfo(t *testing.T, w *world, doc login.Document, code login.Code) {
	t.Helper()
	claims, has := doc.Sources.Object(attrs.UserInfo)
	if code == "" {
		if claims["email"] != "alice@example.com" || doc.Lacks(attrs.UserInfo) || len(doc.Warnings) != 0 {
			t.Errorf("claims %v, failed %v, warnings %v", claims, doc.Lacks(attrs.UserInfo), doc.Warnings)
		}
		return
	}
	if has || !doc.Lacks(attrs.UserInfo) {
		t.Errorf("userinfo is there: %v, failed: %v", has, doc.Lacks(attrs.UserInfo))
	}
	warning, warned := hasWarning(doc, code)
	if !warned || len(doc.Warnings) != 1 || warning.Audit != (code == login.CodeUserInfoSubject) {
		t.Errorf("warnings: %+v", doc.Warnings)
	}
	if code == login.CodeUserInfoFailed && warning.Message != "Unable to retrieve user info from IDP" {
		t.Errorf("message: %s", warning.Message)
	}
	if !strings.Contains(w.told(), warning.Message) {
		t.Error("the log does not say it")
	}
	if entry := w.step(t, "userinfo"); entry.Code != code || entry.Error == "" {
		t.Errorf("trace: %+v", entry)
	}
	absent(t, "the log or trace", w.told(), "a claim of someone else", "mallory")
}

func TestUserInfoSettings(t *testing.T) {
	t.Run("off", func(t *testing.T) {
		w := newWorld(t, nil, func(c *Config) { c.UserInfo.Endpoint = "off" })
		doc := w.must(t)
		if _, has := doc.Sources.Object(attrs.UserInfo); has || doc.Lacks(attrs.UserInfo) || w.op.Calls(hosttest.UserInfo) != 0 {
			t.Error("userinfo was called though it is off")
		}
	})
	t.Run("auto without an endpoint", func(t *testing.T) {
		w := newWorld(t, func(k *hosttest.Knobs) { k.UserInfo = hosttest.UserInfoOff }, nil)
		if doc := w.must(t); doc.Lacks(attrs.UserInfo) || slices.Contains(doc.Sources.Names(), attrs.UserInfo) {
			t.Error("userinfo counts as due")
		}
	})
	t.Run("a URL", func(t *testing.T) {
		w := newWorldWith(t, func(c *Config, op *hosttest.Provider) {
			op.Set(func(k *hosttest.Knobs) {
				k.EditDiscovery = func(doc map[string]any) { delete(doc, "userinfo_endpoint") }
			})
			c.UserInfo.Endpoint = op.URL + "/userinfo"
		})
		if doc := w.must(t); !slices.Contains(doc.Sources.Names(), attrs.UserInfo) {
			t.Error("the URL was not called")
		}
	})
	for _, method := range []string{"GET", "POST"} {
		t.Run(method, func(t *testing.T) {
			w := newWorld(t, nil, func(c *Config) { c.UserInfo.Method = method })
			w.must(t)
			call := w.op.Last(hosttest.UserInfo)
			if call.Method != method || !strings.HasPrefix(call.Header.Get("Authorization"), "Bearer at-") || len(call.Form) != 0 {
				t.Errorf("called with %s %v %v", call.Method, call.Header, call.Form)
			}
		})
	}
}

func TestUserInfoContentTypes(t *testing.T) {
	for kind, ok := range map[string]bool{
		"application/json": true, "application/json; charset=utf-8": true, "Application/JSON": true, "application/scim+json": true,
		"text/html": false, "text/plain": false, "": false, "application/json, text/html": false, "image/svg+json": false,
	} {
		w := newWorld(t, func(k *hosttest.Knobs) {
			k.Faults = map[hosttest.Endpoint]hosttest.Fault{hosttest.UserInfo: {ContentType: kind, Body: `{"sub":"alice-7f3a"}`}}
		}, nil)
		if doc := w.must(t); doc.Lacks(attrs.UserInfo) == ok {
			t.Errorf("%q: failed %v", kind, doc.Lacks(attrs.UserInfo))
		}
	}
}

func TestTheTraceShowsWhyUserInfoFailed(t *testing.T) {
	w := newWorld(t, func(k *hosttest.Knobs) { k.UserInfo = hosttest.UserInfoUnauthorized }, nil)
	w.must(t)
	out := w.step(t, "userinfo").Out
	if out["status"] != 401 || out["wwwAuthenticate"] != `Bearer error="invalid_token"` || out["body"] != "no" {
		t.Errorf("trace: %v", out)
	}
	long := strings.Repeat("0123456789abcdef", 1000)
	w.op.Set(func(k *hosttest.Knobs) {
		k.Faults = map[hosttest.Endpoint]hosttest.Fault{hosttest.UserInfo: {Status: 502, ContentType: "text/plain", Body: long}}
	})
	w.must(t)
	out = w.step(t, "userinfo").Out
	if out["status"] != 502 || out["contentType"] != "text/plain" || out["body"] != long[:1024] {
		t.Errorf("trace: %v", out)
	}
}

// TestT48_Canaries walks good and bad logins and looks for secrets in what was
// logged, traced and returned.
func TestT48_Canaries(t *testing.T) {
	const access, refresh, secret = "canary-access-token/1+2", "canary-refresh-token", "canary-client-secret-of-32-octets-x"
	echo := strings.Repeat(`you sent "Bearer canary-access-token/1+2", canary-access-token%2F1%2B2 and canary-access-token\/1+2 `, 30)
	for name, knobs := range map[string]func(*hosttest.Knobs){
		"good":          nil,
		"token error":   func(k *hosttest.Knobs) { k.TokenError = "invalid_grant" },
		"bad signature": func(k *hosttest.Knobs) { k.BadSignature = true },
		"bad nonce":     edit("nonce", "canary-nonce"),
		"bad claims":    edit("sub", "canary-sub\x00"),
		"wrong sub":     func(k *hosttest.Knobs) { k.UserInfo = hosttest.UserInfoWrongSub },
		"signed badly":  func(k *hosttest.Knobs) { k.UserInfo = hosttest.UserInfoBadSignature },
		"echo in body":  func(k *hosttest.Knobs) { k.Faults = fault(hosttest.UserInfo, hosttest.Fault{Status: 400, Body: echo}) },
		"echo in header": func(k *hosttest.Knobs) {
			k.Faults = fault(hosttest.UserInfo, hosttest.Fault{Status: 401, Header: map[string]string{"WWW-Authenticate": echo}})
		},
		"echo in type": func(k *hosttest.Knobs) {
			k.Faults = fault(hosttest.UserInfo, hosttest.Fault{ContentType: "text/" + access})
		},
		"token response echoes": func(k *hosttest.Knobs) {
			k.Faults = fault(hosttest.Token, hosttest.Fault{Status: 400, Body: `{"error":"canary_` + secret + `"}`})
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorldWith(t, func(c *Config, op *hosttest.Provider) {
				c.ClientSecret, op.ClientSecret = secret, secret
				op.Set(func(k *hosttest.Knobs) {
					k.AccessToken, k.RefreshToken = access, refresh
					if knobs != nil {
						knobs(k)
					}
				})
			})
			req, cb := w.begin(t)
			_, err := w.rp.Complete(w.ctx(), req, cb)
			told := w.told()
			if err != nil {
				told += err.Error()
			}
			for what, value := range map[string]string{
				"a canary": "canary-", "state": req.State, "nonce": req.Nonce, "verifier": req.Verifier, "code": cb.Params.Get("code"),
				"a token": "eyJ", "an email": "alice@", "the subject": "alice-7f3a", "the other subject": "mallory",
			} {
				absent(t, "the log or trace", told, what, value)
			}
		})
	}
}

func fault(e hosttest.Endpoint, f hosttest.Fault) map[hosttest.Endpoint]hosttest.Fault {
	return map[hosttest.Endpoint]hosttest.Fault{e: f}
}

func TestRedact(t *testing.T) {
	const secret = "0123456789secret"
	for _, tt := range []struct{ in, want string }{
		{"plain", "plain"},
		{"a " + secret + " b", "a [redacted] b"},
		{secret + secret, "[redacted]"},
		{strings.Repeat("x", 28) + secret, strings.Repeat("x", 28) + "[redacted]"}, // begins within, ends behind
		{strings.Repeat("x", 32) + secret, strings.Repeat("x", 32)},
		{"a eyJhbGciOiJub25lIn0.e30.x b", "a [redacted] b"},
		{"a\x00\r\nb\xff", "a   b?"},
		{"", ""},
	} {
		if got := redact([]byte(tt.in), []string{secret, "no"}, 32); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.in, got, tt.want)
		}
	}
}
