package host_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
)

// The attacker signs in, stops before the finish, and has the victim's browser
// open it: whatever the victim has begun there, it does not become the
// attacker's session.
func TestT16_session_swapping(t *testing.T) {
	t.Parallel()
	s := newOpen(t)
	attacker := s.browser()
	s.idp.Set(func(k *hosttest.Knobs) { k.Subject = "mallory-0000" })
	attacker.signedIn("/login?idp=corp")
	s.idp.Set(func(k *hosttest.Knobs) { k.Subject = "alice-7f3a" })
	wiki := mustParse(t, "https://wiki.example.test/")
	stolen := func() (finish string, of bound) {
		of = attacker.bind("https://wiki.example.test/theirs")
		return attacker.code(of.start), of
	}
	swap := func(address, name, value string) string {
		u := mustParse(t, address)
		q := u.Query()
		q.Set(name, value)
		u.RawQuery = q.Encode()
		return u.String()
	}
	for name, lure := range map[string]func(victim *browser) string{
		"no binding": func(*browser) string { finish, _ := stolen(); return finish },
		"the victim's own binding": func(victim *browser) string {
			mine := victim.bind("https://wiki.example.test/mine")
			finish, _ := stolen()
			return swap(finish, "start", mine.id)
		},
		"the victim's binding, renamed": func(victim *browser) string {
			mine := victim.bind("https://wiki.example.test/mine")
			finish, theirs := stolen()
			victim.jar.SetCookies(wiki, []*http.Cookie{{Name: theirs.name, Value: mine.value}})
			return finish
		},
		"a binding of another origin": func(victim *browser) string {
			mine := victim.bind("https://office.example.test/mine")
			finish, _ := stolen()
			victim.jar.SetCookies(wiki, []*http.Cookie{{Name: mine.name, Value: mine.value}})
			return swap(finish, "start", mine.id)
		},
		"at another origin": func(victim *browser) string {
			finish, _ := stolen()
			mine := victim.bind("https://office.example.test/mine")
			return swap(strings.Replace(finish, "wiki.", "office.", 1), "start", mine.id)
		},
		"a spoilt binding": func(victim *browser) string {
			finish, theirs := stolen()
			victim.jar.SetCookies(wiki, []*http.Cookie{{Name: theirs.name, Value: theirs.value[:40] + "AAAA" + theirs.value[44:]}})
			return finish
		},
		"the host's own finish": func(*browser) string {
			finish, _ := stolen()
			return strings.Replace(finish, "wiki.", "login.", 1)
		},
		"the attacker's login": func(*browser) string {
			return attacker.approve(attacker.begin("/login?idp=corp&force_auth=true&return_to=/x"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, signedIn := range []bool{false, true} {
				victim := s.browser()
				if signedIn {
					victim.echoed("https://wiki.example.test/")
				}
				before := victim.at("wiki.example.test", sessionCookie)
				s.idp.Set(func(k *hosttest.Knobs) { k.Subject = "mallory-0000" })
				at := lure(victim)
				s.idp.Set(func(k *hosttest.Knobs) { k.Subject = "alice-7f3a" })
				a := victim.step(at)
				for _, host := range []string{"wiki.example.test", "office.example.test", "login.example.test"} {
					if got := victim.at(host, sessionCookie); got != before && !(signedIn && host != "wiki.example.test") && got != "" {
						t.Errorf("signed in %t: %s left a handle at %s", signedIn, at, host)
					}
				}
				if strings.Contains(a.Header.Get("Location"), "/theirs") {
					t.Errorf("the victim goes where the attacker wanted: %s", a.Header.Get("Location"))
				}
				// Wherever the victim goes from here, it is as themselves.
				if e := victim.echoed("https://wiki.example.test/"); e.Header.Get("X-Doorward-Subject") != "alice-7f3a" {
					t.Errorf("signed in %t: the victim is %s", signedIn, e.Header.Get("X-Doorward-Subject"))
				}
			}
		})
	}
}

// A finish is no place to return to, and no name of another application makes
// the login for one laxer.
func TestT16_names_and_finishes_of_others(t *testing.T) {
	t.Parallel()
	s := newOpen(t)
	b := s.browser()
	b.signedIn("/login?idp=corp")
	mine := b.bind("https://wiki.example.test/page")
	for _, at := range []string{
		"https://wiki.example.test/.doorward/start?return_to=" + url.QueryEscape("/.doorward/finish?start="+mine.id),
		"https://wiki.example.test/.doorward/start?return_to=" + url.QueryEscape("https://wiki.example.test/.doorward/finish?start="+mine.id),
		"https://wiki.example.test/.doorward/start?return_to=" + url.QueryEscape("https://office.example.test/.doorward/finish?start="+mine.id),
		publicURL + "/.doorward/start?return_to=" + url.QueryEscape("https://wiki.example.test/.doorward/finish?start="+mine.id),
	} {
		if a := b.step(at); a.StatusCode != http.StatusBadRequest || a.code() != string(login.CodeReturnRefused) {
			t.Errorf("%s: %s %q", at, a.Status, a.code())
		}
	}
	finish := url.QueryEscape("https://wiki.example.test/.doorward/finish?start=" + mine.id)
	for app, code := range map[string]login.Code{"shop": login.CodeParameterInvalid, "open": login.CodeParameterInvalid, "vault": login.CodeParameterInvalid, "nothing": login.CodeAppUnknown, "WIKI": login.CodeAppUnknown} {
		if a := b.step("/login?app=" + app + "&return_to=" + finish); a.StatusCode/100 != 4 || a.code() != string(code) {
			t.Errorf("app=%s: %s %q", app, a.Status, a.code())
		}
	}
}

// strict is an application that asks for credentials at every sign-in. It has a
// path alone on its origin.
const strict = `
applications:
  strict: {origins: ["https://strict.example.test"], paths: [/strict], force_auth: enable}
`

// Whoever edits the address of the login does not get round force_auth.
func TestT16_force_auth_cannot_be_edited_out(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(q url.Values){
		"as it is":                  func(url.Values) {},
		"without app":               func(q url.Values) { q.Del("app") },
		"empty app":                 func(q url.Values) { q.Set("app", "") },
		"force_auth=false":          func(q url.Values) { q.Set("force_auth", "false") },
		"without app, false":        func(q url.Values) { q.Del("app"); q.Set("force_auth", "false") },
		"a level that is held":      func(q url.Values) { q.Set("level", freshLevel) },
		"a level, force_auth":       func(q url.Values) { q.Set("level", freshLevel); q.Set("force_auth", "true") },
		"a level, max_age=0":        func(q url.Values) { q.Set("level", freshLevel); q.Set("max_age", "0") },
		"a level, without app":      func(q url.Values) { q.Set("level", freshLevel); q.Del("app") },
		"the provider that is used": func(q url.Values) { q.Set("idp", "corp") },
		"max_age":                   func(q url.Values) { q.Set("max_age", "3600") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, hosttest.NewProvider(t), settings{Top: trusting, Rest: levels + strict})
			b := s.browser()
			b.signedIn("/login?idp=corp")
			s.idp.Clock.Advance(2 * 60e9) // the level is held for five minutes
			s.idp.ResetCalls()
			start := mustParse(t, b.bind("https://strict.example.test/strict").start)
			q := start.Query()
			edit(q)
			start.RawQuery = q.Encode()
			a := b.step(start.String())
			to, err := a.Location()
			if err != nil || !strings.HasPrefix(to.String(), s.idp.URL+"/") || to.Query().Get("prompt") != "login" {
				t.Errorf("the login asks nobody for credentials: %s %q to %v", a.Status, a.code(), to)
			}
		})
	}
}

// Applications on one origin share its handle, so that the laxer force_auth
// would be that of both.
func TestT16_applications_on_one_origin_agree_on_force_auth(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{Top: trusting, Rest: levels})
	text := settings{Top: trusting, Rest: levels + `
applications:
  lax: {origins: ["https://both.example.test"]}
  strict: {origins: ["https://both.example.test"], paths: [/strict], force_auth: enable}
`}.text(s.idp)
	path := filepath.Join(s.dir, "disagree.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := config.Load(path); err == nil || !strings.Contains(err.Error(), "force_auth") {
		t.Errorf("two applications with one handle and two rules are accepted: %v", err)
	}
}
