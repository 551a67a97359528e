package idp

// What a client may do is asked of the person, and remembered.

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/doorward/doorward/host/idp/ask"
	"github.com/doorward/doorward/host/idp/clients"
	"github.com/doorward/doorward/host/idp/pages"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/store"
)

const (
	bucketConsents = "idp.consents" // keys of consentKey
	purposeConsent = "idp.consent"
	consentFor     = 365 * 24 * time.Hour
	maxConsents    = 1000 // of one person in a list
)

// consent is what a person allowed a client.
type consent struct {
	ClientID string   `json:"client"`
	Scopes   []string `json:"scopes"`
	Claims   []string `json:"claims,omitempty"` // of the claims parameter
	Given    int64    `json:"given"`            // Unix seconds
}

// consenting waits for the person's answer as a sealed value in the page.
type consenting struct {
	Request ask.Request `json:"req"`
	SID     string      `json:"sid"`
	Proof   string      `json:"proof,omitempty"` // when the page followed a proof
}

func consentKey(subject, client string) string { return subjectKey(subject) + secretKey(client) }

// asks reports whether the person is asked before client gets what req asks
// for. Clients of the site itself get it without; access while the person is
// signed out, nobody but the host, whose sessions have lives of their own.
func (p *Provider) asks(ctx context.Context, client clients.Client, req ask.Request, subject string) (bool, error) {
	switch {
	case req.Own != "":
		return false, nil
	case req.Device != "", req.Consent:
		return true, nil
	case !client.Consent && client.Registered == 0 && (client.Host || !req.Offline()):
		return false, nil
	}
	given, _, err := p.consentOf(ctx, subject, client.ID)
	return !given.covers(req), err
}

func (c consent) covers(req ask.Request) bool {
	return within(req.Scopes, c.Scopes) && within(claimNames(req), c.Claims)
}

func within(part, whole []string) bool {
	return !slices.ContainsFunc(part, func(s string) bool { return !slices.Contains(whole, s) })
}

// claimNames are the claims that req asks for by name.
func claimNames(req ask.Request) []string {
	names := slices.Sorted(maps.Keys(req.Claims.IDToken))
	names = slices.AppendSeq(names, maps.Keys(req.Claims.UserInfo))
	slices.Sort(names)
	return slices.Compact(names)
}

// consentOf is what subject allowed client; nothing, when they were not asked.
func (p *Provider) consentOf(ctx context.Context, subject, client string) (consent, uint64, error) {
	item, err := p.cfg.Store.Get(ctx, bucketConsents, consentKey(subject, client))
	if errors.Is(err, store.ErrNotFound) {
		return consent{}, 0, nil
	}
	var given consent
	if err == nil && json.Unmarshal(item.Value, &given) != nil {
		given = consent{} // damaged: ask again
	}
	return given, item.Version, err
}

// consents are what a person allowed, to whom.
func (p *Provider) consents(ctx context.Context, subject string) (list []consent, err error) {
	items, err := p.cfg.Store.Scan(ctx, bucketConsents, subjectKey(subject), "", maxConsents)
	for _, item := range items {
		var given consent
		if json.Unmarshal(item.Value, &given) == nil {
			list = append(list, given)
		}
	}
	return list, err
}

// forgetConsent makes the person be asked again.
func (p *Provider) forgetConsent(ctx context.Context, subject, client string) error {
	return p.cfg.Store.Apply(ctx, store.Op{Bucket: bucketConsents, Key: consentKey(subject, client), Delete: true})
}

// consented is the change that remembers what req asks for, beside what was
// allowed before.
func (p *Provider) consented(ctx context.Context, req ask.Request, subject string) (store.Op, error) {
	given, version, err := p.consentOf(ctx, subject, req.ClientID)
	if err != nil {
		return store.Op{}, err
	}
	now := p.cfg.Now()
	given.ClientID, given.Given = req.ClientID, now.Unix()
	given.Scopes = union(given.Scopes, req.Scopes)
	given.Claims = union(given.Claims, claimNames(req))
	value, _ := json.Marshal(given) // strings and numbers only
	return store.Op{Bucket: bucketConsents, Key: consentKey(subject, req.ClientID), Value: value, Expires: now.Add(consentFor), If: &version}, nil
}

