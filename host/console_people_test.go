package host_test

import (
	"bytes"
	"html"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/hosttest"
)

// deed sends a form of a person's page.
func (b *browser) deed(name, sub string, fields ...string) answer {
	b.t.Helper()
	form := map[string]string{"sub": sub}
	for i := 0; i < len(fields); i += 2 {
		form[fields[i]] = fields[i+1]
	}
	return b.send("/console/people/"+name, form)
}

// says fails unless the page has that status and says all of these.
func (a answer) says(t testing.TB, status int, want ...string) {
	t.Helper()
	text := plainText(a.Body)
	for _, w := range want {
		if a.StatusCode != status || !strings.Contains(text, w) {
			t.Errorf("%s %s: no %q in\n%s", a.Request.URL, a.Status, w, text)
		}
	}
}

func TestConsole_People(t *testing.T) {
	t.Parallel()
	s := operators(t, hosttest.NewProvider(t), staff(t))
	b := s.operator()
	b.get("/console/people").says(t, 200, "conf", "Configured One", "in people_file", "badge")
	b.get("/console/people/add").says(t, 200, "Add a person")
	form := map[string]string{"user_name": "bob", "name": "Bob <b>Builder", "groups": "staff\r\n\r\napp-editor\r\n", "claims": `{"line": 4}`, "email": "bob@example.com", "password": "short", "badge": "00:04:71:1"}
	a := b.send("/console/people/add", form)
	a.says(t, 422, "The password must have at least 14 characters.")
	if strings.Contains(a.Body, "short\"") || !strings.Contains(a.Body, `value="bob@example.com"`) || strings.Contains(a.Body, "<b>") {
		t.Errorf("the form after a fault:\n%s", a.Body)
	}
	form["password"] = "mzkq-uwhc-pnre"
	a = b.send("/console/people/add", form)
	a.says(t, 200, "The person was added.", "Bob <b>Builder", "bob@example.com, not verified", "staff, app-editor", `"line": 4`, "password, badge")
	sub := a.Request.URL.Query().Get("sub")
	b.send("/console/people/add", form).says(t, 422, "The user name belongs to bob already.")
	b.get("/console/people?q=BUILD").says(t, 200, "bob", "Bob <b>Builder")
	b.get("/console/people?q=nobody").says(t, 200, "Nobody is found")

	change := map[string]string{"sub": sub, "user_name": "robert", "email": "r@example.com", "email_verified": "yes", "claims": "[]"}
	b.send("/console/people/change", change).says(t, 422, "The claims must be a JSON object", "bob@example.com")
	change["claims"] = ""
	a = b.send("/console/people/change", change)
	a.says(t, 200, "What was changed is kept.", "robert", "r@example.com, verified")
	if strings.Contains(a.Body, "Builder") || strings.Contains(a.Body, "app-editor") || strings.Contains(a.Body, "&#34;line") {
		t.Errorf("what was emptied is still there:\n%s", plainText(a.Body))
	}
	b.deed("password", sub, "password", "uwhc-pnre-mzkq", "again", "other").says(t, 422, "The two passwords differ")
	b.deed("password", sub, "password", "Password1234567", "again", "Password1234567").says(t, 422, "tried first")
	b.deed("password", sub, "password", "uwhc-pnre-mzkq", "again", "uwhc-pnre-mzkq", "must_change", "yes").says(t, 200, "The password was set.", "must change the password")
	b.deed("badge", sub, "number", "77-77", "do", "add").says(t, 422, "The badge belongs to conf already.")
	b.deed("badge", sub, "number", "", "do", "add").says(t, 422, "The badge number is empty")
	b.deed("badge", sub, "number", "0815", "do", "add").says(t, 200, "The badge was added.", "There are 2.")
	b.deed("badge", sub, "number", "47110", "do", "remove").says(t, 422, "The person has no such badge.")
	b.deed("badge", sub, "number", "0004711", "do", "remove").says(t, 200, "The badge was taken", "There is one.")
	b.deed("badge", sub, "number", "", "do", "remove-all").says(t, 200, "All badges were taken", "There is none.")
	b.deed("disable", sub, "disabled", "yes").says(t, 200, "cannot sign in any more", "Disabled")
	b.deed("disable", sub, "disabled", "no").says(t, 200, "can sign in again")
	b.deed("reset", sub).says(t, 200, "Reset the second factor of robert?")
	b.deed("reset", sub, "confirm", "yes").says(t, 200, "were taken from the person")
	b.deed("remove", sub).says(t, 200, "Remove robert?", sub)
	b.deed("remove", sub, "confirm", "yes").says(t, 200, "The person was removed.")
	if a := b.deed("remove", sub, "confirm", "yes"); a.StatusCode != http.StatusNotFound || a.code() != "not_found" {
		t.Errorf("removed twice: %s %s", a.Status, a.code())
	}
	// Who is configured is changed in the file alone.
	page := b.get("/console/people/person?sub=c-1")
	page.says(t, 200, "Configured One", "people_file")
	if strings.Contains(page.Body, "/console/people/change") || strings.Contains(page.Body, "/console/people/remove") {
		t.Error("somebody configured has forms")
	}
	b.deed("disable", "c-1", "disabled", "yes").says(t, 422, "edit that file")
	events := s.eventsOf("person_")
	want := "person_added person_changed person_password_set person_badge_added person_badge_removed person_badge_removed person_disabled person_enabled person_second_factor_reset person_removed"
	if got := strings.Join(kinds(events), " "); got != want {
		t.Errorf("audited %s", got)
	}
	for _, e := range events {
		if e.By == "" || e.By == "command" || e.Person == "" || e.RequestID == "" {
			t.Errorf("%+v", e)
		}
	}
}

