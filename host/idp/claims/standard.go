package claims

// The claims with a meaning of their own (OpenID Connect Core 1.0, section
// 5.1), and the scopes that cover them (section 5.4).

import "maps"

// Scopes with a meaning of their own.
const (
	OpenID  = "openid"
	Profile = "profile"
	Email   = "email"
	Phone   = "phone"
	Address = "address"
	Groups  = "groups"
	Roles   = "roles"
	All     = "claims"         // what no other built-in scope covers, for clients that are registered for it
	Offline = "offline_access" // covers no claim
)

const (
	name              = "name"
	preferredUserName = "preferred_username"
	email             = "email"
	emailVerified     = "email_verified"
	phone             = "phone_number"
	phoneVerified     = "phone_number_verified"
	internalID        = "urn:internal:userid"
)

// builtIn are the scopes that need no configuration, in the order of discovery.
var builtIn = []string{OpenID, Profile, Email, Phone, Address, Groups, Roles, All, Offline}

// covered are the claims of each.
var covered = map[string][]string{
	OpenID: {"sub", name, internalID},
	Profile: {"family_name", "given_name", "middle_name", "nickname", preferredUserName, "profile", "picture",
		"website", "gender", "birthdate", "zoneinfo", "locale", "updated_at"},
	Email:   {email, emailVerified},
	Phone:   {phone, phoneVerified},
	Address: {"address"},
	Groups:  {"groups"},
	Roles:   {"roles"},
	All:     nil,
	Offline: nil,
}

// kind is what a claim's value must be.
type kind int

const (
	anything kind = iota
	text          // a string; of several the first
	number
	object
	list // of strings
)

// standard are the claims that a built-in scope covers, and their kinds.
var standard = func() map[string]kind {
	kinds := map[string]kind{}
	for _, claims := range covered {
		for _, claim := range claims {
			kinds[claim] = text
		}
	}
	maps.Copy(kinds, map[string]kind{"updated_at": number, "address": object, "groups": list, "roles": list})
	return kinds
}()
