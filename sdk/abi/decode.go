// Reading a result strictly.

package abi

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// DecodeResult reads a result strictly: an object of at most MaxDepth levels
// whose members are set, unset and deny, each with exactly its type. Nothing
// at all is the same as {}.
//
// An unknown or duplicate member, null, a wrong type, an empty string, a
// control character, a bound exceeded, and a name that is both set and unset
// fail with a *ResultError; text that is not JSON fails with a *SyntaxError.
func DecodeResult(text []byte) (Result, error) {
	if len(text) == 0 {
		return Result{}, nil
	}
	d := resultDecoder{scanner: scanner{text: text}}
	if d.peek() != '{' {
		return Result{}, d.wrong("", "an object")
	}
	if err := d.object(0, d.member); err != nil {
		return Result{}, err
	}
	if err := d.end(); err != nil {
		return Result{}, err
	}
	return d.result, d.conflicts()
}

type resultDecoder struct {
	scanner
	result Result
}

func (d *resultDecoder) member(name string) error {
	switch name {
	case "set":
		return d.members("set", 1, d.setMember)
	case "unset":
		return d.list("unset", 1, func(i int) error {
			name, err := d.text("unset", i, MaxName+len("attributes."))
			d.result.Unset = append(d.result.Unset, name)
			if err == nil && !unsettable(name) {
				return &ResultError{element("unset", i), "no such attribute: " + Quote(name) + "; write id, userName, firstName, lastName, email, roles or attributes.NAME"}
			}
			return err
		})
	case "deny":
		d.result.Deny = &Deny{}
		err := d.members("deny", 1, d.denyMember)
		if err == nil && d.result.Deny.Reason == "" {
			return &ResultError{"deny", "the reason is missing"}
		}
		return err
	}
	return &ResultError{"", "unknown member " + Quote(name) + "; write set, unset or deny"}
}

func (d *resultDecoder) setMember(name string) (err error) {
	set := &d.result.Set
	switch name {
	case "id":
		set.ID, err = d.attribute("set.id")
	case "userName":
		set.UserName, err = d.attribute("set.userName")
	case "firstName":
		set.FirstName, err = d.attribute("set.firstName")
	case "lastName":
		set.LastName, err = d.attribute("set.lastName")
	case "email":
		set.Email, err = d.attribute("set.email")
	case "roles":
		set.Roles, err = d.roles()
	case "attributes":
		set.Attributes = map[string]Raw{}
		return d.members("set.attributes", 2, d.setAttribute)
	default:
		return &ResultError{"set", "unknown member " + Quote(name) + "; attributes of your own go into set.attributes"}
	}
	return err
}

func (d *resultDecoder) setAttribute(name string) error {
	if problem := badName(name); problem != "" {
		return &ResultError{"set.attributes", "the name " + Quote(name) + " " + problem}
	}
	if d.peek() == 'n' {
		return d.wrong("set.attributes."+clip(name), "a value (list the name in unset to remove it)")
	}
	value, err := d.value(3)
	d.result.Set.Attributes[name] = value
	return err
}

func (d *resultDecoder) denyMember(name string) (err error) {
	if name != "reason" {
		return &ResultError{"deny", "unknown member " + Quote(name) + "; write reason"}
	}
	d.result.Deny.Reason, err = d.text("deny.reason", -1, MaxReason)
	return err
}

func (d *resultDecoder) attribute(at string) (*string, error) {
	text, err := d.text(at, -1, MaxString)
	return &text, err
}

func (d *resultDecoder) roles() ([]string, error) {
	roles := []string{}
	err := d.list("set.roles", 2, func(i int) error {
		if len(roles) == MaxRoles {
			return &ResultError{"set.roles", "more than " + strconv.Itoa(MaxRoles) + " roles"}
		}
		role, err := d.text("set.roles", i, MaxRole)
		roles = append(roles, role)
		return err
	})
	return roles, err
}

// members reads the object at the named member.
func (d *resultDecoder) members(at string, depth int, each func(string) error) error {
	if d.peek() != '{' {
		return d.wrong(at, "an object")
	}
	return d.object(depth, each)
}

// list reads the array at the named member.
func (d *resultDecoder) list(at string, depth int, each func(index int) error) error {
	if d.peek() != '[' {
		return d.wrong(at, "a list of strings")
	}
	return d.array(depth, each)
}

// element is the name of a list's element, of the whole when index is -1.
func element(list string, index int) string {
	if index < 0 {
		return list
	}
	return list + "[" + strconv.Itoa(index) + "]"
}

// text reads a string that is not empty, at most max bytes long, and free of
// control characters: the named member, or the element at index of it.
func (d *resultDecoder) text(at string, index, max int) (string, error) {
	if d.peek() != '"' {
		return "", d.wrong(element(at, index), "a string")
	}
	text, err := d.str()
	problem := ""
	switch {
	case err != nil:
		return "", err
	case text == "":
		problem = "an empty string; leave the member out, or list it in unset"
	case len(text) > max:
		problem = strconv.Itoa(len(text)) + " bytes are more than " + strconv.Itoa(max)
	case hasControl(text):
		problem = "a control character"
	}
	if problem != "" {
		return "", &ResultError{element(at, index), problem}
	}
	return text, nil
}

// wrong reports the kind of the value that stands where another was due.
func (d *resultDecoder) wrong(at, want string) error {
	kinds := map[byte]string{'{': "an object", '[': "a list", '"': "a string", '0': "a number", 't': "true", 'f': "false", 'n': "null"}
	got, known := kinds[Raw(d.scanner.text[d.at:]).Kind()]
	if !known {
		return d.fail("expected a JSON value")
	}
	return &ResultError{at, "want " + want + ", got " + got}
}

// conflicts refuses a name that is both set and unset.
func (d *resultDecoder) conflicts() error {
	for i, name := range d.result.Unset {
		if d.result.Set.has(name) {
			return &ResultError{element("unset", i), Quote(name) + " is also set"}
		}
	}
	return nil
}

func unsettable(name string) bool {
	switch name {
	case "id", "userName", "firstName", "lastName", "email", "roles":
		return true
	}
	own, ok := strings.CutPrefix(name, "attributes.")
	return ok && badName(own) == ""
}

func badName(name string) string {
	switch {
	case name == "":
		return "is empty"
	case len(name) > MaxName:
		return "has more than " + strconv.Itoa(MaxName) + " bytes"
	case hasControl(name):
		return "holds a control character"
	}
	return ""
}

// hasControl looks for the controls of ASCII and of Latin 1, U+0080 to U+009F.
func hasControl(s string) bool {
	for _, r := range s {
		if r < 0x20 || r >= 0x7f && r < 0xa0 {
			return true
		}
	}
	return false
}

// clip keeps a guest's name short inside a Member.
func clip(name string) string {
	if len(name) <= MaxExtraName {
		return name
	}
	cut := MaxExtraName
	for !utf8.RuneStart(name[cut]) {
		cut--
	}
	return name[:cut] + "…"
}
