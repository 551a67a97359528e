// People of the built-in provider, for the commands: through the running host,
// or on its store.

package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/idp/people"
	"github.com/doorward/doorward/host/login"
)

// PeopleRequest is what a command asks about people. Do names what, of
// peopleDeeds; the members that it needs are beside.
type PeopleRequest struct {
	Do       string         `json:"do"`
	UserName string         `json:"user_name,omitempty"`
	New      *people.New    `json:"new,omitempty"`
	Change   *people.Change `json:"change,omitempty"`
	Password string         `json:"password,omitempty"`
	Must     bool           `json:"must_change,omitempty"`
	Badge    string         `json:"badge,omitempty"`
	Query    string         `json:"query,omitempty"`
	After    string         `json:"after,omitempty"`
	Limit    int            `json:"limit,omitempty"`
}

// String shows no password and no badge.
func (r PeopleRequest) String() string { return r.Do + " " + r.UserName }

// PeopleAnswer is what came of it: the person as they are then, or a page.
type PeopleAnswer struct {
	People []people.Listed `json:"people"`
	Next   string          `json:"next,omitempty"`
}

// peopleDeeds are what can be asked.
var peopleDeeds = map[string]func(context.Context, people.Desk, *PeopleRequest) error{
	"list": nil,
	"show": nil,
	"add": func(ctx context.Context, d people.Desk, r *PeopleRequest) error {
		if r.New == nil || r.New.UserName == nil {
			return errors.New("nobody is described")
		}
		added, err := d.Add(ctx, *r.New)
		r.UserName = added.UserName
		return err
	},
	"set": func(ctx context.Context, d people.Desk, r *PeopleRequest) error {
		if r.Change == nil {
			return errors.New("no change is described")
		}
		err := d.Set(ctx, r.UserName, *r.Change)
		if err == nil && r.Change.UserName != nil {
			r.UserName = *r.Change.UserName
		}
		return err
	},
	"passwd": func(ctx context.Context, d people.Desk, r *PeopleRequest) error {
		return d.Password(ctx, r.UserName, r.Password, r.Must)
	},
	"badge": func(ctx context.Context, d people.Desk, r *PeopleRequest) error {
		return d.AddBadge(ctx, r.UserName, r.Badge)
	},
	"badge-remove": func(ctx context.Context, d people.Desk, r *PeopleRequest) error {
		return d.RemoveBadge(ctx, r.UserName, r.Badge)
	},
	"disable": func(ctx context.Context, d people.Desk, r *PeopleRequest) error {
		return d.Disable(ctx, r.UserName, true)
	},
	"enable": func(ctx context.Context, d people.Desk, r *PeopleRequest) error {
		return d.Disable(ctx, r.UserName, false)
	},
	"reset": func(ctx context.Context, d people.Desk, r *PeopleRequest) error {
		return d.ResetFactors(ctx, r.UserName)
	},
	"remove": func(ctx context.Context, d people.Desk, r *PeopleRequest) error { return d.Remove(ctx, r.UserName) },
}

// do does what r asks, and answers with the person as they are then.
func (r PeopleRequest) do(ctx context.Context, d people.Desk) (PeopleAnswer, error) {
	deed, known := peopleDeeds[r.Do]
	if !known {
		return PeopleAnswer{}, fmt.Errorf("this host cannot %.32q: it is of another version than the command", r.Do)
	}
	if r.Do == "list" {
		page, err := d.Search(ctx, r.Query, r.After, r.Limit)
		answer := PeopleAnswer{Next: page.Next, People: []people.Listed{}}
		for _, person := range page.People {
			answer.People = append(answer.People, person.Listed())
		}
		return answer, err
	}
	if deed != nil {
		if err := deed(ctx, d, &r); err != nil {
			return PeopleAnswer{}, r.named(err)
		}
	}
	person, err := d.Person(ctx, r.UserName)
	if r.Do == "remove" && errors.Is(err, people.ErrNoPerson) {
		return PeopleAnswer{}, nil
	}
	return PeopleAnswer{People: []people.Listed{person.Listed()}}, r.named(err)
}

// named says whom an error is about.
func (r PeopleRequest) named(err error) error {
	if err == nil || r.UserName == "" {
		return err
	}
	return fmt.Errorf("%.128s: %w", r.UserName, err)
}

// People does what ask says, through the running host when there is one. A host
// that runs audits it; otherwise audit, unless nil, is told.
func People(ctx context.Context, cfg *config.Config, ask PeopleRequest, audit func(context.Context, login.Event)) (PeopleAnswer, error) {
	body, err := json.Marshal(ask)
	if err != nil {
		return PeopleAnswer{}, err
	}
	if _, err := builtinOf(cfg); err != nil {
		return PeopleAnswer{}, err
	}
	what := request{method: http.MethodPost, path: "/people", body: body, within: callTimeout}
	return viaHostWith(ctx, cfg, what, func() (answer PeopleAnswer, err error) {
		err = withDesk(ctx, cfg, audit, func(d people.Desk) error {
			answer, err = ask.do(ctx, d)
			return err
		})
		return answer, err
	})
}

// peopleCommands adds the commands about people to the admin socket:
//
//	POST /people          one deed, a PeopleRequest
//	POST /people/import   the file is the body
//	POST /people/export   the file is the answer
func (h *Host) peopleCommands(mux *http.ServeMux) {
	mux.HandleFunc("POST /people", func(w http.ResponseWriter, r *http.Request) {
		var ask PeopleRequest
		decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20))
		decoder.UseNumber()
		if err := decoder.Decode(&ask); err != nil {
			answer(w, nil, errors.New("the request cannot be read"))
			return
		}
		done, err := ask.do(r.Context(), h.desk("command", ""))
		answer(w, done, err)
	})
	mux.HandleFunc("POST /people/import", h.importPeople)
	mux.HandleFunc("POST /people/export", h.exportPeople)
}

// errNoBuiltin is for commands and pages about people.
var errNoBuiltin = errors.New("the configuration has no built-in provider: write providers.NAME.type: builtin")

// builtinOf is the name of the built-in provider.
func builtinOf(cfg *config.Config) (string, error) {
	for _, name := range cfg.ProviderOrder {
		if cfg.Providers[name].Type == "builtin" {
			return name, nil
		}
	}
	return "", errNoBuiltin
}
