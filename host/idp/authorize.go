package idp

// The authorization endpoint: who asks for what, and how it goes on.

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/doorward/doorward/host/idp/ask"
	"github.com/doorward/doorward/host/idp/clients"
	"github.com/doorward/doorward/host/idp/factors"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/store"
)

func (p *Provider) authorize(w http.ResponseWriter, r *http.Request, form url.Values) {
	client, fault := p.client(r.Context(), form.Get("client_id"))
	if fault != nil {
		p.fail(w, r, fault)
		return
	}
	if r.Method == http.MethodPost && form.Get("request_uri") != "" {
		p.authorizeByGet(w, r, form)
		return
	}
	if uri := form.Get("request_uri"); strings.HasPrefix(uri, pushedPrefix) {
		req, fault := p.pulled(r.Context(), client, uri)
		if fault != nil {
			p.fail(w, r, fault)
			return
		}
		p.proceed(w, r, client, req)
		return
	}
	req, refused := p.reader().Read(r.Context(), client, form)
	if refused == nil && client.RequirePushed {
		refused = &ask.Refusal{Code: "invalid_request", Description: errNotPushed}
	}
	switch {
	case refused != nil && refused.Local:
		p.fail(w, r, login.NewFault(login.CodeParameterInvalid, "client %s: %s", client.ID, refused.Description))
	case r.Method == http.MethodPost: // another site's POST carries no Lax cookie; the GET that follows does
		p.authorizeByGet(w, r, form)
	case refused != nil:
		p.refuse(w, r, req, *refused)
	default:
		p.proceed(w, r, client, req)
	}
}

func (p *Provider) authorizeByGet(w http.ResponseWriter, r *http.Request, form url.Values) {
	query := form.Encode()
	if len(query) > maxQuery {
		p.fail(w, r, login.NewFault(login.CodeRequestTooLarge, "the parameters have more than %d bytes", maxQuery))
		return
	}
	redirect(w, r, p.cfg.Issuer+pathAuthorize+"?"+query)
}

// tries bounds how often a session that changes meanwhile is read again.
const tries = 3

// proceed goes on with a checked request, on the strength of the browser's
// sessions or by asking the person.
func (p *Provider) proceed(w http.ResponseWriter, r *http.Request, client clients.Client, req ask.Request) {
	for range tries {
		here, err := p.present(r)
		if err != nil {
			p.fail(w, r, unavailable("read the sessions", err))
			return
		}
		if !errors.Is(p.goOn(w, r, client, req, here), store.ErrConflict) {
			return
		}
	}
	p.needsProof(w, r, client, req)
}

// goOn takes the next step of req in a browser with these sessions. Its error
// is store.ErrConflict when one of them changed meanwhile and nothing was
// answered.
func (p *Provider) goOn(w http.ResponseWriter, r *http.Request, client clients.Client, req ask.Request, here []*session) error {
	s, several := whoAnswers(req, here)
	switch {
	case unreachable(req):
		p.refuse(w, r, req, unmet)
	case several && req.Silent:
		p.refuse(w, r, req, ask.Refusal{Code: "account_selection_required", Description: "several people are signed in"})
	case several:
		p.askWhich(w, r, client, req, here)
	case s == nil, p.tooWeak(req, s):
		p.needsProof(w, r, client, req)
	default:
		return p.fromSession(w, r, client, req, s)
	}
	return nil
}

// fromSession answers on the strength of s alone, or asks for consent first.
func (p *Provider) fromSession(w http.ResponseWriter, r *http.Request, client clients.Client, req ask.Request, s *session) error {
	asked, err := p.asks(r.Context(), client, req, s.Subject)
	switch {
	case err != nil:
		p.fail(w, r, unavailable("read what was allowed", err))
	case asked && req.Silent:
		p.refuse(w, r, req, ask.Refusal{Code: "consent_required", Description: "the person was not asked yet"})
	case asked:
		p.askConsent(w, r, client, req, s, "")
	case req.Own != "":
		redirect(w, r, p.base+req.Own)
	default:
		return p.give(w, r, req, s, "")
	}
	return nil
}

