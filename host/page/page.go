// Package page is the one look of every page that a person sees: the layout,
// the stylesheet, the few scripts, and the Content-Security-Policy that fits
// them. Whoever writes a page brings only its content; nothing is loaded from
// elsewhere, and every page reads well without a script.
package page

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io"
	"mime"
	"path"
	"strings"
)

//go:embed assets
var assets embed.FS

//go:embed layout.html
var layoutText string

// Paths of the assets; host/web serves them with Asset.
const (
	AssetPrefix    = "/assets/"
	StylesheetPath = AssetPrefix + "doorward.css"
	SessionScript  = AssetPrefix + "session.js"
	SubmitScript   = AssetPrefix + "submit.js"
	FragmentScript = AssetPrefix + "fragment.js"
	FinishScript   = AssetPrefix + "finish.js"
	PasskeyScript  = AssetPrefix + "passkey.js"

	PlaygroundScript = AssetPrefix + "playground.js"
)

// Head is what a page says about itself.
type Head struct {
	Title  string // of the page, without the site's name
	Lang   string // BCP 47; "en" when empty
	Dir    string // "rtl" for a language written so
	Skip   string // the text of the link to the content; English when empty
	Site   Site   // whose page it is; ours when its Name is empty
	Wide   bool   // for tables and documents
	Script string // one of the Script paths, or none

	Refresh string // where a browser without scripts goes on at once
	Base    string // path under which the page's origin finds the assets; "" for the host's own
}

// Site is a look of its own: a name beside a logo, and colours in a stylesheet
// that follows ours. Both are addresses on the page's own origin, or empty.
type Site struct{ Name, Logo, Stylesheet string }

// Template is the content of a page, executed inside the shared layout. It is
// safe for concurrent use.
type Template struct{ t *template.Template }

var layout = template.Must(template.New("layout").Funcs(template.FuncMap{
	"asset": func(base, p string) string { return base + p + "?v=" + version },
}).Parse(layoutText))

// version changes whenever an asset does, so that browsers may keep assets
// for long.
var version = assetVersion()

// Parse makes a Template of body, the html/template text of the content. It
// panics on a bad template, so it is for package variables.
func Parse(body string) *Template {
	t := template.Must(layout.Clone())
	return &Template{template.Must(t.New("content").Parse(body))}
}

// Write renders the whole page to w, or nothing when the template fails.
func (t *Template) Write(w io.Writer, h Head, data any) error {
	if h.Lang == "" {
		h.Lang = "en"
	}
	if h.Skip == "" {
		h.Skip = "Skip to content"
	}
	var out bytes.Buffer
	err := t.t.ExecuteTemplate(&out, "layout", struct {
		Head
		Stylesheet string
		Data       any
	}{h, StylesheetPath, data})
	if err != nil {
		return fmt.Errorf("render %q: %w", h.Title, err)
	}
	_, err = out.WriteTo(w)
	return err
}

// Policy is the Content-Security-Policy of a page. Forms may be sent to the
// page's own origin and to the extra formAction origins, which browsers also
// check on the redirects that follow a form (CSP Level 3, section 6.4.1).
func Policy(formAction ...string) string {
	if len(formAction) == 0 {
		return ownPolicy
	}
	return policy(formAction)
}

var ownPolicy = policy(nil)

func policy(formAction []string) string {
	return "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; " +
		"form-action " + strings.Join(append([]string{"'self'"}, formAction...), " ") +
		"; base-uri 'none'; frame-ancestors 'none'"
}

// Asset is the content and media type of the asset at an AssetPrefix path.
func Asset(p string) (content []byte, mediaType string, ok bool) {
	name := strings.TrimPrefix(p, AssetPrefix)
	if name == p || name != path.Base(name) {
		return nil, "", false
	}
	content, err := assets.ReadFile("assets/" + name)
	if err != nil {
		return nil, "", false
	}
	return content, mime.TypeByExtension(path.Ext(name)), true
}

func assetVersion() string {
	sum := sha256.New()
	entries, _ := assets.ReadDir("assets")
	for _, e := range entries {
		content, _ := assets.ReadFile("assets/" + e.Name())
		sum.Write(content)
	}
	return hex.EncodeToString(sum.Sum(nil)[:6])
}
