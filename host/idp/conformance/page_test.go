package conformance_test

// A page as a browser sees it: its forms, links and images.

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"
	"testing"
)

// page is an HTML answer.
type page struct {
	*http.Response
	at    *url.URL
	body  string
	forms []*form
	links []string // href
	loads []string // src and href of what a browser fetches by itself
	in    *form    // while it is parsed
}

// form is one form, with the values it is submitted with.
type form struct {
	method  string
	action  *url.URL
	fields  url.Values // hidden inputs and values that are filled in
	inputs  map[string]string
	buttons []button
}

type button struct {
	name, value string
	primary     bool
}

func readPage(t testing.TB, r *http.Response) *page {
	t.Helper()
	defer r.Body.Close()
	raw, err := io.ReadAll(r.Body)
	must(t, err)
	p := &page{Response: r, at: r.Request.URL, body: string(raw)}
	must(t, p.parse())
	return p
}

// parse reads HTML as far as these pages need it: elements and attributes.
func (p *page) parse() error {
	d := xml.NewDecoder(strings.NewReader(p.body))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("the page at %s: %w", p.at.Path, err)
		}
		switch n := token.(type) {
		case xml.StartElement:
			p.element(n)
		case xml.EndElement:
			if n.Name.Local == "form" {
				p.in = nil
			}
		}
	}
}

// element notes what n means.
func (p *page) element(n xml.StartElement) {
	switch n.Name.Local {
	case "form":
		action, err := p.at.Parse(attr(n, "action"))
		if err != nil {
			action = p.at
		}
		p.in = &form{method: strings.ToUpper(attr(n, "method")), action: action, fields: url.Values{}, inputs: map[string]string{}}
		p.forms = append(p.forms, p.in)
	case "input", "button", "select", "textarea":
		if p.in != nil {
			p.in.control(n)
		}
	case "a":
		p.links = append(p.links, attr(n, "href"))
	case "img", "script", "iframe", "embed", "source", "video", "audio":
		p.loads = append(p.loads, attr(n, "src"))
	case "link":
		p.loads = append(p.loads, attr(n, "href"))
	}
}

func (f *form) control(n xml.StartElement) {
	name, kind := attr(n, "name"), attr(n, "type")
	switch {
	case has(n, "disabled"):
	case n.Name.Local == "button" && kind != "button" && kind != "reset", n.Name.Local == "input" && kind == "submit":
		f.buttons = append(f.buttons, button{name, attr(n, "value"), strings.Contains(attr(n, "class"), "primary")})
	case n.Name.Local == "input" && name != "":
		f.inputs[name] = kind
		if kind == "checkbox" || kind == "radio" {
			if has(n, "checked") {
				f.fields.Add(name, attr(n, "value"))
			}
			return
		}
		f.fields.Add(name, attr(n, "value"))
	}
}

func attr(n xml.StartElement, name string) string {
	for _, a := range n.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func has(n xml.StartElement, name string) bool {
	for _, a := range n.Attr {
		if a.Name.Local == name {
			return true
		}
	}
	return false
}

// kind says what the page wants: the last part of its form's address, such as
// "sign-in" or "consent", or "" when it only tells something.
func (p *page) kind() string {
	if f := p.main(); f != nil {
		return path.Base(f.action.Path)
	}
	return ""
}

// main is the form that a person fills in: the first one that is posted.
func (p *page) main() *form {
	for _, f := range p.forms {
		if f.method == http.MethodPost {
			return f
		}
	}
	return nil
}

// press adds the button to the form: the one whose value is wanted, or the
// primary one, or the first.
func (f *form) press(wanted ...string) {
	var chosen *button
	for i, b := range f.buttons {
		for _, w := range wanted {
			if b.value == w {
				f.fields.Set(b.name, b.value)
				return
			}
		}
		if chosen == nil || b.primary && !chosen.primary {
			chosen = &f.buttons[i]
		}
	}
	if chosen != nil && chosen.name != "" {
		f.fields.Set(chosen.name, chosen.value)
	}
}

// policy is one directive of the page's Content-Security-Policy, or of
// default-src when there is none and it is a fetch directive.
func (p *page) policy(directive string) (string, bool) {
	for _, d := range strings.Split(p.Header.Get("Content-Security-Policy"), ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(d), " ")
		if name == directive {
			return value, true
		}
	}
	return "", false
}

// allowsForm reports whether a browser would let a form of the page lead to u.
func (p *page) allowsForm(u *url.URL) bool {
	value, there := p.policy("form-action")
	if !there {
		return true
	}
	for _, source := range strings.Fields(value) {
		if source == u.Scheme+"://"+u.Host || source == u.Scheme+":" || source == "'self'" && u.Scheme == p.at.Scheme && u.Host == p.at.Host {
			return true
		}
	}
	return false
}
