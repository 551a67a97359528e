package login

import (
	"maps"
	"slices"

	"github.com/doorward/doorward/host/attrs"
)

// PluginCall is what a plugin mapper is given: the document, and the user that
// the mappers before it have made. Both are shared and must not be changed.
type PluginCall struct {
	Document Document
	User     User
}

// PluginResult is what a plugin mapper answers. Whoever makes one has already
// decoded it strictly: no unknown member, no null, no name both set and unset.
// It is applied as a whole or not at all.
type PluginResult struct {
	Set   map[string]any // userName, firstName, lastName, email, id: string; roles: []string; attributes: map[string]any (json.Number inside)
	Unset []string       // attribute names; attributes.NAME for one of attributes
	Deny  *Deny          // a decision, not a failure
}

// Deny refuses a login. Reason is the plugin's own text: it goes to the trace
// and the audit log, never to a page.
type Deny struct{ Reason string }

// Clone returns a copy of u whose Roles and Attributes can be changed without
// changing u. The values inside Attributes are shared.
func (u User) Clone() User {
	u.Roles = slices.Clone(u.Roles)
	u.Attributes = maps.Clone(u.Attributes)
	return u
}

// Masked returns a deep copy of u in which every string that holds one of the
// secrets is replaced by its digest, for pages, logs, records and policies.
func (u User) Masked(secrets attrs.Secrets) User {
	u.ID = secrets.MaskString(u.ID)
	u.UserName = secrets.MaskString(u.UserName)
	u.FirstName = secrets.MaskString(u.FirstName)
	u.LastName = secrets.MaskString(u.LastName)
	u.Email = secrets.MaskString(u.Email)
	if u.Roles != nil {
		u.Roles = secrets.Mask(u.Roles).([]string)
	}
	if u.Attributes != nil {
		u.Attributes = secrets.Mask(u.Attributes).(map[string]any)
	}
	return u
}

// Recording reports whether the step is kept in a trace; a step that is not
// needs no redacted copies made for it.
func (s *Step) Recording() bool { return s.t != nil }
