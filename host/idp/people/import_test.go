package people

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/store"
)

// newDesk is a desk with an empty directory, whose hashes are cheap, and what
// it told.
func newDesk(t testing.TB) (Desk, *[]string) {
	t.Helper()
	var told []string
	return Desk{Directory: newDirectory(t),
		Hash: func(password string) (string, error) { return cheapHash(password), nil },
		Told: func(_ context.Context, deed Deed, p Person, n int) {
			told = append(told, fmt.Sprint(deed, " ", p.UserName, " ", n))
		}}, &told
}

func (d Desk) imported(t testing.TB, text string, format Format, o ImportOptions) Report {
	t.Helper()
	report, err := d.Import(t.Context(), strings.NewReader(text), format, o)
	must(t, err)
	whole(t, d.Directory)
	return report
}

func (d Desk) exportedText(t testing.TB, format Format, secrets bool) string {
	t.Helper()
	var out bytes.Buffer
	n, err := d.Export(t.Context(), &out, format, ExportOptions{Secrets: secrets})
	must(t, err)
	if list, err := d.Scan(t.Context(), "", 1000); err != nil || n != min(len(list), n) {
		t.Errorf("%d were exported of %d", n, len(list))
	}
	return out.String()
}

// everybody is people with everything that one can have.
func everybody(t testing.TB, d Desk) {
	t.Helper()
	ctx := t.Context()
	_, err := d.Directory.Add(ctx, Person{
		UserName: "Ada", Subject: "s-ada", PasswordHash: cheapHash("x"), Name: "Ada, \"Countess\"", GivenName: "Ada", FamilyName: "Lovelace",
		Email: "ada@example.com", EmailVerified: true, Phone: "+44 20 7946 0000", PhoneVerified: true, Groups: []string{"app-admin", "a|b", "[c]"},
		Roles: []string{"operator"}, Claims: map[string]any{"line": "4", "n": json.Number("12345678901234567890"), "deep": map[string]any{"x": []any{true, nil, int64(1)}}},
		MustChange: true, BadgeNumbers: []string{"0004711"}, Passkeys: []Passkey{{ID: []byte{1, 2, 3}, Name: "phone", Added: 5, Credential: json.RawMessage(`{"a":1}`)}},
	})
	must(t, err)
	_, err = d.Directory.Add(ctx, Person{UserName: "bob", Subject: "s-bob", Disabled: true})
	must(t, err)
	sealed, err := d.SealSecret(ctx, "s-bob", []byte("shared"))
	must(t, err)
	must(t, d.Update(ctx, "bob", func(p *Person) error { p.TOTP, p.TOTPUsed = sealed, 77; return nil }))
	for i := range 3 {
		_, err = d.Directory.Add(ctx, Person{UserName: fmt.Sprint("many", i), Subject: fmt.Sprint("s", i)})
		must(t, err)
	}
}

func (d Desk) all(t testing.TB) []Person {
	t.Helper()
	list, err := d.Scan(t.Context(), "", 1000)
	must(t, err)
	return list
}

// What was exported whole and is imported into an empty store is the same.
func TestExportThenImportIsIdentity(t *testing.T) {
	from, _ := newDesk(t)
	everybody(t, from)
	text := from.exportedText(t, JSON, true)
	to, told := newDesk(t)
	report := to.imported(t, text, JSON, ImportOptions{})
	if report.Added != 5 || !report.Written || report.Faulty != 0 || len(*told) != 1 || (*told)[0] != "people_imported  5" {
		t.Errorf("%+v, told %q", report, *told)
	}
	if got, want := to.all(t), from.all(t); !reflect.DeepEqual(got, want) {
		t.Errorf("imported\n%+v, want\n%+v", fmt.Sprintf("%#v", got), want)
	}
	if again := to.exportedText(t, JSON, true); again != text {
		t.Errorf("exported again:\n%s\nwant\n%s", again, text)
	}
	if p, err := to.ByBadge(t.Context(), "0004711"); err != nil || p.UserName != "Ada" {
		t.Errorf("the badge: %v %v", p, err)
	}
	bob, _ := to.Person(t.Context(), "bob")
	if plain, err := to.OpenSecret(t.Context(), "s-bob", bob.TOTP); err != nil || string(plain) != "shared" {
		t.Errorf("the authenticator app: %q %v", plain, err)
	}
	if again := to.imported(t, text, JSON, ImportOptions{Replace: true}); again.Unchanged != 5 || again.Written {
		t.Errorf("the same again: %+v", again)
	}
	// The profile survives CSV, too; secrets stay with whoever has them.
	csv := from.exportedText(t, CSV, false)
	if report := to.imported(t, csv, CSV, ImportOptions{Replace: true}); report.Unchanged != 5 {
		t.Errorf("as CSV: %+v\n%s", report, csv)
	}
	empty, _ := newDesk(t)
	empty.imported(t, csv, CSV, ImportOptions{})
	if got := empty.exportedText(t, CSV, false); got != csv {
		t.Errorf("CSV again:\n%s\nwant\n%s", got, csv)
	}
}

