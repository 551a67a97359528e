package login_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/login"
)

const asked = 1_700_000_000 // when the logins here were begun

// walker is every part of a walk; it notes what was asked of it.
type walker struct {
	ctx      context.Context // of the walk; without a trace when nil
	steps    []string
	events   []login.Event
	sessions map[string]*login.Before // by handle
	fail     map[string]error         // by step
	doc      login.Document
	decision login.Decision
	facts    login.Facts       // of the decision
	issued   login.AuthRequest // as it was when the session was made
	user     login.User
}

func (w *walker) step(name string) error {
	w.steps = append(w.steps, name)
	return w.fail[name]
}

func (w *walker) Begin(context.Context, login.AuthRequest) (login.AuthRequest, login.Redirect, error) {
	return login.AuthRequest{}, login.Redirect{}, errors.New("no walk begins here")
}

func (w *walker) Complete(context.Context, login.AuthRequest, login.Callback) (login.Document, error) {
	return w.doc, w.step("provider")
}

func (w *walker) Map(context.Context, login.Document) (login.User, error) {
	return w.user, w.step("map")
}

func (w *walker) Decide(_ context.Context, facts login.Facts) (login.Decision, error) {
	w.facts = facts
	return w.decision, w.step("decide")
}

func (w *walker) Spent(context.Context, login.AuthRequest) error { return w.step("spent") }

func (w *walker) Before(_ context.Context, handle string) (*login.Before, error) {
	return w.sessions[handle], w.step("before")
}

func (w *walker) Issue(_ context.Context, req login.AuthRequest, doc login.Document, user login.User, d login.Decision) (login.Session, error) {
	w.issued = req
	return login.Session{ID: "made", Handle: "new", Document: doc, User: user, Decision: d}, w.step("issue")
}

var ada, bob = login.Person{IdP: "corp", Issuer: "i", Subject: "ada"}, login.Person{IdP: "corp", Issuer: "i", Subject: "bob"}

func at(seconds int64) *int64 { return &seconds }

func yes(b bool) *bool { return &b }

// newWalker is a walk in which Ada answers, having proved herself just now.
func newWalker() *walker {
	return &walker{
		sessions: map[string]*login.Before{}, fail: map[string]error{}, user: login.User{ID: "ada"},
		doc:      login.Document{Person: ada, Login: login.Login{Evidence: login.Evidence{AuthTime: at(asked + 1)}}},
		decision: login.Decision{Levels: []login.Level{{Path: "Authenticated"}, {Path: "Authenticated/Fresh", Until: asked + 301}}},
	}
}

func (w *walker) complete(req login.AuthRequest, cb login.Callback) (login.Session, error) {
	flow := &login.Flow{
		Provider: w, Protocol: "oidc", ReauthSkew: 5, Mappers: w, Levels: w, Sessions: w,
		Audit: func(_ context.Context, e login.Event) { w.events = append(w.events, e) },
		Now:   func() time.Time { return time.Unix(asked+2, 0) },
	}
	cb.ReceivedAt = time.Unix(asked+2, 0)
	req.ID, req.Provider, req.RequestedAt = "0123456789abcdef", "corp", asked
	if req.Purpose == "" {
		req.Purpose = login.PurposeLogin
	}
	if w.ctx == nil {
		w.ctx = context.Background()
	}
	return flow.Complete(w.ctx, req, cb)
}

func TestFlow_TheStepsComeInThisOrder(t *testing.T) {
	w := newWalker()
	session, err := w.complete(login.AuthRequest{}, login.Callback{Session: "stale"})
	if err != nil || session.ID != "made" {
		t.Fatalf("%+v, %v", session, err)
	}
	if want := []string{"spent", "provider", "before", "map", "decide", "issue"}; !slices.Equal(w.steps, want) {
		t.Errorf("the steps were %q, want %q", w.steps, want)
	}
	if len(w.events) != 1 || w.events[0].Type != "login" || w.events[0].Session != "made" || len(w.events[0].Levels) != 2 {
		t.Errorf("audited: %+v", w.events)
	}
}

// Whatever fails, nothing after it happens, no session is made, and the audit
// log hears of it once, with its code.
func TestFlow_AFailedStepEndsTheWalk(t *testing.T) {
	for _, step := range []string{"spent", "provider", "before", "map", "decide", "issue"} {
		w := newWalker()
		w.fail[step] = login.NewFault(login.CodeRateLimited, "it failed")
		session, err := w.complete(login.AuthRequest{}, login.Callback{Session: "one"})
		if login.CodeOf(err) != login.CodeRateLimited || w.steps[len(w.steps)-1] != step {
			t.Errorf("%s failed, and after %q came %v", step, w.steps, err)
		}
		if step != "issue" && session.Handle != "" {
			t.Errorf("%s failed, and there is a session", step)
		}
		if len(w.events) != 1 || w.events[0].Type != "refused" || w.events[0].Code != login.CodeRateLimited || w.events[0].Session == "new" {
			t.Errorf("%s: audited: %+v", step, w.events)
		}
	}
}

