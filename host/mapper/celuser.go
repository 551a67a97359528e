// The user so far, as expressions see it: user.email, user.attributes.unit.

package mapper

import (
	"reflect"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"

	"github.com/doorward/doorward/host/login"
)

const userTypeName = "doorward.User"

var userFieldNames = []string{"id", "userName", "firstName", "lastName", "email", "roles", "attributes"}

// userProvider declares the type of user, so that a misspelt attribute is
// refused when the expression is compiled.
type userProvider struct{ types.Provider }

func (p userProvider) FindStructType(name string) (*types.Type, bool) {
	if name == userTypeName {
		return types.NewTypeTypeWithParam(types.NewObjectType(userTypeName)), true
	}
	return p.Provider.FindStructType(name)
}

func (p userProvider) FindStructFieldNames(name string) ([]string, bool) {
	if name == userTypeName {
		return userFieldNames, true
	}
	return p.Provider.FindStructFieldNames(name)
}

func (p userProvider) FindStructFieldType(name, field string) (*types.FieldType, bool) {
	if name != userTypeName {
		return p.Provider.FindStructFieldType(name, field)
	}
	read := userField(field)
	if read == nil {
		return nil, false
	}
	return &types.FieldType{
		Type:    types.DynType,
		IsSet:   func(user any) bool { return read(user.(*login.User)) != nil },
		GetFrom: func(user any) (any, error) { return read(user.(*login.User)), nil },
	}, true
}

// userField reads an attribute of the user so far; nil when it is absent.
func userField(name string) func(*login.User) any {
	if field, ok := stringFields[name]; ok {
		return func(user *login.User) any {
			if text := *field(user); text != "" {
				return text
			}
			return nil
		}
	}
	switch name {
	case "roles":
		return func(user *login.User) any {
			if user.Roles == nil {
				return nil
			}
			return user.Roles
		}
	case "attributes":
		return func(user *login.User) any { return userAttributes{user.Attributes} }
	}
	return nil
}

// userAttributes is a map in which absent members are null and has() is still
// true only for those that are there.
type userAttributes struct{ members map[string]any }

var userAttributesType = types.NewObjectType("doorward.Attributes", traits.IndexerType|traits.FieldTesterType|traits.ContainerType)

func (a userAttributes) member(name ref.Val) (any, bool) {
	text, ok := name.(types.String)
	if !ok {
		return nil, false
	}
	member, ok := a.members[string(text)]
	return member, ok
}

// Get implements traits.Indexer.
func (a userAttributes) Get(name ref.Val) ref.Val {
	member, _ := a.member(name)
	return adapter{types.DefaultTypeAdapter}.NativeToValue(member)
}

// IsSet implements traits.FieldTester.
func (a userAttributes) IsSet(name ref.Val) ref.Val {
	_, ok := a.member(name)
	return types.Bool(ok)
}

// Contains implements traits.Container.
func (a userAttributes) Contains(name ref.Val) ref.Val { return a.IsSet(name) }

// ConvertToNative implements ref.Val.
func (a userAttributes) ConvertToNative(reflect.Type) (any, error) {
	return nil, failure("user.attributes can only be asked for its members")
}

// ConvertToType implements ref.Val.
func (a userAttributes) ConvertToType(ref.Type) ref.Val {
	return types.WrapErr(failure("user.attributes can only be asked for its members"))
}

// Equal implements ref.Val.
func (a userAttributes) Equal(ref.Val) ref.Val {
	return types.WrapErr(failure("user.attributes can only be asked for its members"))
}

// Type implements ref.Val.
func (a userAttributes) Type() ref.Type { return userAttributesType }

// Value implements ref.Val.
func (a userAttributes) Value() any { return a.members }

// activation gives an evaluation its variables.
type activation struct {
	names  []string // of the references
	values []any
	user   *login.User
}

// Parent implements cel.Activation.
func (a *activation) Parent() cel.Activation { return nil }

// ResolveName implements cel.Activation.
func (a *activation) ResolveName(name string) (any, bool) {
	if name == "user" {
		return a.user, true
	}
	for i, known := range a.names {
		if name == known {
			return a.values[i], true
		}
	}
	return nil, false
}
