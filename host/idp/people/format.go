package people

// The forms in which people leave and come: JSON, which is whole, and CSV.

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// Format is a form of a file of people.
type Format string

// The formats.
const (
	JSON Format = "json"
	CSV  Format = "csv"
)

const formatName = "doorward.people/v1"

// row is one person of a file. The names are those of people_file.
type row struct {
	UserName      string         `json:"user_name"`
	Subject       string         `json:"subject,omitempty"`
	Name          string         `json:"name,omitempty"`
	GivenName     string         `json:"given_name,omitempty"`
	FamilyName    string         `json:"family_name,omitempty"`
	Email         string         `json:"email,omitempty"`
	EmailVerified bool           `json:"email_verified,omitempty"`
	Phone         string         `json:"phone,omitempty"`
	PhoneVerified bool           `json:"phone_verified,omitempty"`
	Groups        []string       `json:"groups,omitempty"`
	Roles         []string       `json:"roles,omitempty"`
	Claims        map[string]any `json:"claims,omitempty"`
	Disabled      bool           `json:"disabled,omitempty"`
	MustChange    bool           `json:"must_change,omitempty"`

	// Of these what is absent stays as it is.
	Password     string    `json:"password,omitempty"` // in clear; read alone
	PasswordHash string    `json:"password_hash,omitempty"`
	Badges       []string  `json:"badges,omitempty"` // numbers; read alone
	BadgeDigests []string  `json:"badge_digests,omitempty"`
	Passkeys     []Passkey `json:"passkeys,omitempty"`
	TOTP         []byte    `json:"totp,omitempty"`
	TOTPUsed     int64     `json:"totp_used,omitempty"`

	hash string // of Password, once it was computed
}

// rowOf is a person as they are exported.
func rowOf(p Person, secrets bool) row {
	r := row{
		UserName: p.UserName, Subject: p.Subject, Name: p.Name, GivenName: p.GivenName, FamilyName: p.FamilyName,
		Email: p.Email, EmailVerified: p.EmailVerified, Phone: p.Phone, PhoneVerified: p.PhoneVerified,
		Groups: p.Groups, Roles: p.Roles, Claims: p.Claims, Disabled: p.Disabled, MustChange: p.MustChange,
	}
	if secrets {
		r.PasswordHash, r.BadgeDigests, r.Passkeys, r.TOTP, r.TOTPUsed = p.PasswordHash, p.Badges, p.Passkeys, p.TOTP, p.TOTPUsed
	}
	return r
}

// column is one member of a row as CSV has it.
type column struct {
	name     string
	set      func(*row, string) error
	get      func(row) string
	put      func(row, *Person) // what a row with this column makes of a person; nil for secrets
	secret   bool
	imported bool // it is never exported
}

// columns are those of CSV, in the order of an export.
var columns = []column{
	text("user_name", func(r *row) *string { return &r.UserName }, func(p *Person) *string { return &p.UserName }),
	text("subject", func(r *row) *string { return &r.Subject }, nil),
	text("name", func(r *row) *string { return &r.Name }, func(p *Person) *string { return &p.Name }),
	text("given_name", func(r *row) *string { return &r.GivenName }, func(p *Person) *string { return &p.GivenName }),
	text("family_name", func(r *row) *string { return &r.FamilyName }, func(p *Person) *string { return &p.FamilyName }),
	text("email", func(r *row) *string { return &r.Email }, func(p *Person) *string { return &p.Email }),
	flag("email_verified", func(r *row) *bool { return &r.EmailVerified }, func(p *Person) *bool { return &p.EmailVerified }),
	text("phone", func(r *row) *string { return &r.Phone }, func(p *Person) *string { return &p.Phone }),
	flag("phone_verified", func(r *row) *bool { return &r.PhoneVerified }, func(p *Person) *bool { return &p.PhoneVerified }),
	list("groups", func(r *row) *[]string { return &r.Groups }, func(p *Person) *[]string { return &p.Groups }),
	list("roles", func(r *row) *[]string { return &r.Roles }, func(p *Person) *[]string { return &p.Roles }),
	{name: "claims", set: setClaims, get: func(r row) string { return claimsCell(r.Claims) }, put: func(r row, p *Person) { p.Claims = r.Claims }},
	flag("disabled", func(r *row) *bool { return &r.Disabled }, func(p *Person) *bool { return &p.Disabled }),
	flag("must_change", func(r *row) *bool { return &r.MustChange }, func(p *Person) *bool { return &p.MustChange }),
	secret(text("password_hash", func(r *row) *string { return &r.PasswordHash }, nil)),
	imported(text("password", func(r *row) *string { return &r.Password }, nil)),
	imported(list("badges", func(r *row) *[]string { return &r.Badges }, nil)),
}

func text(name string, of func(*row) *string, in func(*Person) *string) column {
	c := column{name: name, set: func(r *row, cell string) error { *of(r) = cell; return nil }, get: func(r row) string { return *of(&r) }}
	if in != nil {
		c.put = func(r row, p *Person) { *in(p) = *of(&r) }
	}
	return c
}

func flag(name string, of func(*row) *bool, in func(*Person) *bool) column {
	return column{
		name: name,
		set:  func(r *row, cell string) (err error) { *of(r), err = flagOf(cell); return err },
		get:  func(r row) string { return map[bool]string{true: "true", false: "false"}[*of(&r)] },
		put:  func(r row, p *Person) { *in(p) = *of(&r) },
	}
}

func list(name string, of func(*row) *[]string, in func(*Person) *[]string) column {
	c := column{name: name, set: func(r *row, cell string) (err error) { *of(r), err = listOf(cell); return err }, get: func(r row) string { return listCell(*of(&r)) }}
	if in != nil {
		c.put = func(r row, p *Person) { *in(p) = *of(&r) }
	}
	return c
}

func secret(c column) column {
	c.secret = true
	return c
}

func imported(c column) column {
	c.imported = true
	return c
}

func columnOf(name string) (column, bool) {
	i := slices.IndexFunc(columns, func(c column) bool { return c.name == name })
	if i < 0 {
		return column{}, false
	}
	return columns[i], true
}

func setClaims(r *row, cell string) error {
	if cell == "" {
		return nil
	}
	var claims map[string]any
	if err := unmarshal([]byte(cell), &claims); err != nil || claims == nil {
		return errors.New("claims must be a JSON object")
	}
	r.Claims = claims
	return nil
}

func claimsCell(claims map[string]any) string {
	if len(claims) == 0 {
		return ""
	}
	text, err := json.Marshal(claims)
	if err != nil { // it was read from JSON
		panic(fmt.Sprintf("people: claims of the store cannot be written: %v", err))
	}
	return string(text)
}
