package host_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/doorward/doorward/host"
	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/login"
)

// rigConfig has three providers: corp with every kind of mapper, guests with a
// plugin that reads the clock and draws randomness, and plain with defaults.
const rigConfig = `public_url: https://login.example.test
insecure_inline_secrets: true
record: {keep: 240h, max: 1000000}
providers:
  corp:
    type: oidc
    issuer: https://idp.example.test
    client_id: doorward
    client_secret: canary-client-secret
    mappers:
      - direct: {attribute: roles, source: userInfo, path: groups}
      - direct: {attribute: attributes.team, source: userInfo, path: team}
      - expression: {attribute: attributes.label, value: 'coalesce(lower({attribute-source:userInfo:team}), "none") + "/" + {attribute-source:idTokenClaims:sub}'}
      - expression: {attribute: attributes.scope, value: '{attribute-source:tokenEndpointResponse:scope}'}
      - plugin: chance
      - plugin: gate
  guests:
    type: oidc
    issuer: https://guests.example.test
    client_id: doorward
    client_secret: canary-client-secret
    mappers: [{plugin: fragile}, {plugin: chance}]
  plain:
    type: oidc
    issuer: https://plain.example.test
    client_id: doorward
    client_secret: canary-client-secret
    userinfo: {endpoint: "off"}
plugins:
  chance: {module: chance.wasm}
  fragile: {module: fragile.wasm}
  gate: {module: gate.wasm}
policies: {path: policies}
zones:
  plant: {networks: [10.0.0.0/8], priority: 10}
levels:
  Authenticated/Fresh: {description: proved lately, step_up: true}
  Authenticated/Engineer: {description: of engineering}
  Authenticated/Engineer/OnSite: {description: in the plant}
  Authenticated/Blue: {description: of the blue team}
  Authenticated/Trusted: {description: granted}
  Authenticated/Lucky: {description: by chance}
grants:
  - {idp: plain, iss: "https://plain.example.test", sub: person-7, levels: [Authenticated/Trusted]}
`

const rigPolicy = `package doorward.levels

import data.doorward.reauth

# METADATA
# title: proved within five minutes
grant contains {"level": "Authenticated/Fresh", "until": reauth.until("5m")}

# METADATA
# title: of engineering
grant contains "Authenticated/Engineer" if "engineering" in input.user.roles

# METADATA
# title: in the plant
grant contains "Authenticated/Engineer/OnSite" if "plant" in input.request.zones

# METADATA
# title: of the blue team
grant contains "Authenticated/Blue" if input.sources.userInfo.team == "blue"

# METADATA
# title: lucky
grant contains "Authenticated/Lucky" if startswith(input.user.attributes.chance, "0")
`

// rig is a host without its edge, and a person's answers for its providers.
type rig struct {
	*host.Rig
	t       testing.TB
	dir     string
	clock   atomic.Int64 // Unix nanoseconds
	before  *login.Before
	doc     login.Document
	answers int
}

// newRig opens a rig whose policy is text.
func newRig(t testing.TB, configuration, text string) *rig {
	t.Helper()
	r := &rig{t: t, dir: t.TempDir()}
	r.clock.Store(time.Unix(1_800_000_000, 123_456_789).UnixNano())
	r.write("doorward.yaml", configuration)
	r.write("policies/levels.rego", text)
	for _, name := range []string{"chance", "fragile", "gate"} {
		module, err := os.ReadFile("testdata/" + name + ".wasm")
		if err != nil {
			t.Fatal(err)
		}
		r.write(name+".wasm", string(module))
	}
	r.open()
	return r
}

