// Package orders is the demo's example application: a list of orders that wait
// for somebody's approval. It has no login and no session of its own. It reads
// who somebody is from the identity headers alone, which the proxy before it
// sets, and it must be reached through that proxy only.
package orders

import (
	"embed"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

//go:embed assets
var assets embed.FS

//go:embed pages.html
var pagesText string

var pages = template.Must(template.New("pages").Parse(pagesText))

// What the proxy must know.
const (
	Approve      = "/approve" // here and below it must ask for a level
	GroupsHeader = "X-Orders-Groups"
)

// order is something that waits for approval.
type order struct {
	Number     int
	What       string
	Amount     string
	By         string // who approved it; empty while it waits
	ApprovedAt time.Time
}

// application keeps its orders in memory.
type application struct {
	host string // the login host's public address, for links
	now  func() time.Time

	mu     sync.Mutex
	orders []order
}

// New makes the application. host is the login host's public address.
func New(host string, now func() time.Time) http.Handler {
	a := &application{host: host, now: now, orders: []order{
		{Number: 1042, What: "Two brass gears and a punched card", Amount: "€ 1,250"},
		{Number: 1043, What: "One thousand vacuum tubes", Amount: "€ 18,400"},
		{Number: 1044, What: "A moth, and tape to hold it", Amount: "€ 3"},
	}}
	routes := http.NewServeMux()
	routes.HandleFunc("GET /{$}", a.list)
	routes.HandleFunc("GET "+Approve, a.ask)
	routes.HandleFunc("POST "+Approve, a.approve)
	routes.Handle("GET /assets/", http.FileServerFS(assets))
	return a.headers(http.NewCrossOriginProtection().Handler(routes))
}

// headers gives every answer its policy. A form may lead on to the login host:
// signing out ends there.
func (a *application) headers(next http.Handler) http.Handler {
	policy := "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; " +
		"form-action 'self' " + a.host + "; base-uri 'none'; frame-ancestors 'none'"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		next.ServeHTTP(w, r)
	})
}

// view is what a page shows.
type view struct {
	Person   person
	Orders   []order
	Order    order
	Approved int // the number of the order that was approved just now
	Told     []field
	Rest     []field
	Host     string
}

func (a *application) list(w http.ResponseWriter, r *http.Request) {
	approved, _ := strconv.Atoi(r.URL.Query().Get("approved"))
	a.mu.Lock()
	orders := slices.Clone(a.orders)
	a.mu.Unlock()
	v := view{Person: read(r.Header), Orders: orders, Approved: approved, Host: a.host}
	v.Told, v.Rest = received(r)
	show(w, "orders", v)
}

// ask is the page between, for a browser without scripts: whoever reads it has
// proved themselves, since the proxy asked for the level.
func (a *application) ask(w http.ResponseWriter, r *http.Request) {
	o, ok := a.find(r.URL.Query().Get("order"))
	if !ok {
		http.Error(w, "no order of this number waits", http.StatusNotFound)
		return
	}
	show(w, "approve", view{Person: read(r.Header), Order: o, Host: a.host})
}

// approve is reached with the level alone: the script's promise is a courtesy
// to the person, and this is the guard.
func (a *application) approve(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 4096)
	number, err := strconv.Atoi(r.PostFormValue("order"))
	if err != nil || !a.sign(number, read(r.Header).User) {
		http.Error(w, "no order of this number waits", http.StatusNotFound)
		return
	}
	http.Redirect(w, r, "/?"+url.Values{"approved": {strconv.Itoa(number)}}.Encode(), http.StatusSeeOther)
}

func (a *application) find(number string) (order, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, o := range a.orders {
		if strconv.Itoa(o.Number) == number && o.By == "" {
			return o, true
		}
	}
	return order{}, false
}

func (a *application) sign(number int, by string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i := range a.orders {
		if o := &a.orders[i]; o.Number == number && o.By == "" && by != "" {
			o.By, o.ApprovedAt = by, a.now().UTC()
			return true
		}
	}
	return false
}

// field is one header as it came.
type field struct{ Name, Value string }

// received splits the request's headers into those that the proxy and the host
// answer for, the assertion last, and the browser's own.
func received(r *http.Request) (told, rest []field) {
	told = []field{{"Cookie", "(none)"}}
	for name, values := range r.Header {
		f := field{name, strings.Join(values, "\n")}
		switch {
		case name == "Cookie":
			told[0] = f
		case strings.HasPrefix(name, "X-"):
			told = append(told, f)
		default:
			rest = append(rest, f)
		}
	}
	byName := func(a, b field) int {
		if long := len(a.Value)/500 - len(b.Value)/500; long != 0 {
			return long
		}
		return strings.Compare(a.Name, b.Name)
	}
	slices.SortFunc(told, byName)
	slices.SortFunc(rest, byName)
	return told, append(rest, field{"Host", r.Host})
}

func show(w http.ResponseWriter, page string, v view) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	var text strings.Builder
	if err := pages.ExecuteTemplate(&text, page, v); err != nil {
		http.Error(w, "the page cannot be drawn", http.StatusInternalServerError)
		return
	}
	_, _ = w.Write([]byte(text.String()))
}
