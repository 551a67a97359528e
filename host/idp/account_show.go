package idp

// The page of a person's account.

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/doorward/doorward/host/idp/factors"
	"github.com/doorward/doorward/host/idp/pages"
	"github.com/doorward/doorward/host/idp/people"
	"github.com/doorward/doorward/host/login"
)

func (p *Provider) showAccount(w http.ResponseWriter, r *http.Request, status int, own ownPage, view pages.Account) {
	person := own.person
	own.Challenge, own.TOTP = nil, nil
	view.Action, view.Person = p.base+pathAccount, personView(person)
	view.Badges = len(person.Badges)
	view.HasPassword, view.CanPassword = person.PasswordHash != "", p.mayPassword(person)
	view.TOTP, view.CanTOTP = len(person.TOTP) > 0, p.cfg.SecondFactor != factors.Off
	view.Passkeys, view.CanPasskey = passkeyViews(person), p.mayPasskeys()
	view.FactorNeeded = p.cfg.SecondFactor == factors.Required
	if view.CanPasskey {
		options, challenge, err := p.passkeys.AskNew(person)
		if err != nil {
			p.fail(w, r, login.NewFault(login.CodeInternal, "ask for a passkey: %w", err))
			return
		}
		own.Challenge, view.PasskeyOptions = &challenge, string(options)
	}
	var err error
	if view.Sessions, err = p.sessionViews(r, own); err == nil {
		view.Applications, err = p.applicationViews(r, person.Subject)
	}
	if err != nil {
		p.fail(w, r, unavailable("read what belongs to a person", err))
		return
	}
	view.Form = p.sealedOwn(w, r, own)
	p.show(w, r, status, view)
}

// mayPassword reports whether the person can change their password here: not
// one that the site's file says.
func (p *Provider) mayPassword(person people.Person) bool {
	return !person.Configured && slices.ContainsFunc(p.cfg.Methods, factors.Method.HasPassword)
}

// mayPasskeys reports whether a passkey is good for anything.
func (p *Provider) mayPasskeys() bool {
	return p.passkeys != nil && (slices.Contains(p.cfg.Methods, factors.Passkey) || p.cfg.SecondFactor != factors.Off)
}

func passkeyViews(person people.Person) (views []pages.Passkey) {
	for _, k := range person.Passkeys {
		view := pages.Passkey{ID: b64.EncodeToString(k.ID), Name: k.Name, Added: time.Unix(k.Added, 0), Copied: factors.Cloned(k)}
		if k.Used != 0 {
			view.Used = time.Unix(k.Used, 0)
		}
		views = append(views, view)
	}
	return views
}

func (p *Provider) sessionViews(r *http.Request, own ownPage) (views []pages.Session, err error) {
	list, err := p.sessionsOf(r.Context(), own.person.Subject)
	for _, s := range list {
		views = append(views, pages.Session{
			ID: s.SID, Current: s.SID == own.SID, Remembered: s.Remembered, Agent: agentWords(s.Agent), Address: s.Address,
			Started: time.Unix(s.Started, 0), Used: time.Unix(s.Used, 0),
		})
	}
	return views, err
}

// agents and systems are what people know browsers by, each before those whose
// names are in its header too.
var (
	agents  = []string{"Edg/", "Edge", "OPR/", "Opera", "Firefox/", "Firefox", "Chrome/", "Chrome", "Safari/", "Safari"}
	systems = []string{"Android", "Android", "iPhone", "iPhone", "iPad", "iPad", "Windows", "Windows", "Mac OS X", "macOS", "CrOS", "ChromeOS", "Linux", "Linux"}
)

// agentWords is a User-Agent header in words: "Firefox, Windows".
func agentWords(header string) string {
	return strings.Trim(wordFor(agents, header)+", "+wordFor(systems, header), ", ")
}

func wordFor(pairs []string, header string) string {
	for i := 0; i < len(pairs); i += 2 {
		if strings.Contains(header, pairs[i]) {
			return pairs[i+1]
		}
	}
	return ""
}