func (r *rig) write(name, text string) {
	r.t.Helper()
	path := filepath.Join(r.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) at() time.Time { return time.Unix(0, r.clock.Load()) }

func (r *rig) pass(d time.Duration) { r.clock.Add(int64(d)) }

func (r *rig) config() *config.Config {
	r.t.Helper()
	cfg, err := config.Load(filepath.Join(r.dir, "doorward.yaml"))
	if err != nil {
		r.t.Fatal(err)
	}
	return cfg
}

func (r *rig) open() {
	r.t.Helper()
	opened, err := host.OpenRig(context.Background(), host.Options{Config: r.config(), Now: r.at})
	if err != nil {
		r.t.Fatal(err)
	}
	r.Rig = opened
	r.t.Cleanup(func() { _ = opened.Close(context.Background()) })
}

// The rig answers as a provider and as the sessions.

func (r *rig) Begin(_ context.Context, req login.AuthRequest) (login.AuthRequest, login.Redirect, error) {
	return req, login.Redirect{}, nil
}
func (r *rig) Complete(context.Context, login.AuthRequest, login.Callback) (login.Document, error) {
	return r.doc, nil
}
func (r *rig) Before(context.Context, string) (*login.Before, error) { return r.before, nil }
func (r *rig) Spent(context.Context, login.AuthRequest) error        { return nil }
func (r *rig) Issue(_ context.Context, _ login.AuthRequest, doc login.Document, user login.User, d login.Decision) (login.Session, error) {
	return login.Session{Document: doc, User: user, Decision: d}, nil
}

// person is what a provider says of somebody.
type person struct {
	IdP      string
	Sub      string
	Claims   map[string]any
	UserInfo map[string]any // nil: not called
	Failed   bool           // userinfo
	Level    string         // of a step-up
	Zones    []string
	AuthTime int64
}

// issuers of the rig's providers.
var issuers = map[string]string{"corp": "https://idp.example.test", "guests": "https://guests.example.test", "plain": "https://plain.example.test"}

// walk signs p in, and returns the login's id and how it went.
func (r *rig) walk(p person) (id string, err error) {
	r.t.Helper()
	r.answers++
	id = fmt.Sprintf("%016x", r.answers)
	r.doc = r.document(p)
	r.before = nil
	req := login.AuthRequest{ID: id, Purpose: login.PurposeLogin, Provider: p.IdP, RequestedAt: r.at().Unix() - 3, Level: p.Level}
	if p.Level != "" {
		req.Purpose, req.Session = login.PurposeStepUp, "handle"
		r.before = &login.Before{Person: r.doc.Person, CreatedAt: r.at().Unix() - 600}
	}
	trace := &login.Trace{}
	_, err = r.Flow(p.IdP, r, r).Complete(login.WithTrace(context.Background(), trace), req, login.Callback{
		ReceivedAt: r.at().Add(-17 * time.Millisecond), Request: login.Request{IP: "10.0.0.1", Zones: p.Zones, UserAgent: "Firefox", App: "wiki"},
	})
	return id, err
}

func (r *rig) document(p person) login.Document {
	r.t.Helper()
	claims := map[string]any{"iss": issuers[p.IdP], "sub": p.Sub, "auth_time": p.AuthTime}
	for name, value := range p.Claims {
		claims[name] = value
	}
	doc := login.Document{Person: login.Person{IdP: p.IdP, Issuer: issuers[p.IdP], Subject: p.Sub}}
	if p.Failed {
		doc.Missing = []string{attrs.UserInfo}
	}
	doc.Sources = r.source(doc.Sources, attrs.IDTokenClaims, claims)
	doc.Sources = r.source(doc.Sources, attrs.TokenEndpointResponse, map[string]any{
		"access_token": "canary-access-token-" + p.Sub, "refresh_token": "canary-refresh-token-" + p.Sub, "token_type": "Bearer", "expires_in": 300, "scope": "openid profile",
	})
	if p.UserInfo != nil {
		info := map[string]any{"sub": p.Sub}
		for name, value := range p.UserInfo {
			info[name] = value
		}
		doc.Sources = r.source(doc.Sources, attrs.UserInfo, info)
	}
	doc.Login.Evidence.AuthTime = &p.AuthTime
	return doc
}

// source adds a source, with space between its tokens as providers send it.
func (r *rig) source(d attrs.Document, name string, value any) attrs.Document {
	r.t.Helper()
	text, err := json.MarshalIndent(value, "", "   ")
	if err == nil {
		d, err = d.With(name, text)
	}
	if err != nil {
		r.t.Fatal(err)
	}
	return d
}

func (r *rig) flush() {
	r.t.Helper()
	if err := r.Recorder().Flush(context.Background()); err != nil {
		r.t.Fatal(err)
	}
}

// anybody is a person by chance: every kind of login that the rig knows.
func (r *rig) anybody(rnd *rand.Rand) person {
	teams := []string{"blue", "RED", "grün <&> \u2028", ""}
	p := person{
		IdP: []string{"corp", "guests", "plain"}[rnd.IntN(3)], Sub: fmt.Sprint("person-", rnd.IntN(200)),
		AuthTime: r.at().Unix() - rnd.Int64N(700), Claims: map[string]any{"n": json.Number("12345678901234567890.10"), "email": fmt.Sprintf("p%d@example.com", rnd.IntN(50))},
	}
	if rnd.IntN(3) == 0 {
		p.Zones = []string{"plant"}
	}
	if rnd.IntN(5) == 0 {
		p.Level = "Authenticated/Fresh"
	}
	if p.IdP == "plain" {
		return p
	}
	if p.Failed = rnd.IntN(6) == 0; p.Failed {
		return p
	}
	p.UserInfo = map[string]any{"team": teams[rnd.IntN(len(teams))], "groups": []string{"staff"}, "note": strings.Repeat("é", rnd.IntN(300))}
	switch rnd.IntN(8) {
	case 0, 1, 2:
		p.UserInfo["groups"] = []string{"engineering", "staff"}
	case 3:
		p.UserInfo["groups"] = "engineering" // of the wrong type: refused
	case 4:
		p.UserInfo["broken"] = true // the plugin of guests traps
	case 5:
		p.Claims["denied"] = true // by the plugin of corp
	}
	return p
}