func TestConsole_PeopleByPage(t *testing.T) {
	t.Parallel()
	s := operators(t, hosttest.NewProvider(t), staff(t))
	b := s.operator()
	var file strings.Builder
	file.WriteString("user_name,family_name\n")
	for i := range 120 {
		file.WriteString("u" + string(rune('a'+i/26)) + string(rune('a'+i%26)) + ",Many\n")
	}
	b.importFile("many.csv", file.String(), "look").says(t, 200, "120 people would be added", "Nothing was written")
	b.importFile("many.csv", file.String(), "import").says(t, 200, "120 people were added, 0 changed; 0 are the same.")
	b.importFile("many.csv", file.String(), "import").says(t, 422, "120 of 120 rows are wrong", "uaa", "the person is there already", "And 20 more")
	b.importFile("many.csv", file.String(), "import", "replace", "yes").says(t, 200, "0 people were added, 0 changed; 120 are the same")
	b.importFile("many.txt", "x", "import").says(t, 422, "Choose a file whose name ends in .csv or .json.")
	b.importFile("many.csv", "nothing\n", "import").says(t, 422, `The column "nothing" is not known`)
	seen := 0
	for at := "/console/people?q=many"; at != ""; {
		a := b.get(at)
		seen += strings.Count(a.Body, "/console/people/person?sub=")
		_, rest, more := strings.Cut(a.Body, `href="/console/people?after=`)
		if at = ""; more {
			next, _, _ := strings.Cut(rest, `"`)
			at = "/console/people?after=" + html.UnescapeString(next)
		}
	}
	if seen != 120 {
		t.Errorf("%d people on all pages", seen)
	}
	for format, want := range map[string]string{"csv": "user_name,subject,", "json": `{"format":"doorward.people/v1","people":[`} {
		a := b.post("/console/people/export", url.Values{"format": {format}})
		if a.StatusCode != 200 || !strings.HasPrefix(a.Body, want) || strings.Count(a.Body, "Many") != 120 || a.Header.Get("Content-Disposition") != `attachment; filename="people.`+format+`"` || a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %s %v\n%.300s", format, a.Status, a.Header, a.Body)
		}
	}
	if a := b.post("/console/people/export", url.Values{"format": {"xml"}}); a.StatusCode != http.StatusBadRequest {
		t.Errorf("xml: %s", a.Status)
	}
	if got := strings.Join(kinds(s.eventsOf("people_")), " "); got != "people_imported people_exported people_exported" {
		t.Errorf("audited %s", got)
	}
}

// importFile sends a file as the form does.
func (b *browser) importFile(name, content, do string, fields ...string) answer {
	b.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	part, err := w.CreateFormFile("file", name)
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := part.Write([]byte(content)); err != nil {
		b.t.Fatal(err)
	}
	for i, fields := 0, append([]string{"do", do}, fields...); i < len(fields); i += 2 {
		if err := w.WriteField(fields[i], fields[i+1]); err != nil {
			b.t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		b.t.Fatal(err)
	}
	r := b.request(http.MethodPost, "/console/people/import", body.String())
	r.Header.Set("Content-Type", w.FormDataContentType())
	r.Header.Set("Origin", publicURL)
	return b.do(r)
}

func TestConsole_PeopleWithoutTheProvider(t *testing.T) {
	t.Parallel()
	s := operators(t, hosttest.NewProvider(t), settings{})
	b := s.operator()
	b.get("/console/people").says(t, 200, "no built-in provider")
	for _, at := range []string{"/console/people/add", "/console/people/import", "/console/people/person?sub=x"} {
		if a := b.get(at); a.StatusCode != http.StatusNotFound || a.code() != "not_found" {
			t.Errorf("%s: %s %s", at, a.Status, a.code())
		}
	}
}
