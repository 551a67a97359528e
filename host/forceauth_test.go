package host_test

import (
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest"
)

func TestIGN15_ForceAuthSendsPromptLoginAndMaxAgeOne(t *testing.T) {
	t.Parallel()
	b := newSite(t, hosttest.NewProvider(t), settings{}).browser()
	for _, c := range []struct{ query, prompt, maxAge string }{
		{"idp=corp", "", ""},
		{"idp=corp&force_auth=false", "", ""},
		{"idp=corp&force_auth=true", "login", "1"},
		{"idp=corp&force_auth=true&max_age=600", "login", "1"},
		{"idp=corp&force_auth=true&max_age=0", "login", "1"},
		{"idp=corp&max_age=600", "", "600"},
		{"idp=corp&max_age=0", "login", "1"},        // the same
		{"level=Authenticated/Fresh", "login", "1"}, // nobody is signed in: the first login of a step-up
	} {
		sent := b.begin("/login?" + c.query).Query()
		if got := [2]string{sent.Get("prompt"), sent.Get("max_age")}; got != [2]string{c.prompt, c.maxAge} {
			t.Errorf("%s sends prompt and max_age %q, want %q and %q", c.query, got, c.prompt, c.maxAge)
		}
		if c.prompt == "" && sent.Has("prompt") || c.maxAge == "" && sent.Has("max_age") {
			t.Errorf("%s sends an empty prompt or max_age", c.query)
		}
	}
	for _, bad := range []string{"force_auth=yes", "force_auth=1", "max_age=-1", "max_age=1.5", "max_age=x", "max_age=99999999999"} {
		if a := b.step("/login?idp=corp&" + bad); a.code() != "parameter_invalid" {
			t.Errorf("%s: %s %s", bad, a.Status, a.code())
		}
	}
}

const threeApplications = `
applications:
  relaxed: {origins: [https://relaxed.example.test]}
  strict: {origins: [https://strict.example.test], force_auth: enable}
  never: {origins: [https://never.example.test], force_auth: disable}
`

// The table of docs/reauthentication.md, with the application named in either
// way that a request can.
func TestForceAuth_TheNearestWinsAndEnableCannotBeLowered(t *testing.T) {
	t.Parallel()
	for project, table := range map[string]map[string][3]bool{ // by what the request says: nothing, true, false
		"false": {"": {false, true, false}, "relaxed": {false, true, false}, "strict": {true, true, true}, "never": {false, true, false}},
		"true":  {"": {true, true, false}, "relaxed": {true, true, false}, "strict": {true, true, true}, "never": {false, true, false}},
	} {
		b := newSite(t, hosttest.NewProvider(t), settings{Top: "force_auth: " + project, Rest: threeApplications}).browser()
		for app, want := range table {
			ways := []string{""}
			if app != "" {
				ways = []string{"&app=" + app, "&return_to=https://" + app + ".example.test/page", "&app=" + app + "&return_to=/"}
			}
			for _, way := range ways {
				for i, asked := range []string{"", "&force_auth=true", "&force_auth=false"} {
					at := "/login?idp=corp" + way + asked
					if got := b.begin(at).Query().Get("prompt") == "login"; got != want[i] {
						t.Errorf("project %s: %s forces: %t, want %t", project, at, got, want[i])
					}
				}
			}
		}
	}
}

// Naming another application than the one that the login returns to must not
// take that one's force_auth away.
func TestForceAuth_AnotherApplicationsNameLowersNothing(t *testing.T) {
	t.Parallel()
	b := newSite(t, hosttest.NewProvider(t), settings{Rest: threeApplications}).browser()
	for _, asked := range []string{"", "&force_auth=false"} {
		a := b.step("/login?idp=corp&return_to=https://strict.example.test/page&app=never" + asked)
		to, err := a.Location()
		if err == nil && to.Query().Get("prompt") != "login" {
			t.Errorf("the login for an application that always asks began without asking: %s", to)
		}
		if err != nil && a.code() != "parameter_invalid" {
			t.Errorf("%s %s", a.Status, a.code())
		}
	}
}

// maxAgeSite is a site whose person signed in 100 seconds ago.
func maxAgeSite(t *testing.T, knobs ...func(*hosttest.Knobs)) (*site, *browser) {
	t.Helper()
	s := newSite(t, hosttest.NewProvider(t), settings{})
	b := s.browser()
	b.signedIn("/login?idp=corp")
	s.idp.Clock.Advance(100 * time.Second)
	for _, k := range knobs {
		s.idp.Set(k)
	}
	return s, b
}

func TestMaxAge_MeansAuthTimeAtOrAfterTheRequestLessMaxAgeLessSkew(t *testing.T) {
	t.Parallel()
	s, b := maxAgeSite(t, ignoresPrompt)
	// The proof is 100 s old when each login is begun; the skew is 5 s.
	for _, c := range []struct {
		maxAge int
		enough bool
	}{{600, true}, {100, true}, {95, true}, {94, false}, {30, false}, {0, false}} {
		at := "/login?idp=corp&max_age=" + strconv.Itoa(c.maxAge)
		if !c.enough {
			b.unchanged(func() { s.helpful(b.get(at), "reauth_not_performed") })
			continue
		}
		before := b.cookie(sessionCookie).Value
		if a := b.get(at); a.StatusCode != http.StatusOK || b.cookie(sessionCookie).Value == before {
			t.Errorf("max_age=%d was refused a proof of 100 s: %s %s", c.maxAge, a.Status, a.code())
		}
	}
}

// The proof is measured from the request, not from the answer: what a person
// does at the provider in between costs them nothing.
func TestMaxAge_IsMeasuredFromTheRequest(t *testing.T) {
	t.Parallel()
	s, b := maxAgeSite(t, ignoresPrompt)
	authorize := b.begin("/login?idp=corp&max_age=110")
	s.idp.Clock.Advance(5 * time.Minute)
	if a := b.step(b.approve(authorize)); a.StatusCode != http.StatusSeeOther {
		t.Errorf("%s %s", a.Status, a.code())
	}
}

func TestMaxAge_AnHonestProviderAsksAgainOnlyWhenItMust(t *testing.T) {
	t.Parallel()
	s, b := maxAgeSite(t)
	proved := b.session().authTime()
	if d := b.signedIn("/login?idp=corp&max_age=600"); d.authTime() != proved {
		t.Errorf("auth_time moved from %v to %v", proved, d.authTime())
	}
	if d := b.signedIn("/login?idp=corp&max_age=30"); d.authTime() != float64(s.idp.Clock.Now().Unix()) {
		t.Errorf("auth_time is %v", d.authTime())
	}
}