func union(a, b []string) []string {
	out := slices.Concat(a, b)
	slices.Sort(out)
	return slices.Compact(out)
}

// askConsent shows the page for the person of s, whose proof it follows, if any.
func (p *Provider) askConsent(w http.ResponseWriter, r *http.Request, client clients.Client, req ask.Request, s *session, proof string) {
	given, _, err := p.consentOf(r.Context(), s.Subject, client.ID)
	if err != nil {
		p.fail(w, r, unavailable("read what was allowed", err))
		return
	}
	req.Expires = p.cfg.Now().Add(pendingFor).Unix()
	waits, browser := consenting{req, s.SID, proof}, p.browser(w, r)
	if req.Device != "" {
		p.askDevice(w, r, client, req, personView(s.person), p.seal(purposeDeviceConfirm, browser, waits))
		return
	}
	p.show(w, r, http.StatusOK, pages.Consent{
		Locales: req.Locales, Action: p.base + pathConsent, Client: clientView(client, req), Person: personView(s.person),
		Request:   p.seal(purposeConsent, browser, waits),
		Scopes:    p.scopeViews(req, given),
		CanSwitch: req.HintSubject == "",
	}, p.targets(req)...)
}

// scopeViews are the scopes as a page explains them: one of the configuration
// by the claims that it gives.
func (p *Provider) scopeViews(req ask.Request, given consent) (views []pages.Scope) {
	for _, scope := range req.Scopes {
		views = append(views, pages.Scope{Name: scope, Claims: p.cfg.Scopes[scope], Given: slices.Contains(given.Scopes, scope)})
	}
	if names := claimNames(req); len(names) > 0 {
		views = append(views, pages.Scope{Name: "claims", Claims: names, Given: within(names, given.Claims)})
	}
	return views
}

// consent is the person's answer.
func (p *Provider) consent(w http.ResponseWriter, r *http.Request, form url.Values) {
	var waits consenting
	client, fault := p.resumed(r, purposeConsent, form.Get("request"), &waits, &waits.Request)
	if fault != nil {
		p.fail(w, r, fault)
		return
	}
	switch form.Get("do") {
	case pages.DoAllow:
		p.allow(w, r, client, waits)
	case pages.DoOther:
		p.askProof(w, r, client, beside(waits.Request))
	default:
		p.refuse(w, r, waits.Request, ask.Refusal{Code: "access_denied", Description: "the person did not allow it"})
	}
}

// allow remembers the consent and gives what was asked for, both or neither.
// When the session is gone, or its proof was spent on another answer, the
// request starts again.
func (p *Provider) allow(w http.ResponseWriter, r *http.Request, client clients.Client, waits consenting) {
	req := waits.Request
	for range tries {
		s, err := p.presentAs(r, waits.SID)
		if err != nil {
			p.fail(w, r, unavailable("read the session", err))
			return
		}
		if s == nil || waits.Proof != "" && waits.Proof != s.Proof {
			break
		}
		remember, err := p.consented(r.Context(), req, s.Subject)
		if err != nil {
			p.fail(w, r, unavailable("read what was allowed", err))
			return
		}
		if !errors.Is(p.give(w, r, req, s, waits.Proof, remember), store.ErrConflict) {
			return
		}
	}
	p.proceed(w, r, client, req)
}

// beside is req for somebody else, who signs in beside those who are here.
func beside(req ask.Request) ask.Request {
	req.Beside, req.Account, req.LoginHint = true, "", ""
	return req
}

// resumed opens a request that waited in a page of this browser, and says who
// asked.
func (p *Provider) resumed(r *http.Request, purpose, sealed string, into any, req *ask.Request) (clients.Client, *login.Fault) {
	if fault := p.reopened(r, purpose, sealed, into, &req.Expires); fault != nil {
		return clients.Client{}, fault
	}
	return p.clientOf(r.Context(), *req)
}

// reopened reads into v what waited in a page of this browser, until expires
// within v.
func (p *Provider) reopened(r *http.Request, purpose, sealed string, v any, expires *int64) *login.Fault {
	if fault := p.sameOrigin(r); fault != nil {
		return fault
	}
	if fault := p.unseal(r, purpose, sealed, v); fault != nil {
		return fault
	}
	return p.expired(*expires)
}