// whoAnswers is the one session that can answer req, or nil; or there are
// several, and the person is to be asked which.
func whoAnswers(req ask.Request, here []*session) (s *session, several bool) {
	if req.Force {
		return nil, false
	}
	here = slices.DeleteFunc(slices.Clone(here), func(s *session) bool {
		return req.HintSubject != "" && s.Subject != req.HintSubject || req.Account != "" && s.SID != req.Account
	})
	switch {
	case len(here) == 0:
		return nil, false
	case req.Select:
		return nil, true
	case len(here) == 1:
		return here[0], false
	}
	for _, s := range here {
		if strings.EqualFold(s.UserName, strings.TrimSpace(req.LoginHint)) {
			return s, false
		}
	}
	return nil, true
}

// tooWeak reports whether s is too old for req, or was proved not well enough;
// also where req only wishes for more, and the person has what it takes.
func (p *Provider) tooWeak(req ask.Request, s *session) bool {
	_, met := acrFor(req, s.ACR)
	return !met || req.MaxAge != nil && p.cfg.Now().Unix()-s.AuthTime > *req.MaxAge || !req.Silent && improvable(req, s)
}

// improvable reports whether one more proof by the person of s would give the
// acr that req wishes for.
func improvable(req ask.Request, s *session) bool {
	wanted, _ := req.WantsACR()
	return factors.CouldReach(s.person, s.ACR, wanted)
}

// acrFor is the acr of an answer to req by a session that proved have, and
// whether it is what the request insists on. Of those that are asked for and
// met it is the first; otherwise what was proved.
func acrFor(req ask.Request, have string) (acr string, met bool) {
	wanted, essential := req.WantsACR()
	for _, want := range wanted {
		if factors.Reaches(have, want) {
			return want, true
		}
	}
	return have, !essential || len(wanted) == 0
}

// unmet is the refusal of OpenID Connect Core Unmet Authentication Requirements
// 1.0.
var unmet = ask.Refusal{Code: "unmet_authentication_requirements", Description: "none of the essential acr values was met"}

// unreachable reports whether req insists on acr values of which nobody can
// prove one here.
func unreachable(req ask.Request) bool {
	wanted, essential := req.WantsACR()
	return essential && len(wanted) > 0 && !slices.ContainsFunc(wanted, func(acr string) bool { return slices.Contains(factors.ACRs(), acr) })
}

// needsProof asks for credentials.
func (p *Provider) needsProof(w http.ResponseWriter, r *http.Request, client clients.Client, req ask.Request) {
	if req.Silent {
		p.refuse(w, r, req, ask.Refusal{Code: "login_required", Description: "nobody is signed in who may answer without proof"})
		return
	}
	p.askProof(w, r, client, req)
}

// clientOf is who asks req, which waited for a step of the person; the
// configuration may have changed since. For a page of the provider's own it is
// nobody.
func (p *Provider) clientOf(ctx context.Context, req ask.Request) (clients.Client, *login.Fault) {
	if req.Own != "" {
		return clients.Client{}, nil
	}
	client, fault := p.client(ctx, req.ClientID)
	if fault == nil && req.Device == "" && !ask.Registered(client, req.RedirectURI) {
		fault = login.NewFault(login.CodeParameterInvalid, "the redirect_uri is no longer registered for client %s", client.ID)
	}
	return client, fault
}

func (p *Provider) client(ctx context.Context, id string) (clients.Client, *login.Fault) {
	client, err := p.clients.Client(ctx, id)
	if errors.Is(err, clients.ErrUnknown) {
		return client, login.NewFault(login.CodeParameterInvalid, "client_id names no client of this provider")
	}
	if err != nil {
		return client, unavailable("read the client", err)
	}
	return client, nil
}