func TestT48_AnExportHasSecretsOnlyWhenAsked(t *testing.T) {
	d, _ := newDesk(t)
	everybody(t, d)
	own, err := d.ownSecret(t.Context())
	must(t, err)
	secretText, _ := json.Marshal(own)
	for _, format := range []Format{JSON, CSV} {
		text := d.exportedText(t, format, false)
		for _, secret := range []string{"argon2id", "totp", "passkey", "badge", "secret", "0004711", strings.Trim(string(secretText), `"`)} {
			if strings.Contains(text, secret) {
				t.Errorf("%s holds %q:\n%s", format, secret, text)
			}
		}
	}
	if text := d.exportedText(t, CSV, true); !strings.Contains(text, "$argon2id$") {
		t.Errorf("CSV with secrets:\n%s", text)
	}
}

const csvFile = "\ufeffuser_name;given_name;groups;badges;password;claims.line\r\n" +
	"ada;Ada;staff|app-admin;0004711;correct horse battery;4\r\n" +
	"bob;\"Bob; the builder\";;;;\r\n"

func TestImport_CSV(t *testing.T) {
	d, _ := newDesk(t)
	if report := d.imported(t, csvFile, CSV, ImportOptions{DryRun: true}); report.Added != 2 || report.Written || len(d.all(t)) != 0 {
		t.Errorf("a dry run: %+v", report)
	}
	if _, err := d.ownSecret(t.Context()); err == nil {
		t.Error("a dry run wrote a key")
	}
	if report := d.imported(t, csvFile, CSV, ImportOptions{}); report.Added != 2 || !report.Written {
		t.Fatalf("%+v", report)
	}
	ada, err := d.ByBadge(t.Context(), "0004711")
	must(t, err)
	if ada.GivenName != "Ada" || !reflect.DeepEqual(ada.Groups, []string{"staff", "app-admin"}) || ada.Claims["line"] != "4" || !ada.MustChange {
		t.Errorf("%#v", fmt.Sprintf("%+v", rowOf(ada, true)))
	}
	if ok, _ := NewHasher(1, 1).Matches(t.Context(), ada.PasswordHash, "correct horse battery"); !ok {
		t.Error("the password does not fit")
	}
	if report := d.imported(t, csvFile, CSV, ImportOptions{}); report.Faulty != 2 || report.Written || report.Problems[1].Row != 2 || report.Problems[1].UserName != "bob" {
		t.Errorf("again without replacing: %+v", report)
	}
	// Columns that are not there stay, and so do secrets whose cells are empty.
	d.imported(t, "user_name,name,password_hash,badges\nADA,Ada Lovelace,,\n", CSV, ImportOptions{Replace: true})
	after, err := d.Person(t.Context(), "ada")
	must(t, err)
	if after.Name != "Ada Lovelace" || after.GivenName != "Ada" || after.PasswordHash != ada.PasswordHash || len(after.Badges) != 1 || after.Subject != ada.Subject || after.UserName != "ADA" {
		t.Errorf("%+v", rowOf(after, true))
	}
	// By its subject a person gets another name.
	d.imported(t, "user_name,subject,claims.line\ncountess,"+ada.Subject+",\n", CSV, ImportOptions{Replace: true})
	if p, err := d.Person(t.Context(), "countess"); err != nil || p.Subject != ada.Subject || p.Claims != nil || len(d.all(t)) != 2 {
		t.Errorf("%+v %v", rowOf(p, false), err)
	}
}

