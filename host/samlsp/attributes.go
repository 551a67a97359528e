// Attributes: names and values, as they came.

package samlsp

import (
	"errors"
	"strings"

	"github.com/beevik/etree"
)

// readAttributes gathers the attributes of all statements by their long names.
// Values are text; a value that is null (xsi:nil) is null, and one that holds
// elements, such as a NameID, is the text in them. A name that comes twice has
// the values of both.
func readAttributes(assertion *etree.Element) (map[string][]any, error) {
	list := map[string][]any{}
	for _, statement := range children(assertion, nsAssertion, "AttributeStatement") {
		if len(children(statement, nsAssertion, "EncryptedAttribute")) > 0 {
			return nil, errors.New("an attribute is encrypted: encrypt the assertion instead")
		}
		for _, e := range children(statement, nsAssertion, "Attribute") {
			name, has := attribute(e, "Name")
			if !has || name == "" {
				return nil, errors.New("an attribute has no Name")
			}
			values := list[name]
			if values == nil {
				values = []any{}
			}
			for _, v := range children(e, nsAssertion, "AttributeValue") {
				values = append(values, attributeValue(v))
			}
			list[name] = values
		}
	}
	return list, nil
}

func attributeValue(e *etree.Element) any {
	for _, a := range e.Attr {
		if a.Key == "nil" && a.NamespaceURI() == nsInstance && (a.Value == "true" || a.Value == "1") {
			return nil
		}
	}
	if plain, err := text(e); err == nil {
		return plain
	}
	var out strings.Builder
	walk(e, func(inner *etree.Element) {
		for _, token := range inner.Child {
			if data, is := token.(*etree.CharData); is {
				out.WriteString(data.Data)
			}
		}
	})
	return strings.TrimSpace(out.String())
}
