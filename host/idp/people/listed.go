package people

// A person as lists and pages show them: no secret is in it.

import (
	"cmp"
	"strings"
)

// Listed is what may be shown of a person to whoever runs the host.
type Listed struct {
	UserName      string         `json:"user_name"`
	Subject       string         `json:"subject"`
	Name          string         `json:"name,omitempty"`
	GivenName     string         `json:"given_name,omitempty"`
	FamilyName    string         `json:"family_name,omitempty"`
	Email         string         `json:"email,omitempty"`
	EmailVerified bool           `json:"email_verified"`
	Phone         string         `json:"phone,omitempty"`
	PhoneVerified bool           `json:"phone_verified"`
	Groups        []string       `json:"groups,omitempty"`
	Roles         []string       `json:"roles,omitempty"`
	Claims        map[string]any `json:"claims,omitempty"`
	Password      bool           `json:"password"` // there is one
	MustChange    bool           `json:"must_change"`
	Badges        int            `json:"badges"`
	Passkeys      int            `json:"passkeys"`
	TOTP          bool           `json:"totp"`
	Disabled      bool           `json:"disabled"`
	Configured    bool           `json:"configured"` // in people_file
}

// Listed is p without its secrets.
func (p Person) Listed() Listed {
	return Listed{
		UserName: p.UserName, Subject: p.Subject, Name: p.Name, GivenName: p.GivenName, FamilyName: p.FamilyName,
		Email: p.Email, EmailVerified: p.EmailVerified, Phone: p.Phone, PhoneVerified: p.PhoneVerified,
		Groups: p.Groups, Roles: p.Roles, Claims: p.Claims, Password: p.PasswordHash != "", MustChange: p.MustChange,
		Badges: len(p.Badges), Passkeys: len(p.Passkeys), TOTP: len(p.TOTP) > 0, Disabled: p.Disabled, Configured: p.Configured,
	}
}

// FullName is the name, or what the given and the family name make.
func (l Listed) FullName() string {
	return cmp.Or(l.Name, strings.TrimSpace(l.GivenName+" "+l.FamilyName))
}
