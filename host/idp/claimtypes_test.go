package idp

// The table of long claim types, row by row, in everything that a client is
// told.

import (
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/idp/clients"
	"github.com/doorward/doorward/host/idp/people"
)

// claimTypes are the rows of host/attrs/claim-types.tsv: a long type and a JWT
// name.
func claimTypes(t *testing.T) (rows [][2]string) {
	t.Helper()
	table, err := os.ReadFile("../attrs/claim-types.tsv")
	must(t, err)
	for line := range strings.Lines(string(table)) {
		if long, short, ok := strings.Cut(strings.TrimRight(line, "\n"), "\t"); ok && !strings.HasPrefix(line, "#") {
			rows = append(rows, [2]string{long, short})
		}
	}
	return rows
}

// ofTheProtocol are the names of the table that stored data never fills.
var ofTheProtocol = []string{"acr", "amr", "auth_time", "sub"}

func TestSAF09_EveryClaimType(t *testing.T) {
	rows := claimTypes(t)
	if len(rows) != 73 {
		t.Fatalf("%d rows, want 73", len(rows))
	}
	grace := people.Person{Subject: "sub-grace", UserName: "grace", PasswordHash: cheapHash(adaPass), Name: "Grace", Claims: map[string]any{}}
	scopes := []string{"openid"}
	for _, row := range rows {
		grace.Claims[row[0]] = "stored " + row[1]
		scopes = append(scopes, row[0])
	}
	b := newBench(t, client("table", func(c *clients.Client) { c.Scopes, c.AccessTokens, c.IDTokenClaims = scopes, "jwt", true }))
	grace.Claims[rows[slices.IndexFunc(rows, func(r [2]string) bool { return r[1] == "sub" })][0]] = "stored nameid"
	_, err := b.people.PutPerson(t.Context(), grace)
	must(t, err)
	c := b.browser()
	c.signIn("grace", adaPass)
	for _, row := range rows {
		long, short := row[0], row[1]
		code := c.back(c.get(pathAuthorize, asking("client_id", "table", "scope", "openid "+long))).Get("code")
		got := b.tokens(b.token(code, "client_id", "table", "client_secret", appSecret))
		_, access := b.opens(got.AccessToken, "")
		info := object(t, b.userInfo("Bearer "+got.AccessToken).body)
		for where, claims := range map[string]map[string]any{"userinfo": info, "ID token": b.verified(got.IDToken), "access token": access} {
			stored := slices.Contains(ofTheProtocol, short)
			if value, there := claims[short]; stored && there && strings.Contains(toText(value), "stored") || !stored && value != "stored "+short {
				t.Errorf("%s: %s is %v after %s", where, short, value, long)
			}
			if claims["sub"] != "sub-grace" || claims[long] != nil {
				t.Errorf("%s: %v", where, claims)
			}
		}
		want := map[string]any{}
		if short == "sub" {
			short = "nameid" // the row that maps twice
		}
		if !slices.Contains(ofTheProtocol, short) {
			want[short] = "stored " + short
		}
		if rest := beyond(t, info); !reflect.DeepEqual(rest, want) {
			t.Errorf("%s gives %v, want %v", long, rest, want)
		}
	}
}

func toText(value any) string {
	text, _ := value.(string)
	return text
}

// All rows at once, by the scopes that cover them; types that are in no row
// stay as they are.
func TestSAF09_AllClaimTypesAtOnce(t *testing.T) {
	const unknown, ours = "http://claims.example/badge-colour", "HTTP://schemas.xmlsoap.org/claims/Group"
	grace := people.Person{Subject: "sub-grace", UserName: "grace", PasswordHash: cheapHash(adaPass), Name: "Grace", Claims: map[string]any{unknown: "blue", ours: "upper case"}}
	want := map[string]any{unknown: "blue", ours: "upper case", "preferred_username": "grace", "email_verified": false}
	for _, row := range claimTypes(t) {
		grace.Claims[row[0]] = []any{"stored " + row[1]}
		if !slices.Contains(ofTheProtocol, row[1]) {
			want[row[1]] = []any{"stored " + row[1]}
		}
	}
	grace.Claims["http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier"] = []any{"stored nameid"}
	for _, name := range []string{"given_name", "family_name", "gender", "birthdate", "website", "email"} { // of several the first
		want[name] = "stored " + name
	}
	b := newBench(t, client("all", func(c *clients.Client) { c.Scopes = []string{"openid", "profile", "email", "claims"} }))
	_, err := b.people.PutPerson(t.Context(), grace)
	must(t, err)
	got := b.issued("all", "grace", "openid profile email claims")
	if info := beyond(t, object(t, b.userInfo("Bearer "+got.AccessToken).body)); !reflect.DeepEqual(info, want) {
		t.Errorf("userinfo:\n got %v\nwant %v", info, want)
	}
}

// Where a stored name identifier names the subject anyway, nameid and sub say
// the same; in no case does it become sub.
func TestSAF09_TheRowThatMapsTwice(t *testing.T) {
	const nameIdentifier = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier"
	b := newBench(t, client("all", func(c *clients.Client) { c.Scopes = []string{"openid", "claims"} }))
	for _, stored := range []string{"sub-grace", "sub-ada"} {
		_, err := b.people.PutPerson(t.Context(), people.Person{Subject: "sub-grace", UserName: "grace", PasswordHash: cheapHash(adaPass), Claims: map[string]any{nameIdentifier: stored}})
		must(t, err)
		got := b.issued("all", "grace", "openid claims")
		if info := object(t, b.userInfo("Bearer "+got.AccessToken).body); info["sub"] != "sub-grace" || info["nameid"] != stored {
			t.Errorf("%v", info)
		}
	}
}
