package idp

// What is measured with every number of people.

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/doorward/doorward/host/idp/ask"
	"github.com/doorward/doorward/host/idp/people"
	"github.com/doorward/doorward/host/idp/people/peopletest"
	"github.com/doorward/doorward/host/store"
)

type measure struct {
	name   string
	work   work
	writes bool
}

func (c crowded) measures() []measure {
	list := []measure{
		{"sign-in/password", c.signIns("password"), true},
		{"sign-in/badge", c.signIns("badge"), true},
		{"sign-in/single-sign-on", c.singleSignOns(), true},
		{"code-exchange/ID-token=RS256", c.exchanges("RS256", "openid profile"), true},
		{"code-exchange/ID-token=ES256", c.exchanges("ES256", "openid profile"), true},
		{"code-exchange/ID-token=EdDSA", c.exchanges("EdDSA", "openid profile"), false},
		{"code-exchange/access-token=JWT", c.exchanges("jwt", "openid email"), false},
		{"refresh/access-token=opaque", c.refreshes("keeper"), true},
		{"refresh/access-token=JWT", c.refreshes("jwt"), false},
		{"userinfo/access-token=opaque", c.userInfos("keeper"), false},
		{"userinfo/access-token=JWT", c.userInfos("jwt"), false},
	}
	for _, alg := range []string{"RS256", "ES256", "EdDSA", "HS256", "HS384", "HS512"} {
		list = append(list, measure{"userinfo/signed=" + alg, c.userInfos(alg), false})
	}
	return append(list,
		measure{"introspection/access-token=opaque", c.introspections("keeper"), false},
		measure{"introspection/access-token=JWT", c.introspections("jwt"), false},
		measure{"registration", c.registrations(), true},
		measure{"directory/user-name", c.directory(func(i int) error { _, err := c.people.Person(c.t.Context(), peopletest.UserName(i)); return err }), false},
		measure{"directory/subject", c.directory(func(i int) error { _, err := c.people.BySubject(c.t.Context(), peopletest.Subject(i)); return err }), false},
		measure{"directory/badge", c.directory(func(i int) error { _, err := c.people.ByBadge(c.t.Context(), peopletest.Badge(i)); return err }), false},
		measure{"directory/page-of-50", c.directory(func(i int) error {
			_, err := c.people.Search(c.t.Context(), "", peopletest.UserName(i), 50)
			return err
		}), false},
		measure{"directory/search", c.directory(func(int) error {
			_, err := c.people.Search(c.t.Context(), peopletest.Search, "", 50)
			return err
		}), false},
		measure{"directory/change", c.directory(func(i int) error {
			return c.people.Update(c.t.Context(), peopletest.UserName(i), func(p *people.Person) error { p.Name = strconv.Itoa(rand.Int()); return nil })
		}), true},
	)
}

func nothing() {}

func (c crowded) directory(do func(i int) error) work {
	return func(int) (func(int), func()) {
		return func(int) { must(c.t, do(c.anybody())) }, nothing
	}
}

// signIns are a page and its form, each in a browser of its own, up to the
// redirect with the code.
func (c crowded) signIns(method string) work {
	return func(int) (func(int), func()) {
		return func(int) {
			i, browser := c.anybody(), c.inProcess()
			page := browser.get(pathAuthorize, asking())
			browser.back(browser.fill(pathSignIn, page, "method", method, "username", peopletest.UserName(i), "badge", peopletest.Badge(i), "password", peopletest.Password))
		}, nothing
	}
}

// singleSignOns are answers from a session.
func (c crowded) singleSignOns() work {
	var browsers []*browser
	return func(int) (func(int), func()) {
		for len(browsers) < 64 {
			browser := c.inProcess()
			browser.fill(pathSignIn, browser.get(pathAuthorize, asking()), "method", "badge", "badge", peopletest.Badge(c.anybody()))
			browsers = append(browsers, browser)
		}
		return func(i int) {
			browser := browsers[i%len(browsers)]
			browser.back(browser.get(pathAuthorize, asking()))
		}, nothing
	}
}

// inProcess is a browser without a socket, at an address of its own.
func (c crowded) inProcess() *browser {
	return c.from(fmt.Sprintf("192.0.%d.%d", rand.IntN(256), rand.IntN(256)))
}

func (c crowded) from(address string) *browser {
	browser, inner := c.browser(), c.provider.RoundTripper()
	browser.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
		r.Header.Set("User-Agent", address)
		return inner.RoundTrip(r)
	})
	return browser
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// codeFor is a code of somebody, ready to be redeemed.
func (c crowded) codeFor(client, scope string) string {
	s := c.provider.newSession(&http.Request{}, Proof{Person: c.somebody(), AMR: []string{"uname", "pwd"}}, nil, false)
	req := ask.Request{ClientID: client, RedirectURI: callback, Challenge: asking().Get("code_challenge"), Scopes: strings.Fields(scope)}
	code, issue := c.provider.newCode(req, s, true)
	must(c.t, c.store.Apply(c.t.Context(), append(issue, s.begin()...)...))
	return code
}

type issued struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
}

func (c crowded) exchange(client, code string) (out issued) {
	must(c.t, json.Unmarshal(c.asClient(client, pathToken, url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}, "code_verifier": {verifier},
	}), &out))
	return out
}

// exchanges are an ID token, an access token and a refresh token for a code.
func (c crowded) exchanges(client, scope string) work {
	return func(turns int) (func(int), func()) {
		codes := make([]string, turns)
		for i := range codes {
			codes[i] = c.codeFor(client, scope)
		}
		return func(i int) { c.exchange(client, codes[i]) }, nothing
	}
}

const everything = "openid profile email phone address groups roles"

// withTokens does something with the tokens of some hundred people, which are
// made once.
func (c crowded) withTokens(client string, do func(*issued)) work {
	var tokens []*issued
	return func(turns int) (func(int), func()) {
		for len(tokens) < 256 {
			made := c.exchange(client, c.codeFor(client, everything))
			tokens = append(tokens, &made)
		}
		return func(i int) { do(tokens[i%len(tokens)]) }, nothing
	}
}

func (c crowded) refreshes(client string) work {
	return c.withTokens(client, func(t *issued) {
		answer := c.asClient(client, pathToken, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {t.Refresh}})
		must(c.t, json.Unmarshal(answer, t))
	})
}

// userInfos are of people with something for most scopes.
func (c crowded) userInfos(client string) work {
	return c.withTokens(client, func(t *issued) {
		c.answered(http.StatusOK, http.MethodGet, pathUserInfo, "Bearer "+t.Access, "", nil)
	})
}

// introspections are of tokens that are good.
func (c crowded) introspections(client string) work {
	return c.withTokens(client, func(t *issued) { c.asClient(client, pathIntrospect, url.Values{"token": {t.Access}}) })
}

// registrations are of clients that are removed again.
func (c crowded) registrations() work {
	return func(int) (func(int), func()) {
		return func(int) {
				c.answered(http.StatusCreated, http.MethodPost, pathRegister, "Bearer "+initialToken, "application/json", []byte(`{"redirect_uris":["`+callback+`"]}`))
			}, func() {
				items, err := c.store.Scan(c.t.Context(), "idp.clients", "", "", 2000)
				must(c.t, err)
				ops := make([]store.Op, len(items))
				for i, item := range items {
					ops[i] = store.Op{Bucket: "idp.clients", Key: item.Key, Delete: true}
				}
				must(c.t, c.store.Apply(c.t.Context(), ops...))
			}
	}
}
