package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/doorward/doorward/host/hosttest/chromium"
)

// The console's pages about people in a real browser: add one, change them, let
// them in, and keep them out.
func TestBrowserConsolePeople(t *testing.T) {
	ctx := browser(t)
	p := startWithConsole(t)
	chromium.Do(t, ctx, "open the people", chromedp.Navigate(p.URL+"/console/people"), chromedp.WaitVisible(`.choices`),
		chromedp.Click(`.choices li:first-child a`), typeIn("ada", "open-sesame"), heading("People"))
	pageSays(t, ctx, "ada", "grace", "in people_file")
	shot(t, ctx, "people")
	tables(t, ctx, "people", "Signs in with: password")
	chromium.Do(t, ctx, "somebody of the file", chromedp.Click(`//td/parent::tr/th/a[text()="grace"]`), chromedp.WaitVisible(`#known`))
	pageSays(t, ctx, "people_file", "Change them there")
	shot(t, ctx, "people-configured")

	chromium.Do(t, ctx, "the form", chromedp.Navigate(p.URL+"/console/people/add"), heading("Add a person"))
	shot(t, ctx, "people-add")
	chromium.Do(t, ctx, "a password that is common", chromedp.SetValue("input[name=user_name]", "hedy"), chromedp.SetValue("input[name=name]", "Hedy Lamarr"),
		chromedp.SetValue("input[name=email]", "hedy@example.com"), chromedp.SetValue("textarea[name=groups]", "app-engineer\nstaff"),
		chromedp.SetValue("textarea[name=claims]", `{"line": 4, "shift": "night"}`), chromedp.SetValue("input[name=badge]", "0090210"),
		chromedp.SetValue("input[name=password]", "Password1234"), chromedp.Click(`main button.primary`), says(".error", "tried first"))
	shot(t, ctx, "people-add-refused")
	chromium.Do(t, ctx, "one that is not, and the badge again, which no page shows", chromedp.SetValue("input[name=password]", "mzkq-uwhc-pnre"), chromedp.SetValue("input[name=badge]", "0090210"), chromedp.Click(`input[name=must_change]`),
		chromedp.Click(`main button.primary`), heading("Hedy Lamarr"))
	pageSays(t, ctx, "The person was added.", "password, badge", "app-engineer, staff", `"shift": "night"`)
	shot(t, ctx, "people-person")

	hedy := newVisitor(t, p.URL)
	resp, body := hedy.get("/login?idp=staff")
	hedy.signIn(resp, body, "hedy", "mzkq-uwhc-pnre")
	if !hedy.session().Authenticated {
		t.Fatal("whoever was added cannot sign in")
	}
	chromium.Do(t, ctx, "disable her", chromedp.Click(`//button[text()="Disable"]`), says(".error", "Disabled"))
	shot(t, ctx, "people-disabled")
	if hedy.session().Authenticated {
		t.Error("whoever is disabled is still signed in")
	}
	chromium.Do(t, ctx, "remove her", chromedp.Click(`//button[text()="Remove…"]`), heading("Remove hedy?"))
	shot(t, ctx, "people-remove")
	chromium.Do(t, ctx, "really", chromedp.Click(`main button.primary`), heading("People"))
	pageSays(t, ctx, "The person was removed.")

	file := filepath.Join(t.TempDir(), "people.csv")
	if err := os.WriteFile(file, []byte("user_name,email,groups\nhedy,hedy@example.com,staff\nno mail,x,\ngrace,,\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	chromium.Do(t, ctx, "import", chromedp.Navigate(p.URL+"/console/people/import"), heading("Import people"))
	shot(t, ctx, "people-import")
	chromium.Do(t, ctx, "a file with faults", chromedp.SetUploadFiles("input[name=file]", []string{file}), chromedp.Click(`main button.primary`), chromedp.WaitVisible(`#faults`))
	pageSays(t, ctx, "2 of 3 rows are wrong", "no space", "already")
	shot(t, ctx, "people-import-faults")
	tables(t, ctx, "people-import-faults", "User name: no mail")
}
