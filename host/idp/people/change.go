package people

// What a Desk is asked to write.

import "maps"

// New is somebody to be added.
type New struct {
	Change
	Subject  string   `json:"subject,omitempty"` // a new one when empty
	Password string   `json:"password,omitempty"`
	Badges   []string `json:"badges,omitempty"` // numbers
	Disabled bool     `json:"disabled,omitempty"`
}

// String shows nothing: there may be a password in it.
func (New) String() string { return "a new person" }

// GoString is String.
func (n New) GoString() string { return n.String() }

// Change is what to change of a person: nil stays as it is. Another email
// address or phone number is not verified unless the same change says so.
type Change struct {
	UserName      *string        `json:"user_name,omitempty"`
	Name          *string        `json:"name,omitempty"`
	GivenName     *string        `json:"given_name,omitempty"`
	FamilyName    *string        `json:"family_name,omitempty"`
	Email         *string        `json:"email,omitempty"`
	EmailVerified *bool          `json:"email_verified,omitempty"`
	Phone         *string        `json:"phone,omitempty"`
	PhoneVerified *bool          `json:"phone_verified,omitempty"`
	Groups        *[]string      `json:"groups,omitempty"`
	Roles         *[]string      `json:"roles,omitempty"`
	Claims        map[string]any `json:"claims,omitempty"`      // by name; null removes one
	OnlyClaims    bool           `json:"only_claims,omitempty"` // Claims are all there are to be
	MustChange    *bool          `json:"must_change,omitempty"`
}

// apply changes p.
func (c Change) apply(p *Person) {
	if c.Email != nil && *c.Email != p.Email {
		p.EmailVerified = false
	}
	if c.Phone != nil && *c.Phone != p.Phone {
		p.PhoneVerified = false
	}
	set(&p.UserName, c.UserName)
	set(&p.Name, c.Name)
	set(&p.GivenName, c.GivenName)
	set(&p.FamilyName, c.FamilyName)
	set(&p.Email, c.Email)
	set(&p.EmailVerified, c.EmailVerified)
	set(&p.Phone, c.Phone)
	set(&p.PhoneVerified, c.PhoneVerified)
	set(&p.Groups, c.Groups)
	set(&p.Roles, c.Roles)
	set(&p.MustChange, c.MustChange)
	c.applyClaims(p)
}

func (c Change) applyClaims(p *Person) {
	claims := map[string]any{}
	if !c.OnlyClaims {
		maps.Copy(claims, p.Claims)
	}
	for name, value := range c.Claims {
		if claims[name] = value; value == nil {
			delete(claims, name)
		}
	}
	if p.Claims = claims; len(claims) == 0 {
		p.Claims = nil
	}
}

func set[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}