// PNG-19: a token of which nothing is mapped signs nobody in.
func TestPNG19_FlowRefusesAnEmptyUser(t *testing.T) {
	w := newWalker()
	w.user = login.User{Roles: []string{}, Attributes: map[string]any{}}
	bringing := login.AuthRequest{Brought: &login.Brought{}}
	session, err := w.complete(bringing, login.Callback{})
	if login.CodeOf(err) != login.CodeMappingFailed || login.CheckOf(err) != "no_attributes_mapped" || session.Handle != "" {
		t.Errorf("%+v, %v", session, err)
	}
	if len(w.events) != 1 || w.events[0].Check != "no_attributes_mapped" {
		t.Errorf("audited: %+v", w.events)
	}
	for _, user := range []login.User{{Email: "a@b"}, {Roles: []string{"r"}}, {Attributes: map[string]any{"a": nil}}} {
		w := newWalker()
		w.user = user
		if _, err := w.complete(bringing, login.Callback{}); err != nil {
			t.Errorf("%+v: %v", user, err)
		}
	}
}

// Who records walks hears of each of them once, with what it had made.
func TestFlow_EveryWalkIsTold(t *testing.T) {
	for _, step := range []string{"", "provider", "map", "decide", "issue"} {
		w, told := newWalker(), []login.Walked{}
		w.fail[step] = login.NewFault(login.CodeRateLimited, "it failed")
		if step == "" {
			w.fail = nil
		}
		flow := &login.Flow{
			Provider: w, Mappers: w, Levels: w, Sessions: w, Audit: func(context.Context, login.Event) {}, Now: time.Now,
			Record: func(_ context.Context, walked login.Walked) { told = append(told, walked) },
		}
		req := login.AuthRequest{ID: "1", Provider: "corp", Purpose: login.PurposeLogin}
		if _, err := flow.Complete(t.Context(), req, login.Callback{}); (err != nil) != (step != "") || len(told) != 0 {
			t.Fatal("without a trace:", err, told)
		}
		ctx := login.WithTrace(t.Context(), &login.Trace{})
		login.Interrupted(ctx)
		_, err := flow.Complete(ctx, req, login.Callback{Request: login.Request{IP: "10.0.0.1"}})
		if len(told) != 1 || told[0].Err != err || told[0].Request.ID != "1" || told[0].Facts.IP != "10.0.0.1" || !told[0].Yield.Interrupted {
			t.Fatalf("%s failed: %+v", step, told)
		}
		y := told[0].Yield
		if (y.Document != nil) != (step != "provider") || (y.User != nil) != (step == "" || step == "decide" || step == "issue") || (y.Decision != nil) != (step == "" || step == "issue") {
			t.Errorf("%s failed: %+v", step, y)
		}
	}
}

func TestFlow_WhichSessionALoginFollows(t *testing.T) {
	for name, c := range map[string]struct {
		brought, asked string
		live           []string
		want           string
	}{
		"the one that the browser holds now":          {"now", "then", []string{"now", "then"}, "now"},
		"else the one that asked":                     {"", "then", []string{"then"}, "then"},
		"also when what the browser holds is nothing": {"stale", "then", []string{"then"}, "then"},
		"none that has ended":                         {"stale", "gone", nil, ""},
		"none at all":                                 {"", "", nil, ""},
	} {
		w := newWalker()
		for _, handle := range c.live {
			w.sessions[handle] = &login.Before{Person: ada, AuthTime: at(asked - 100), CreatedAt: 1}
		}
		if _, err := w.complete(login.AuthRequest{Session: c.asked}, login.Callback{Session: c.brought}); err != nil || w.issued.Session != c.want {
			t.Errorf("%s: %q is replaced, want %q (%v)", name, w.issued.Session, c.want, err)
		}
		if previous := w.facts.Document.Login.PreviousAuthTime; (previous != nil) != (c.want != "") {
			t.Errorf("%s: previousAuthTime %v", name, previous)
		}
	}
}

