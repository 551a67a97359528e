package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/doorward/doorward/host"
	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/idp/people"
)

func newUserAdd() *cobra.Command {
	var d details
	var what people.New
	c := userCommand(&cobra.Command{
		Use: "add NAME", Short: "Add a person", Args: exactly(1),
		Long: "add asks for the password on the terminal, or takes the first line of standard\ninput. Without one the person signs in in another way.",
	}, func(c *cobra.Command, args []string, cfg *config.Config) (err error) {
		if what.Change, err = d.change(c); err != nil {
			return err
		}
		what.UserName = &args[0]
		if what.Password, err = readPassword(c); err != nil {
			return err
		}
		return changed(c, cfg, host.PeopleRequest{Do: "add", New: &what}, "is added")
	})
	d.flags(c)
	c.Flags().StringVar(&what.Subject, "subject", "", "the `sub` claim, which never changes; a random one when left out")
	c.Flags().BoolVar(&what.Disabled, "disabled", false, "the person cannot sign in yet")
	return c
}

func newUserSet() *cobra.Command {
	var d details
	var userName string
	var gone []string
	c := userCommand(&cobra.Command{
		Use: "set NAME", Short: "Change what is known of a person", Args: exactly(1),
		Long: "set changes what its flags name, and leaves the rest. Another email address or\nphone number is not verified unless the flag for it is there, too.",
	}, func(c *cobra.Command, args []string, cfg *config.Config) error {
		if flags := c.Flags(); flags.NFlag() == 0 || flags.NFlag() == 1 && flags.Changed("config") {
			return usageError{errors.New("set changes what its flags name, and there are none; see doorward user set --help")}
		}
		change, err := d.change(c)
		if err != nil {
			return err
		}
		if c.Flags().Changed("user-name") {
			change.UserName = &userName
		}
		for _, name := range gone {
			change.Claims[name] = nil
		}
		return changed(c, cfg, host.PeopleRequest{Do: "set", UserName: args[0], Change: &change}, "is changed")
	})
	d.flags(c)
	c.Flags().StringVar(&userName, "user-name", "", "another user `name`")
	c.Flags().StringArrayVar(&gone, "no-claim", nil, "take away the claim of this `name`; may be repeated")
	return c
}

// details are the flags about a person.
type details struct {
	name, given, family, email, phone string
	emailVerified, phoneVerified      bool
	must                              bool
	groups, roles, claims             []string
}

func (d *details) flags(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&d.name, "name", "", "the full `name`")
	f.StringVar(&d.given, "given-name", "", "the given `name`")
	f.StringVar(&d.family, "family-name", "", "the family `name`")
	f.StringVar(&d.email, "email", "", "the email `address`")
	f.BoolVar(&d.emailVerified, "email-verified", false, "somebody made sure that the address is theirs")
	f.StringVar(&d.phone, "phone", "", "the phone `number`")
	f.BoolVar(&d.phoneVerified, "phone-verified", false, "somebody made sure that the number is theirs")
	f.StringArrayVar(&d.groups, "group", nil, "a `group`; may be repeated, and replaces all groups; one that is empty stands for none")
	f.StringArrayVar(&d.roles, "role", nil, "a `role`, in the same way")
	f.StringArrayVar(&d.claims, "claim", nil, "another claim, `NAME=VALUE`, where VALUE is JSON or a text; may be repeated")
	f.BoolVar(&d.must, "must-change", false, "the person must choose another password at the next sign-in")
}

// change is what the given flags say.
func (d *details) change(c *cobra.Command) (people.Change, error) {
	change := people.Change{Claims: map[string]any{}}
	for flag, to := range map[string]struct {
		from *string
		into **string
	}{
		"name": {&d.name, &change.Name}, "given-name": {&d.given, &change.GivenName}, "family-name": {&d.family, &change.FamilyName},
		"email": {&d.email, &change.Email}, "phone": {&d.phone, &change.Phone},
	} {
		if c.Flags().Changed(flag) {
			*to.into = to.from
		}
	}
	for flag, to := range map[string]struct {
		from *bool
		into **bool
	}{
		"email-verified": {&d.emailVerified, &change.EmailVerified}, "phone-verified": {&d.phoneVerified, &change.PhoneVerified},
		"must-change": {&d.must, &change.MustChange},
	} {
		if c.Flags().Changed(flag) {
			*to.into = to.from
		}
	}
	if c.Flags().Changed("group") {
		change.Groups = items(d.groups)
	}
	if c.Flags().Changed("role") {
		change.Roles = items(d.roles)
	}
	for _, claim := range d.claims {
		name, text, ok := strings.Cut(claim, "=")
		if !ok || name == "" {
			return change, usageError{fmt.Errorf("--claim %q is not NAME=VALUE", claim)}
		}
		value, err := claimValue(text)
		if err != nil {
			return change, err
		}
		change.Claims[name] = value
	}
	return change, nil
}

func items(given []string) *[]string {
	list := []string{}
	for _, item := range given {
		if item != "" {
			list = append(list, item)
		}
	}
	return &list
}

// claimValue is JSON as it is, and every other text as a text.
func claimValue(text string) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil || decoder.More() {
		return text, nil
	}
	if value == nil {
		return nil, usageError{errors.New("a claim cannot be null; --no-claim takes one away")}
	}
	return value, nil
}