// One bad row, and nothing is written; each is named by its number, and none by
// what it holds.
func TestImport_NothingIsWrittenWhenARowIsBad(t *testing.T) {
	d, told := newDesk(t)
	must(t, d.Keep(t.Context(), Person{UserName: "configured", Subject: "c"}))
	_, err := d.Directory.Add(t.Context(), Person{UserName: "there", Subject: "t", BadgeNumbers: []string{"8888"}})
	must(t, err)
	text := strings.Join([]string{
		"user_name,subject,email,email_verified,password,password_hash,badges,claims",
		"good,,,,,,,",
		"no mail,,,,,,,",
		"b,,not an address,,,,,",
		"c,,,maybe,,,,",
		"d,,,,CANARY,,,",
		"e,,,,,CANARY-hash,,",
		"GOOD,,,,,,,",
		"f,,,,,,1,",
		"g,,,,,,4711,",
		"h,,,,,,47-11,",
		"i,,,,,,8888,",
		"configured,,c@example.com,,,,,",
		"there,other,,,,,,",
		"j,t,,,,,,",
		"k,,,,,,,[]",
		"l,,,,correct horse battery,$argon2id$,,",
		"m,,",
	}, "\n")
	report := d.imported(t, text, CSV, ImportOptions{Replace: true})
	want := map[int]string{
		2: "no space", 3: "one @", 4: "email_verified: it must be", 5: "at least 12 characters", 6: "the password hash", 7: "row 1 has the same user name",
		8: "a badge number must have", 10: "row 9 has the same badge", 11: "the badge belongs to there", 12: "people_file", 13: "another subject",
		15: "claims must be a JSON object", 16: "leave one out", 17: "3 cells",
	}
	if report.Written || report.Faulty != len(want) || report.Rows != 17 || len(d.all(t)) != 2 || len(*told) != 0 {
		t.Errorf("%+v, told %q", report, *told)
	}
	for _, p := range report.Problems {
		if want[p.Row] == "" || !strings.Contains(p.Text, want[p.Row]) || strings.Contains(p.Text, "CANARY") {
			t.Errorf("row %d: %q; want %q", p.Row, p.Text, want[p.Row])
		}
	}
}