// A step-up is decided as of the sign-in of its session, a login as of now.
func TestFlow_CreatedAtOfTheDecision(t *testing.T) {
	for purpose, want := range map[login.Purpose]int64{login.PurposeStepUp: 4711, login.PurposeLogin: asked + 2} {
		w := newWalker()
		w.sessions["one"] = &login.Before{Person: ada, AuthTime: at(asked - 100), CreatedAt: 4711}
		if _, err := w.complete(login.AuthRequest{Purpose: purpose}, login.Callback{Session: "one"}); err != nil || w.facts.CreatedAt != want {
			t.Errorf("%s: createdAt %d, want %d (%v)", purpose, w.facts.CreatedAt, want, err)
		}
	}
}

func TestFlow_Proof(t *testing.T) {
	held := &login.Before{Person: ada, AuthTime: at(asked - 100)}
	stepUp := login.AuthRequest{Purpose: login.PurposeStepUp, ForceAuth: true, Level: "Authenticated/Fresh"}
	for name, c := range map[string]struct {
		req    login.AuthRequest
		before *login.Before
		person login.Person
		at     *int64
		code   login.Code // "" when the login goes on
	}{
		"nobody was signed in":             {login.AuthRequest{ForceAuth: true}, nil, ada, nil, ""},
		"nobody is, at a step-up":          {stepUp, nil, ada, at(asked + 1), login.CodeSessionMissing},
		"a plain login proves nothing":     {login.AuthRequest{}, held, ada, nil, ""},
		"a plain login of someone else":    {login.AuthRequest{ForceAuth: true}, held, bob, nil, ""},
		"a step-up of someone else":        {stepUp, held, bob, at(asked + 1), login.CodePersonMismatch},
		"forced and proved":                {login.AuthRequest{ForceAuth: true}, held, ada, at(asked + 1), ""},
		"forced and not proved":            {login.AuthRequest{ForceAuth: true}, held, ada, at(asked - 100), login.CodeReauthNotPerformed},
		"forced, at the skew":              {login.AuthRequest{ForceAuth: true}, held, ada, at(asked - 5), ""},
		"forced, a second before":          {login.AuthRequest{ForceAuth: true}, held, ada, at(asked - 6), login.CodeReauthNotPerformed},
		"forced, no time":                  {login.AuthRequest{ForceAuth: true}, held, ada, nil, login.CodeReauthNotPerformed},
		"forced, 60 s ahead":               {login.AuthRequest{ForceAuth: true}, held, ada, at(asked + 62), ""},
		"forced, 61 s ahead":               {login.AuthRequest{ForceAuth: true}, held, ada, at(asked + 63), login.CodeReauthNotPerformed},
		"max_age kept":                     {login.AuthRequest{MaxAge: at(95)}, held, ada, at(asked - 100), ""},
		"max_age passed":                   {login.AuthRequest{MaxAge: at(94)}, held, ada, at(asked - 100), login.CodeReauthNotPerformed},
		"max_age, no time":                 {login.AuthRequest{MaxAge: at(94)}, held, ada, nil, login.CodeReauthNotPerformed},
		"max_age, the future":              {login.AuthRequest{MaxAge: at(94)}, held, ada, at(asked + 63), login.CodeReauthNotPerformed},
		"forced max_age needs a new proof": {login.AuthRequest{ForceAuth: true, MaxAge: at(600)}, held, ada, at(asked - 100), login.CodeReauthNotPerformed},
		"the session's own time, however new": {
			login.AuthRequest{ForceAuth: true}, &login.Before{Person: ada, AuthTime: at(asked)}, ada, at(asked), login.CodeReauthNotPerformed,
		},
		"the session before had no time": {login.AuthRequest{ForceAuth: true}, &login.Before{Person: ada}, ada, at(asked + 1), ""},
	} {
		w := newWalker()
		w.doc.Person, w.doc.Login.Evidence.AuthTime = c.person, c.at
		if c.before != nil {
			w.sessions["one"] = c.before
		}
		_, err := w.complete(c.req, login.Callback{Session: "one"})
		if c.code == "" && err != nil || c.code != "" && login.CodeOf(err) != c.code {
			t.Errorf("%s: %v, want %q", name, err, c.code)
		}
		if c.code != "" && (slices.Contains(w.steps, "map") || slices.Contains(w.steps, "issue")) {
			t.Errorf("%s: refused, and the walk went on: %q", name, w.steps)
		}
	}
}

