// Who somebody is, read from the identity headers.
package orders

import (
	"net/http"
	"net/url"
	"strings"
)

// person is everything that the application knows of whoever asks.
type person struct {
	Subject, User, Email, Provider string
	Roles, Levels, Groups          []string
}

// read takes the identity headers as the login host wrote them: each item's
// commas, controls and other signs are percent-encoded.
func read(h http.Header) person {
	return person{
		Subject: one(h, "X-Doorward-Subject"), User: one(h, "X-Doorward-User"), Email: one(h, "X-Doorward-Email"),
		Provider: one(h, "X-Doorward-Idp"), Roles: list(h, "X-Doorward-Roles"), Levels: list(h, "X-Doorward-Levels"),
		Groups: list(h, GroupsHeader),
	}
}

func one(h http.Header, name string) string {
	text, err := url.PathUnescape(h.Get(name))
	if err != nil {
		return ""
	}
	return text
}

func list(h http.Header, name string) (items []string) {
	for item := range strings.SplitSeq(h.Get(name), ",") {
		if text, err := url.PathUnescape(item); err == nil && text != "" {
			items = append(items, text)
		}
	}
	return items
}
