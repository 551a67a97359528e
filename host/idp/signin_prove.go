package idp

// Whether credentials fit. What it does and how long it takes is the same for
// names and badges that exist and those that do not.

import (
	"context"
	"errors"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/doorward/doorward/host/idp/factors"
	"github.com/doorward/doorward/host/idp/pages"
	"github.com/doorward/doorward/host/idp/people"
)

const (
	maxBadge = 256      // bytes, of a badge's number
	nobody   = "nobody" // a name, whoever may have it
)

// credentials are what was typed.
type credentials struct{ userName, badge, password string }

func credentialsIn(form url.Values) credentials {
	return credentials{ // the number is cut before anybody looks at it: what is looked up is what tries are counted for
		userName: strings.TrimSpace(form.Get("username")), badge: strings.TrimSpace(clip(form.Get("badge"), maxBadge)), password: form.Get("password"),
	}
}

// account is what attempts are counted for.
func (c credentials) account(method factors.Method) string {
	if method.HasBadge() {
		return "badge " + strings.Map(badgeSign, c.badge)
	}
	return nameAccount(c.userName)
}

// badgeSign leaves of a badge's number what makes it another: with spaces and
// signs between the digits it must not be another account.
func badgeSign(r rune) rune {
	if unicode.IsLetter(r) || unicode.IsDigit(r) {
		return unicode.ToUpper(r)
	}
	return -1
}

// nameAccount is the account of a user name, however it was typed.
func nameAccount(userName string) string {
	return "name " + norm.NFC.String(strings.ToLower(strings.TrimSpace(clip(userName, people.MaxUserName))))
}

func (c credentials) missing(method factors.Method) bool {
	return method.HasBadge() && c.badge == "" || !method.HasBadge() && c.userName == "" || method.HasPassword() && c.password == ""
}

// no is an answer to proofs that do not suffice.
type no struct {
	status int
	say    *pages.Message
	wait   time.Duration
}

// answer is the status, with the header that goes with it.
func (n no) answer(w http.ResponseWriter) int {
	if n.wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(n.wait.Seconds()))))
	}
	return n.status
}

func wait(wait time.Duration) *no {
	say := pages.Say(pages.SayWaitSeconds, "count", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	if wait > time.Minute {
		say = pages.Say(pages.SayWaitMinutes, "count", strconv.Itoa(int(math.Ceil(wait.Minutes()))))
	}
	return &no{http.StatusTooManyRequests, say, wait}
}

func busy() *no {
	return &no{http.StatusServiceUnavailable, pages.Say(pages.SayBusy), people.HashPatience}
}

// at says which input the answer is about.
func (n *no) at(field string) *no {
	n.say = n.say.At(field)
	return n
}

func wrong(key string) *no { return &no{status: http.StatusForbidden, say: pages.Say(key)} }

// What the page says. Unknown, disabled and mistyped are one sentence.
var (
	sayEmpty = map[factors.Method]string{factors.Password: pages.SayEmpty, factors.Badge: pages.SayEmptyBadge, factors.BadgePassword: pages.SayEmptyBadge}
	sayWrong = map[factors.Method]string{factors.Password: pages.SayWrong, factors.Badge: pages.SayWrongBadge, factors.BadgePassword: pages.SayWrongBadgePwd}
)

// prove checks the credentials of a method other than a passkey.
func (p *Provider) prove(r *http.Request, method factors.Method, given credentials) (people.Person, *no, error) {
	if given.missing(method) {
		return people.Person{}, wrong(sayEmpty[method]), nil
	}
	try, refused := p.tryFirst(r, given.account(method), method)
	if refused != nil {
		return people.Person{}, refused, nil
	}
	person, found, err := p.lookUp(r.Context(), method, given)
	if err != nil {
		return people.Person{}, nil, err
	}
	fits := found
	if method.HasPassword() {
		if fits, err = p.hashing.Matches(r.Context(), person.PasswordHash, given.password); err != nil {
			return people.Person{}, busy(), nil
		}
	}
	if !fits || person.Disabled {
		p.cfg.Log.InfoContext(r.Context(), "sign-in refused", "method", string(method), "address", p.cfg.ClientIP(r))
		return people.Person{}, wrong(sayWrong[method]), nil
	}
	try.fits()
	return person, nil, nil
}

// lookUp is the person whose name or badge was given. A person without a hash
// stands for nobody.
func (p *Provider) lookUp(ctx context.Context, method factors.Method, given credentials) (person people.Person, found bool, err error) {
	if method.HasBadge() {
		person, err = p.cfg.People.ByBadge(ctx, given.badge)
	} else {
		person, err = p.cfg.People.Person(ctx, given.userName)
	}
	if !errors.Is(err, people.ErrNoPerson) {
		return person, err == nil, err
	}
	if method.HasBadge() { // a badge that somebody has leads on to their record
		_, err = p.cfg.People.Person(ctx, nobody)
	}
	if errors.Is(err, people.ErrNoPerson) {
		err = nil
	}
	return people.Person{}, false, err
}
