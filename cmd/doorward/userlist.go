package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/doorward/doorward/host"
	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/idp/people"
)

const pageOfPeople = 1000

func newUserList() *cobra.Command {
	var asJSON bool
	var limit int
	c := userCommand(&cobra.Command{
		Use: "list [WORD]…", Short: "List people, all of them or those that words find",
		Long: "list shows everybody, or those whose user name, email address or a word of\nwhose names begins with each WORD. It shows no secret.",
	}, func(c *cobra.Command, args []string, cfg *config.Config) error {
		if limit < 0 {
			return usageError{errors.New("--limit cannot be negative")}
		}
		return listPeople(c, cfg, strings.Join(args, " "), limit, printerOf(c.OutOrStdout(), asJSON))
	})
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.Flags().IntVar(&limit, "limit", 0, "at most so many; all when left out")
	return c
}

// listPeople prints page after page.
func listPeople(c *cobra.Command, cfg *config.Config, query string, limit int, out peoplePrinter) error {
	ask := host.PeopleRequest{Do: "list", Query: query}
	for shown := 0; ; {
		ask.Limit = pageOfPeople
		if limit > 0 {
			ask.Limit = min(pageOfPeople, limit-shown)
		}
		answer, err := host.People(c.Context(), cfg, ask, nil)
		if err != nil {
			return err
		}
		if err := out.page(answer.People); err != nil {
			return err
		}
		shown += len(answer.People)
		if ask.After = answer.Next; ask.After == "" || limit > 0 && shown >= limit {
			return out.end()
		}
	}
}

// peoplePrinter prints people page by page.
type peoplePrinter interface {
	page([]people.Listed) error
	end() error
}

func printerOf(w io.Writer, asJSON bool) peoplePrinter {
	if asJSON {
		return &jsonPeople{w: w, next: "[\n"}
	}
	return &tableOfPeople{w: tabwriter.NewWriter(w, 0, 0, 2, ' ', 0), head: "USER NAME\tNAME\tEMAIL\tSIGN-IN\tREMARKS\n"}
}

type tableOfPeople struct {
	w    *tabwriter.Writer
	head string
}

func (t *tableOfPeople) page(list []people.Listed) error {
	fmt.Fprint(t.w, t.head)
	t.head = ""
	for _, p := range list {
		fmt.Fprintf(t.w, "%s\t%s\t%s\t%s\t%s\n", p.UserName, cmp.Or(p.FullName(), "-"), cmp.Or(p.Email, "-"), cmp.Or(means(p), "-"), cmp.Or(remarks(p), "-"))
	}
	return t.w.Flush()
}

func (t *tableOfPeople) end() error { return nil }

type jsonPeople struct {
	w    io.Writer
	next string // what comes before the next person
}

func (j *jsonPeople) page(list []people.Listed) error {
	for _, p := range list {
		text, err := json.Marshal(p)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(j.w, "%s  %s", j.next, text); err != nil {
			return err
		}
		j.next = ",\n"
	}
	return nil
}

func (j *jsonPeople) end() error {
	text := "\n]\n"
	if j.next == "[\n" {
		text = "[]\n"
	}
	_, err := fmt.Fprint(j.w, text)
	return err
}

// means is what a person signs in with.
func means(p people.Listed) string {
	var list []string
	if p.Password {
		list = append(list, "password")
	}
	for _, kind := range []struct {
		n    int
		name string
	}{{p.Badges, "badge"}, {p.Passkeys, "passkey"}} {
		switch {
		case kind.n == 1:
			list = append(list, kind.name)
		case kind.n > 1:
			list = append(list, fmt.Sprintf("%d %ss", kind.n, kind.name))
		}
	}
	if p.TOTP {
		list = append(list, "authenticator app")
	}
	return strings.Join(list, ", ")
}

func remarks(p people.Listed) string {
	var list []string
	for _, remark := range []struct {
		holds bool
		text  string
	}{{p.Disabled, "disabled"}, {p.MustChange, "must change the password"}, {p.Configured, "in people_file"}} {
		if remark.holds {
			list = append(list, remark.text)
		}
	}
	return strings.Join(list, ", ")
}

func newUserShow() *cobra.Command {
	var asJSON bool
	c := userCommand(&cobra.Command{Use: "show NAME", Short: "Show what is known of one person", Args: exactly(1)}, func(c *cobra.Command, args []string, cfg *config.Config) error {
		answer, err := host.People(c.Context(), cfg, host.PeopleRequest{Do: "show", UserName: args[0]}, nil)
		if err != nil {
			return err
		}
		person := answer.People[0]
		if asJSON {
			out := json.NewEncoder(c.OutOrStdout())
			out.SetIndent("", "  ")
			return out.Encode(person)
		}
		return printPerson(c, person)
	})
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func printPerson(c *cobra.Command, p people.Listed) error {
	w := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
	claims, err := json.Marshal(p.Claims)
	if err != nil {
		return err
	}
	verified := map[bool]string{true: " (verified)"}
	for _, line := range []struct{ what, text string }{
		{"user name", p.UserName}, {"subject", p.Subject}, {"name", p.FullName()}, {"given name", p.GivenName}, {"family name", p.FamilyName},
		{"email", p.Email + verified[p.EmailVerified]}, {"phone", p.Phone + verified[p.PhoneVerified]},
		{"groups", strings.Join(p.Groups, ", ")}, {"roles", strings.Join(p.Roles, ", ")}, {"claims", string(claims)},
		{"signs in with", means(p)}, {"remarks", remarks(p)},
	} {
		if line.text != "" && line.text != "null" {
			fmt.Fprintf(w, "%s\t%s\n", line.what, line.text)
		}
	}
	return w.Flush()
}
