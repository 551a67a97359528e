// The view: everything that a result's page shows, masked and put into words
// when the test ends.

package console

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/login"
)

// view is the content of a result's page.
type view struct {
	Provider, Title string
	ForceAuth       bool
	At              moment
	Failure         *failure  // what ended the login; nil when it passed
	Survived        []failure // what failed without ending it
	Facts           []fact
	Sources         []source
	User            []attribute
	Remarks         []string // of the mapping: skipped plugins, denies
	Decided         bool
	Held            []heldLevel
	Withheld        []withheldLevel
	Steps           []step
}

// fact is one line of a list: text, or a time.
type fact struct {
	Name, Text string
	Time       *moment
	Mono       bool
}

// source is one attribute source, as received and masked.
type source struct{ Name, JSON string }

// moment is a time for people, and for programs.
type moment struct{ ISO, Text string }

func momentOf(t time.Time) moment {
	t = t.UTC()
	return moment{ISO: t.Format(time.RFC3339), Text: t.Format("2 Jan 2006, 15:04:05 UTC")}
}

func secondOf(seconds int64) *moment {
	m := momentOf(time.Unix(seconds, 0))
	return &m
}

// look makes the view of a test. The document's secrets are replaced by
// digests wherever they stand.
func (k *Console) look(t Test, y login.Yield) view {
	var secrets attrs.Secrets
	if y.Document != nil {
		secrets = y.Document.Sources.Secrets()
	}
	v := view{Provider: t.Request.Provider, Title: k.title(t.Request.Provider), ForceAuth: t.Request.ForceAuth, At: momentOf(k.config.Now())}
	v.Steps = steps(t.Trace.Entries(), secrets)
	v.Failure, v.Survived = failures(v.Steps, t, secrets)
	v.Facts = facts(t.Request, y.Document)
	v.Sources = sources(y.Document)
	v.User, v.Remarks = mapped(v.Steps, y, secrets)
	if y.Decision != nil {
		v.Decided = true
		v.Held, v.Withheld = k.levels(*y.Decision, y.At)
	}
	for i := range v.Steps {
		v.Steps[i].in, v.Steps[i].out = nil, nil // said in text
	}
	return v
}

func (k *Console) title(name string) string {
	for _, p := range k.config.Providers {
		if p.Name == name {
			return cmp.Or(p.Title, p.Name)
		}
	}
	return name
}

// facts says who answered, and what proves it.
func facts(req login.AuthRequest, doc *login.Document) []fact {
	list := []fact{{Name: "Asked at", Time: secondOf(req.RequestedAt)}}
	if req.ForceAuth {
		list = append(list, fact{Name: "Asked for", Text: "a fresh proof (prompt=login and max_age=1)"})
	}
	if doc == nil {
		return list
	}
	l := doc.Login
	list = append(list,
		fact{Name: "Answered at", Time: secondOf(l.ReceivedAt)},
		fact{Name: "Issuer", Text: doc.Person.Issuer, Mono: true},
		fact{Name: "Subject", Text: doc.Person.Subject, Mono: true})
	if at := l.Evidence.AuthTime; at != nil {
		list = append(list, fact{Name: "auth_time", Time: secondOf(*at)})
	} else {
		list = append(list, fact{Name: "auth_time", Text: "none that is plausible"})
	}
	if c := l.Evidence.Challenged; c != nil {
		text := fmt.Sprint(*c)
		if *c && !l.ChallengedTrusted {
			text += ", which this provider is not trusted to say"
		}
		list = append(list, fact{Name: "challenged", Text: text})
	}
	if len(l.Evidence.AMR) > 0 {
		list = append(list, fact{Name: "amr", Text: strings.Join(l.Evidence.AMR, ", "), Mono: true})
	}
	if l.Evidence.ACR != "" {
		list = append(list, fact{Name: "acr", Text: l.Evidence.ACR, Mono: true})
	}
	if req.ForceAuth {
		text := "no: nothing in the answer proves it"
		if login.Performed(l) {
			text = "yes"
		}
		list = append(list, fact{Name: "Re-authenticated", Text: text})
	}
	return list
}

// sources are those of the document, tokens as digests.
func sources(doc *login.Document) (list []source) {
	if doc == nil {
		return nil
	}
	shown := doc.Sources.Redacted()
	for _, name := range shown.Names() {
		raw, _ := shown.Raw(name)
		list = append(list, source{name, indented(raw)})
	}
	return list
}

// indentable is how many bytes of JSON are indented: a text of brackets, 64
// levels deep, grows fortyfold by it.
const indentable = 128 << 10

func indented(raw []byte) string {
	var out bytes.Buffer
	if len(raw) > indentable || json.Indent(&out, raw, "", "  ") != nil {
		return string(raw)
	}
	return out.String()
}

// size is how many bytes the view takes, about.
func (v view) size() (n int) {
	for _, s := range v.Sources {
		n += len(s.JSON)
	}
	for _, s := range v.Steps {
		n += len(s.In) + len(s.Out) + 512
	}
	for _, a := range v.User {
		n += 2 * (len(a.Value) + 128)
	}
	return n
}