// What a provider sent instead of a re-authentication, in words for the log.
func TestReauthError_SaysWhatWasSent(t *testing.T) {
	for want, l := range map[string]login.Login{
		"no auth_time and no challenged":                                                {RequestedAt: asked, ReceivedAt: asked},
		"auth_time 1699999900, 100 s before the request and challenged false":           {Evidence: login.Evidence{AuthTime: at(asked - 100), Challenged: yes(false)}},
		"auth_time 1699999999, which is not later than the session's and no challenged": {Evidence: login.Evidence{AuthTime: at(asked - 1)}},
		"auth_time 1700000061, which is in the future and no challenged":                {Evidence: login.Evidence{AuthTime: at(asked + 61)}},
		"no auth_time and challenged true, which this provider is not trusted to say":   {Evidence: login.Evidence{Challenged: yes(true)}},
	} {
		l.RequestedAt, l.ReceivedAt, l.ReauthSkew = asked, asked, 5
		if got := (&login.ReauthError{Login: l}).Error(); !strings.HasSuffix(got, "it sent "+want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestPerformed_AChallengeCountsOnlyWhenItIsTrusted(t *testing.T) {
	old := login.Login{RequestedAt: asked, ReceivedAt: asked + 2, Evidence: login.Evidence{AuthTime: at(1), Challenged: yes(true)}}
	if login.Performed(old) {
		t.Error("an untrusted challenge was believed")
	}
	old.ChallengedTrusted = true
	if !login.Performed(old) {
		t.Error("a trusted challenge was not believed")
	}
	old.Evidence.Challenged = yes(false)
	if login.Performed(old) {
		t.Error("challenged false was taken for true")
	}
}

// The level that was asked for must be held now; why it is not is the error's.
func TestFlow_TheLevelThatWasAskedForMustBeHeld(t *testing.T) {
	for name, c := range map[string]struct {
		level    string
		decision login.Decision
		says     string // "" when the login goes on
	}{
		"held":      {"Authenticated/Fresh", login.Decision{Levels: []login.Level{{Path: "Authenticated/Fresh", Until: asked + 3}}}, ""},
		"Public":    {"Public", login.Decision{}, ""},
		"ends now":  {"Authenticated/Fresh", login.Decision{Levels: []login.Level{{Path: "Authenticated/Fresh", Until: asked + 2}}}, "nothing granted Authenticated/Fresh"},
		"not there": {"Authenticated/Fresh", login.Decision{Levels: []login.Level{{Path: "Authenticated/Fresher"}}}, "nothing granted Authenticated/Fresh"},
		"withheld": {"Authenticated/Fresh", login.Decision{Withheld: []login.Withheld{
			{Path: "Authenticated/Other", Reason: login.ReasonRuleError}, {Path: "Authenticated/Fresh", Reason: login.ReasonExpired},
		}}, "Authenticated/Fresh is withheld: expired"},
	} {
		w := newWalker()
		w.sessions["one"], w.decision = &login.Before{Person: ada}, c.decision
		_, err := w.complete(login.AuthRequest{Purpose: login.PurposeStepUp, Level: c.level, ForceAuth: true}, login.Callback{Session: "one"})
		if c.says == "" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if login.CodeOf(err) != login.CodeLevelNotReached || !strings.HasSuffix(err.Error(), c.says) || slices.Contains(w.steps, "issue") {
			t.Errorf("%s: %v after %q", name, err, w.steps)
		}
		if e := w.events[0]; e.Type != "refused" || e.Level != c.level || strings.Contains(c.says, "withheld") != (len(e.Withheld) == 1) {
			t.Errorf("%s: audited: %+v", name, e)
		}
	}
}

func TestFlow_TheTraceKeepsWhatTheWalkYielded(t *testing.T) {
	refusal := login.NewFault(login.CodeInternal, "broken")
	for _, tt := range []struct {
		fails string
		want  [3]bool // document, user, decision
	}{
		{"spent", [3]bool{}},
		{"provider", [3]bool{}},
		{"before", [3]bool{true}},
		{"map", [3]bool{true}},
		{"decide", [3]bool{true, true}},
		{"issue", [3]bool{true, true, true}},
		{"", [3]bool{true, true, true}},
	} {
		w, trace := newWalker(), &login.Trace{}
		w.fail[tt.fails] = refusal
		w.ctx = login.WithTrace(context.Background(), trace)
		_, err := w.complete(login.AuthRequest{Purpose: login.PurposeTest}, login.Callback{Session: "held"})
		y := trace.Yielded()
		if got := [3]bool{y.Document != nil, y.User != nil, y.Decision != nil}; got != tt.want || (err == nil) != (tt.fails == "") {
			t.Errorf("%q failed: yielded %v, want %v (%v)", tt.fails, got, tt.want, err)
		}
		if y.Decision != nil && (y.At.Unix() != asked+2 || len(y.Decision.Levels) != 2 || y.User.ID != "ada" || y.Document.Login.RequestedAt != asked) {
			t.Errorf("%q failed: yielded %+v", tt.fails, y)
		}
	}
}