func TestImport_FilesThatAreNone(t *testing.T) {
	d, _ := newDesk(t)
	for text, want := range map[string]string{
		"":                              "no head",
		"a,b\n":                         `column "a" is not known`,
		"name\nx\n":                     "no column user_name",
		"user_name,User_Name\n":         "twice",
		"user_name\n\"x\n":              "quotation marks",
		"user_name,claims.a,claims.a\n": "twice",
	} {
		if _, err := d.Import(t.Context(), strings.NewReader(text), CSV, ImportOptions{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v; want %q", text, err, want)
		}
	}
	for text, want := range map[string]string{
		"": "JSON object", "[]": "JSON object", "{}": "JSON object", `{"people":[]}`: "JSON object", `{"format":"other","people":[]}`: "JSON object",
		`{"format":"doorward.people/v1","people":[{"user_name":"a"}`:                  "JSON",
		`{"format":"doorward.people/v1","persons":[]}`:                                `member "persons" is not known`,
		`{"format":"doorward.people/v1","secret":"AAAA","people":[]}`:                 "none of this program's",
		`{"format":"doorward.people/v1","people":[{"user_name":"a"}, nonsense]}`:      "JSON",
		`{"format":"doorward.people/v1","people":{"user_name":"a"},"secret":"later"}`: "JSON",
	} {
		if _, err := d.Import(t.Context(), strings.NewReader(text), JSON, ImportOptions{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v; want %q", text, err, want)
		}
	}
	report := d.imported(t, `{"format":"doorward.people/v1","people":[{"user_name":"a","unknown":1},{"user_name":5},"x",{}]}`, JSON, ImportOptions{})
	if report.Faulty != 4 || report.Rows != 4 {
		t.Errorf("%+v", report)
	}
	if _, err := d.Import(t.Context(), strings.NewReader(""), "xml", ImportOptions{}); err == nil {
		t.Error("a format that is none")
	}
	if _, err := d.Export(t.Context(), &bytes.Buffer{}, "xml", ExportOptions{}); err == nil {
		t.Error("a format that is none")
	}
}

// Badges of one store mean nothing in another that has such of its own.
func TestImport_SecretsOfAnotherStore(t *testing.T) {
	from, _ := newDesk(t)
	everybody(t, from)
	to, _ := newDesk(t)
	_, err := to.Directory.Add(t.Context(), Person{UserName: "x", BadgeNumbers: []string{"1234"}})
	must(t, err)
	_, err = to.Import(t.Context(), strings.NewReader(from.exportedText(t, JSON, true)), JSON, ImportOptions{})
	if err == nil || !strings.Contains(err.Error(), "another store") {
		t.Errorf("%v", err)
	}
	if report := to.imported(t, from.exportedText(t, JSON, false), JSON, ImportOptions{}); report.Added != 5 {
		t.Errorf("without secrets: %+v", report)
	}
}

// Somebody who writes meanwhile makes the import neither fail nor lose a row.
func TestImport_WhileOthersWrite(t *testing.T) {
	d, _ := newDesk(t)
	var lines strings.Builder
	lines.WriteString("user_name,name\n")
	for i := range 1500 {
		name := fmt.Sprintf("u%04d", i)
		fmt.Fprintf(&lines, "%s,Number %d\n", name, i)
		if i%3 == 0 {
			_, err := d.Directory.Add(t.Context(), Person{UserName: name})
			must(t, err)
		}
	}
	d.Store = &meddler{Store: d.Store, d: d.Directory}
	report, err := d.Import(t.Context(), strings.NewReader(lines.String()), CSV, ImportOptions{Replace: true})
	if err != nil || report.Added != 1000 || report.Changed != 500 {
		t.Fatalf("%+v %v", report, err)
	}
	whole(t, d.Directory)
	p, err := d.Person(t.Context(), "u0000")
	if err != nil || p.Name != "Number 0" || p.Phone != "meddled" {
		t.Errorf("%+v %v", rowOf(p, false), err)
	}
}

// meddler writes somebody of the first batch before that is written.
type meddler struct {
	store.Store
	d    Directory
	done bool
}

func (m *meddler) Apply(ctx context.Context, ops ...store.Op) error {
	if !m.done && len(ops) > 1000 {
		m.done = true
		if err := m.d.Update(ctx, "u0000", func(p *Person) error { p.Phone = "meddled"; return nil }); err != nil {
			return err
		}
	}
	return m.Store.Apply(ctx, ops...)
}

func TestDesk(t *testing.T) {
	d, told := newDesk(t)
	ctx := t.Context()
	name, email, verified := "Ada Lovelace", "ada@example.com", true
	user := "ada"
	_, err := d.Add(ctx, New{Change: Change{UserName: &user, Name: &name, Email: &email, EmailVerified: &verified}, Password: "correct horse battery", Badges: []string{"4711"}})
	must(t, err)
	other := "countess@example.com"
	must(t, d.Set(ctx, "ada", Change{Email: &other, Claims: map[string]any{"a": 1, "b": 2}}))
	must(t, d.Set(ctx, "ada", Change{Claims: map[string]any{"a": nil}}))
	must(t, d.Password(ctx, "ada", "mzkq-uwhc-pnre", true))
	must(t, d.AddBadge(ctx, "ada", "4712"))
	must(t, d.RemoveBadge(ctx, "ada", "47-11"))
	must(t, d.Disable(ctx, "ada", true))
	p, err := d.Person(ctx, "ada")
	must(t, err)
	if p.EmailVerified || fmt.Sprint(p.Claims) != "map[b:2]" || !p.MustChange || len(p.Badges) != 1 || !p.Disabled {
		t.Errorf("%+v", rowOf(p, true))
	}
	must(t, d.Disable(ctx, "ada", false))
	must(t, d.Update(ctx, "ada", func(p *Person) error { p.TOTP, p.Passkeys = []byte{1}, []Passkey{{ID: []byte{1}}}; return nil }))
	must(t, d.ResetFactors(ctx, "ada"))
	if p, _ = d.Person(ctx, "ada"); p.TOTP != nil || p.Passkeys != nil {
		t.Error("factors were not reset")
	}
	spaced, two := "a b", "bob"
	for what, err := range map[string]error{
		"a common password":   d.Password(ctx, "ada", "Password1234", false),
		"nobody":              d.Password(ctx, "nobody", "mzkq-uwhc-pnre", false),
		"a badge she has not": d.RemoveBadge(ctx, "ada", "9999"),
		"no badge":            d.AddBadge(ctx, "ada", "1"),
		"a name with a space": d.Set(ctx, "ada", Change{UserName: &spaced}),
	} {
		if err == nil {
			t.Errorf("%s is taken", what)
		}
	}
	if _, err := d.Add(ctx, New{Change: Change{UserName: &two}, Password: "short"}); err == nil {
		t.Error("a short password is taken")
	}
	must(t, d.Remove(ctx, "ada"))
	want := []string{"person_added ada 0", "person_changed ada 0", "person_changed ada 0", "person_password_set ada 0", "person_badge_added ada 0", "person_badge_removed ada 0",
		"person_disabled ada 0", "person_enabled ada 0", "person_second_factor_reset ada 0", "person_removed ada 0"}
	if !reflect.DeepEqual(*told, want) {
		t.Errorf("told %q", *told)
	}
	must(t, d.Keep(ctx, Person{UserName: "conf", Subject: "c", BadgeNumbers: []string{"7777"}}))
	must(t, d.Update(ctx, "conf", func(p *Person) error { p.TOTP = []byte{1}; return nil }))
	for what, err := range map[string]error{
		"set": d.Set(ctx, "conf", Change{Name: &name}), "passwd": d.Password(ctx, "conf", "mzkq-uwhc-pnre", false), "badge": d.AddBadge(ctx, "conf", "4711"),
		"no badge": d.RemoveBadge(ctx, "conf", ""), "disable": d.Disable(ctx, "conf", true), "remove": d.Remove(ctx, "conf"),
	} {
		if err != ErrConfigured {
			t.Errorf("%s of somebody configured: %v", what, err)
		}
	}
	must(t, d.ResetFactors(ctx, "conf"))
	if p, _ := d.ByBadge(ctx, "7777"); p.UserName != "conf" || p.TOTP != nil {
		t.Errorf("%+v", p)
	}
}

func FuzzImport(f *testing.F) {
	f.Add("user_name,groups\nada,a|b\n", true)
	f.Add(csvFile, true)
	f.Add(`{"format":"doorward.people/v1","people":[{"user_name":"a","claims":{"a":1e400}}]}`, false)
	f.Add(`{"format":"doorward.people/v1","people":[{"user_name":"a","badges":["4711"],"totp":"AA=="},{"user_name":"b","passkeys":[{"id":"AA=="}]}]}`, false)
	d, _ := newDesk(f)
	f.Fuzz(func(t *testing.T, text string, isCSV bool) {
		format := JSON
		if isCSV {
			format = CSV
		}
		before := len(d.all(t))
		report, err := d.Import(t.Context(), strings.NewReader(text), format, ImportOptions{Replace: true})
		if after := len(d.all(t)); (err != nil || report.Faulty > 0) && after != before {
			t.Errorf("%v %+v: %d people became %d", err, report, before, after)
		}
		if report.Written {
			whole(t, d.Directory)
			if again, err := d.Import(t.Context(), strings.NewReader(text), format, ImportOptions{Replace: true}); err != nil || again.Faulty+again.Added > 0 {
				t.Errorf("the same again: %+v %v", again, err)
			}
			for _, p := range d.all(t) {
				must(t, d.Directory.Remove(t.Context(), p.UserName))
			}
		}
	})
}
